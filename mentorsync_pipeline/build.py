"""Assemble the code location from assets, checks, jobs and resources, which are defined elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from mentorsync_pipeline.assets.archive import archive_plan, mass_email_plan
from mentorsync_pipeline.assets.archive_apply import archived_duplicates, archived_mass_email
from mentorsync_pipeline.assets.archive_restore import restored_duplicates
from mentorsync_pipeline.assets.configuration import sync_configs
from mentorsync_pipeline.assets.external import MANUAL_TABLES, SOURCES
from mentorsync_pipeline.assets.failed_rows import gb_failed_rows
from mentorsync_pipeline.assets.gb_import import gb_import_file, mn_gb_import
from mentorsync_pipeline.assets.matching import contact_candidates, deduplicated_signups, winner_contacts
from mentorsync_pipeline.assets.mentors import duplicate_contacts, mentors, partner_matches
from mentorsync_pipeline.assets.messages import campaign_messages
from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.assets.raw_givebutter import raw_gb_campaign_members, raw_gb_full_contacts
from mentorsync_pipeline.assets.raw_jotform import RAW_FORMS
from mentorsync_pipeline.assets.reports import mentor_gaps
from mentorsync_pipeline.automation.jobs import JOBS
from mentorsync_pipeline.automation.run_retention import forget_old_runs
from mentorsync_pipeline.automation.schedules import nightly, weekly
from mentorsync_pipeline.automation.sensors import (
    contact_exports,
    decisions,
    interrupted_runs,
    notifications,
    rules_changed,
)
from mentorsync_pipeline.checks.factory import build_check
from mentorsync_pipeline.checks.schemas import ALL
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.drop_folder import DropFolderResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource
from mentorsync_pipeline.resources.notifier import NotifierResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.executor import build_executor
from mentorsync_pipeline.runtime.settings import load_settings

ASSETS: Sequence[dg.AssetsDefinition | dg.AssetSpec] = (
    *SOURCES,
    *MANUAL_TABLES,
    sync_configs,
    *RAW_FORMS,
    raw_gb_campaign_members,
    raw_gb_full_contacts,
    deduplicated_signups,
    contact_candidates,
    winner_contacts,
    duplicate_contacts,
    mentors,
    partner_matches,
    mentor_gaps,
    campaign_messages,
    mn_gb_import,
    gb_import_file,
    gb_failed_rows,
    archive_plan,
    archived_duplicates,
    restored_duplicates,
    mass_email_plan,
    archived_mass_email,
)

SENSORS = (contact_exports, rules_changed, decisions, notifications, interrupted_runs)
SCHEDULES = (nightly, weekly)


def build_defs(*, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return the code location; `resources` replaces default resources by name."""
    defaults = {
        "warehouse": WarehouseResource(),
        "clock": ClockResource(),
        "drop_folder": DropFolderResource(),
        "messages_folder": MessagesFolderResource(),
        "notifier": NotifierResource(),
        "out_folder": OutFolderResource(),
        "jotform": JotformResource(),
        "givebutter": GivebutterResource(),
    }
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=[build_check(checks, YEARS) for checks in ALL if checks.own_step],
        jobs=[*JOBS, forget_old_runs],
        sensors=SENSORS,
        schedules=SCHEDULES,
        resources={**defaults, **(resources or {})},
        executor=build_executor(load_settings().executor),
    )
