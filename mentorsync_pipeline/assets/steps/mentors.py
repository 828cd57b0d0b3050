"""Write the mentors, their duplicate contacts and partners (rulebook sections 7 to 10)."""

from collections import Counter
from decimal import Decimal

import dagster as dg

from mentorsync_pipeline.assets.year_run import YearRun
from mentorsync_pipeline.attendance.queries import move_records
from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.db.tables import duplicate_contacts as duplicates_table
from mentorsync_pipeline.db.tables import known_mentors, mentor_bases, mentor_form_entries
from mentorsync_pipeline.db.tables import mentors as mentors_table
from mentorsync_pipeline.db.tables import partner_matches as matches_table
from mentorsync_pipeline.matching.table_rows import to_mentor_row
from mentorsync_pipeline.mentors.base_rows import to_changed_base_rows, to_changed_known_mentor_rows
from mentorsync_pipeline.mentors.change_store import confirm_changes, record_changes
from mentorsync_pipeline.mentors.duplicates import find_duplicates, read_approvals, to_table_row
from mentorsync_pipeline.mentors.partners import read_present_ids, read_wishes
from mentorsync_pipeline.mentors.rules.changes import find_changes
from mentorsync_pipeline.mentors.rules.contact_side import find_confirmable_fields, find_confirmed_fields, has_arrived
from mentorsync_pipeline.mentors.rules.mentor_rows import MentorRows, build_mentors
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData
from mentorsync_pipeline.mentors.rules.partner_matches import match_partners
from mentorsync_pipeline.mentors.year_data import read_year_data
from mentorsync_pipeline.review.error_list import resolve_arrived_rejections, resolve_asked_rejections


def write_duplicates(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the duplicate contacts of the mentors."""
    losers = find_duplicates(run.conn, run.config)
    approved = read_approvals(run.conn, run.year)
    rows = [to_table_row(loser, approved) for loser in losers]
    diff = run.write(duplicates_table, rows)
    counts = Counter[str](row["state"] for row in rows)
    counts["values copied"] = sum(row["hands_on"] for row in rows)
    return run.report(rows_in=len(losers), diff=diff, counts=dict(counts))


def write_mentors(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the mentors, their bases and history."""
    data = read_year_data(run.conn, run.config)
    built = build_mentors(data)
    unchanged = {mentor.mn_id for mentor in built.mentors if mentor == data.previous.get(mentor.mn_id)}
    changed = [mentor for mentor in built.mentors if mentor.mn_id not in unchanged]
    diff = run.write(mentors_table, map(to_mentor_row, changed), retain=unchanged)
    # These rows are never removed: a sign-up or a contact may reappear.
    run.write(mentor_bases, to_changed_base_rows(built.bases, data), retain="all")
    run.write(known_mentors, to_changed_known_mentor_rows(built.known, data), retain="all")
    run.write(mentor_form_entries, map(to_row, built.entries))
    move_records(run.conn, built.moved_records)
    counts = run.record(conflicts=built.conflicts, decisions=built.decisions, warnings=built.warnings)
    counts |= _record_history(run, data, built)
    tally = Counter[str](mentor.sync_state for mentor in built.mentors)
    tally.update(f"status {mentor.status}" for mentor in built.mentors if not mentor.dropped)
    tally["dropped"] = sum(mentor.dropped for mentor in built.mentors)
    raised = sum((mentor.amount_raised for mentor in built.mentors), Decimal(0))
    return run.report(rows_in=len(data.signups), diff=diff, counts=dict(tally) | counts | {"raised": str(raised)})


def write_partner_matches(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the mentors' wishes for partners."""
    wishes = read_wishes(run.conn, run.config)
    matches = match_partners(wishes, read_present_ids(run.conn, run.year))
    diff = run.write(matches_table, map(to_row, matches))
    return run.report(rows_in=len(wishes), diff=diff, counts=dict(Counter[str](match.state for match in matches)))


def _record_history(run: YearRun, data: YearData, built: MentorRows) -> dict[str, int]:
    new_changes = find_changes(data.previous, built.mentors, successors=built.successors, returned=built.returned)
    rows = {mentor.mn_id: mentor for mentor in built.mentors}
    confirmed = {
        mentor.mn_id: find_confirmed_fields(mentor, data.contacts[mentor.gb_contact_id], data.config)
        for mentor in built.mentors
        if mentor.gb_contact_id is not None and mentor.gb_contact_id in data.contacts
    }
    recorded = record_changes(
        run.conn,
        run.year,
        new_changes,
        confirmable=find_confirmable_fields(data.config),
        log_id=run.asset_run.log_id,
        now=run.now,
        as_of=data.as_of,
    )
    arrived_ids = [mn_id for mn_id, fields in confirmed.items() if has_arrived(rows[mn_id], fields, data.config)]
    return {
        "changes": recorded,
        "changes confirmed": confirm_changes(run.conn, run.year, rows, confirmed, as_of=data.as_of),
        "rejected rows settled": resolve_arrived_rejections(
            run.conn, run.year, arrived_ids, as_of=data.as_of, now=run.now
        )
        + resolve_asked_rejections(run.conn, run.year, now=run.now),
    }
