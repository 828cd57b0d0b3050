"""Find unfinished work of a campaign year, which would stop when the year is closed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.filters import select_contacts_as_of
from mentorsync_pipeline.db.plan_status import count_plan_statuses
from mentorsync_pipeline.db.step_inputs import find_missing_inputs
from mentorsync_pipeline.db.tables import (
    archive_plan,
    archived_duplicates,
    gb_import_files,
    mentors,
    mn_changes,
    mn_gb_import,
    raw_gb_full_contacts,
    sync_conflicts,
    sync_errors,
)
from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.tags import has_tag
from mentorsync_pipeline.runtime.code_version import configuration_version

Kind = Literal[
    "archivings_in_progress",
    "calculation_outdated",
    "decisions_not_applied",
    "records_not_applied",
    "import_file_missing",
    "import_file_not_confirmed",
    "changes_not_confirmed",
    "tags_without_year",
    "open_conflicts",
    "open_errors",
    "plan_outdated",
    "contacts_to_approve",
    "contacts_to_archive",
    "external_ids_to_remove",
]
# States in the ledger after an interrupted run or a failed call.
_IN_PROGRESS = ("planned", "clearing", "archiving", "failed", "restoring")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """One kind of unfinished work: a sentence with the number, and the next step."""

    kind: Kind
    count: int
    message: str
    what_to_do: str


# By kind, in order of display: message for one, message for several, next step.
_TEXTS: Mapping[Kind, tuple[str, str, str]] = {
    "archivings_in_progress": (
        "1 contact is in the middle of being archived or restored.",
        "{count} contacts are in the middle of being archived or restored.",
        "Finish it: mentorsync archive apply --year {year}.",
    ),
    "calculation_outdated": (
        "The mentors were not calculated with the loaded contacts and the present settings.",
        "The mentors were not calculated with the loaded contacts and the present settings.",
        "Recalculate them: mentorsync etl --year {year}.",
    ),
    "decisions_not_applied": (
        "1 decision, approval or undo is newer than the mentors.",
        "{count} decisions, approvals or undos are newer than the mentors.",
        "Apply them: mentorsync etl --year {year}.",
    ),
    "records_not_applied": (
        "1 recorded or undone attendance is newer than the mentors.",
        "{count} recorded or undone attendances are newer than the mentors.",
        "Apply them: mentorsync etl --year {year}.",
    ),
    "import_file_missing": (
        "1 mentor was never in an import file.",
        "{count} mentors were never in an import file, because none was created.",
        "Create the file and import it into Givebutter: mentorsync export --year {year}.",
    ),
    "import_file_not_confirmed": (
        "The last import file, of 1 row, is newer than the contacts.",
        "The last import file, of {count} rows, is newer than the contacts.",
        "Import it into Givebutter, then load a new export: mentorsync upload FILE.",
    ),
    "changes_not_confirmed": (
        "1 change of a mentor is not confirmed by contact data.",
        "{count} changes of mentors are not confirmed by contact data.",
        "Create and import a file, then load a new export: mentorsync export --year {year}.",
    ),
    "tags_without_year": (
        "1 mentor's contact has the mentor or dropped tag only without the year.",
        "{count} mentors' contacts have the mentor or dropped tag only without the year.",
        "Add it: mentorsync config set tags_with_year true --year {year}; then sync, import and load a new export.",
    ),
    "open_conflicts": (
        "1 conflict is open.",
        "{count} conflicts are open.",
        "Answer them: mentorsync conflicts list --year {year}.",
    ),
    "open_errors": (
        "1 error is open.",
        "{count} errors are open.",
        "Correct or ignore them: mentorsync errors list --year {year}.",
    ),
    "plan_outdated": (
        "The archive plan is older than the contacts, the answers or the settings.",
        "The archive plan is older than the contacts, the answers or the settings.",
        "Refresh it: mentorsync archive plan --year {year}.",
    ),
    "contacts_to_approve": (
        "1 duplicate contact needs approval before it is archived.",
        "{count} duplicate contacts need approval before they are archived.",
        "Approve or keep them: mentorsync archive show --year {year}.",
    ),
    "contacts_to_archive": (
        "1 duplicate contact is planned and not archived.",
        "{count} duplicate contacts are planned and not archived.",
        "Archive them: mentorsync archive apply --year {year}.",
    ),
    "external_ids_to_remove": (
        "1 External ID is to be removed from a contact.",
        "{count} External IDs are to be removed from contacts.",
        "Remove them: mentorsync archive apply --year {year}.",
    ),
}


def find_unfinished(conn: sa.Connection, year: int) -> tuple[Unfinished, ...]:
    """Return the unfinished work of a year by kind. Kinds without any are left out."""
    config = configuration.read_config(conn, year)
    return tuple(_describe(kind, count, config) for kind, count in _count(conn, config) if count)


def _describe(kind: Kind, count: int, config: CampaignConfig) -> Unfinished:
    year = config.campaign_year
    singular, plural, what_to_do = _TEXTS[kind]
    if kind == "tags_without_year" and config.tags_with_year:
        what_to_do = "The import file adds it: mentorsync sync --year {year}; then import and load a new export."
    message = (singular if count == 1 else plural).format(count=f"{count:,}")
    return Unfinished(kind=kind, count=count, message=message, what_to_do=what_to_do.format(year=year))


def _count(conn: sa.Connection, config: CampaignConfig) -> Iterator[tuple[Kind, int]]:
    """Yield the number of each kind."""
    year = config.campaign_year
    ledger, changes, rows = archived_duplicates, mn_changes, mn_gb_import
    conflicts, errors = sync_conflicts, sync_errors
    yield "archivings_in_progress", _rows(conn, ledger, year, ledger.c.status.in_(_IN_PROGRESS))
    version = configuration_version(config)
    missing = find_missing_inputs(conn, year, (mn_gb_import.name,), settings_version=version)
    is_outdated = missing.contacts or missing.settings or missing.rules
    yield "calculation_outdated", int(missing.is_calculated and is_outdated)
    yield "decisions_not_applied", _count_records(missing.decisions) + _count_records(missing.approvals)
    # Cash and notes need no calculation.
    yield "records_not_applied", _count_records(missing.attendance)
    files = _rows(conn, gb_import_files, year, sa.true())
    yield "import_file_missing", 0 if files else _rows(conn, rows, year, sa.true())
    yield "import_file_not_confirmed", _count_rows_not_confirmed(conn, year)
    yield (
        "changes_not_confirmed",
        _rows(conn, changes, year, sa.and_(changes.c.synced_to_gb.is_(None), ~changes.c.resolved)),
    )
    yield "tags_without_year", _count_undated(conn, config)
    is_question = sa.and_(conflicts.c.status == "pending", conflicts.c.conflict_type != "data_staleness")
    yield "open_conflicts", _rows(conn, conflicts, year, is_question)
    yield "open_errors", _rows(conn, errors, year, ~errors.c.resolved)
    of_plan = find_missing_inputs(conn, year, (archive_plan.name,), settings_version=version)
    yield "plan_outdated", int(of_plan.is_calculated and bool({*of_plan.names} - {"attendance"}))
    plan = count_plan_statuses(conn, year)
    yield "contacts_to_approve", plan["needs_approval"]
    yield "contacts_to_archive", plan["to_archive"]
    yield "external_ids_to_remove", plan["to_release"]


def _rows(conn: sa.Connection, table: sa.Table, year: int, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.campaign_year == year, condition)
    return int(conn.execute(query).scalar_one())


def _count_undated(conn: sa.Connection, config: CampaignConfig) -> int:
    """Count the mentors whose contact has a tag without the year and not the same tag with it."""
    contacts = raw_gb_full_contacts.c
    tags = (
        sa.select(contacts.tags)
        .join(mentors, mentors.c.gb_contact_id == contacts.contact_id)
        .where(mentors.c.campaign_year == config.campaign_year, contacts.archived_at.is_(None))
    )
    undated = {tag_key(tag) for tag in config.undated_tags}
    kinds = [
        (
            [tag for tag in names if tag_key(tag) in undated],
            [tag for tag in names if tag_key(tag) not in undated],
        )
        for names in (config.mentor_tags, config.dropped_tags)
    ]
    return sum(
        any(dated and has_tag(contact_tags, *plain) and not has_tag(contact_tags, *dated) for plain, dated in kinds)
        for contact_tags in conn.execute(tags).scalars()
    )


def _count_records(entries: Iterable[int]) -> int:
    """Count the records that were made, or taken back, since; an undone attendance has the negative id."""
    return len({abs(entry) for entry in entries})


def _count_rows_not_confirmed(conn: sa.Connection, year: int) -> int:
    """Return the rows of the last import file if the contacts were taken before it was created."""
    files = gb_import_files.c
    file = conn.execute(
        sa.select(files.row_count, files.created_at)
        .where(files.campaign_year == year)
        .order_by(files.created_at.desc(), files.id.desc())
        .limit(1)
    ).first()
    as_of = conn.execute(select_contacts_as_of()).scalar()
    return file.row_count if file is not None and (as_of is None or as_of <= file.created_at) else 0
