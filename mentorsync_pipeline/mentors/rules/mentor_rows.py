"""Make the year's `mentors` rows: one per MN id, blocked mentors included (rulebook sections 5 and 7)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mentorsync_pipeline.attendance.rules.records import moved_records, records_by_signup
from mentorsync_pipeline.domain.findings import Conflict, WarningFinding
from mentorsync_pipeline.domain.known_mentors import (
    KnownMentor,
    find_earlier_rows,
    find_pages,
    find_person_submissions,
    map_decisions_to_present_ids,
    update_known_mentors,
)
from mentorsync_pipeline.domain.records import Contact, Mentor, Signup
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.bases import BaseKey, Bases, StoredBases
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver, with_carried, year_carry_overs
from mentorsync_pipeline.mentors.rules.contact_side import known_fields
from mentorsync_pipeline.mentors.rules.links import link, person
from mentorsync_pipeline.mentors.rules.mentor_row import SOURCE_TABLE, BuiltRow, MentorInputs, build_row
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData
from mentorsync_pipeline.mentors.rules.provenance import never_linked


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRows:
    """One row per MN id, sorted by it, with all bases and all that is known after this run, and all findings.

    `successors` maps the MN id of an earlier row to the one that the same person has now (a second sign-up, or a
    corrected id); `returned` the MN id of a mentor who had been set aside to the row of then; `moved_records` the id of
    each record of staff that is kept under another MN id to the present one.
    """

    mentors: tuple[Mentor, ...]
    bases: Bases
    known: Mapping[str, KnownMentor]
    conflicts: tuple[Conflict, ...]
    warnings: tuple[WarningFinding, ...]
    successors: Mapping[str, str]
    returned: Mapping[str, Mentor]
    moved_records: Mapping[int, str]


def build_mentors(data: YearData) -> MentorRows:
    """Make the year's rows. The order of the input does not matter, and the same input gives the same rows."""
    year = _Year(data)
    built = [year.build(mn_id) for mn_id in sorted(year.by_mn_id)]
    rows = tuple(one.mentor for one in built)
    return MentorRows(
        mentors=rows,
        bases={**data.bases, **{key: base for one in built for key, base in _keyed(one)}},
        known=update_known_mentors(data.signups, rows, data.previous, data.known, unlinked=year.unlinked()),
        conflicts=tuple(conflict for one in built for conflict in one.conflicts),
        warnings=(*year.links.warnings, *(warning for one in built for warning in one.warnings)),
        successors=year.successors,
        returned={
            row.mn_id: year.earlier[row.submission_id]
            for row in rows
            if row.submission_id in year.earlier and year.is_set_aside(row.submission_id)
        },
        moved_records=moved_records(year.records, data.signups),
    )


def _keyed(built: BuiltRow) -> Iterable[tuple[BaseKey, Base]]:
    submission_id = built.mentor.submission_id
    if submission_id is not None:
        for name, base in built.bases.items():
            yield BaseKey(submission_id, name, base.contact_id), base


class _Year:
    """What is worked out once for all mentors of a year."""

    def __init__(self, data: YearData) -> None:
        self.data = data
        self.by_mn_id: dict[str, list[Signup]] = defaultdict(list)
        for signup in sorted(data.signups, key=lambda one: one.submission_id):
            self.by_mn_id[signup.mn_id].append(signup)
        self.earlier = find_earlier_rows(data.signups, data.previous, data.known)
        self.successors = {
            row.mn_id: signup.mn_id
            for signup in data.signups
            if (row := self.earlier.get(signup.submission_id)) is not None
            and not self.is_set_aside(signup.submission_id)
            and row.mn_id != signup.mn_id
            and len(self.by_mn_id[signup.mn_id]) == 1
        }
        self.decisions = map_decisions_to_present_ids(data.signups, data.decisions, data.known)
        self.bases = StoredBases(data.bases, find_person_submissions(data.signups, data.known))
        self.records = records_by_signup(data.signups, data.records, data.known, data.previous)
        self.carried = year_carry_overs(data, data.bases)
        self.known = known_fields(data.contacts.values(), data.config)
        self.links = link(
            [person(signup, self._contact(signup)) for signup in data.signups],
            data.members,
            data.setups,
            data.trainings,
            pages=find_pages(data.signups, data.known),
            source_table=SOURCE_TABLE,
        )

    def is_set_aside(self, submission_id: str) -> bool:
        """Whether the earlier row of a sign-up's mentor is none of the last run's."""
        row = self.earlier[submission_id]
        return self.data.previous.get(row.mn_id) is not row

    def unlinked(self) -> list[str]:
        """The sign-ups for which a person decided that none of the contacts is the mentor's."""
        winners = self.data.winners.values()
        return [one.submission_id for one in winners if one.decision == "human" and one.contact_id is None]

    def build(self, mn_id: str) -> BuiltRow:
        """The row of one MN id. Of two people with one id nobody is chosen: section 2 blocks both."""
        signups = self.by_mn_id[mn_id]
        unblocked = [one for one in signups if self.data.winners[one.submission_id].decision != "blocked"]
        if len(unblocked) == 1:
            return self._row(unblocked[0])
        previous = self._earlier_row(signups)
        if previous is not None and not never_linked(previous):
            return BuiltRow(mentor=replace(previous, mn_id=mn_id, sync_state="blocked"))
        if len(signups) == 1:
            return self._row(signups[0])
        return BuiltRow(mentor=Mentor(mn_id=mn_id, submission_id=None, status="needs_setup", sync_state="blocked"))

    def _row(self, signup: Signup) -> BuiltRow:
        key = signup.submission_id
        winner = self.data.winners[key]
        return build_row(
            MentorInputs(
                signup=signup,
                winner=winner,
                contact=self._contact(signup),
                carried=self.carried.get(key, CarryOver()),
                members=self.links.members.get(key, ()),
                setup=self.links.setups.get(key),
                training=self.links.trainings.get(key),
                records=self.records.get(key, ()),
                bases=self.bases.of_contact(signup, winner.contact_id) | self.bases.without_contact(signup),
                edits_seen_since=self.bases.edits_seen_since(signup, winner.contact_id),
                # A person who chose the contact has also decided that the other ones were not the mentor's.
                elsewhere={}
                if winner.decision == "human"
                else self.bases.elsewhere(signup, winner.contact_id, self._declined_contact_ids(signup)),
                previous=self.earlier.get(key),
                decisions=self.decisions,
                config=self.data.config,
                as_of=self.data.as_of,
                known=self.known,
            )
        )

    def _declined_contact_ids(self, signup: Signup) -> frozenset[int]:
        """The contacts beside which a person chose to create a new one, under any MN id of the mentor."""
        mn_ids = (signup.mn_id, *signup.superseded_mn_ids)
        return frozenset().union(*(self.data.declined.get(mn_id, ()) for mn_id in mn_ids))

    def _contact(self, signup: Signup) -> Contact | None:
        """The winner's contact as it will be after the import."""
        contact_id = self.data.winners[signup.submission_id].contact_id
        carried = self.carried.get(signup.submission_id)
        if contact_id is None or carried is None:
            return None
        return with_carried(self.data.contacts[contact_id], carried)

    def _earlier_row(self, signups: Sequence[Signup]) -> Mentor | None:
        """The row that these sign-ups with one MN id had before; of several people the one who had the id."""
        rows = [self.earlier[one.submission_id] for one in signups if one.submission_id in self.earlier]
        if len(signups) == 1:
            return rows[0] if rows else None
        mn_id = signups[0].mn_id
        return next((row for row in rows if row.mn_id == mn_id), self.data.previous.get(mn_id))
