"""Typed run options of the assets, used by the assets and by the code that starts their runs.

Dagster stores run configurations permanently. They contain ids, counts, paths and the names of people who start runs,
but no personal data of mentors and contacts.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import dagster as dg
from pydantic import Field, field_validator

from mentorsync_pipeline.domain.clean_text import clean_typed
from mentorsync_pipeline.domain.errors import MentorSyncError


class UnknownYearError(MentorSyncError):
    """The campaign year is not a partition."""

    code = "YEAR_UNKNOWN"


class _NamedOptions(dg.Config):
    """Options with the name of a person, which is cleaned: a blank name is none, so it forces nothing."""

    @field_validator("forced_by", "by", mode="before", check_fields=False)
    @classmethod
    def _clean_name(cls, name: str | None) -> str | None:
        return clean_typed(name)


class ContactMode(Enum):
    """Source of the contacts: an export file, or Givebutter's API (all, changes, or mentors of one year).

    The names of the members appear in Dagster's run configuration.
    """

    file = "file"
    api_full = "api_full"
    api_changes = "api_changes"
    api_mentors = "api_mentors"


class ContactLoad(_NamedOptions):
    """Options of `raw_gb_full_contacts`.

    Attributes:
        path: export file or its fsspec URL (mode `file`).
        year: year of the mentors to fetch (mode `api_mentors`).
        forced_by: name of the person who overrides a refusal.
        as_of: time of the data (ISO 8601), if it differs from the one in the file.

    """

    mode: ContactMode = ContactMode.api_changes
    path: str | None = None
    year: int | None = None
    forced_by: str | None = None
    as_of: str | None = None


class RejectedFile(dg.Config):
    """Options of `gb_failed_rows`: path or fsspec URL of Givebutter's file of rejected rows."""

    path: str


class CampaignValues(dg.Config):
    """Options of `sync_configs`: all values of a campaign year, as in its YAML file."""

    values: dict[str, Any]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "CampaignValues":
        """Return the options for settings as in the YAML file.

        The year is the run's partition. A setting that is None is left out, which means the same: Dagster refuses null
        in a map of a run configuration.
        """
        values = {key: value for key, value in settings.items() if value is not None}
        values.pop("campaign_year", None)
        return cls(values=values)


class MessageOrder(_NamedOptions):
    """Options of `campaign_messages`. Without options, the messages of the applied campaigns are updated.

    Attributes:
        apply_file: name of a file in the messages folder to apply.
        sha256: checksum of the file when it was previewed.
        clear_campaign: name of an applied campaign to clear.
        by: name of the person.

    """

    apply_file: str | None = None
    sha256: str | None = None
    clear_campaign: str | None = None
    by: str | None = None


class ExportOptions(_NamedOptions):
    """Options of `gb_import_file`: name of the person who forces a file despite stale contact data."""

    forced_by: str | None = None


class Restore(_NamedOptions):
    """Options of `restored_duplicates`: person, and a contact, a mentor or a run whose archiving is undone."""

    by: str = Field(pattern=r"\S")
    contact_id: int | None = None
    mn_id: str | None = None
    run_id: str | None = None


def build_run_config(asset: str, options: dg.Config) -> dg.RunConfig:
    """Return the run configuration with the options of one asset."""
    return dg.RunConfig(ops={asset: options})


def to_config_dict(config: dg.RunConfig | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a run configuration as a dictionary, without empty parts."""
    if isinstance(config, dg.RunConfig):
        parts: Mapping[str, Any] = config.to_config_dict()  # type: ignore[no-untyped-call]  # it has no annotations
    else:
        parts = config or {}
    return {name: value for name, value in parts.items() if value}
