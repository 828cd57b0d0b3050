"""The secret that signs cookies, and the users file: written atomically, and never weak."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mentorsync_pipeline.console.auth.secret import SHORTEST_SECRET, SecretError, session_secret
from mentorsync_pipeline.console.auth.sessions import SessionFile, SessionsError
from mentorsync_pipeline.console.auth.startup import login_notice, require_safe_start
from mentorsync_pipeline.console.auth.users import UserFile, UsersError
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.runtime.settings import Settings, load_settings
from tests.support.cli import InProcess
from tests.support.full_disk import full_disk

PASSWORD = "correct horse battery"
STRONG = "2f1c7a90be4d5638" * 2


def settings_of(folder: Path, **more: str) -> Settings:
    return load_settings({"MENTORSYNC_HOME": str(folder), **more}, folder=folder)


def left_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir() if not entry.name.endswith(".lock")}


def test_it_is_created_once_and_only_its_owner_can_read_it(tmp_path):
    home = tmp_path / "home"
    secret = session_secret(settings_of(home))
    assert len(secret) >= SHORTEST_SECRET
    assert session_secret(settings_of(home)) == secret
    assert left_in(home) == {"console-secret"}
    assert (home / "console-secret").stat().st_mode & 0o777 == 0o600


def run_three_at_once(program: str, *arguments: str, **environment: str) -> list[str]:
    """Define a function `run(name)` with a program, call it in three processes at once, and return what they print.

    The processes are forked from a new one, so that the program's imports are executed once.
    """
    start = (
        "\nfrom multiprocessing import get_context\n"
        "fork = get_context('fork')\n"
        "processes = [fork.Process(target=run, args=(name,)) for name in 'abc']\n"
        "[process.start() for process in processes]\n"
        "[process.join() for process in processes]\n"
        "sys.exit(max(process.exitcode for process in processes))\n"
    )
    command = [sys.executable, "-c", f"import sys\n{program}{start}", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


@pytest.mark.slow
def test_consoles_that_start_together_get_the_same_secret(tmp_path):
    program = (
        "from mentorsync_pipeline.console.auth.secret import session_secret\n"
        "from mentorsync_pipeline.runtime.settings import load_settings\n"
        "def run(name): print(session_secret(load_settings()) + '\\n', end='', flush=True)"
    )
    secrets = run_three_at_once(program, MENTORSYNC_HOME=str(tmp_path / "home"))
    assert len(secrets) == 3
    assert len(set(secrets)) == 1


@pytest.mark.parametrize("content", ["", " \n\t ", "short", "a" * 31, "a" * 64, "01" * 40, "\n".join("abc")])
def test_a_weak_file_is_refused_and_unchanged(tmp_path, content):
    path = tmp_path / "console-secret"
    path.write_text(content)
    with pytest.raises(SecretError, match=r"CONSOLE_SECRET_INVALID: .* Delete it and start the console again"):
        session_secret(settings_of(tmp_path))
    assert path.read_text() == content


def test_a_folder_in_its_place_is_refused(tmp_path):
    path = tmp_path / "console-secret"
    path.mkdir()
    with pytest.raises(SecretError, match="cannot be read"):
        session_secret(settings_of(tmp_path))
    path.rmdir()
    path.write_bytes(b"\xff\xfe" * 40)
    with pytest.raises(SecretError, match="cannot be read"):
        session_secret(settings_of(tmp_path))


@pytest.mark.parametrize("value", ["x", " " * 40, "change-me", STRONG[:31], "0" * 64])
def test_a_weak_setting_is_refused_and_never_shown(tmp_path, value):
    with pytest.raises(SecretError, match="MENTORSYNC_CONSOLE_SECRET is too weak") as refused:
        session_secret(settings_of(tmp_path, MENTORSYNC_CONSOLE_SECRET=value))
    assert value == "x" or value.strip() == "" or value not in str(refused.value)
    assert left_in(tmp_path) == set()


def test_a_strong_setting_is_used(tmp_path):
    assert session_secret(settings_of(tmp_path, MENTORSYNC_CONSOLE_SECRET=f" {STRONG}\n")) == STRONG


PROXY = {"MENTORSYNC_CONSOLE_URL": "https://mentors.example.org"}
ANYBODY = {"MENTORSYNC_CONSOLE_ANONYMOUS": "1"}


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"MENTORSYNC_CONSOLE_SECRET": "short"}, "CONSOLE_SECRET_INVALID"),
        (PROXY, "USERS_INVALID"),
        (PROXY | ANYBODY, "USERS_INVALID"),
        (ANYBODY | {"MENTORSYNC_CONSOLE_HOST": "::"}, "USERS_INVALID"),
        ({"MENTORSYNC_CONSOLE_HOST": "console.example.org"}, "USERS_INVALID"),
    ],
)
def test_an_unsafe_console_does_not_start(tmp_path, environment, code):
    settings = settings_of(tmp_path, **environment)
    with pytest.raises(MentorSyncError) as refused:
        require_safe_start(settings, UserFile(settings.console_users))
    assert refused.value.code == code


@pytest.mark.parametrize("environment", [{}, ANYBODY, {"MENTORSYNC_CONSOLE_HOST": "localhost"}])
def test_on_this_machine_it_starts_without_users_with_a_notice(tmp_path, environment):
    settings = settings_of(tmp_path, **environment)
    users = UserFile(settings.console_users)
    require_safe_start(settings, users)
    notice = login_notice(settings, users)
    assert ("without a login, until it has a user" in notice) is (environment == ANYBODY)
    assert ("mentorsync console add-user NAME --editor" in notice) is (environment != ANYBODY)
    users.set_user("Erin", "editor", PASSWORD)
    assert login_notice(settings, users) is None


def test_up_refuses_before_it_starts_anything(monkeypatch, capfd):
    refused = InProcess(monkeypatch, capfd, PROXY)("up")
    assert refused.returncode == 1
    assert refused.stderr.startswith("USERS_INVALID: ")
    assert not (Path(os.environ["MENTORSYNC_HOME"]) / "pg").exists()


@pytest.mark.slow
def test_concurrent_commands_lose_no_user(tmp_path):
    program = (
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from mentorsync_pipeline.console.auth.users import UserFile\n"
        "def run(name):\n"
        "    file = UserFile(Path(sys.argv[1]))\n"
        "    for n in range(10): file.add_token(f'{name}{n}', 'viewer', now=datetime.now(UTC))"
    )
    path = tmp_path / "users.yaml"
    run_three_at_once(program, str(path))
    assert len(UserFile(path).tokens) == 30
    assert left_in(tmp_path) == {"users.yaml"}


@pytest.mark.slow
def test_a_users_file_that_cannot_be_written_is_unchanged(tmp_path):
    """The temporary name is taken, so that nothing can be written, as on a full disk."""
    users = UserFile(tmp_path / "users.yaml")
    users.set_user("Erin", "editor", PASSWORD)
    before = users.path.read_bytes()
    (tmp_path / ".users.yaml.unfinished").mkdir()
    with pytest.raises(UsersError, match=r"USERS_UNREADABLE: .* cannot be written"):
        users.set_user("Vic", "viewer", PASSWORD)
    assert users.path.read_bytes() == before


@pytest.mark.slow
def test_a_full_disk_leaves_no_partial_file(tmp_path):
    users = UserFile(tmp_path / "users.yaml")
    users.set_user("Erin", "editor", PASSWORD)
    sessions = SessionFile(tmp_path / "sessions.json")
    session_id = sessions.start("Erin", "fingerprint")
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    with full_disk():
        with pytest.raises(UsersError, match="cannot be written"):
            users.set_user("Vic", "viewer", PASSWORD)
        with pytest.raises(SessionsError, match="cannot note who is logged in"):
            sessions.start("Erin", "fingerprint")
        with pytest.raises(SecretError, match="cannot be read or written"):
            session_secret(settings_of(tmp_path))
    assert before == {entry.name: entry.read_bytes() for entry in tmp_path.iterdir() if "secret" not in entry.name}
    assert sessions.find(session_id) is not None
    assert len(session_secret(settings_of(tmp_path))) >= SHORTEST_SECRET


def test_a_temporary_file_of_a_killed_start_is_not_used(tmp_path):
    (tmp_path / ".console-secret.unfinished").write_text("half")
    assert len(session_secret(settings_of(tmp_path))) >= SHORTEST_SECRET
    assert left_in(tmp_path) == {"console-secret"}


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "\0", "\u200b", "\ud800"])
def test_an_invalid_name_is_refused(tmp_path, name):
    users = UserFile(tmp_path / "users.yaml")
    with pytest.raises(UsersError, match="1 to 80 characters"):
        users.set_user(name, "editor", PASSWORD)
    assert not users.path.exists()
