"""Store the campaign's members and the contacts (rulebook sections 1 and 2)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, assert_never

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.contact_findings import (
    record_refused_list,
    record_unreadable_contacts,
    record_unusual_contacts,
)
from mentorsync_pipeline.assets.service_policies import (
    fail_on_permanent_errors,
)
from mentorsync_pipeline.assets.source_listings import SourceRecord, store_listing
from mentorsync_pipeline.assets.year_run import year_run
from mentorsync_pipeline.campaigns.closed_tags import forget_removed_tags
from mentorsync_pipeline.checks.raw_schemas import CONTACTS
from mentorsync_pipeline.checks.table_run import run_table_checks
from mentorsync_pipeline.contacts.load.load_record import ListRefusedError, Loaded, LoadRequest, read_max_shrink
from mentorsync_pipeline.contacts.load.replace_all import load_api_list, upload_export
from mentorsync_pipeline.contacts.load.upsert import (
    is_withheld,
    load_changed_contacts,
    load_requested_contacts,
    read_changed_since,
    read_mentors_contact_ids,
)
from mentorsync_pipeline.contacts.rules.as_of import parse_as_of
from mentorsync_pipeline.contacts.rules.members import parse_member, parse_member_id
from mentorsync_pipeline.db.asset_run import AssetRun, run_asset
from mentorsync_pipeline.db.clock_offsets import record_clock_offset
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.list_write import write_members
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables import raw_gb_campaign_members as members_table
from mentorsync_pipeline.db.tables import raw_gb_full_contacts as contacts_table
from mentorsync_pipeline.domain.clean_text import find_unusual_texts
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.record_fields import drain, further_subject, hash_records, read_records
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.drop_folder import LocationError, local_copy, parse_location
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.http import BadAnswerError, RefusedError, ServiceUnavailableError
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review.error_list import mark_checked, read_accepted_fingerprints, read_open_subjects
from mentorsync_pipeline.runtime.run_attempts import PARTITION
from mentorsync_pipeline.runtime.run_options import ContactLoad, ContactMode

_UNREADABLE = "CONTACT_INVALID"
# Unreadable contacts are requested one by one; so many in each load, in turn.
_MOST_UNREAD = 100


_MEMBER = SourceRecord(
    table=members_table, key="member_id", code="MEMBER_INVALID", noun="member", warning_noun="campaign member"
)


class LoadOptionsError(MentorSyncError):
    """Options of a contact load that do not fit together."""

    code = "LOAD_OPTIONS"


def store_members(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Store the members of the year's campaign."""
    with fail_on_permanent_errors(), year_run(context, warehouse, clock) as run:
        campaign_id = givebutter.campaign(run.config.givebutter_campaign_code)["id"]

        def read(member: Any) -> tuple[dict[str, Any], list[str]]:
            row = parse_member(member, campaign_id)
            require_fitting(members_table, row, {"member_id": "id"})
            return row, find_unusual_texts(member)

        returned = givebutter.members(campaign_id)
        current = run.settle(context, hash_records(returned, campaign_id))
        if current.last_run is not None:
            return current.report_settled(current.last_run)
        members, unreadable = read_records(drain(returned), parse_member_id, read)
        diff, counts = store_listing(current, write_members, members, unreadable, _MEMBER)
        return current.report(rows_in=len(members), diff=diff, counts={"campaign": campaign_id} | counts)


def load_contacts(
    context: dg.AssetExecutionContext,
    config: ContactLoad,
    warehouse: WarehouseResource,
    clock: ClockResource,
    givebutter: GivebutterResource,
) -> dg.MaterializeResult[None]:
    """Load contacts as the options say, with their findings and checks."""
    name = context.asset_key.to_user_string()
    year_of_run = context.run.tags.get(PARTITION)
    open_years = {int(year_of_run)} if year_of_run else set()
    if config.mode is ContactMode.api_mentors and config.year is not None:
        open_years.add(config.year)
    with (
        fail_on_permanent_errors(),
        run_asset(
            warehouse.engine,
            asset=name,
            run_id=context.run.run_id,
            job=context.run.job_name,
            now=clock.now,
            open_years=open_years,
        ) as current,
    ):
        request = LoadRequest(
            run_id=context.run.run_id,
            loaded_at=current.started_at,
            max_shrink=read_max_shrink(current.conn),
            forced_by=config.forced_by,
            accepted=read_accepted_fingerprints(current.conn, None, source_table=contacts_table.name),
        )
        loaded = _load_unless_refused(config, current, givebutter, request)
        if loaded is not None:
            record_clock_offset(current.conn, loaded.load_id, givebutter.clock_offset)
            forget_removed_tags(current.conn)
            record_unreadable_contacts(current.conn, loaded, log_id=current.log_id, now=current.started_at)
            record_unusual_contacts(current.conn, loaded, log_id=current.log_id, now=current.started_at)
            total = _count(current.conn)
            changed = loaded.rows if loaded.changed is None else loaded.changed
            current.report(
                rows_in=loaded.rows,
                diff=Diff(changed=changed, unchanged=total - changed),
                load_id=loaded.load_id,
                origin=loaded.origin,
                unreadable=len(loaded.unreadable),
                **loaded.details,
            )
            results = run_table_checks(current.conn, CONTACTS, year=None, log_id=current.log_id, now=current.started_at)
    if loaded is None:
        raise AssertionError("a refused load ends with its error")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": total,
            "rows read": loaded.rows,
            "active contacts before": loaded.previous_rows,
            "origin": loaded.origin,
            "as of": loaded.as_of.isoformat(),
            "load": loaded.load_id,
            "unreadable": len(loaded.unreadable),
            **loaded.details,
            **({"file": loaded.file_name, "sha256": loaded.sha256} if loaded.file_name and loaded.sha256 else {}),
        },
        check_results=results,
    )


