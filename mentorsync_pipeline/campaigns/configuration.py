"""Campaign configuration in and out: YAML files and the table `sync_configs` (rulebook section 11)."""

import json
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from pydantic import ValidationError

from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.tables import (
    raw_mn_funds_setup,
    raw_mn_signups,
    raw_mn_training_signup,
    sync_configs,
)
from mentorsync_pipeline.db.tables.raw import answer_columns
from mentorsync_pipeline.domain.clean_text import clean_texts, find_unusual_texts
from mentorsync_pipeline.domain.config import CampaignConfig, config_types
from mentorsync_pipeline.domain.errors import MentorSyncError

# What each `config_type` is called, and an example of a value on the command line.
_KINDS: Mapping[str, tuple[str, str]] = {
    "number": ("a number", "75"),
    "boolean": ("true or false", "true"),
    "json": ("a JSON object or list", """'{"name": "value"}'"""),
}


class ConfigInvalidError(MentorSyncError):
    """A configuration that cannot be used: an unknown key, a wrong type, a missing value."""

    code = "CONFIG_INVALID"


class ConfigMissingError(MentorSyncError):
    """A campaign year that nobody has configured."""

    code = "CONFIG_MISSING"


def shipped_campaigns() -> Mapping[int, Traversable]:
    """The campaign files that come with the package, by year."""
    folder = resources.files("mentorsync_pipeline") / "campaigns"
    return {int(entry.name[:4]): entry for entry in folder.iterdir() if entry.name.endswith(".yaml")}


def parse_yaml(path: Path | Traversable) -> CampaignConfig:
    """Read one campaign year from a YAML file.

    Raises ConfigInvalidError naming each key that is wrong and why, or when the file is not YAML.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalidError(f"{path.name} cannot be read ({error.strerror}).", "Check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigInvalidError(
            f"{path.name} is not YAML.", "Compare it with the campaign file that ships with the package."
        ) from error
    if not isinstance(loaded, dict):
        raise ConfigInvalidError(f"{path.name} holds no keys.", "Start from a copy of an earlier year's file.")
    return validate(loaded, where=path.name)


def validate(values: Mapping[str, Any], *, where: str) -> CampaignConfig:
    """Check a year's values and return them typed; ConfigInvalidError lists everything that is wrong."""
    unusual = find_unusual_texts(dict(values))
    if unusual:
        raise ConfigInvalidError(
            f"{where}: {', '.join(unusual)} holds a control character or half a character.", "Type the value again."
        )
    try:
        config = CampaignConfig.model_validate(clean_texts(dict(values)))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {_plain_words(problem)}" for problem in error.errors()
        )
        raise ConfigInvalidError(f"{where}: {problems}.", "Correct these keys and load it again.") from error
    for key, table in (
        ("signup_field_map", raw_mn_signups),
        ("setup_field_map", raw_mn_funds_setup),
        ("training_field_map", raw_mn_training_signup),
    ):
        known = answer_columns(table)
        unknown = sorted(set(getattr(config, key)) - known)
        if unknown:
            raise ConfigInvalidError(
                f"{where}: {key} names columns that {table.name} does not have: {', '.join(unknown)}.",
                f"Use one of {', '.join(sorted(known))}, or add the column with a migration (docs/add-a-form-field.md)"
                ".",
            )
    return config


def _plain_words(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key"
    if problem["type"] == "missing":
        return "missing"
    return str(problem["msg"]).removeprefix("Value error, ")


def save(conn: sa.Connection, config: CampaignConfig) -> Diff:
    """Store a year's configuration, replacing what was there; equal rows are not touched."""
    types = config_types()
    moment = conn.execute(sa.select(sa.func.now())).scalar_one()
    rows = [
        {"config_key": key, "config_value": _to_text(value), "config_type": types[key], "updated_at": moment}
        for key, value in config.model_dump(mode="json", exclude={"campaign_year"}).items()
    ]
    return sync_rows(
        conn, sync_configs, rows, scope={"campaign_year": config.campaign_year}, log_id=0, ignore=("updated_at",)
    )


def read(conn: sa.Connection, year: int) -> CampaignConfig:
    """Read a year's configuration; ConfigMissingError names the command that adds the year."""
    values = {row["config_key"]: _from_text(row, year) for row in _stored(conn, year)}
    return validate({"campaign_year": year, **values}, where=f"sync_configs of {year}")


def _stored(conn: sa.Connection, year: int) -> list[dict[str, Any]]:
    """The rows of a year. Raises ConfigMissingError when there are none."""
    rows = conn.execute(sa.select(sync_configs).where(sync_configs.c.campaign_year == year)).mappings().all()
    if not rows:
        raise ConfigMissingError(
            f"Campaign year {year} has no configuration.",
            f"Add it with: mentorsync config load {year}.yaml (start from a copy of an earlier year's file).",
        )
    return [dict(row) for row in rows]


def changed(conn: sa.Connection, year: int, key: str, text: str) -> CampaignConfig:
    """The year's configuration with one key changed, checked as a whole; nothing is written.

    What is stored of the key itself does not matter: setting it is how a wrong value is put right.
    """
    types = config_types()
    if key not in types:
        raise ConfigInvalidError(f"Unknown key {key}.", f"Use one of: {', '.join(sorted(types))}.")
    row = {"config_key": key, "config_value": text, "config_type": types[key]}
    others = [other for other in _stored(conn, year) if other["config_key"] != key]
    values = {one["config_key"]: _from_text(one, year) for one in (*others, row)}
    return validate({"campaign_year": year, **values}, where=f"{key} of {year}")


def set_value(conn: sa.Connection, year: int, key: str, text: str) -> CampaignConfig:
    """Change one key of a year; nothing is written when the year as a whole would be wrong."""
    config = changed(conn, year, key, text)
    save(conn, config)
    return config


def configured_years(conn: sa.Connection, *, active_only: bool = True) -> tuple[int, ...]:
    """The campaign years that are configured, oldest first."""
    years = conn.execute(sa.select(sync_configs.c.campaign_year).distinct()).scalars().all()
    return tuple(year for year in sorted(years) if not active_only or read(conn, year).active)


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _from_text(row: Mapping[str, Any], year: int) -> Any:
    """Undo `_to_text`, holding the value to its declared type."""
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
            return _number(text)
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong_kind(key, year, kind) from None
    if isinstance(value, bool) if kind == "json" else not isinstance(value, bool):
        raise _wrong_kind(key, year, kind)
    return value


def _wrong_kind(key: str, year: int, kind: str) -> ConfigInvalidError:
    what, example = _KINDS[kind]
    return ConfigInvalidError(
        f"{key} of {year} is not {what}.", f"Set it: mentorsync config set {key} {example} --year {year}."
    )


def _number(text: str) -> str:
    float(json.loads(text) if text.startswith('"') else text)
    return text.strip('"')


def active_years(conn: sa.Connection) -> tuple[dict[int, CampaignConfig], dict[int, str]]:
    """The active campaign years with their configuration; and those whose configuration is wrong, with the reason."""
    good: dict[int, CampaignConfig] = {}
    bad: dict[int, str] = {}
    for year in configured_years(conn, active_only=False):
        try:
            config = read(conn, year)
        except MentorSyncError as error:
            bad[year] = error.code
            continue
        if config.active:
            good[year] = config
    return good, bad
