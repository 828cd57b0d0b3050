"""Everything that belongs to one mentor: sign-ups, contacts, conflicts, findings, messages and records of staff."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.attendance.queries import records_of
from mentorsync_pipeline.contacts.labels import read_present_config
from mentorsync_pipeline.db.tables import (
    archived_duplicates,
    campaign_messages,
    contact_candidates,
    deduplicated_signups,
    mentors,
    mn_gb_import,
    raw_gb_full_contacts,
    raw_mn_funds_setup,
    raw_mn_signups,
    raw_mn_training_signup,
    sync_conflicts,
    sync_decisions,
    winner_contacts,
)
from mentorsync_pipeline.domain.comparison import describe_score
from mentorsync_pipeline.domain.import_columns import MESSAGE_COLUMNS
from mentorsync_pipeline.review.errors import ErrorFilter, read_errors
from mentorsync_pipeline.review.warnings import WarningFilter, read_warnings
from mentorsync_pipeline.signups.rules.jotform_answers import list_answers

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRecord:
    """One mentor. `row` is the mentor's row; the lists hold rows as the functions below describe.

    `records` are those of staff (`attendance.queries.records_of`), `verified_cash` the one whose amount counts.
    """

    row: Row
    signups: list[Row]
    forms: list[Row]
    winner: Row | None
    contacts: list[Row]
    archived: list[Row]
    conflicts: list[Row]
    errors: list[Row]
    warnings: list[Row]
    messages: list[Row]
    records: list[Row]
    verified_cash: Row | None


def mentor_record(conn: sa.Connection, year: int, mn_id: str) -> MentorRecord | None:
    """All of a mentor; None when there is none of this id."""
    row = _one(conn, sa.select(mentors).where(mentors.c.campaign_year == year, mentors.c.mn_id == mn_id))
    if row is None:
        return None
    winner = _winner(conn, row)
    records = records_of(conn, year, mn_id)
    return MentorRecord(
        row=row,
        signups=_signups(conn, row),
        forms=_forms(conn, row),
        winner=winner,
        contacts=_contacts(conn, row, winner),
        archived=_archived(conn, year, mn_id),
        conflicts=_conflicts(conn, year, mn_id),
        errors=read_errors(conn, ErrorFilter(year=year, mn_id=mn_id, resolved=None)),
        warnings=read_warnings(conn, WarningFilter(year=year, mn_id=mn_id, acknowledged=None)),
        messages=_messages(conn, year, mn_id),
        records=records,
        verified_cash=next(
            (one for one in records if one["kind"] == "cash_verified" and one["undone_at"] is None), None
        ),
    )


def _signups(conn: sa.Connection, mentor: Row) -> list[Row]:
    """The person's submissions, the newest first, with all answers; `counts` marks the one that is used."""
    raw, used = raw_mn_signups.c, deduplicated_signups.c
    same = (used.campaign_year == mentor["campaign_year"], used.submission_id == mentor["submission_id"])
    earlier = sa.func.array_cat(used.superseded_submission_ids, used.deleted_submission_ids)
    superseded = conn.execute(sa.select(earlier).where(*same)).scalar() or []
    found = _all(
        conn,
        sa.select(
            *(raw.submission_id, raw.mn_id, raw.status, raw.created_at, raw.updated_at, raw.removed_at, raw.payload)
        )
        .where(
            raw.campaign_year == mentor["campaign_year"],
            sa.or_(
                raw.submission_id.in_([mentor["submission_id"], *superseded]),
                sa.func.upper(sa.func.btrim(raw.mn_id)) == mentor["mn_id"],
            ),
        )
        .order_by(raw.created_at.desc(), raw.submission_id.desc()),
    )
    for one in found:
        one["answers"] = list_answers(one.pop("payload"))
        one["counts"] = one["submission_id"] == mentor["submission_id"]
    return found


def _forms(conn: sa.Connection, mentor: Row) -> list[Row]:
    """The set-up and the training form that were found to be this mentor's; `form` is the table."""
    found = []
    for table, column in (
        (raw_mn_funds_setup, "setup_submission_id"),
        (raw_mn_training_signup, "training_signup_submission_id"),
    ):
        row = _one(
            conn,
            sa.select(table.c.submission_id, table.c.created_at, table.c.payload).where(
                table.c.campaign_year == mentor["campaign_year"], table.c.submission_id == mentor[column]
            ),
        )
        if row is not None:
            found.append({**row, "form": table.name, "answers": list_answers(row.pop("payload"))})
    return found


