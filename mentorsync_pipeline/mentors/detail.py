"""Read one mentor with sign-ups, contacts, conflicts, findings, messages and records of staff."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mentorsync_pipeline.attendance.queries import read_mentor_records
from mentorsync_pipeline.db.tables import (
    archived_duplicates,
    campaign_messages,
    contact_candidates,
    deduplicated_signups,
    mentor_form_entries,
    mentors,
    mn_gb_import,
    raw_gb_full_contacts,
    raw_mn_signups,
    sync_conflicts,
    sync_decisions,
    winner_contacts,
)
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain.comparison import describe_score
from mentorsync_pipeline.domain.forms import ENTRY_FORMS
from mentorsync_pipeline.domain.import_columns import MESSAGE_COLUMNS
from mentorsync_pipeline.mentors.trace import make_not_found_error
from mentorsync_pipeline.review.error_list import ErrorFilter, read_errors
from mentorsync_pipeline.review.warning_list import WarningFilter, read_warnings
from mentorsync_pipeline.signups.rules.jotform_answers import list_answers

Row = dict[str, Any]
MessageLabels = tuple[tuple[str, str], ...]
"""The message columns with their labels in the contact data (`contacts.label_lookup`)."""
SignupUse = Literal["used", "replaced", "deleted", "undecided", "unused"]
"""How a submission is used. `undecided`: waits for a question about an MN id that several people have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRecord:
    """One mentor. `row` is the row of `mentors`; the lists have rows as described at the functions of this module.

    `records` are records of staff (`attendance.queries.read_mentor_records`); `verified_cash` is the valid amount.
    """

    row: Row
    signups: list[Row]
    entries: list[Row]
    winner: Row | None
    contacts: list[Row]
    archived: list[Row]
    conflicts: list[Row]
    errors: list[Row]
    warnings: list[Row]
    messages: list[Row]
    records: list[Row]
    verified_cash: Row | None

    @property
    def forms(self) -> list[Row]:
        """The latest entry of each form, in their order."""
        return [entry for entry in self.entries if entry["is_latest"]]


def read_mentor_record(conn: sa.Connection, year: int, mn_id: str, message_labels: MessageLabels) -> MentorRecord:
    """Read a mentor with all related rows. Raises MentorNotFoundError, which names the new id of a former one."""
    row = _fetch_first(conn, sa.select(mentors).where(mentors.c.campaign_year == year, mentors.c.mn_id == mn_id))
    if row is None:
        raise make_not_found_error(conn, year, mn_id)
    winner = _read_winner(conn, row)
    records = read_mentor_records(conn, year, mn_id)
    return MentorRecord(
        row=row,
        signups=_read_signups(conn, row),
        entries=_read_entries(conn, row),
        winner=winner,
        contacts=_read_contacts(conn, row, winner),
        archived=_read_archived(conn, year, mn_id),
        conflicts=_read_conflicts(conn, row),
        errors=read_errors(conn, ErrorFilter(year=year, mn_id=mn_id, resolved=None)),
        warnings=read_warnings(conn, WarningFilter(year=year, mn_id=mn_id, acknowledged=None)),
        messages=_read_messages(conn, year, mn_id, dict(message_labels)),
        records=records,
        verified_cash=next(
            (record for record in records if record["kind"] == "cash_verified" and record["undone_at"] is None), None
        ),
    )


def _read_signups(conn: sa.Connection, mentor: Row) -> list[Row]:
    """Read the person's submissions with all answers, newest first; `use` says how each is used (`SignupUse`)."""
    raw, deduplicated = raw_mn_signups.c, deduplicated_signups.c
    year, mn_id, used_id = mentor["campaign_year"], mentor["mn_id"], mentor["submission_id"]
    persons = conn.execute(
        sa.select(
            *(deduplicated.submission_id, deduplicated.superseded_submission_ids, deduplicated.deleted_submission_ids)
        ).where(
            deduplicated.campaign_year == year,
            sa.or_(deduplicated.submission_id == used_id, deduplicated.mn_id == mn_id),
        )
    ).all()
    current = {row.submission_id for row in persons}
    replaced = {earlier for row in persons for earlier in row.superseded_submission_ids}
    deleted = {earlier for row in persons for earlier in row.deleted_submission_ids}
    signups = _fetch_all(
        conn,
        sa.select(
            *(raw.submission_id, raw.mn_id, raw.status, raw.created_at, raw.updated_at, raw.removed_at, raw.payload)
        )
        .where(
            raw.campaign_year == year,
            sa.or_(
                raw.submission_id.in_([used_id, *current, *replaced, *deleted]),
                sa.func.upper(sa.func.btrim(raw.mn_id)) == mn_id,
            ),
        )
        .order_by(raw.created_at.desc(), raw.submission_id.desc()),
    )
    for signup in signups:
        signup["answers"] = list_answers(signup.pop("payload"))
        signup["counts"] = signup["submission_id"] == used_id
        signup["use"] = _find_use(signup, used_id, current=current, replaced=replaced)
    return signups


def _find_use(signup: Row, used_id: str | None, *, current: Collection[str], replaced: Collection[str]) -> SignupUse:
    submission_id = signup["submission_id"]
    if signup["status"] == "DELETED" or signup["removed_at"] is not None:
        return "deleted"
    if submission_id in replaced:
        return "replaced"
    if submission_id == used_id:
        return "used"
    return "undecided" if submission_id in current else "unused"


