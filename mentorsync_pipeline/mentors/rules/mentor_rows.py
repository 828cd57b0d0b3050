"""Build the year's `mentors` rows: one per MN id, including blocked mentors (rulebook sections 5 and 7)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mentorsync_pipeline.attendance.rules.mentor_records import group_records_by_signup, moved_records
from mentorsync_pipeline.attendance.rules.own_tick import FIELD as ATTENDED
from mentorsync_pipeline.attendance.rules.own_tick import SentTick
from mentorsync_pipeline.domain.conflicts import HELD, Decisions
from mentorsync_pipeline.domain.decision_owners import map_decisions_to_present_ids
from mentorsync_pipeline.domain.findings import Conflict, WarningFinding
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, PARTNER, SETUP, TRAINING
from mentorsync_pipeline.domain.known_mentors import (
    KnownMentor,
    find_earlier_rows,
    find_entries,
    find_known_mentor,
    find_pages,
    find_person_submissions,
    restore_known_name,
    update_known_mentors,
)
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, Mentor, Signup
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.bases import BaseKey, Bases, StoredBases
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver, apply_carry_over, compute_carry_overs
from mentorsync_pipeline.mentors.rules.contact_side import find_known_fields
from mentorsync_pipeline.mentors.rules.fields import SIGNUPS
from mentorsync_pipeline.mentors.rules.links import link_records
from mentorsync_pipeline.mentors.rules.mentor_inputs import MentorInputs
from mentorsync_pipeline.mentors.rules.mentor_keys import find_earlier_keys, list_absent_people, make_person
from mentorsync_pipeline.mentors.rules.mentor_row import BuiltRow, build_row
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData
from mentorsync_pipeline.mentors.rules.merging import SENDING_RULES
from mentorsync_pipeline.mentors.rules.partner_wish import (
    PartnerDirectory,
    PartnerWish,
    apply_wish,
    keep_partner,
    read_partner_wish,
)
from mentorsync_pipeline.mentors.rules.provenance import was_never_linked
from mentorsync_pipeline.mentors.rules.row_cells import SOURCE_TABLE
from mentorsync_pipeline.mentors.rules.sent_values import add_sent_values


@dataclass(frozen=True, slots=True)
class LinkedEntry:
    """A form entry and its mentor (`mentor_form_entries`).

    Attributes:
        form: the form's name.
        is_latest: whether it is the mentor's latest entry of the form, which is used.

    """

    form: str
    submission_id: str
    mn_id: str
    is_latest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRows:
    """Result of a run: rows sorted by MN id, all bases, known mentors and findings.

    Attributes:
        successors: earlier MN id to present MN id of the same person (a second sign-up or a corrected id).
        returned: earlier row by MN id for mentors whose sign-up was restored.
        entries: form entries that are linked to a mentor, in order of form and submission.
        decisions: decisions in force by the present MN ids.
        moved_records: present MN id by record id for records of staff that are stored under another MN id.

    """

    mentors: tuple[Mentor, ...]
    bases: Bases
    known: Mapping[str, KnownMentor]
    conflicts: tuple[Conflict, ...]
    warnings: tuple[WarningFinding, ...]
    successors: Mapping[str, str]
    returned: Mapping[str, Mentor]
    moved_records: Mapping[int, str]
    entries: tuple[LinkedEntry, ...] = ()
    decisions: Decisions = field(default_factory=dict)


def build_mentors(data: YearData) -> MentorRows:
    """Build the year's rows. Deterministic; the order of the inputs does not matter.

    A row or known mentor that has not changed is the one of `data`, so that a large year is not in memory twice.
    """
    sent_rows = (row for mn_id, row in data.previous.items() if mn_id in data.sent_mn_ids)
    data = replace(data, bases=add_sent_values(data.bases, sent_rows, data.sent_rows))
    year = _YearBuilder(data)
    rows: list[Mentor] = []
    bases = {**data.bases, **year.mark_open_edits()}
    conflicts: list[Conflict] = []
    warnings = list(year.links.warnings)
    for mn_id in sorted(year.by_row_id):
        built_row = year.build_row(mn_id)
        previous = data.previous.get(mn_id)
        rows.append(previous if previous is not None and previous == built_row.mentor else built_row.mentor)
        bases.update(_key_bases(built_row, data))
        conflicts += built_row.conflicts
        warnings += built_row.warnings
    return MentorRows(
        mentors=tuple(rows),
        bases=bases,
        known=update_known_mentors(
            data.signups,
            rows,
            data.previous,
            data.known,
            unlinked=year.list_unlinked(),
            entries={entry_id: owner for owners in year.links.owners.values() for entry_id, owner in owners.items()},
            pages=year.find_pages_of_blocked(),
            sent_names=dict(filter(None, (_find_sent_names(row, data.contacts) for row in rows))),
        ),
        conflicts=tuple(conflicts),
        warnings=tuple(warnings),
        successors=year.successors,
        returned={
            row.mn_id: year.earlier[row.submission_id]
            for row in rows
            if row.submission_id in year.earlier and year.is_set_aside(row.submission_id)
        },
        moved_records=moved_records(year.records, year.row_ids),
        entries=tuple(year.list_entries()),
        decisions=year.decisions,
    )


def _find_sent_names(row: Mentor, contacts: Mapping[int, Contact]) -> tuple[str, tuple[str, str]] | None:
    """Return the submission id and the names of a row whose contact has other names, None for any other row."""
    origins = [row.provenance[name] for name in ("first_name", "last_name") if name in row.provenance]
    is_sent = any(origin.source_table == SIGNUPS and origin.rule in SENDING_RULES for origin in origins)
    if row.submission_id is None or row.sync_state == "blocked" or not is_sent:
        return None
    contact = contacts.get(row.gb_contact_id or 0)
    if contact is not None and _name_keys(contact) == _name_keys(row):
        return None
    return row.submission_id, (row.first_name or "", row.last_name or "")


def _name_keys(person: Contact | Mentor) -> tuple[str, str]:
    return name_key(person.first_name), name_key(person.last_name)


def _key_bases(built_row: BuiltRow, data: YearData) -> Iterable[tuple[BaseKey, Base]]:
    """Yield the bases of a row by key. A base taken over from another sign-up counts as confirmed now.

    So a sign-up that is older than the one in use is recognised as older than the edits which that one has taken over.
    """
    submission_id = built_row.mentor.submission_id
    if submission_id is not None:
        for name, base in built_row.bases.items():
            key = BaseKey(submission_id, name, base.contact_id)
            is_taken_over = key not in data.bases and base.confirmed_at < data.as_of
            yield key, replace(base, confirmed_at=data.as_of) if is_taken_over else base


class _YearBuilder:
    """Builds the rows of a year; computes values that all mentors share once."""

    def __init__(self, data: YearData) -> None:
        self.data = data
        self.id_counts = Counter(signup.mn_id for signup in data.signups)
        self.earlier = find_earlier_rows(data.signups, data.previous, data.known)
        self.row_ids = {signup.submission_id: self._find_row_id(signup) for signup in data.signups}
        self.by_row_id: dict[str, list[Signup]] = defaultdict(list)
        for signup in sorted(data.signups, key=lambda signup: signup.submission_id):
            row_id = self.row_ids[signup.submission_id]
            self.by_row_id[row_id].append(signup if signup.mn_id == row_id else replace(signup, mn_id=row_id))
        self.successors = {
            row.mn_id: signup.mn_id
            for signup in data.signups
            if (row := self.earlier.get(signup.submission_id)) is not None
            and not self.is_set_aside(signup.submission_id)
            and row.mn_id != signup.mn_id
            and self.id_counts[signup.mn_id] == 1
        }
        self.decisions = map_decisions_to_present_ids(data.signups, data.decisions, data.known)
        submissions = self.submissions = find_person_submissions(data.signups, data.known)
        self.bases = StoredBases(data.bases, submissions)
        self.records = group_records_by_signup(data.signups, data.records, data.known, data.previous)
        self.carried = compute_carry_overs(data, self.bases)
        self.contacts = {signup.submission_id: self._make_contact(signup) for signup in data.signups}
        self.known = find_known_fields(data.contacts.values(), data.config)
        last_rows = {row.submission_id: row for row in data.previous.values() if row.submission_id is not None}
        people = [
            make_person(
                restore_known_name(signup, data.known),
                self.contacts[signup.submission_id],
                placeholder_keys=data.placeholder_keys,
                earlier_keys=find_earlier_keys(signup, submissions[signup.submission_id], data.known, last_rows),
                earlier_mn_ids=[mn_id for mentor in self._list_known(signup) for mn_id in mentor.mn_ids],
                later_mn_ids=[
                    mentor.mn_id
                    for mentor in self._list_known(signup)
                    if signup.submission_id in mentor.superseded_submission_ids
                ],
            )
            for signup in data.signups
        ]
        absent = list_absent_people(
            [*submissions.values(), [row.submission_id for row in self.earlier.values()]],
            data.known,
            data.previous.values(),
            placeholder_keys=data.placeholder_keys,
        )
        absent_entries = {
            entry_id: person.submission_id
            for person in absent
            for entry_id in data.known[person.submission_id].entry_ids
        }
        self.partners = PartnerDirectory(data.signups, (*people, *absent))
        self.links = link_records(
            (*people, *absent),
            data.members,
            data.entries,
            pages=find_pages(submissions, data.known),
            known_entries=absent_entries | find_entries(submissions, data.known, self.earlier),
            source_table=SOURCE_TABLE,
        )
        self.wishes = {signup.submission_id: self._read_wish(signup) for signup in data.signups}

    def _list_known(self, signup: Signup) -> list[KnownMentor]:
        """Return the known mentors of a person's submissions."""
        return [self.data.known[key] for key in self.submissions[signup.submission_id] if key in self.data.known]

    def _find_row_id(self, signup: Signup) -> str:
        """Return the MN id of a sign-up's row.

        A blocked sign-up that took over another living one's MN id keeps the row of its earlier id (section 5), unless
        a third sign-up has that id now, or had its row in the last run.
        """
        earlier = self.earlier.get(signup.submission_id)
        is_collision = self.id_counts[signup.mn_id] > 1
        is_blocked = self.data.winners[signup.submission_id].decision == "blocked"
        if earlier is not None and is_collision and is_blocked and earlier.mn_id not in self.id_counts:
            last = self.data.previous.get(earlier.mn_id, earlier)
            return earlier.mn_id if last.submission_id in (None, earlier.submission_id) else signup.mn_id
        return signup.mn_id

    def is_set_aside(self, submission_id: str) -> bool:
        """Return whether the earlier row of a sign-up's mentor is missing from the last run."""
        row = self.earlier[submission_id]
        return self.data.previous.get(row.mn_id) is not row

    def list_unlinked(self) -> list[str]:
        """Return the submission ids for which a person decided that the linked contact is not the mentor's.

        A link to a contact that was not compared then stays: it was made since, or the contact was archived. So does a
        link to a contact that only another mentor's External ID took: it is the mentor's again without that id.
        """
        winners = self.data.winners
        return [
            signup.submission_id
            for signup in self.data.signups
            if (winner := winners[signup.submission_id]).decision == "human"
            and winner.contact_id is None
            and self._is_link_declined(signup)
        ]

    def _is_link_declined(self, signup: Signup) -> bool:
        known = find_known_mentor(signup, self.data.known)
        if known is None:
            return True
        if (signup.mn_id, "external_id_collision", f"{HELD}:{known.contact_id}") in self.decisions:
            return False
        return known.contact_id in self._get_declined_contact_ids(signup, *known.mn_ids)

    def find_pages_of_blocked(self) -> dict[str, int]:
        """Return the best-matching campaign member of each blocked mentor by submission id."""
        return {
            key: members[0].member_id
            for key, members in self.links.members.items()
            if self.data.winners[key].decision == "blocked"
        }

    def mark_open_edits(self) -> dict[BaseKey, Base]:
        """Bases with contacts that are not the winner, of fields that the sign-up has changed since."""
        marked: dict[BaseKey, Base] = {}
        for signup in self.data.signups:
            winner = self.data.winners[signup.submission_id]
            if winner.decision != "blocked":
                present = apply_wish(signup, self.wishes[signup.submission_id])
                marked |= self.bases.mark_open_edits(present, winner.contact_id)
        return marked

    def list_entries(self) -> Iterable[LinkedEntry]:
        """Yield the linked form entries."""
        for form in ENTRY_FORMS:
            latest = {entry.submission_id for entry in self.links.entries[form.name].values()}
            for submission_id, owner in sorted(self.links.owners[form.name].items()):
                yield LinkedEntry(form.name, submission_id, self.row_ids[owner], submission_id in latest)

    def build_row(self, mn_id: str) -> BuiltRow:
        """Build the row of one MN id. If two people share the id, both are blocked (section 2)."""
        signups = self.by_row_id[mn_id]
        unblocked = [signup for signup in signups if self.data.winners[signup.submission_id].decision != "blocked"]
        if len(unblocked) == 1:
            return self._build_signup_row(unblocked[0])
        previous = self._find_earlier_row(signups)
        if previous is not None and not was_never_linked(previous):
            return BuiltRow(mentor=replace(previous, mn_id=mn_id, sync_state="blocked"))
        if len(signups) == 1:
            return self._build_signup_row(signups[0])
        return BuiltRow(mentor=Mentor(mn_id=mn_id, submission_id=None, status="needs_setup", sync_state="blocked"))

    def _build_signup_row(self, signup: Signup) -> BuiltRow:
        key = signup.submission_id
        winner = self.data.winners[key]
        known = find_known_mentor(signup, self.data.known)
        contact_bases = self.bases.get_contact_bases(signup, winner.contact_id)
        bases = self.bases.get_contactless_bases(signup) | contact_bases
        return build_row(
            MentorInputs(
                signup=signup,
                winner=winner,
                contact=self.contacts[key],
                carried=self.carried.get(key, CarryOver()),
                members=self.links.members.get(key, ()),
                setup=self.links.get_entry(SETUP, key),
                training=self.links.get_entry(TRAINING, key),
                partners=self.partners,
                wish=self.wishes[key],
                records=self.records.get(key, ()),
                bases=bases,
                edits_seen_since=self.bases.get_edits_seen_since(signup, winner.contact_id),
                bases_of_others=self.bases.get_bases_of_others(signup, winner.contact_id),
                seen_bases=self.bases.get_seen_bases(signup, winner.contact_id),
                # A person who chose the contact also decided that the other contacts are not the mentor's.
                other_contact_bases={}
                if winner.decision == "human"
                else self.bases.get_other_contact_bases(
                    signup, winner.contact_id, self._get_declined_contact_ids(signup)
                ),
                sent_tick=SentTick(
                    base=bases.get(ATTENDED),
                    is_recorded=self.bases.has_base(signup, ATTENDED),
                    file_times=self.data.file_times,
                    clock=self.data.clock,
                ),
                sent_rows=[row for part in self.submissions[key] for row in self.data.sent_rows.get(part, ())],
                previous=self.earlier.get(key),
                decisions=self.decisions,
                config=self.data.config,
                as_of=self.data.as_of,
                known_fields=self.known,
                names_at_link=known.names if known else (),
                sent_names=known.sent_names if known else (),
                linked_contact_id=known.contact_id if known else None,
            )
        )

    def _read_wish(self, signup: Signup) -> PartnerWish | None:
        entry = self.links.get_entry(PARTNER, signup.submission_id)
        if entry is None:
            return None
        wish = read_partner_wish(entry, self.partners, self.data.config, own_mn_id=signup.mn_id)
        return keep_partner(wish, self.earlier.get(signup.submission_id), self.partners, own_mn_id=signup.mn_id)

    def _get_declined_contact_ids(self, signup: Signup, *former_mn_ids: str) -> frozenset[int]:
        """Return contacts for which a person chose to create a new contact, for any sign-up or MN id of the mentor."""
        owners = (*self.submissions[signup.submission_id], signup.mn_id, *signup.superseded_mn_ids, *former_mn_ids)
        return frozenset().union(*(self.data.declined.get(owner, ()) for owner in owners))

    def _make_contact(self, signup: Signup) -> Contact | None:
        """Return the winner's contact as it will be after the import."""
        contact_id = self.data.winners[signup.submission_id].contact_id
        carried = self.carried.get(signup.submission_id)
        if contact_id is None or carried is None:
            return None
        return apply_carry_over(self.data.contacts[contact_id], carried)

    def _find_earlier_row(self, signups: Sequence[Signup]) -> Mentor | None:
        """Return the earlier row of sign-ups with one MN id; of several people, the row of the id's earlier owner.

        The earlier owner may be absent, but has no other id now: an id that was exchanged is the only other mentor's.
        """
        rows = [self.earlier[signup.submission_id] for signup in signups if signup.submission_id in self.earlier]
        if len(signups) == 1:
            return rows[0] if rows else None
        mn_id = signups[0].mn_id
        last = self.data.previous.get(mn_id)
        if any(row is last for row in rows):
            return last
        own = next((row for row in rows if row.mn_id == mn_id), None)
        if own is None and last is not None and not self._is_of_present_mentor(last):
            return last
        return own or (rows[0] if len(rows) == 1 else None)

    def _is_of_present_mentor(self, row: Mentor) -> bool:
        return any(row.submission_id in submissions for submissions in self.submissions.values())
