"""Read, validate and store campaign configurations: YAML files and `sync_configs` (rulebook section 11)."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError

from mentorsync_pipeline.db.closed_years import read_closed_years
from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.tables import sync_configs, year_closings
from mentorsync_pipeline.domain.clean_text import clean_texts, find_unusual_texts, tag_key
from mentorsync_pipeline.domain.config import CampaignConfig, config_types
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.forms import FORMS, SIGNUP
from mentorsync_pipeline.domain.plain_yaml import PlainLoader, RepeatedKeyError
from mentorsync_pipeline.domain.record_fields import format_field_name

# Name of each `config_type` in messages, and an example for the command line.
_KINDS: Mapping[str, tuple[str, str]] = {
    "number": ("a number", "75"),
    "boolean": ("true or false", "true"),
    "json": ("a JSON object or list", """'{"name": "value"}'"""),
}


# Keys that determine the tags of a year.
_TAG_KEYS = (
    "active",
    "givebutter_mentor_tag",
    "givebutter_mentor_tags",
    "givebutter_dropped_tag",
    "givebutter_dropped_tags",
)


class ConfigInvalidError(MentorSyncError):
    """The configuration is invalid: an unknown key, a wrong type or a missing value."""

    code = "CONFIG_INVALID"


class ConfigMissingError(MentorSyncError):
    """The campaign year has no configuration."""

    code = "CONFIG_MISSING"


def shipped_campaigns() -> Mapping[int, Traversable]:
    """Return the campaign files of the package by year."""
    folder = resources.files("mentorsync_pipeline") / "campaigns"
    return {int(entry.name[:4]): entry for entry in folder.iterdir() if entry.name.endswith(".yaml")}


def parse_yaml(path: Path | Traversable) -> CampaignConfig:
    """Read one campaign year from a YAML file.

    Raises ConfigInvalidError with each wrong key and the reason, or when the file is not YAML.
    """
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), PlainLoader)  # noqa: S506  # a safe loader
    except OSError as error:
        raise ConfigInvalidError(f"{path.name} cannot be read ({error.strerror}).", "Check the path.") from error
    except ConstructorError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigInvalidError(
            f"{path.name}{line}: the value cannot be read.", "Correct it, such as a date that does not exist."
        ) from None
    except RepeatedKeyError as error:
        number = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigInvalidError(
            f"{path.name}, line {number}: {format_field_name(error.problem or '')} occurs twice.",
            "Keep one of them and load the file again.",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigInvalidError(
            f"{path.name} is not YAML, or has references (*name).",
            "Compare it with the campaign file that ships with the package.",
        ) from error
    if not isinstance(loaded, dict):
        raise ConfigInvalidError(f"{path.name} has no keys.", "Start from a copy of an earlier year's file.")
    return validate_config(loaded, where=path.name)


def validate_config(values: Mapping[str, Any], *, where: str) -> CampaignConfig:
    """Validate a year's values. Raises ConfigInvalidError with all wrong keys."""
    unusual = find_unusual_texts(dict(values))
    if unusual:
        raise ConfigInvalidError(
            f"{where}: {', '.join(unusual)} contains a control character or a lone surrogate.", "Type the value again."
        )
    try:
        config = CampaignConfig.model_validate(clean_texts(dict(values)))
    except ValidationError as error:
        problems = "; ".join(
            ": ".join(filter(None, (".".join(map(str, problem["loc"])), _describe_problem(problem))))
            for problem in error.errors()
        )
        raise ConfigInvalidError(f"{where}: {problems}.", "Correct these keys and try again.") from error
    for form in FORMS:
        unknown = sorted(set(config.field_map(form)) - set(form.columns))
        if unknown:
            raise ConfigInvalidError(
                f"{where}: {form.field_map_key} names columns that {form.table} does not have: {', '.join(unknown)}.",
                f"Use one of {', '.join(sorted(form.columns))}, or add the column with a migration "
                "(docs/add-a-form-field.md).",
            )
    if "mn_id" not in config.field_map(SIGNUP):
        raise ConfigInvalidError(
            f"{where}: signup_field_map has no question for the MN id, so no sign-up could be used.",
            "Add mn_id to it.",
        )
    return config