def _load_unless_refused(
    config: ContactLoad, current: AssetRun, givebutter: GivebutterResource, request: LoadRequest
) -> Loaded | None:
    """Load the contacts. If the list is refused, store only its error, end the run with it and return None."""
    try:
        with current.conn.begin_nested():
            return _load(config, current, givebutter, request)
    except ListRefusedError as refused:
        record_refused_list(current.conn, refused.finding, log_id=current.log_id, now=current.started_at)
        current.stop(refused)
        return None


def _load(config: ContactLoad, current: AssetRun, givebutter: GivebutterResource, request: LoadRequest) -> Loaded:
    conn = current.conn
    try:
        as_of = parse_as_of(config.as_of, TEAM_ZONE) if config.as_of else None
    except ValueError:
        raise LoadOptionsError(
            "The time of the data is no time.", "Set `as_of` to one such as 2025-10-01T09:30."
        ) from None
    data_as_of = min(as_of or request.loaded_at, request.loaded_at)
    match config.mode:
        case ContactMode.file:
            if not config.path:
                raise LoadOptionsError("No export file is named.", "Set `path` to the file.")
            try:
                location = parse_location(config.path)
            except LocationError as error:
                raise LoadOptionsError(str(error), "Set `path` to the file.") from None
            with local_copy(location) as path:
                return upload_export(conn, path, request, zone=TEAM_ZONE, as_of=as_of)
        case ContactMode.api_mentors:
            if config.year is None:
                raise LoadOptionsError("No campaign year is named.", "Set `year` to the year of the mentors.")
            answer = givebutter.find_contacts(read_mentors_contact_ids(conn, config.year))
            missing = {*answer.withheld, *answer.missing}
            return load_requested_contacts(
                conn, answer.contacts, missing, request, as_of=data_as_of, unanswered=answer.unreadable
            )
        case ContactMode.api_full:
            return load_api_list(conn, givebutter.contacts(), request, as_of=data_as_of)
        case ContactMode.api_changes:
            since, unread = read_changed_since(conn), read_open_subjects(conn, None, _UNREADABLE)
            if since is None or further_subject(contacts_table.name) in unread:
                return load_api_list(conn, givebutter.contacts(), request, as_of=data_as_of)
            again = _UnreadContacts([contact_id for contact_id in unread if contact_id.isdecimal()])
            pages = _changed_contacts(givebutter, since, again)
            loaded = load_changed_contacts(
                conn,
                pages,
                request,
                as_of=data_as_of,
                gone=again.gone,
                find_gone=lambda contact_ids: _find_gone(givebutter, contact_ids, request),
            )
            mark_checked(conn, None, _UNREADABLE, again.requested, log_id=current.log_id)
            return loaded
        case _:
            assert_never(config.mode)


@dataclass(slots=True)
class _UnreadContacts:
    """Contacts that earlier loads could not read.

    Attributes:
        ids: in the order in which they are requested, those of the earliest runs first.
        requested: ids that this load has requested by themselves.
        gone: ids of these that Givebutter no longer returns.

    """

    ids: Sequence[str]
    requested: tuple[str, ...] = ()
    gone: set[int] = field(default_factory=set)


def _changed_contacts(givebutter: GivebutterResource, since: datetime, unread: _UnreadContacts) -> Iterator[list[Any]]:
    """Yield the contacts that changed since, then those that could not be read, a limited number in each load.

    The second kind may be readable now without a change at Givebutter.
    """
    yielded_ids: set[str] = set()
    for page in givebutter.contacts(updated_after=since):
        yielded_ids.update(str(record.get("id")) for record in page if isinstance(record, dict))
        yield page
    unread.requested = tuple(islice((key for key in unread.ids if key not in yielded_ids), _MOST_UNREAD))
    if unread.requested:
        try:
            answer = givebutter.find_contacts(map(int, unread.requested))
        except (BadAnswerError, RefusedError, ServiceUnavailableError):  # all are still unreadable
            return
        unread.gone.update(answer.withheld, answer.missing)
        yield answer.contacts


def _find_gone(givebutter: GivebutterResource, contact_ids: Sequence[int], request: LoadRequest) -> Collection[int]:
    """Return those of these contacts that Givebutter no longer returns; none if too many are missing, or on errors.

    A key without access to single contacts has the same effect as many missing ones. The next full load decides.
    """
    if not contact_ids:
        return ()
    try:
        answer = givebutter.find_contacts(contact_ids)
    except (BadAnswerError, RefusedError, ServiceUnavailableError):
        return ()
    gone = (*answer.withheld, *answer.missing)
    return () if is_withheld(len(contact_ids), len(gone), request) else gone


def _count(conn: sa.Connection) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(contacts_table)).scalar_one())
