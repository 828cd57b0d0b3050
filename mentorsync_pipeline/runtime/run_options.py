"""Run options: one typed class per asset with options, used by the asset and by the code that starts its runs.

A run configuration is kept for ever, so it holds ids, counts, paths and the names of the people who start runs, and
nothing about mentors or contacts.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import dagster as dg
from pydantic import Field


class ContactMode(Enum):
    """Where the contacts come from: an export file, or Givebutter's API (all, the changes, one year's mentors).

    Dagster's run configuration shows the names of the members.
    """

    file = "file"
    api_full = "api_full"
    api_changes = "api_changes"
    api_mentors = "api_mentors"


class ContactLoad(dg.Config):
    """Which contacts `raw_gb_full_contacts` loads.

    `path` is the export file, or its fsspec URL (mode `file`), `year` whose mentors to fetch (mode `api_mentors`).
    `forced_by` is the name of the person who accepts what would be refused, `as_of` (ISO 8601) overrides when they were
    taken.
    """

    mode: ContactMode = ContactMode.api_changes
    path: str | None = None
    year: int | None = None
    forced_by: str | None = None
    as_of: str | None = None


class RejectedFile(dg.Config):
    """The file that `gb_failed_rows` reads: Givebutter gave it back. `path` may be an fsspec URL."""

    path: str


class CampaignValues(dg.Config):
    """All values of one campaign year for `sync_configs`, as its YAML file has them."""

    values: dict[str, Any]


class MessageOrder(dg.Config):
    """What a person orders of `campaign_messages`, by name; without anything the active campaigns are rendered again.

    `apply_file` is a file of the messages folder and `sha256` its content as the person saw it. `clear_campaign` is the
    name of an active campaign.
    """

    apply_file: str | None = None
    sha256: str | None = None
    clear_campaign: str | None = None
    by: str | None = None


class ExportOptions(dg.Config):
    """`forced_by`: the name of the person who has `gb_import_file` written although the contact data is stale."""

    forced_by: str | None = None


class Approval(dg.Config):
    """What `archive_approvals` records; `by` is the name of the person who approves.

    With `contact_ids`: archiving these contacts, each as the plan shows it. Without: letting the plan past the guard.
    `plan_fingerprint` is the plan that the person has seen; another one is refused.
    """

    by: str = Field(pattern=r"\S")
    contact_ids: list[int] = []  # noqa: RUF012  # Dagster copies it
    plan_fingerprint: str | None = None
    mass_email: bool = False


class Restore(dg.Config):
    """What `restored_duplicates` undoes, in whose name: one contact, one mentor's losers, or what one run archived."""

    by: str = Field(pattern=r"\S")
    contact_id: int | None = None
    mn_id: str | None = None
    run_id: str | None = None


def options_of(asset: str, options: dg.Config) -> dg.RunConfig:
    """The run configuration that gives one asset its options."""
    return dg.RunConfig(ops={asset: options})


def config_dict(config: dg.RunConfig | Mapping[str, Any] | None) -> dict[str, Any]:
    """A run configuration as Dagster keeps it, without empty parts."""
    if isinstance(config, dg.RunConfig):
        plain: Mapping[str, Any] = config.to_config_dict()  # type: ignore[no-untyped-call]  # it has no annotations
    else:
        plain = config or {}
    return {name: part for name, part in plain.items() if part}
