"""Make the year's `mentors` rows: one per MN id, blocked mentors included (rulebook sections 5 and 7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mentorsync_pipeline.domain.findings import Conflict, WarningFinding
from mentorsync_pipeline.domain.records import Contact, Mentor, Signup
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver, with_carried, year_carry_overs
from mentorsync_pipeline.mentors.rules.contact_side import known_fields
from mentorsync_pipeline.mentors.rules.links import link, person
from mentorsync_pipeline.mentors.rules.mentor_row import SOURCE_TABLE, BuiltRow, MentorInputs, build_row
from mentorsync_pipeline.mentors.rules.merge_inputs import Bases, YearData
from mentorsync_pipeline.mentors.rules.provenance import never_linked

Stored = TypeVar("Stored")


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRows:
    """One row per MN id, sorted by it, with all bases that hold after this run and all findings.

    `successors` maps the MN id of an earlier row to the one that the same person has now (a second sign-up).
    """

    mentors: tuple[Mentor, ...]
    bases: Bases
    conflicts: tuple[Conflict, ...]
    warnings: tuple[WarningFinding, ...]
    successors: Mapping[str, str]


def build_mentors(data: YearData) -> MentorRows:
    """Make the year's rows. The order of the input does not matter, and the same input gives the same rows."""
    year = _Year(data)
    built = [year.build(mn_id) for mn_id in sorted(year.by_mn_id)]
    return MentorRows(
        mentors=tuple(one.mentor for one in built),
        bases={one.mentor.mn_id: one.bases for one in built if one.bases},
        conflicts=tuple(conflict for one in built for conflict in one.conflicts),
        warnings=(*year.links.warnings, *(warning for one in built for warning in one.warnings)),
        successors=year.successors,
    )


class _Year:
    """What is worked out once for all mentors of a year."""

    def __init__(self, data: YearData) -> None:
        self.data = data
        self.by_mn_id: dict[str, list[Signup]] = defaultdict(list)
        for signup in sorted(data.signups, key=lambda one: one.submission_id):
            self.by_mn_id[signup.mn_id].append(signup)
        self.successors = {
            old: mn_id
            for mn_id, signups in self.by_mn_id.items()
            for old in self._older_ids(signups, data.previous)[:1]
        }
        self.bases = {mn_id: self._stored(signups, data.bases) or {} for mn_id, signups in self.by_mn_id.items()}
        self.carried = year_carry_overs(data, self.bases)
        self.known = known_fields(data.contacts.values(), data.config)
        self.links = link(
            [person(signup, self._contact(signup)) for signup in data.signups],
            data.members,
            data.setups,
            data.trainings,
            source_table=SOURCE_TABLE,
        )

    def build(self, mn_id: str) -> BuiltRow:
        """The row of one MN id. Of two people with one id nobody is chosen: section 2 blocks both."""
        signups = self.by_mn_id[mn_id]
        unblocked = [one for one in signups if self.data.winners[one.submission_id].decision != "blocked"]
        if len(unblocked) == 1:
            return self._row(unblocked[0])
        previous = self._stored(signups, self.data.previous)
        if previous is not None and not never_linked(previous):
            return BuiltRow(mentor=replace(previous, mn_id=mn_id, sync_state="blocked"), bases=self.bases[mn_id])
        if len(signups) == 1:
            return self._row(signups[0])
        return BuiltRow(mentor=Mentor(mn_id=mn_id, submission_id=None, status="needs_setup", sync_state="blocked"))

    def _row(self, signup: Signup) -> BuiltRow:
        key = signup.submission_id
        return build_row(
            MentorInputs(
                signup=signup,
                winner=self.data.winners[key],
                contact=self._contact(signup),
                carried=self.carried.get(key, CarryOver()),
                members=self.links.members.get(key, ()),
                setup=self.links.setups.get(key),
                training=self.links.trainings.get(key),
                bases=self.bases[signup.mn_id],
                previous=self._stored([signup], self.data.previous),
                decisions=self.data.decisions,
                config=self.data.config,
                as_of=self.data.as_of,
                known=self.known,
            )
        )

    def _contact(self, signup: Signup) -> Contact | None:
        """The winner's contact as it will be after the import."""
        contact_id = self.data.winners[signup.submission_id].contact_id
        carried = self.carried.get(signup.submission_id)
        if contact_id is None or carried is None:
            return None
        return with_carried(self.data.contacts[contact_id], carried)

    def _stored(self, signups: Sequence[Signup], rows: Mapping[str, Stored]) -> Stored | None:
        """What is stored under the MN id, else under an older id of the same person."""
        mn_id = signups[0].mn_id
        if mn_id in rows:
            return rows[mn_id]
        return next((rows[old] for old in self._older_ids(signups, rows)), None)

    def _older_ids(self, signups: Sequence[Signup], rows: Mapping[str, Stored]) -> list[str]:
        """The ids of this person's earlier sign-ups that `rows` hold and nobody else has now."""
        if len(signups) > 1 or signups[0].mn_id in rows:
            return []
        return [old for old in signups[0].superseded_mn_ids if old in rows and old not in self.by_mn_id]
