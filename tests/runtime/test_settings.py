"""Settings: defaults, `.env`, clear errors, and no secret in any text."""

import traceback

import pytest

from mentorsync_pipeline.runtime.settings import SettingsError, load_settings


def test_folders_are_absolute_and_in_the_home_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings({}, folder=tmp_path)
    assert settings.home == tmp_path / ".mentorsync"
    assert settings.drop_dir == str(tmp_path / ".mentorsync" / "drop")
    assert settings.out_dir == tmp_path / ".mentorsync" / "out"


@pytest.mark.parametrize(
    "url", ["s3://bucket/exports", "abfs://box@account.example/exports", "sftp://team@files.example:22/exports"]
)
def test_the_drop_folder_may_be_a_url(tmp_path, url):
    assert load_settings({"MENTORSYNC_DROP_DIR": url}, folder=tmp_path).drop_dir == url


@pytest.mark.parametrize(
    "url",
    ["ftp://team:s3cret@files.example/exports", "s3://key:s3cret@bucket/exports", "s3://bucket/exports?secret=s3cret"],
)
def test_a_drop_folder_with_a_password_is_refused_without_showing_it(tmp_path, url):
    with pytest.raises(SettingsError, match="MENTORSYNC_DROP_DIR") as raised:
        load_settings({"MENTORSYNC_DROP_DIR": url}, folder=tmp_path)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_the_environment_overrides_the_env_file_and_an_empty_variable_is_unset(tmp_path):
    (tmp_path / ".env").write_text("MENTORSYNC_UI_PORT=3999\nJOTFORM_API_KEY=from-file\nMENTORSYNC_OUT_DIR=/out\n")
    settings = load_settings({"MENTORSYNC_UI_PORT": "4000", "MENTORSYNC_FIRST_YEAR": ""}, folder=tmp_path)
    assert settings.ui_port == 4000
    assert settings.first_year is None
    assert settings.jotform_api_key is not None
    assert settings.jotform_api_key.get_secret_value() == "from-file"
    assert str(settings.out_dir) == "/out"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MENTORSYNC_UI_PORT", "seventy"),
        ("GIVEBUTTER_REQUESTS_PER_MINUTE", "0"),
        ("MENTORSYNC_EXECUTOR", "celery"),
        ("JOTFORM_TIMEZONE", "America/Nowhere"),
        ("JOTFORM_API_URL", "api.jotform.com"),
        ("MENTORSYNC_FIRST_YEAR", "soon"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(tmp_path, name, value):
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings({name: value}, folder=tmp_path)
    assert value not in str(caught.value)


def test_no_secret_shows_in_a_repr(tmp_path):
    names = ("MENTORSYNC_DATABASE_URL", "DAGSTER_PG_URL", "JOTFORM_API_KEY", "GIVEBUTTER_API_KEY")
    settings = load_settings(dict.fromkeys(names, "hush-hush"), folder=tmp_path)
    assert "hush-hush" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    "name", ["JOTFORM_API_URL", "GIVEBUTTER_API_URL", "MENTORSYNC_UI_URL", "MENTORSYNC_CONSOLE_URL"]
)
@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@api.example/v1",
        "https://s3cret@api.example",
        "https://api.example/v1?apiKey=s3cret",
        "https://api.example/v1;key=s3cret",
        "https://api.example/v1/%3FapiKey%3Ds3cret",
        "https://api.example/0123456789abcdefs3cret/v1",
        "https://api.example/v1?s3cret",
        "https://api.example/v1#s3cret",
        "https://api.example/apikey=s3cret",
        "https://[s3cret",
        "https://api.example:s3cret",
        "https://user%3As3cret%40api.example",
        "https://s3cret..example",
        "https://api.example/s3cret\x00",
        "https://api example/s3cret",
        "https://*.s3cret.example",
        "https://xn--s3cret-.example",
        "https://xn--s3cret=.example",
        "https://s3cret.xn--ls8h.example",
        "https://\u2603.s3cret.example",
        "https://999.1.1.1/s3cret",
        "s3cret",
    ],
)
def test_an_address_with_a_key_inside_is_refused_without_showing_it(tmp_path, name, url):
    with pytest.raises(SettingsError, match=name) as raised:
        load_settings({name: url}, folder=tmp_path)
    assert raised.value.code == "SETTINGS_INVALID"
    shown = "".join(traceback.format_exception(raised.value))
    assert "s3cret" not in shown


@pytest.mark.parametrize("name", ["JOTFORM_API_KEY", "GIVEBUTTER_API_KEY"])
@pytest.mark.parametrize("key", ["hush hush", "hush\u201d", "h\u00fcsh", "hu\nsh", "Bearer hush"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(tmp_path, name, key):
    with pytest.raises(SettingsError, match=name) as raised:
        load_settings({name: key}, folder=tmp_path)
    assert "sh" not in str(raised.value).partition(name)[2].partition("copy")[0]


@pytest.mark.parametrize("key", ["hush\n", " hush\r\n", "\ufeffhush", "hu\u200bsh", "\u00a0hush"])
def test_white_space_and_invisible_characters_are_removed_from_a_key(tmp_path, key):
    loaded = load_settings({"JOTFORM_API_KEY": key, "GIVEBUTTER_API_KEY": " "}, folder=tmp_path)
    assert loaded.jotform_api_key is not None
    assert loaded.jotform_api_key.get_secret_value() == "hush"
    assert loaded.givebutter_api_key is None


@pytest.mark.parametrize(
    "content", ["JOTFORM_API_KEY=h\u00fcsh".encode("latin-1"), "JOTFORM_API_KEY=hush".encode("utf-16")]
)
def test_an_env_file_that_is_not_utf8_is_an_error_without_its_content(tmp_path, content):
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match=r"\.env.*UTF-8") as raised:
        load_settings({}, folder=tmp_path)
    assert "JOTFORM" not in str(raised.value)


def test_a_working_folder_that_was_removed_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(SettingsError, match="working folder does not exist"):
        load_settings({})


@pytest.mark.parametrize("name", ["MENTORSYNC_HOME", "MENTORSYNC_DROP_DIR", "MENTORSYNC_OUT_DIR"])
def test_a_folder_of_an_unknown_user_is_an_error(tmp_path, name):
    with pytest.raises(SettingsError, match=f"{name}: the home folder"):
        load_settings({name: "~no-such-user/mentorsync"}, folder=tmp_path)


def test_a_home_that_cannot_be_used_is_an_error(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for home in (loop, tmp_path / "two\nlines", tmp_path / "\x1b[31mred"):
        with pytest.raises(SettingsError, match="MENTORSYNC_HOME") as raised:
            load_settings({"MENTORSYNC_HOME": str(home)}, folder=tmp_path)
        assert "\x1b" not in str(raised.value)
