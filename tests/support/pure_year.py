"""A campaign year in memory: the state that the database keeps between runs, over the product's pure calculation.

`PureYear` takes what the services answered (`Feed`), calculates the year with `recalculate_year`, and returns import
files and archive plans. People's decisions and approvals are methods (`ReviewedYear`). The services are not part of it:
tests write the feeds themselves, or take them from the sandbox's stores (`tests.support.feeds`).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from mentorsync_pipeline.archiving.rules.duplicates_plan import check_past_action
from mentorsync_pipeline.archiving.rules.plan_records import PastAction, PlanRow
from mentorsync_pipeline.archiving.rules.preconditions import find_loser_changes, is_winner_incomplete
from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord
from mentorsync_pipeline.contacts.rules.as_of import compute_export_as_of
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import id_key, is_same_id
from mentorsync_pipeline.domain.conflicts import HOLDER
from mentorsync_pipeline.domain.decision_owners import find_present_mn_ids, map_decisions_to_submissions
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.records import (
    Contact,
    EarlierMentor,
    FormEntry,
    Member,
    Mentor,
    Submission,
)
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.domain.vocabulary import RecordKind
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.csv import serialise
from mentorsync_pipeline.import_file.rules.linter import lint
from mentorsync_pipeline.import_file.rules.rejections import (
    OPTION_REJECTED,
    Cause,
    RelatedContacts,
    find_cause,
    is_cause_gone,
    merge_causes,
    relate_contacts,
)
from mentorsync_pipeline.import_file.rules.staleness import find_staleness_conflict
from mentorsync_pipeline.mentors.rules.bases import Bases, limit_times
from mentorsync_pipeline.mentors.rules.losers import Protected
from mentorsync_pipeline.mentors.rules.sent_rows import SentRow, find_new_rows
from mentorsync_pipeline.recalculation.rules.year_result import (
    YearInputs,
    YearResult,
    build_current_contacts,
    recalculate_year,
)
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.uploads.rejected_rows import parse_rejected_rows
from tests.support.feeds import ZONE
from tests.support.pure_review import ReviewedYear

# The steps of a calculation that store what a later run reads.
SIGNUPS, WINNERS, MENTORS = "deduplicated_signups", "winner_contacts", "mentors"
KILLED_AFTER = (SIGNUPS, WINNERS, MENTORS)
# The points of an apply at which its next step is not recorded: a call has no entry in the ledger yet, or no answer.
CLEARING, BEFORE_ARCHIVE, AFTER_ARCHIVE = KILL_POINTS = ("clearing", "before the archive", "after the archive")


class KilledError(Exception):
    """A run was killed between two of its steps."""


@dataclass
class LedgerEntry:
    """A contact in `archived_duplicates`; `image` is the contact before its archive was begun."""

    status: Literal["clearing", "archiving", "archived", "cleared", "restored"]
    at: datetime
    cleared_external_id: str | None = None
    image: Mapping[str, Any] | None = None


@dataclass
class Rejection:
    """The cause of an open error of a rejected row, and the time when it was recorded."""

    cause: Cause
    at: datetime


@dataclass(frozen=True)
class Feed:
    """The answers of both services at one time, as the records that the loaders make of them."""

    taken_at: datetime
    submissions: Mapping[str, Submission]
    contacts: Mapping[int, Contact]
    archived: Mapping[int, Contact] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    entries: Mapping[str, Sequence[FormEntry]] = field(default_factory=dict)
    untidy_ids: frozenset[int] = frozenset()  # contacts whose External ID has white space in Givebutter


def list_rejected_options(rejections: Mapping[tuple[str, str], Rejection]) -> frozenset[str]:
    """Return the rejected options as `Cause.keys`, as `import_file.rejection_store.read_rejected_options` does."""
    causes = (rejection.cause for (_, code), rejection in rejections.items() if code == OPTION_REJECTED)
    return frozenset().union(*(cause.keys for cause in causes))


@dataclass
class PureYear(ReviewedYear):
    """The tables of one campaign year."""

    earlier: Sequence[EarlierMentor] = ()
    as_of: datetime | None = None
    loaded_at: datetime | None = None
    submissions: dict[str, Submission] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    archived: dict[int, Contact] = field(default_factory=dict)
    untidy_ids: frozenset[int] = frozenset()
    members: tuple[Member, ...] = ()
    entries: Mapping[str, Sequence[FormEntry]] = field(default_factory=dict)
    mentors: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    known: KnownMentors = field(default_factory=dict)
    ledger: dict[int, LedgerEntry] = field(default_factory=dict)
    rejections: dict[tuple[str, str], Rejection] = field(default_factory=dict)
    records: list[MentorRecord] = field(default_factory=list)
    result: YearResult | None = None
    is_incomplete: bool = False
    calculated_from: dict[int, Contact] = field(default_factory=dict)
    file_times: list[datetime] = field(default_factory=list)
    sent_mn_ids: set[str] = field(default_factory=set)
    sent_rows: dict[str, list[SentRow]] = field(default_factory=dict)

    # Runs

    def sync(self, feed: Feed, *, killed: bool = False) -> YearResult:
        """Load the services' answers and calculate the year; with `killed`, the run ends between the two."""
        self.take_forms(feed)
        self.take_contacts(feed, feed.taken_at)
        if killed:
            raise KilledError
        return self.calculate()

    def take_forms(self, feed: Feed) -> None:
        """Store the sign-ups and the members; a sign-up that is no longer listed is marked as removed."""
        gone = {
            key: replace(submission, removed=True)
            for key, submission in self.submissions.items()
            if key not in feed.submissions
        }
        self.submissions = {**feed.submissions, **gone}
        self.members, self.entries = feed.members, feed.entries

    def take_contacts(self, feed: Feed, as_of: datetime) -> None:
        """Replace the contacts; a missing one that held an External ID is stored as archived."""
        known = {**self.archived, **self.contacts}
        gone = {
            key: contact
            for key, contact in known.items()
            if key not in feed.contacts and contact.external_id is not None
        }
        self.contacts, self.archived, self.untidy_ids = dict(feed.contacts), gone, feed.untidy_ids
        self.as_of, self.loaded_at = as_of, self.clock()

    def upload(self, feed: Feed, file_name: str) -> bool:
        """Load an export that was downloaded when `feed` was taken; False when it is refused as too old."""
        newest = max(
            (contact.last_modified for contact in feed.contacts.values() if contact.last_modified), default=None
        )
        as_of = compute_export_as_of(file_name, self.clock(), newest, ZONE)
        if self.as_of is not None and as_of < self.as_of:
            return False
        self.take_contacts(feed, as_of)
        return True

    def calculate(self, *, killed_after: str | None = None) -> YearResult:
        """Calculate the year and store the results for the next run.

        A run that is killed after one of its steps (`KILLED_AFTER`) has stored the results of the steps up to there.
        """
        if self.as_of is None:
            raise AssertionError("no contact data yet")
        self.is_incomplete = True
        declined = self.list_declined()
        result = recalculate_year(
            YearInputs(
                config=self.config,
                as_of=self.as_of,
                submissions=list(self.submissions.values()),
                contacts=list(self.contacts.values()),
                archived=list(self.archived.values()),
                members=self.members,
                entries=self.entries,
                records=self.records,
                earlier=self.earlier,
                previous=self.mentors,
                bases=limit_times(self.bases, as_of=self.as_of, loaded_at=self.loaded_at or self.as_of),
                known=self.known,
                decisions=self.decisions.values(),
                declined=declined,
                file_times=self.file_times,
                sent_mn_ids=self.sent_mn_ids,
                sent_rows=self.sent_rows,
                protected=Protected(
                    declined_contact_ids=frozenset[int]().union(*declined.values()), rejected=self.rejected
                ),
                approvals=self.approvals,
                past=self._past(),
            )
        )
        self.follow_corrected_ids(find_present_mn_ids(result.signups.signups, self.known))
        about_signups = map_decisions_to_submissions(self.decisions.values(), self.submissions.values())
        self.record_conflicts(result.signups.conflicts, about_signups, SIGNUPS)
        if killed_after == SIGNUPS:
            raise KilledError
        self.record_conflicts(result.winners.conflicts, result.mentors.decisions, WINNERS)
        if killed_after == WINNERS:
            raise KilledError
        self.sent_mn_ids &= {row.mn_id for row in result.mentors.mentors if row == self.mentors.get(row.mn_id)}
        self.mentors = {mentor.mn_id: mentor for mentor in result.mentors.mentors}
        self.bases, self.known = result.mentors.bases, result.mentors.known
        moved = result.mentors.moved_records
        self.records = [
            replace(record, mn_id=moved[record.id]) if record.id in moved else record for record in self.records
        ]
        self.record_conflicts(result.mentors.conflicts, result.mentors.decisions, MENTORS)
        self._end_asked_rejections(result.conflicts)
        if killed_after == MENTORS:
            raise KilledError
        self.result, self.calculated_from = result, self.contacts
        self.is_incomplete = False
        return result

    def _end_asked_rejections(self, conflicts: Iterable[Conflict]) -> None:
        """Drop the rejections that `review.error_list.resolve_asked_rejections` resolves."""
        asked = {
            conflict.mn_id
            for conflict in conflicts
            if conflict.conflict_type == "external_id_collision" and conflict.subject.startswith(f"{HOLDER}:")
        }
        asked &= {mentor.mn_id for mentor in self.mentors.values() if mentor.sync_state == "blocked"}
        self.rejections = {
            (mn_id, code): rejection
            for (mn_id, code), rejection in self.rejections.items()
            if code != "GB_EXTERNAL_ID_EXISTS" or mn_id not in asked
        }

    def has_outdated_rows(self) -> bool:
        """Whether contacts were loaded after the rows were calculated, so that no file is written."""
        return self.is_incomplete or self.calculated_from != self.contacts

    def is_stale(self) -> bool:
        """Whether the contact data is too old for a file."""
        days = self.config.thresholds.contacts_stale_days
        return (
            self.as_of is None
            or find_staleness_conflict(self.as_of, self._find_unseen_file(), now=self.clock(), days=days) is not None
        )

    def _find_unseen_file(self) -> datetime | None:
        newest = self.file_times[-1] if self.file_times else None
        return newest if newest is not None and self.as_of is not None and self.as_of < newest else None

    def import_rows(self) -> Sequence[ImportRow]:
        """Return the rows of the last calculation that pass the checks against the stored contacts."""
        if self.result is None:
            return ()
        rows = [built.row for built in self.result.import_rows]
        standing = self._standing_rejections(rows)
        out = {mn_id for mn_id, _ in standing} & {row.mn_id for row in rows}
        options = list_rejected_options(standing)
        if not out and not options and self.calculated_from is self.contacts and not self.untidy_ids:
            return self.result.linted.passed
        rows = [row for row in rows if row.mn_id not in out]
        contacts = build_current_contacts(
            rows,
            self.contacts.values(),
            self.archived.values(),
            bases=self.bases,
            config=self.config,
            untidy_ids=self.untidy_ids,
            rejected_options=options,
        )
        return lint(rows, contacts, self.config).passed

    def import_file(self, rows: Sequence[ImportRow] | None = None) -> bytes:
        """Write the import file of all rows (`import_rows`); close rejections whose cause is gone."""
        self.file_times.append(self.clock())
        written = self.import_rows() if rows is None else rows
        self.sent_mn_ids = {row.mn_id for row in written if row.mn_id is not None}
        self._record_sent_rows(written)
        content = serialise(written, self.config)
        if self.result is not None:
            rows = [built.row for built in self.result.import_rows]
            self.rejections = self._standing_rejections(rows)
        return content

    def _record_sent_rows(self, rows: Iterable[ImportRow]) -> None:
        cells = {row.mn_id: {**row.cells, **row.custom_fields} for row in rows if row.mn_id is not None}
        new_rows = find_new_rows(cells, self.mentors, self.sent_rows, self.config, made_at=self.file_times[-1])
        for key, row in new_rows.items():
            self.sent_rows.setdefault(key, []).append(row)

    def record_rejected(self, result: ImportResult) -> None:
        """Record the rows that Givebutter rejected, as `gb_failed_rows` does."""
        if result.failed_csv is None or self.result is None or self.as_of is None:
            return
        rows = {row.mn_id: row for built in self.result.import_rows if (row := built.row).mn_id is not None}
        by_id = {id_key(row.cells[col.EXTERNAL_ID]) or "": mn_id for mn_id, row in rows.items() if mn_id}
        errors, options = parse_rejected_rows(result.failed_csv, by_external_id=by_id, by_contact_id={})
        for error in errors:
            row = rows.get(error.mn_id or "")
            if row is None:  # of an old file
                continue
            cause = find_cause(
                error.error_code,
                row,
                self._surroundings(row),
                self.config,
                as_of=self.as_of,
                rejected_options=options.get(error.mn_id or "", ()),
            )
            self.rejections[error.mn_id or "", error.error_code] = Rejection(cause, self.clock())

    def _standing_rejections(self, rows: Iterable[ImportRow]) -> dict[tuple[str, str], Rejection]:
        """Return the rejections whose cause remains in these rows, or whose mentor has no row now."""
        by_mn_id = {row.mn_id: row for row in rows}
        standing = {}
        for (mn_id, code), rejection in self.rejections.items():
            row = by_mn_id.get(mn_id)
            if row is None or self.as_of is None:
                standing[mn_id, code] = rejection
                continue
            related = self._surroundings(row)
            present = find_cause(code, row, related, self.config, as_of=self.as_of)
            if not is_cause_gone(code, rejection.cause, present, related, rejected_at=rejection.at, as_of=self.as_of):
                standing[mn_id, code] = Rejection(merge_causes(code, rejection.cause, present), rejection.at)
        return standing

    def _surroundings(self, row: ImportRow) -> RelatedContacts:
        """Return the related contacts of a row, as `import_file.rejection_store` reads them."""
        everybody = (*self.archived.values(), *self.contacts.values())
        holders = {
            id_key(contact.external_id): contact.contact_id
            for contact in everybody
            if contact.contact_id not in self.untidy_ids
        }
        return relate_contacts(row, self.contacts.values(), holders.get(id_key(row.cells[col.EXTERNAL_ID])))

    def apply(
        self,
        look: Callable[[int], Mapping[str, Any] | None],
        archive: Callable[[int], None],
        clear: Callable[[int], None],
        *,
        killed_at: tuple[str, int] | None = None,
    ) -> list[PlanRow]:
        """Apply the plan; with `killed_at` the run is killed at a point (`KILL_POINTS`) of the n-th contact at it.

        A plan that is older than the contacts is refused. Returns the rows that were archived by this run.
        """
        reached: Counter[str] = Counter()

        def reach(point: str) -> None:
            reached[point] += 1
            if (point, reached[point]) == killed_at:
                raise KilledError

        if self.result is None or self.has_outdated_rows():
            return []
        rows = [row for row in self.result.plan if row.plan_state == "planned" and self._is_still_planned(row)]
        self._end_interrupted({row.contact_id for row in rows}, look)
        done = []
        for row in rows:
            record = look(row.contact_id)
            begun = self.ledger.get(row.contact_id)
            if record is None:
                self.ledger[row.contact_id] = LedgerEntry("archived", self.clock())
                continue
            if not self._may_go(row, record, look, begun):
                continue
            cleared = begun.cleared_external_id if begun else None
            if row.clears_external_id is not None and is_same_id(record["external_id"], row.clears_external_id):
                self.ledger[row.contact_id] = LedgerEntry("clearing", self.clock(), row.clears_external_id)
                clear(row.contact_id)
                reach(CLEARING)
                self.ledger[row.contact_id] = LedgerEntry("cleared", self.clock(), row.clears_external_id)
                cleared = row.clears_external_id
            if row.action == "release":
                continue
            entry = LedgerEntry("archiving", self.clock(), cleared, look(row.contact_id))
            self.ledger[row.contact_id] = entry
            reach(BEFORE_ARCHIVE)
            archive(row.contact_id)
            done.append(row)
            reach(AFTER_ARCHIVE)
            entry.status, entry.at = "archived", self.clock()
        return done

    def _end_interrupted(self, planned: Collection[int], look: Callable[[int], Mapping[str, Any] | None]) -> None:
        """Record the interrupted contacts that the plan lacks and that are archived."""
        for contact_id, entry in self.ledger.items():
            if entry.status == "archiving" and contact_id not in planned and look(contact_id) is None:
                entry.status, entry.at = "archived", self.clock()

    def _is_still_planned(self, row: PlanRow) -> bool:
        """Whether no answer, archive or restore since the plan keeps the contact."""
        approval = self.approvals.get((row.contact_id, row.input_fingerprint))
        past = self._past().get(row.contact_id)
        is_kept = past is not None and past.status != "archiving" and check_past_action(past, approval) is not None
        is_answered = row.approved_by is None or approval is not None
        return row.contact_id not in self.rejected and is_answered and not is_kept

    def _may_go(
        self,
        row: PlanRow,
        record: Mapping[str, Any],
        look: Callable[[int], Mapping[str, Any] | None],
        entry: LedgerEntry | None,
    ) -> bool:
        image = entry.image if entry is not None and entry.status == "archiving" else None
        is_cleared = entry is not None and entry.cleared_external_id is not None
        if find_loser_changes(self.contacts[row.contact_id], record, begun_image=image, is_cleared=is_cleared):
            return False
        if row.action == "release" or row.winner_contact_id is None:
            return True
        winner = look(row.winner_contact_id)
        needed = None if row.clears_external_id or row.mn_id is None else self.config.external_id(row.mn_id)
        return winner is not None and not is_winner_incomplete(winner, needed, row.carried_over.get("on_winner", {}))

    # Staff

    def check_in(self, mn_id: str, submission_id: str) -> None:
        """Record attendance of the training."""
        self.add_record("attended_training", mn_id, submission_id)

    def add_record(self, kind: RecordKind, mn_id: str, submission_id: str, **values: Any) -> None:
        """Record what staff observed: attendance, verified cash (`amount`) or a `note`."""
        number, now = len(self.records) + 1, self.clock()
        self.records.append(
            MentorRecord(
                id=number,
                mn_id=mn_id,
                submission_id=submission_id,
                kind=kind,
                device_record_id=f"device-{number}",
                observed_at=now,
                observed_on=now.astimezone(TEAM_ZONE).date(),
                recorded_at=now,
                recorded_by="Robin",
                **values,
            )
        )

    def undo_record(self, record_id: int) -> None:
        """Undo a record."""
        undone = {"undone_at": self.clock(), "undone_by": "Robin"}
        self.records = [replace(record, **undone) if record.id == record_id else record for record in self.records]

    def restore(self, contact_id: int, unarchive: Callable[[], object]) -> None:
        """Restore a contact by the ledger; `unarchive` is the call of Givebutter's API."""
        unarchive()
        self.restored(contact_id)

    def restored(self, contact_id: int) -> None:
        """Record that a person restored a contact."""
        self.ledger[contact_id] = replace(self.ledger[contact_id], status="restored", at=self.clock())

    def _past(self) -> dict[int, PastAction]:
        return {
            contact_id: PastAction(
                status=entry.status,
                at=entry.at,
                is_loaded=self.as_of is not None and self.as_of > entry.at,
                last_approval_id=max((yes.id for yes in self.approvals.values() if yes.at <= entry.at), default=0),
            )
            for contact_id, entry in self.ledger.items()
            if entry.status != "clearing"
        }