def _read_entries(conn: sa.Connection, mentor: Row) -> list[Row]:
    """Read all entries of the mentor in the order of the forms; `title` is the form's name for people."""
    linked, queries = mentor_form_entries.c, []
    for number, form in enumerate(ENTRY_FORMS):
        c = FORM_TABLES[form.name].c
        is_entry = sa.and_(c.campaign_year == linked.campaign_year, c.submission_id == linked.submission_id)
        queries.append(
            sa.select(sa.literal(number).label("number"), c.submission_id, c.created_at, linked.is_latest, c.payload)
            .join_from(mentor_form_entries, FORM_TABLES[form.name], is_entry)
            .where(
                linked.campaign_year == mentor["campaign_year"],
                linked.mn_id == mentor["mn_id"],
                linked.form == form.name,
            )
        )
    query = sa.union_all(*queries)
    entries = [dict(row) for row in conn.execute(query.order_by("number", "created_at")).mappings()]
    for entry in entries:
        entry["title"] = ENTRY_FORMS[entry.pop("number")].title
        entry["answers"] = list_answers(entry.pop("payload"))
    return entries


def _read_winner(conn: sa.Connection, mentor: Row) -> Row | None:
    """Read the decision about the mentor's contact and its reason."""
    c = winner_contacts.c
    conditions = (c.campaign_year == mentor["campaign_year"], c.submission_id == mentor["submission_id"])
    return _fetch_first(
        conn,
        sa.select(c.contact_id, c.decision, c.reason, c.score, c.second_contact_id, c.blocked_by).where(*conditions),
    )


def _read_contacts(conn: sa.Connection, mentor: Row, winner: Row | None) -> list[Row]:
    """Read the candidates, best first, each with a description of its score; `chosen` marks the winner."""
    candidate, contact = contact_candidates.c, raw_gb_full_contacts.c
    columns = (
        *(candidate.contact_id, candidate.matched_on, candidate.viability, candidate.viability_reason),
        *(candidate.name_agreement, candidate.is_mass_email, candidate.score, candidate.score_parts, candidate.rank),
        *(contact.first_name, contact.last_name, contact.email_keys, contact.phone_keys, contact.external_id),
        *(contact.tags, contact.total_contributions, contact.last_modified, contact.archived_at),
    )
    rows = _fetch_all(
        conn,
        sa.select(*columns)
        .outerjoin_from(contact_candidates, raw_gb_full_contacts, contact.contact_id == candidate.contact_id)
        .where(candidate.campaign_year == mentor["campaign_year"], candidate.submission_id == mentor["submission_id"])
        .order_by(candidate.rank.nulls_last(), candidate.score.desc(), candidate.contact_id),
    )
    for row in rows:
        row["score_in_words"] = describe_score(row.pop("score_parts"))
        row["chosen"] = winner is not None and row["contact_id"] == winner["contact_id"]
    return rows


def _read_archived(conn: sa.Connection, year: int, mn_id: str) -> list[Row]:
    """Read the mentor's archived and pending duplicates from `archived_duplicates`, newest first."""
    c = archived_duplicates.c
    columns = (c.contact_id, c.action, c.status, c.outcome, c.approved_by, c.archived_at, c.restored_at, c.restored_by)
    return _fetch_all(conn, sa.select(*columns).where(c.campaign_year == year, c.mn_id == mn_id).order_by(c.id.desc()))


def _read_conflicts(conn: sa.Connection, mentor: Row) -> list[Row]:
    """Read the mentor's open and closed conflicts with their decisions, newest first.

    A conflict about two sign-ups, such as two with one MN id, is both mentors'. Its subject names both, and its MN id
    is that of the newer one.
    """
    c, decision = sync_conflicts.c, sync_decisions.c
    pair = sa.func.string_to_array(sa.func.replace(c.subject, "signups:", ""), "+")
    is_of_pair = sa.and_(
        c.conflict_type.in_(["shared_phone", "external_id_collision"]),
        sa.literal(mentor["submission_id"], sa.Text) == sa.any_(pair),
    )
    columns = (
        *(c.id, c.conflict_type, c.severity, c.blocking, c.status, c.subject, c.recommended_option),
        *(c.recommendation_reason, c.created_at, c.closed_at, decision.choice, decision.decided_by),
        *(decision.decided_at, decision.reason),
    )
    return _fetch_all(
        conn,
        sa.select(*columns)
        .outerjoin_from(sync_conflicts, sync_decisions, decision.id == c.decision_id)
        .where(c.campaign_year == mentor["campaign_year"], sa.or_(c.mn_id == mentor["mn_id"], is_of_pair))
        .order_by(c.id.desc()),
    )


def _read_messages(conn: sa.Connection, year: int, mn_id: str, labels: Mapping[str, str]) -> list[Row]:
    """Read the non-empty message columns of the import row, each with its campaign."""
    c, message = mn_gb_import.c, campaign_messages.c
    row = _fetch_first(
        conn,
        sa.select(c.custom_fields, *(c[name] for name in MESSAGE_COLUMNS)).where(
            c.campaign_year == year, c.mn_id == mn_id
        ),
    )
    campaigns = {
        message_row["message_column"]: message_row["campaign"]
        for message_row in _fetch_all(
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
        for kind, label in labels.items()
        if (content := cells.get(kind if kind in in_table else label))
    ]


def _fetch_first(conn: sa.Connection, query: sa.Select[Any]) -> Row | None:
    row = conn.execute(query).mappings().first()
    return None if row is None else dict(row)


def _fetch_all(conn: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in conn.execute(query).mappings()]
