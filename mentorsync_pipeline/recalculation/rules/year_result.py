"""Calculate a campaign year in memory: sign-ups, candidates, winners, losers, mentors, import rows, archive plan.

`recalculate_year` calls the rules of each stage in the order of the assets. The caller stores the result: a calculation
with the `previous` and `bases` of the last result is the next sync.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_year
from mentorsync_pipeline.archiving.rules.plan_records import PastAction, PlanRow
from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.decision_owners import map_decisions_to_present_ids, map_decisions_to_submissions
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.known_mentors import (
    KnownMentors,
    find_links,
    restore_known_name,
)
from mentorsync_pipeline.domain.placeholders import mark_placeholders
from mentorsync_pipeline.domain.records import (
    Approvals,
    Contact,
    DecisionInForce,
    EarlierMentor,
    FormEntry,
    Member,
    Mentor,
    Submission,
    Winner,
)
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.import_rows import BuiltImportRow, build_rows
from mentorsync_pipeline.import_file.rules.linter import ContactState, CurrentContacts, LintResult, lint
from mentorsync_pipeline.matching.rules.candidates import CandidateResult, find_candidates
from mentorsync_pipeline.matching.rules.winners import WinnerResult, choose_winners
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver, compute_carry_overs
from mentorsync_pipeline.mentors.rules.changes import Change, find_changes
from mentorsync_pipeline.mentors.rules.hidden_fields import restore_hidden_fields
from mentorsync_pipeline.mentors.rules.losers import Loser, Protected, find_losers, group_losers_by_mentor
from mentorsync_pipeline.mentors.rules.mentor_rows import MentorRows, build_mentors
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData
from mentorsync_pipeline.mentors.rules.sent_rows import SentRows
from mentorsync_pipeline.signups.rules.deduplication import DedupResult, deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id


@dataclass(frozen=True, slots=True, kw_only=True)
class YearInputs:
    """All inputs of a year's calculation.

    Attributes:
        as_of: time of the contact data.
        contacts: active individual contacts.
        archived: contacts that are archived according to the contact data.
        entries: entries that are not deleted, by the form's name.
        records: records of staff.
        previous, bases, known: results of the previous calculation.
        declined, file_times, sent_mn_ids, sent_rows: as in `YearData`.
        protected: contacts and External IDs of other active years, and answers to archive plans; the calculation adds
            this year's winners, External IDs and blocked candidates.

    """

    config: CampaignConfig
    as_of: datetime
    submissions: Sequence[Submission]
    contacts: Sequence[Contact]
    archived: Sequence[Contact] = ()
    members: Sequence[Member] = ()
    entries: Mapping[str, Sequence[FormEntry]] = field(default_factory=dict)
    records: Sequence[MentorRecord] = ()
    earlier: Sequence[EarlierMentor] = ()
    previous: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    known: KnownMentors = field(default_factory=dict)
    decisions: Collection[DecisionInForce] = ()
    declined: Mapping[str, frozenset[int]] = field(default_factory=dict)
    file_times: Sequence[datetime] = ()
    sent_mn_ids: Collection[str] = ()
    sent_rows: SentRows = field(default_factory=dict)
    protected: Protected = field(default_factory=Protected)
    approvals: Approvals = field(default_factory=dict)
    past: Mapping[int, PastAction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorsResult:
    """A year's mentors, their changes since the previous calculation, and their import rows.

    `data` has the inputs, with the new bases; `carried` the duplicates' values that the winners still lack.
    """

    mentors: MentorRows
    changes: tuple[Change, ...]
    import_rows: tuple[BuiltImportRow, ...]
    data: YearData
    carried: Mapping[str, CarryOver]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearResult:
    """Results of all stages.

    `import_rows` has all rows; `linted` has the rows that can be sent, and errors of the others. `plan` has rows by
    contact id. `changes` compares the mentors with `YearInputs.previous`.
    """

    signups: DedupResult
    candidates: CandidateResult
    winners: WinnerResult
    losers: tuple[Loser, ...]
    mentors: MentorRows
    changes: tuple[Change, ...]
    import_rows: tuple[BuiltImportRow, ...]
    linted: LintResult
    plan: tuple[PlanRow, ...]

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Return the conflicts of all stages."""
        return (*self.signups.conflicts, *self.winners.conflicts, *self.mentors.conflicts)


