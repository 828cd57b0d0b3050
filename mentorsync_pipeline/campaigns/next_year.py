"""Derive the configuration of a campaign year from an earlier year's (rulebook section 11).

Settings are copied. The year in tags and in the External ID is moved on. The forms, the campaign and the day of the
event are new every year, so they are never copied.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import FORMS

_FORM_IDS = tuple(form.form_id_key for form in FORMS)
_OPTIONAL = frozenset(form.form_id_key for form in FORMS if not form.required)
# Settings that are new every year, in the order of the file, with the value that a person has to enter.
YEARLY_KEYS: Mapping[str, str] = {
    **{form.form_id_key: f"the number in the address of the {form.title}" for form in FORMS},
    "givebutter_campaign_code": "the campaign's six-character code or its slug",
    "event_date": "the day of the event, YYYY-MM-DD",
}
# Settings whose values contain the year: tags and the External ID.
_DATED = (
    "givebutter_mentor_tag",
    "givebutter_mentor_tags",
    "givebutter_dropped_tag",
    "givebutter_dropped_tags",
    "campaign_tag_contains",
    "external_id_template",
)
# Settings of the state of a year; a new year has the defaults.
_NOT_COPIED = ("active", "tags_with_year")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextYear:
    """A derived configuration.

    Attributes:
        values: by key, in the order of the file; None where a person has to enter the value.
        missing: keys that have no value and need one.
        notes: values that a person should check, one sentence each.

    """

    year: int
    values: dict[str, Any]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


def derive_next_year(config: CampaignConfig, year: int, entered: Mapping[str, Any]) -> NextYear:
    """Derive the configuration of `year` from an earlier one.

    Args:
        filled: values of the new year by key: those of `YEARLY_KEYS`, and any others.

    """
    source = config.model_dump(mode="json", exclude_none=True)
    filled = {key: value for key, value in entered.items() if value is not None}
    values: dict[str, Any] = {"campaign_year": year}
    for key in YEARLY_KEYS:
        if key in filled or key in source or key not in _OPTIONAL:
            values[key] = filled.get(key)
    for key, value in source.items():
        if key in filled and key not in YEARLY_KEYS:
            values[key] = filled[key]
        elif key not in values and key not in _NOT_COPIED:
            values[key] = _shift(value, config.campaign_year, year) if key in _DATED else value
    missing = tuple(key for key in YEARLY_KEYS if key in values and values[key] is None and key not in _OPTIONAL)
    return NextYear(year=year, values=values, missing=missing, notes=tuple(_make_notes(config, year, values)))


def find_reused(config: CampaignConfig, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of forms, and of the campaign, that have the value of the earlier year."""
    forms = {getattr(config, key) for key in _FORM_IDS} - {None}
    reused = [key for key in _FORM_IDS if values.get(key) in forms]
    if values.get("givebutter_campaign_code") == config.givebutter_campaign_code:
        reused.append("givebutter_campaign_code")
    return tuple(reused)


def fill_missing(next_year: NextYear) -> dict[str, Any]:
    """Return the values with examples in place of missing values, so that all others can be validated."""
    examples: dict[str, Any] = {key: f"9{number:09}" for number, key in enumerate(YEARLY_KEYS, start=1)}
    examples |= {"givebutter_campaign_code": "ABC123", "event_date": f"{next_year.year}-11-01"}
    return {
        key: examples[key] if value is None else value
        for key, value in next_year.values.items()
        if value is not None or key in next_year.missing
    }


def format_yaml(next_year: NextYear) -> str:
    """Format a derived configuration as a campaign file, with a hint for each key without a value."""
    lines = [
        f"# The campaign of {next_year.year}. Check it, then load it: mentorsync config load {next_year.year}.yaml.",
        "# Keys, types and defaults: docs/configuration.md.",
    ]
    for key, value in next_year.values.items():
        if value is None:
            optional = "; delete the line if there is none" if key in _OPTIONAL else ""
            lines.append(f"{key}:  # enter {YEARLY_KEYS[key]}{optional}")
        else:
            lines.append(yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=110).rstrip("\n"))
    return "\n".join(lines) + "\n"


def _shift(value: Any, earlier: int, year: int) -> Any:
    """Replace the earlier year, as a number of four or two digits, in a text or in the texts of a list."""
    if isinstance(value, list):
        return [_shift(item, earlier, year) for item in value]
    if not isinstance(value, str):
        return value
    four = re.sub(rf"(?<![0-9]){earlier}(?![0-9])", str(year), value)
    return re.sub(rf"(?<![0-9]){earlier % 100:02}(?![0-9])", f"{year % 100:02}", four)


def _make_notes(config: CampaignConfig, year: int, values: Mapping[str, Any]) -> list[str]:
    notes = []
    template = str(values["external_id_template"])
    if "{year}" not in template and str(year) not in template:
        notes.append(
            f"External IDs ({template}) have no year. If MN ids start again every year, an id that an earlier mentor "
            "holds becomes a conflict; external_id_template {year}-{mn_id} avoids that."
        )
    notes += [
        f"{key} ({values[key]}) has no year and is the same as in {config.campaign_year}."
        for key in ("givebutter_mentor_tag", "givebutter_dropped_tag")
        if values[key] == getattr(config, key)
    ]
    labels = [
        label
        for labels in (values["custom_field_labels"], values["message_columns"])
        for label in labels.values()
        if re.search(rf"(?<![0-9]){config.campaign_year}(?![0-9])", label)
    ]
    if labels:
        notes.append(f"Labels of custom fields name {config.campaign_year}: {', '.join(labels)}.")
    return notes
