"""Settings from environment variables and a `.env` file.

Secrets are `SecretStr`, so that logs, errors and `repr` do not show them.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError

Port = Annotated[int, Field(ge=1, le=65535)]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]


class SettingsError(MentorSyncError):
    """An environment variable has an invalid value."""

    code = "SETTINGS_INVALID"


# A part of a path that is long and has digits; `v1`, `API` and the names of services are shorter or have none.
_LIKE_KEY = re.compile(r"(?=.*[0-9])[A-Za-z0-9_-]{20,}")


def may_contain_key(url: str) -> bool:
    """Whether a URL may contain a key: it has a user, a query, parameters or a part like a key, or cannot be parsed.

    The address of a service needs none of these.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    if "@" in parts.netloc or any(mark in url for mark in "?#\\") or any(mark in parts.path for mark in ";=%@"):
        return True
    return any(map(_LIKE_KEY.fullmatch, re.split(r"[/:]", parts.path)))


def is_valid_address(url: str) -> bool:
    """Whether a URL has a host name and a port that can be called."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises ValueError
        host = parts.hostname or ""
        _require_host(host)
    except ValueError:
        return False
    return bool(host) and url.isprintable() and _NOT_IN_ADDRESS.isdisjoint(url) and "%" not in host


def _require_host(host: str) -> None:
    """Raise ValueError for a host name or IPv4 address that cannot be called."""
    if _IPV4.fullmatch(host):
        ipaddress.IPv4Address(host)
    host.encode("idna")
    if not host.isascii() or "xn--" in host:
        import idna  # noqa: PLC0415

        idna.encode(host) if not host.isascii() else idna.decode(host)


def require_service_url(url: str, variable: str) -> None:
    """Check that a URL is valid and has no key. Raises SettingsError, which names `variable` but not the URL."""
    if may_contain_key(url):
        raise SettingsError(
            f"{variable} {_KEY_IN_URL}.", "Remove it from the address, and set the key in its own variable."
        )
    if not is_valid_address(url):
        raise SettingsError(f"{variable} {_NO_ADDRESS}.", "Correct it; the form is https://HOST or https://HOST/PATH.")


_KEY_IN_URL = (
    "may contain a user, a key or parameters (user:key@, ?apiKey=…), which would reach logs and error messages"
)
_KEY_IN_FOLDER = (
    "contains a password or parameters (user:password@, ?key=…), which would reach Dagster's events; give the account "
    "in the way of that storage, such as its own environment variables"
)
_FOLDER_WITH_KEY = re.compile(r"://[^/?#]*:[^/?#]*@|\?")
_NO_ADDRESS = "is not the address of a server"
_IPV4 = re.compile(r"\d+(?:\.\d+){3}", re.ASCII)
_NOT_IN_ADDRESS = frozenset(' *<>"^`{|}')
_KEY_HAS_MORE = "has characters that no key has: copy it again, without spaces, quotes and line ends inside"


class Settings(BaseModel):
    """Settings of an installation. The alias of a field is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr | None = Field(None, alias="MENTORSYNC_DATABASE_URL")
    dagster_pg_url: SecretStr | None = Field(None, alias="DAGSTER_PG_URL")
    home: Path = Field(Path(".mentorsync"), alias="MENTORSYNC_HOME")
    # A folder, or an fsspec URL such as s3://bucket/exports.
    drop_dir: str = Field("drop", alias="MENTORSYNC_DROP_DIR")
    out_dir: Path = Field(Path("out"), alias="MENTORSYNC_OUT_DIR")
    # Folder of campaign files; by default the examples of the package.
    messages_dir: Path = Field(Path(__file__).parents[1] / "messages" / "examples", alias="MENTORSYNC_MESSAGES_DIR")
    first_year: Annotated[int, Field(ge=2000, le=2999)] | None = Field(None, alias="MENTORSYNC_FIRST_YEAR")
    executor: Literal["in_process", "multiprocess", "k8s"] = Field("in_process", alias="MENTORSYNC_EXECUTOR")
    jotform_api_url: HttpUrl = Field("https://api.jotform.com", alias="JOTFORM_API_URL")
    jotform_api_key: SecretStr | None = Field(None, alias="JOTFORM_API_KEY")
    jotform_timezone: str = Field("America/New_York", alias="JOTFORM_TIMEZONE")
    givebutter_api_url: HttpUrl = Field("https://api.givebutter.com/v1", alias="GIVEBUTTER_API_URL")
    givebutter_api_key: SecretStr | None = Field(None, alias="GIVEBUTTER_API_KEY")
    givebutter_requests_per_minute: Annotated[int, Field(ge=1, le=500)] = Field(
        300, alias="GIVEBUTTER_REQUESTS_PER_MINUTE"
    )
    ui_host: str = Field("127.0.0.1", alias="MENTORSYNC_UI_HOST")
    ui_port: Port = Field(3000, alias="MENTORSYNC_UI_PORT")
    # Public URL of Dagster's UI, if it is not http://HOST:PORT.
    ui_public_url: HttpUrl | None = Field(None, alias="MENTORSYNC_UI_URL")
    console_host: str = Field("127.0.0.1", alias="MENTORSYNC_CONSOLE_HOST")
    console_port: Port = Field(3100, alias="MENTORSYNC_CONSOLE_PORT")
    # Public URL of the console, if it is not http://HOST:PORT; with https its cookies are secure.
    console_public_url: HttpUrl | None = Field(None, alias="MENTORSYNC_CONSOLE_URL")
    # Links for people; {contact_id}, {form_id} and {submission_id} are filled in. People import and export on the list.
    givebutter_contacts_link: HttpUrl = Field(
        "https://dashboard.givebutter.com/contacts", alias="MENTORSYNC_GIVEBUTTER_CONTACTS_LINK"
    )
    givebutter_contact_link: HttpUrl = Field(
        "https://dashboard.givebutter.com/contacts/{contact_id}", alias="MENTORSYNC_GIVEBUTTER_CONTACT_LINK"
    )
    jotform_submission_link: HttpUrl = Field(
        "https://www.jotform.com/inbox/{form_id}/{submission_id}", alias="MENTORSYNC_JOTFORM_SUBMISSION_LINK"
    )
    console_users: Path = Field(Path("console-users.yaml"), alias="MENTORSYNC_CONSOLE_USERS")
    # Access without login from this machine while the console has no users (`console.auth.anonymous`).
    console_anonymous: bool = Field(False, alias="MENTORSYNC_CONSOLE_ANONYMOUS")
    # Key that signs the console's cookies; by default one is created and stored in the home.
    console_secret: SecretStr | None = Field(None, alias="MENTORSYNC_CONSOLE_SECRET")
    keep_runs_days: Annotated[int, Field(ge=1)] = Field(90, alias="MENTORSYNC_KEEP_RUNS_DAYS")
    # Apprise URLs, separated by commas or spaces; they contain passwords.
    notify_urls: SecretStr | None = Field(None, alias="MENTORSYNC_NOTIFY_URLS")
    sandbox_host: str = Field("127.0.0.1", alias="MENTORSYNC_SANDBOX_HOST")
    sandbox_port: Port = Field(3200, alias="MENTORSYNC_SANDBOX_PORT")

    @property
    def ui_url(self) -> str:
        """URL of Dagster's UI for people."""
        return self.ui_public_url or self.ui_service_url

    @property
    def ui_service_url(self) -> str:
        """URL of Dagster's web server for MentorSync's own programs."""
        return _http_url(self.ui_host, self.ui_port)

    @property
    def console_url(self) -> str:
        """URL of the console for people."""
        return self.console_public_url or _http_url(self.console_host, self.console_port)

    @model_validator(mode="before")
    @classmethod
    def _make_folders_absolute(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Make all paths absolute; the drop and out folders are in the home by default."""
        home = _make_absolute("MENTORSYNC_HOME", values.get("MENTORSYNC_HOME", ".mentorsync"))
        drop, out = values.get("MENTORSYNC_DROP_DIR", home / "drop"), values.get("MENTORSYNC_OUT_DIR", home / "out")
        users = values.get("MENTORSYNC_CONSOLE_USERS", home / "console-users.yaml")
        return {
            **values,
            "MENTORSYNC_HOME": home,
            "MENTORSYNC_DROP_DIR": drop if "://" in str(drop) else str(_make_absolute("MENTORSYNC_DROP_DIR", drop)),
            "MENTORSYNC_OUT_DIR": _make_absolute("MENTORSYNC_OUT_DIR", out),
            "MENTORSYNC_CONSOLE_USERS": _make_absolute("MENTORSYNC_CONSOLE_USERS", users),
        }

    @field_validator("home")
    @classmethod
    def _check_home(cls, folder: Path) -> Path:
        """Refuse a path with control characters, which PostgreSQL's files cannot contain, and a loop of links."""
        if any(ord(letter) < ord(" ") or letter == "\x7f" for letter in str(folder)):
            raise ValueError("has control characters, such as a line end")
        try:
            folder.resolve()
        except (OSError, RuntimeError):
            raise ValueError("is a link that leads to itself") from None
        return folder

    @field_validator("jotform_timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a time zone, such as America/New_York") from error
        return name

    @field_validator("jotform_api_url", "givebutter_api_url", "ui_public_url", "console_public_url")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        """Refuse a URL that is invalid or may contain a key; remove a trailing slash."""
        if url and may_contain_key(url):
            raise ValueError(_KEY_IN_URL)
        if url and not is_valid_address(url):
            raise ValueError(_NO_ADDRESS)
        return url.rstrip("/") if url else url

    @field_validator("drop_dir")
    @classmethod
    def _check_drop_dir(cls, folder: str) -> str:
        """Refuse a URL with a password, because the configuration of a run has the address of its file."""
        if "://" in folder and _FOLDER_WITH_KEY.search(folder):
            raise ValueError(_KEY_IN_FOLDER)
        return folder

    @field_validator("jotform_api_key", "givebutter_api_key")
    @classmethod
    def _clean_key(cls, key: SecretStr | None) -> SecretStr | None:
        """Remove white space and invisible characters around a key. Refuse others that cannot be sent in a header."""
        text = clean_line(key.get_secret_value()) if key else ""
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError(_KEY_HAS_MORE)
        return SecretStr(text) if text else None


def _http_url(host: str, port: int) -> str:
    """Return the URL of a host; an IPv6 address is put in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _make_absolute(name: str, folder: str | Path) -> Path:
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError:
        raise ValueError(f"{name}: the home folder of the user in it (~) is unknown") from None


def load_settings(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Read the settings from the environment, and missing ones from `.env` in the working folder.

    An empty variable counts as unset.

    Raises:
        SettingsError: a value is invalid; the error names the variables without their values.

    """
    try:
        folder = folder or Path.cwd()
    except FileNotFoundError:
        raise SettingsError(
            "The working folder does not exist any more.", "Change to another folder and start MentorSync from there."
        ) from None
    try:
        from_file = dotenv_values(folder / ".env")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The file .env in {folder} cannot be read as UTF-8 text ({type(error).__name__}).",
            "Save it as UTF-8, readable for the user that runs MentorSync.",
        ) from None
    values = {**from_file, **(os.environ if environ is None else environ)}
    try:
        return Settings.model_validate({name: value for name, value in values.items() if value})
    except ValidationError as error:
        problems = "; ".join(": ".join([*map(str, problem["loc"][:1]), problem["msg"]]) for problem in error.errors())
        raise SettingsError(f"{problems}.", "Correct it in the environment or in .env.") from error