def _winner(conn: sa.Connection, mentor: Row) -> Row | None:
    """What was decided about the mentor's contact, and why."""
    c = winner_contacts.c
    same = (c.campaign_year == mentor["campaign_year"], c.submission_id == mentor["submission_id"])
    return _one(
        conn, sa.select(c.contact_id, c.decision, c.reason, c.score, c.second_contact_id, c.blocked_by).where(*same)
    )


def _contacts(conn: sa.Connection, mentor: Row, winner: Row | None) -> list[Row]:
    """The contacts that were considered, the best first, each with its score in words; `chosen` marks the winner."""
    candidate, contact = contact_candidates.c, raw_gb_full_contacts.c
    shown = (
        *(candidate.contact_id, candidate.matched_on, candidate.viability, candidate.viability_reason),
        *(candidate.name_agreement, candidate.is_mass_email, candidate.score, candidate.score_parts, candidate.rank),
        *(contact.first_name, contact.last_name, contact.email_keys, contact.phone_keys, contact.external_id),
        *(contact.tags, contact.total_contributions, contact.last_modified, contact.archived_at),
    )
    found = _all(
        conn,
        sa.select(*shown)
        .outerjoin_from(contact_candidates, raw_gb_full_contacts, contact.contact_id == candidate.contact_id)
        .where(candidate.campaign_year == mentor["campaign_year"], candidate.submission_id == mentor["submission_id"])
        .order_by(candidate.rank.nulls_last(), candidate.score.desc(), candidate.contact_id),
    )
    for one in found:
        one["score_in_words"] = describe_score(one.pop("score_parts"))
        one["chosen"] = winner is not None and one["contact_id"] == winner["contact_id"]
    return found


def _archived(conn: sa.Connection, year: int, mn_id: str) -> list[Row]:
    """The mentor's duplicates that were archived, or are to be: the ledger's rows, the newest first."""
    c = archived_duplicates.c
    shown = (c.contact_id, c.action, c.status, c.outcome, c.approved_by, c.archived_at, c.restored_at, c.restored_by)
    return _all(conn, sa.select(*shown).where(c.campaign_year == year, c.mn_id == mn_id).order_by(c.id.desc()))


def _conflicts(conn: sa.Connection, year: int, mn_id: str) -> list[Row]:
    """The questions about the mentor, open and settled, the newest first, with who answered what."""
    c, decision = sync_conflicts.c, sync_decisions.c
    shown = (
        *(c.id, c.conflict_type, c.severity, c.blocking, c.status, c.subject, c.recommended_option),
        *(c.recommendation_reason, c.created_at, c.closed_at, decision.choice, decision.decided_by),
        *(decision.decided_at, decision.reason),
    )
    return _all(
        conn,
        sa.select(*shown)
        .outerjoin_from(sync_conflicts, sync_decisions, decision.id == c.decision_id)
        .where(c.campaign_year == year, c.mn_id == mn_id)
        .order_by(c.id.desc()),
    )


def _messages(conn: sa.Connection, year: int, mn_id: str) -> list[Row]:
    """The message in each message column of the import that is not empty, and its campaign."""
    c, message = mn_gb_import.c, campaign_messages.c
    row = _one(
        conn,
        sa.select(c.custom_fields, *(c[name] for name in MESSAGE_COLUMNS)).where(
            c.campaign_year == year, c.mn_id == mn_id
        ),
    )
    campaigns = {
        one["message_column"]: one["campaign"]
        for one in _all(
            conn,
            sa.select(message.message_column, message.campaign).where(
                message.campaign_year == year, message.mn_id == mn_id, message.content.is_not(None)
            ),
        )
    }
    in_table = dict(zip(("text", "email"), MESSAGE_COLUMNS, strict=True))
    cells = {} if row is None else {**row["custom_fields"], **{k: row[name] for k, name in in_table.items()}}
    return [
        {"message_column": kind, "import_column": label, "content": content, "campaign": campaigns.get(kind)}
        for kind, label in read_present_config(conn, year).message_columns.items()
        if (content := cells.get(kind if kind in in_table else label))
    ]


def _one(conn: sa.Connection, query: sa.Select[Any]) -> Row | None:
    row = conn.execute(query).mappings().first()
    return None if row is None else dict(row)


def _all(conn: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in conn.execute(query).mappings()]
