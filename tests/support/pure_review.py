"""Questions, answers and approvals of a campaign year in memory, as the tables keep them between runs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import NEW_CONTACT, Decisions
from mentorsync_pipeline.domain.decisions import list_seen_contacts
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.records import Approval, DecisionInForce
from tests.support.answers import Choice, make_answer

Key = tuple[str, str, str, str]
"""MN id, conflict type, subject and submission id."""
T = TypeVar("T")


@dataclass
class StoredConflict:
    """A row of `sync_conflicts`; `decision_id` is the answer in force, also while it is asked again."""

    conflict: Conflict
    status: Literal["pending", "decided", "skipped", "obsolete"] = "pending"
    seen_contacts: Collection[int] = ()
    decision_id: int | None = None

    @property
    def key(self) -> Key:
        """Mentor, type, subject and sign-up."""
        return _key_of(self.conflict)

    def list_seen_contacts(self, decision: DecisionInForce | None) -> Collection[int]:
        """Return the contacts that a person saw when deciding."""
        if decision is None:
            return ()
        return list_seen_contacts(
            self.conflict.context,
            asked=self.conflict.input_fingerprint,
            answered=decision.input_fingerprint,
            seen_before=self.seen_contacts,
        )


@dataclass
class ReviewedYear:
    """What people decide in one campaign year. `clock` is the time of runs and of people's actions."""

    config: CampaignConfig
    clock: Callable[[], datetime]
    decisions: dict[Key, DecisionInForce] = field(default_factory=dict)
    conflicts: dict[Key, StoredConflict] = field(default_factory=dict)
    approvals: dict[tuple[int, str], Approval] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    overruled: dict[tuple[int, str], str] = field(default_factory=dict)

    def open_conflicts(self) -> list[StoredConflict]:
        """Return pending and skipped conflicts."""
        return [stored for stored in self.conflicts.values() if stored.status in ("pending", "skipped")]

    def decide(self, stored: StoredConflict, choice: Choice, value: Any = None) -> None:
        """Record a person's decision."""
        number = 1 + max((decision.id for decision in self.decisions.values()), default=0)
        self._withdraw(stored.key, stored.decision_id)
        self.decisions[stored.key] = make_answer(stored.conflict, choice, value, number=number)
        stored.decision_id = number
        stored.status = "skipped" if choice == "skipped" else "decided"

    def undo(self, key: Key) -> None:
        """Undo a decision."""
        decision = self.decisions[key]
        self._withdraw(key, decision.id)
        for stored in self.conflicts.values():
            if stored.decision_id == decision.id or stored.key == key:
                stored.status, stored.decision_id = "pending", None

    def _withdraw(self, key: Key, decision_id: int | None) -> None:
        self.decisions = {
            other: decision for other, decision in self.decisions.items() if other != key and decision.id != decision_id
        }

    def approve(self, row: PlanRow) -> None:
        """Approve archiving of a contact; this ends an earlier answer to keep it."""
        key = row.contact_id, row.input_fingerprint
        number = 1 + max((earlier.id for earlier in self.approvals.values()), default=0)
        self.approvals[key] = Approval(id=number, by="Robin", at=self.clock())
        if row.contact_id in self.rejected:
            self.overruled[key] = self.rejected.pop(row.contact_id)

    def withdraw_approval(self, key: tuple[int, str]) -> None:
        """Withdraw an approval; an answer to keep the contact, which it had ended, holds again."""
        del self.approvals[key]
        if key in self.overruled:
            self.rejected.setdefault(key[0], self.overruled.pop(key))

    def reject(self, row: PlanRow) -> None:
        """Keep a contact of the archive plan."""
        self.rejected[row.contact_id] = row.input_fingerprint

    def record_conflicts(self, conflicts: Iterable[Conflict], decisions: Decisions, step: str) -> None:
        """Update the stored conflicts of a step, as `review.finding_store.record_conflicts` does."""
        found = set()
        for conflict in conflicts:
            answer = decisions.get((conflict.mn_id, conflict.conflict_type, conflict.subject))
            key = _key_of(conflict)
            known = self._find_stored(conflict, answer)
            is_changed = (
                known is None
                or known.status == "obsolete"
                or known.conflict.input_fingerprint != conflict.input_fingerprint
            )
            if known is not None and not is_changed and known.status != "pending":
                found.add(known.key)
                continue
            found.add(key)
            if known is not None and known.key != key:
                del self.conflicts[known.key]
            if known is None or is_changed:
                seen = known.list_seen_contacts(answer) if known else ()
                known = StoredConflict(conflict, seen_contacts=seen, decision_id=answer.id if answer else None)
            known.conflict = conflict
            self.conflicts[key] = known
        for key, known in self.conflicts.items():
            if key not in found and known.conflict.source_table == step and known.status in ("pending", "skipped"):
                known.status = "obsolete"

    def _find_stored(self, conflict: Conflict, answer: DecisionInForce | None) -> StoredConflict | None:
        """Return the stored conflict of the same sign-up, with the person's answer, or pending without any answer."""
        key = _key_of(conflict)
        if key in self.conflicts:
            return self.conflicts[key]
        others = [stored for stored in self.conflicts.values() if stored.key[:3] == key[:3]]
        of_answer = (stored for stored in others if answer is not None and stored.decision_id == answer.id)
        pending = (stored for stored in others if stored.status == "pending" and stored.decision_id is None)
        return next(of_answer, None) or next(pending, None)

    def list_declined(self) -> dict[str, frozenset[int]]:
        """Return declined contacts, as `mentors.duplicates.read_declined_contacts` reads them."""
        declined: dict[str, set[int]] = defaultdict(set)
        by_decision = {stored.decision_id: stored for stored in self.conflicts.values()}
        for key, decision in self.decisions.items():
            stored = by_decision.get(decision.id) or self.conflicts.get(key)
            if decision.value == NEW_CONTACT and stored is not None:
                declined[decision.submission_id or key[0]].update(stored.list_seen_contacts(decision))
        return {owner: frozenset(contact_ids) for owner, contact_ids in declined.items()}

    def follow_corrected_ids(self, present: Mapping[str, str]) -> None:
        """Move conflicts and answers to the present MN ids of their sign-ups, as `review.corrected_ids` does."""
        self.decisions = {
            key: replace(decision, mn_id=key[0]) for key, decision in _move_keys(self.decisions, present).items()
        }
        self.conflicts = _move_keys(self.conflicts, present)
        for key, stored in self.conflicts.items():
            if stored.key != key:
                stored.conflict = replace(stored.conflict, mn_id=key[0])


def _key_of(conflict: Conflict) -> Key:
    return conflict.mn_id, conflict.conflict_type, conflict.subject, conflict.submission_id or ""


def _move_keys(records: Mapping[Key, T], present: Mapping[str, str]) -> dict[Key, T]:
    """Return records under the present MN ids; one keeps its id if another one has the new key."""
    moved: dict[Key, T] = {}
    for key, value in records.items():
        new_key = (present.get(key[3], key[0]), *key[1:])
        moved[key if new_key in moved or (new_key != key and new_key in records) else new_key] = value
    return moved