def recalculate_year(inputs: YearInputs) -> YearResult:
    """Calculate the year. The order of the inputs does not matter; equal inputs give equal results."""
    config = inputs.config
    people = deduplicate(
        inputs.submissions,
        config,
        decisions=map_decisions_to_submissions(inputs.decisions, inputs.submissions),
        known=inputs.known,
        contacts=inputs.contacts,
    )
    placeholder_keys = frozenset(placeholder.key for placeholder in people.placeholders)
    contacts = {contact.contact_id: contact for contact in mark_placeholders(inputs.contacts, placeholder_keys)}
    decisions = map_decisions_to_present_ids(people.signups, inputs.decisions, inputs.known)
    named = [restore_known_name(signup, inputs.known) for signup in people.signups]
    linked = find_links(named, inputs.known, decisions, contacts)
    candidates = find_candidates(
        named,
        inputs.contacts,
        inputs.members,
        config,
        as_of=inputs.as_of,
        earlier=inputs.earlier,
        links=linked,
        known_mentors=inputs.known,
        placeholder_keys=placeholder_keys,
    )
    chosen = choose_winners(
        named,
        candidates.candidates,
        config,
        earlier=inputs.earlier,
        decisions=decisions,
        already_blocked=find_blocked_by_shared_id(people.signups),
        known=contacts,
        links=linked,
        known_mentors=inputs.known,
    )
    winners = {winner.submission_id: winner for winner in chosen.winners}
    losers = find_losers(
        people.signups,
        candidates.candidates,
        winners,
        _merge_protected(inputs, people, candidates, winners),
        dropped_tags=config.dropped_tags,
    )
    winner_ids = {winner.contact_id for winner in chosen.winners}
    data = YearData(
        config=config,
        as_of=inputs.as_of,
        signups=people.signups,
        winners=winners,
        contacts={contact_id: contact for contact_id, contact in contacts.items() if contact_id in winner_ids},
        losers=group_losers_by_mentor(loser for loser in losers if loser.may_transfer_data(inputs.approvals)),
        donor_losers=group_losers_by_mentor(
            loser
            for loser in losers
            if loser.is_doubted_for_donations and not loser.may_transfer_data(inputs.approvals)
        ),
        members=inputs.members,
        entries=inputs.entries,
        records=inputs.records,
        previous=inputs.previous,
        bases=inputs.bases,
        known=inputs.known,
        decisions=inputs.decisions,
        placeholder_keys=placeholder_keys,
        declined=inputs.declined,
        file_times=inputs.file_times,
        sent_mn_ids=inputs.sent_mn_ids,
        sent_rows=inputs.sent_rows,
    )
    result = recalculate_mentors(data)
    rows = [built_row.row for built_row in result.import_rows]
    return YearResult(
        signups=people,
        candidates=candidates,
        winners=chosen,
        losers=losers,
        mentors=result.mentors,
        changes=result.changes,
        import_rows=result.import_rows,
        linted=lint(
            rows,
            build_current_contacts(rows, inputs.contacts, inputs.archived, bases=result.data.bases, config=config),
            config,
        ),
        plan=plan_year(losers, result.data, result.carried, approvals=inputs.approvals, past=inputs.past),
    )


def recalculate_mentors(data: YearData) -> MentorsResult:
    """Calculate a year's mentors, their changes and their import rows, when winners and losers are known."""
    built = build_mentors(data)
    merged_data = replace(data, bases=built.bases)
    carried = compute_carry_overs(merged_data, merged_data.index_bases())
    return MentorsResult(
        mentors=built,
        changes=find_changes(data.previous, built.mentors, successors=built.successors, returned=built.returned),
        import_rows=build_rows(built.mentors, carried, merged_data),
        data=merged_data,
        carried=carried,
    )


def _merge_protected(
    inputs: YearInputs, people: DedupResult, candidates: CandidateResult, winners: Mapping[str, Winner]
) -> Protected:
    """Merge the protected contacts of other years with those of this year's mentors."""
    blocked = {key for key, winner in winners.items() if winner.decision == "blocked"}
    other_years = inputs.protected
    return replace(
        other_years,
        winner_ids=other_years.winner_ids.union(
            winner.contact_id for winner in winners.values() if winner.contact_id is not None
        ),
        external_ids=other_years.external_ids.union(
            key for signup in people.signups if (key := signup.external_id_key)
        ),
        blocked_contact_ids=other_years.blocked_contact_ids.union(
            candidate.contact.contact_id for candidate in candidates.candidates if candidate.submission_id in blocked
        ),
    )


def build_current_contacts(
    rows: Iterable[ImportRow],
    contacts: Iterable[Contact],
    archived: Iterable[Contact],
    *,
    bases: Bases,
    config: CampaignConfig,
    untidy_ids: Collection[int] = (),
    rejected_options: Collection[str] = frozenset(),
) -> CurrentContacts:
    """Build the linter's view of the contact data for rows, as `import_file.queries.read_current_contacts` does.

    An active holder of an id comes before an archived one, then the later contact id, as in
    `contacts.queries.read_external_id_holders`.

    Args:
        untidy_ids: contacts whose External ID has white space in Givebutter; they come last.
        rejected_options: `Cause.keys` of the open rejections of options.

    """
    contacts, archived = tuple(contacts), tuple(archived)
    listed = [contact for group in (archived, contacts) for contact in sorted(group, key=attrgetter("contact_id"))]
    listed.sort(key=lambda contact: contact.contact_id not in untidy_ids)
    updated_ids = {row.cells[col.CONTACT_ID] for row in rows}
    updated = (contact for contact in contacts if str(contact.contact_id) in updated_ids)
    known = restore_hidden_fields(updated, bases, config)
    return CurrentContacts(
        holders={key: contact.contact_id for contact in listed if (key := contact.external_id_key) is not None},
        contact_ids=frozenset(contact.contact_id for contact in contacts),
        archived_ids=frozenset(contact.contact_id for contact in archived),
        states={contact_id: ContactState.of_contact(contact) for contact_id, contact in known.items()},
        rejected_options=rejected_options,
    )