def _describe_problem(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key"
    if problem["type"] == "missing":
        return "missing"
    return str(problem["msg"]).removeprefix("Value error, ")


def save_config(conn: sa.Connection, config: CampaignConfig) -> Diff:
    """Store a year's configuration in place of the earlier one. Equal rows are not changed."""
    types = config_types()
    moment = conn.execute(sa.select(sa.func.now())).scalar_one()
    rows = [
        {"config_key": key, "config_value": _to_text(value), "config_type": types[key], "updated_at": moment}
        for key, value in config.model_dump(mode="json", exclude={"campaign_year"}).items()
        if value is not None
    ]
    return sync_rows(
        conn, sync_configs, rows, scope={"campaign_year": config.campaign_year}, log_id=0, ignore=("updated_at",)
    )


def read_config(conn: sa.Connection, year: int) -> CampaignConfig:
    """Read a year's configuration. Raises ConfigMissingError with the command that adds the year.

    A tag without the year counts for one open year. While an earlier year that uses it is active and was never closed,
    it is skipped here.
    """
    c = sync_configs.c
    was_closed = sa.select(year_closings.c.campaign_year)
    of_earlier_years = sa.and_(c.campaign_year < year, c.campaign_year.not_in(was_closed), c.config_key.in_(_TAG_KEYS))
    rows = conn.execute(sa.select(sync_configs).where(sa.or_(c.campaign_year == year, of_earlier_years))).all()
    config = _parse_config(year, [row for row in rows if row.campaign_year == year])
    return _without_tags(config, [row for row in rows if row.campaign_year < year]) if config.undated_tags else config


def read_stored_config(conn: sa.Connection, year: int) -> CampaignConfig:
    """Read a year's configuration as it is stored, with all tags. Raises ConfigMissingError."""
    return _parse_config(year, _read_rows(conn, year))


def _parse_config(year: int, rows: Sequence[sa.Row[Any]]) -> CampaignConfig:
    """Parse the rows of a year. Raises ConfigMissingError when there are none."""
    _require_rows(year, rows)
    return _parse_rows(year, tuple((row.config_key, row.config_value, row.config_type) for row in rows))


@lru_cache(maxsize=32)
def _parse_rows(year: int, rows: tuple[tuple[str, str, str], ...]) -> CampaignConfig:
    """Parse a year's keys with their texts and types; cached, because every step of a run reads the configuration."""
    values = {
        key: _from_text({"config_key": key, "config_value": text, "config_type": kind}, year)
        for key, text, kind in rows
    }
    return validate_config({"campaign_year": year, **values}, where=f"sync_configs of {year}")


def _without_tags(config: CampaignConfig, rows: Sequence[sa.Row[Any]]) -> CampaignConfig:
    """Remove the further tags without the year that an earlier year, active and never closed, uses.

    `rows` are the `_TAG_KEYS` of the earlier years that were never closed.
    """
    inactive = {row.campaign_year for row in rows if row.config_key == "active" and row.config_value == "false"}
    used_tags = {
        tag_key(tag)
        for row in rows
        if row.config_key != "active" and row.campaign_year not in inactive
        for tag in _read_tags(row.config_value)
    }
    undated = {tag_key(tag) for tag in config.undated_tags} & used_tags
    return config.model_copy(
        update={
            key: tuple(tag for tag in getattr(config, key) if tag_key(tag) not in undated)
            for key in ("givebutter_mentor_tags", "givebutter_dropped_tags")
        }
    )


def _read_tags(text: str) -> list[str]:
    """Read a stored tag, or list of tags; a broken list is reported where its year is read."""
    if not text.startswith("["):
        return [text]
    try:
        tags = json.loads(text)
    except ValueError:
        return []
    return [tag for tag in tags if isinstance(tag, str)]


def _read_rows(conn: sa.Connection, year: int) -> Sequence[sa.Row[Any]]:
    """Read the rows of a year."""
    return conn.execute(sa.select(sync_configs).where(sync_configs.c.campaign_year == year)).all()


def _require_rows(year: int, rows: Sequence[sa.Row[Any]]) -> None:
    """Raise ConfigMissingError if a year has no rows."""
    if not rows:
        raise ConfigMissingError(
            f"Campaign year {year} has no configuration.",
            f"Add it with: mentorsync config load {year}.yaml (start from a copy of an earlier year's file).",
        )


def with_changed_value(conn: sa.Connection, year: int, key: str, text: str) -> CampaignConfig:
    """Return the year's configuration with one key changed, validated as a whole; nothing is written.

    The stored value of the key is not validated, so that a wrong value can be corrected.
    """
    types = config_types()
    if key not in types:
        raise ConfigInvalidError(f"Unknown key {key}.", f"Use one of: {', '.join(sorted(types))}.")
    changed_row = {"config_key": key, "config_value": text, "config_type": types[key]}
    rows = _read_rows(conn, year)
    _require_rows(year, rows)
    other_rows = [row._asdict() for row in rows if row.config_key != key]
    values = {stored["config_key"]: _from_text(stored, year) for stored in (*other_rows, changed_row)}
    return validate_config({"campaign_year": year, **values}, where=f"{key} of {year}")


def read_configured_years(conn: sa.Connection, *, active_only: bool = True) -> tuple[int, ...]:
    """Return the configured campaign years, oldest first. Active years are neither closed nor set inactive."""
    years = conn.execute(sa.select(sync_configs.c.campaign_year).distinct()).scalars().all()
    if not active_only:
        return tuple(sorted(years))
    return tuple(year for year in sorted(set(years) - read_closed_years(conn)) if read_config(conn, year).active)


def read_years(conn: sa.Connection) -> dict[int, bool]:
    """Return the configured campaign years, oldest first, and whether each is closed."""
    years = sa.select(sync_configs.c.campaign_year).distinct().subquery().c
    closing = year_closings.c
    is_closed = sa.exists().where(closing.campaign_year == years.campaign_year, closing.reopened_at.is_(None))
    rows = conn.execute(sa.select(years.campaign_year, is_closed).order_by(years.campaign_year))
    return {row[0]: row[1] for row in rows}


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _from_text(row: Mapping[str, Any], year: int) -> Any:
    """Parse a stored value by its declared type."""
    key, text, kind = row["config_key"], row["config_value"], row["config_type"]
    expected = config_types().get(key)
    if expected is not None and kind != expected:
        raise ConfigInvalidError(
            f"{key} of {year} is stored as {kind} and must be {expected}.",
            f"Set it again: mentorsync config set {key} VALUE --year {year}.",
        )
    if kind == "string":
        return text
    try:
        if kind == "number":
            return _parse_number(text)
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong_type_error(key, year, kind) from None
    if isinstance(value, bool) if kind == "json" else not isinstance(value, bool):
        raise _wrong_type_error(key, year, kind)
    return value


def _wrong_type_error(key: str, year: int, kind: str) -> ConfigInvalidError:
    type_name, example = _KINDS[kind]
    return ConfigInvalidError(
        f"{key} of {year} is not {type_name}.", f"Set it: mentorsync config set {key} {example} --year {year}."
    )


def _parse_number(text: str) -> str:
    float(json.loads(text) if text.startswith('"') else text)
    return text.strip('"')


def read_active_years(
    conn: sa.Connection, *, only: int | None = None
) -> tuple[dict[int, CampaignConfig], dict[int, str]]:
    """Read the active years' configurations, and the error codes of years with an invalid configuration.

    Closed years are left out, and with `only` all years but this one.
    """
    configs: dict[int, CampaignConfig] = {}
    errors: dict[int, str] = {}
    for year, is_closed in read_years(conn).items():
        if is_closed or only not in (None, year):
            continue
        try:
            config = read_config(conn, year)
        except MentorSyncError as error:
            errors[year] = error.code
            continue
        if config.active:
            configs[year] = config
    return configs, errors
