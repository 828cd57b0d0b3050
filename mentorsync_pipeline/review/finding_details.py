"""Read the person, the wrong value and the record to correct of errors and warnings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import mentor_form_entries, mentors, raw_gb_campaign_members, raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, FORMS, PARTNER, SIGNUP, Form
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.review.rules.corrections import CORRECTIONS, Correction
from mentorsync_pipeline.review.rules.warning_kinds import BY_NAME, Place
from mentorsync_pipeline.signups.rules.jotform_answers import find_question_text

Row = Mapping[Any, Any]
_SUBMISSION = re.compile(r"([0-9]{15,20})(?:[:+].*)?")
_UNLINKED = re.compile(r"(?P<noun>.+) entry:(?P<entry>[0-9]{1,20})|campaign member:(?P<member>[0-9]{1,18})")
"""Subjects of warnings about entries and pages that belong to no mentor (`mentors.rules.links`)."""
_FORMS_BY_NOUN = {form.noun: form for form in ENTRY_FORMS}
_FORMS_BY_TABLE = {form.table: form for form in FORMS}
_CONTACT = re.compile(r"\b[Cc]ontact ([0-9]{1,18})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDetail:
    """What a person needs to correct a record.

    Attributes:
        name: the person's name, of the mentor or as typed in the sign-up.
        place: where it is corrected.
        form_id: the form of `submission_id`.
        contact_id: the contact that the finding names, else the mentor's.
        contact_name: its name.
        column: the column that is wrong.
        question: its question on the form.
        value: the wrong value as typed.
        page_url: the fundraising page that it is about.

    """

    name: str | None = None
    place: Place | None = None
    form_id: str | None = None
    submission_id: str | None = None
    contact_id: int | None = None
    contact_name: str | None = None
    column: str | None = None
    question: str | None = None
    value: str | None = None
    page_url: str | None = None


def read_error_details(conn: sa.Connection, config: CampaignConfig, rows: Sequence[Row]) -> dict[int, FindingDetail]:
    """Read the details of errors by their ids."""
    corrections = {row["id"]: CORRECTIONS.get(row["error_code"]) for row in rows}
    return _Reader(conn, config, rows, corrections).read()


def read_warning_details(conn: sa.Connection, config: CampaignConfig, rows: Sequence[Row]) -> dict[int, FindingDetail]:
    """Read the details of warnings (`warning_list.list_warnings`) by their ids."""
    corrections: dict[int, Correction | None] = {}
    for row in rows:
        kind = BY_NAME[row["kind"]]
        corrections[row["id"]] = None if kind.place is None else Correction(kind.place, kind.column)
    return _Reader(conn, config, rows, corrections).read()


class _Reader:
    """Reads the records of a page of findings with one query for each table."""

    def __init__(
        self,
        conn: sa.Connection,
        config: CampaignConfig,
        rows: Sequence[Row],
        corrections: Mapping[int, Correction | None],
    ) -> None:
        self.conn, self.config, self.rows, self.corrections = conn, config, rows, corrections
        self.mentors = self._read_mentors({row["mn_id"] for row in rows if row["mn_id"]})
        self.submission_ids = {row["id"]: self._find_submission_id(row) for row in rows}
        self.signups = self._read_entries(SIGNUP, self.submission_ids.values())
        self.partners = self._read_partner_entries(
            row["mn_id"] for row in rows if (correction := corrections[row["id"]]) and correction.place == "partner"
        )
        self.unlinked = {row["id"]: match for row in rows if (match := _UNLINKED.fullmatch(row["subject"]))}
        self.contact_ids = {row["id"]: self._find_contact_id(row) for row in rows}
        self.names = self._read_contact_names()

    def read(self) -> dict[int, FindingDetail]:
        details = {row["id"]: self._make_detail(row, self.corrections[row["id"]]) for row in self.rows}
        return {**details, **self._read_unlinked_entries(), **self._read_unlinked_pages()}

    def _make_detail(self, row: Row, correction: Correction | None) -> FindingDetail:
        place, column = (None, None) if correction is None else (correction.place, correction.column)
        form = PARTNER if place == "partner" else SIGNUP
        entry = self.partners.get(row["mn_id"]) if form is PARTNER else self.signups.get(self.submission_ids[row["id"]])
        question = value = None
        if place in ("signup", "partner") and entry is not None and column is not None:
            question, value = self._find_question(form, entry, column), entry[column]
        read_form = _FORMS_BY_TABLE.get(row["source_table"])  # an entry that cannot be read is not stored
        submission_id = entry["submission_id"] if entry is not None else None
        if entry is None and read_form is not None:
            form, submission_id = read_form, self.submission_ids[row["id"]]
        return FindingDetail(
            name=self._find_name(row),
            place=place,
            form_id=self.config.form_id(form) if submission_id is not None else None,
            submission_id=submission_id,
            contact_id=self.contact_ids[row["id"]],
            contact_name=self.names.get(self.contact_ids[row["id"]]) or None,
            column=column,
            question=question,
            value=value,
        )

    def _read_unlinked_entries(self) -> dict[int, FindingDetail]:
        """Read the details of form entries that belong to no mentor."""
        details = {}
        for noun, form in _FORMS_BY_NOUN.items():
            ids = {row_id: match["entry"] for row_id, match in self.unlinked.items() if match["noun"] == noun}
            entries = self._read_entries(form, ids.values()) if ids else {}
            for row_id, submission_id in ids.items():
                entry = entries.get(submission_id, {})
                details[row_id] = FindingDetail(
                    name=join_names(entry.get("first_name"), entry.get("last_name")) or None,
                    place="entry",
                    form_id=self.config.form_id(form),
                    submission_id=submission_id,
                )
        return details

    def _read_unlinked_pages(self) -> dict[int, FindingDetail]:
        """Read the details of fundraising pages that belong to no mentor."""
        ids = {row_id: int(match["member"]) for row_id, match in self.unlinked.items() if match["member"]}
        if not ids:
            return {}
        c = raw_gb_campaign_members.c
        query = sa.select(c.member_id, c.first_name, c.last_name, c.url).where(
            c.campaign_year == self.config.campaign_year, c.member_id.in_(ids.values())
        )
        members = {member["member_id"]: member for member in self.conn.execute(query).mappings()}
        return {
            row_id: FindingDetail(
                name=join_names(member["first_name"], member["last_name"]) or None, page_url=member["url"]
            )
            for row_id, member_id in ids.items()
            if (member := members.get(member_id)) is not None
        }

    def _find_name(self, row: Row) -> str | None:
        mentor, signup = self.mentors.get(row["mn_id"]), self.signups.get(self.submission_ids[row["id"]])
        for record in (mentor, signup):
            name = join_names(record["first_name"], record["last_name"]) if record else ""
            if name:
                return name
        return self.names.get(self.contact_ids[row["id"]])

    def _find_question(self, form: Form, entry: Row, column: str) -> str | None:
        question = self.config.field_map(form).get(column)
        answers = entry.get("payload", {}).get("answers")
        return find_question_text(answers, question) if question and isinstance(answers, Mapping) else None

    def _find_submission_id(self, row: Row) -> str | None:
        match = _SUBMISSION.fullmatch(row["subject"])
        if match:
            return match[1]
        mentor = self.mentors.get(row["mn_id"])
        return mentor["submission_id"] if mentor else None

    def _find_contact_id(self, row: Row) -> int | None:
        match = _CONTACT.search(row["message"])
        if match:
            return int(match[1])
        mentor = self.mentors.get(row["mn_id"])
        return mentor["gb_contact_id"] if mentor else None

    def _read_mentors(self, mn_ids: Iterable[str]) -> dict[str | None, Row]:
        c = mentors.c
        query = sa.select(c.mn_id, c.first_name, c.last_name, c.submission_id, c.gb_contact_id).where(
            c.campaign_year == self.config.campaign_year, c.mn_id.in_(set(mn_ids))
        )
        return {row["mn_id"]: row for row in self.conn.execute(query).mappings()}

    def _read_entries(self, form: Form, submission_ids: Iterable[str | None]) -> dict[str | None, Row]:
        table = FORM_TABLES[form.name]
        query = sa.select(table).where(
            table.c.campaign_year == self.config.campaign_year,
            table.c.submission_id.in_({submission_id for submission_id in submission_ids if submission_id}),
        )
        return {row["submission_id"]: row for row in self.conn.execute(query).mappings()}

    def _read_partner_entries(self, mn_ids: Iterable[str | None]) -> dict[str | None, Row]:
        """Read the latest entry of the partner form of these mentors by MN id."""
        wanted = set(mn_ids) & set(self.mentors)
        if not wanted:
            return {}
        table, linked = FORM_TABLES[PARTNER.name], mentor_form_entries.c
        is_entry = sa.and_(linked.campaign_year == table.c.campaign_year, linked.submission_id == table.c.submission_id)
        query = (
            sa.select(table, linked.mn_id.label("mentor"))
            .join_from(table, mentor_form_entries, is_entry)
            .where(
                linked.campaign_year == self.config.campaign_year,
                linked.form == PARTNER.name,
                linked.is_latest,
                linked.mn_id.in_(wanted),
            )
        )
        return {row["mentor"]: row for row in self.conn.execute(query).mappings()}

    def _read_contact_names(self) -> dict[int | None, str]:
        c = raw_gb_full_contacts.c
        ids = {contact_id for contact_id in self.contact_ids.values() if contact_id is not None}
        rows = self.conn.execute(sa.select(c.contact_id, c.first_name, c.last_name).where(c.contact_id.in_(ids)))
        return {row.contact_id: join_names(row.first_name, row.last_name) for row in rows}
