"""Find the decision in force on a conflict (rulebook section 6). All stages use this module.

A decision about the same inputs settles the conflict. When the inputs have changed, the decision stays in force and the
conflict is raised again. A stage that must not apply a decision about other inputs checks `inputs_changed`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.findings import Conflict, fingerprint
from mentorsync_pipeline.domain.records import DecisionInForce
from mentorsync_pipeline.domain.vocabulary import ConflictType


@dataclass(frozen=True, slots=True)
class DecisionState:
    """Decision in force on a conflict, if any, and the fingerprint with which to raise the conflict."""

    decision: DecisionInForce | None
    fingerprint: str
    inputs_changed: bool = False

    @property
    def value(self) -> Any:
        """Return the decided value; None when no decision is in force."""
        return self.decision.value if self.decision else None

    @property
    def in_force(self) -> bool:
        """Return whether a decision is in force, with the same or other inputs."""
        return self.decision is not None

    @property
    def is_settled(self) -> bool:
        """Return whether a decision about the same inputs settles the conflict."""
        return self.in_force and not self.inputs_changed

    def conflict_to_raise(self, question: Conflict) -> Conflict | None:
        """Return the conflict to raise, or None when it is settled. With an old decision in force it does not block."""
        if self.is_settled:
            return None
        blocking = question.blocking and not self.in_force
        return replace(question, input_fingerprint=self.fingerprint, blocking=blocking)


def group_collision_answers(decisions: Decisions) -> dict[str, list[DecisionInForce]]:
    """Return the answers to `external_id_collision` by MN id, without skipped ones, in the order of `decisions`."""
    answers: dict[str, list[DecisionInForce]] = defaultdict(list)
    for (mn_id, conflict_type, _), decision in decisions.items():
        if conflict_type == "external_id_collision" and decision.choice != "skipped":
            answers[mn_id].append(decision)
    return answers


def find_decision(
    question: Conflict,
    decisions: Decisions,
    *,
    usable: Callable[[Any], bool] = lambda value: value is not None,
    same_inputs: Collection[str] = (),
) -> DecisionState:
    """Find the decision in force on a conflict. `same_inputs` are further fingerprints that count as unchanged."""
    key = (question.mn_id, question.conflict_type, question.subject)
    return find_decision_by_key(key, question.input_fingerprint, decisions, usable=usable, same_inputs=same_inputs)


def find_decision_by_key(
    key: tuple[str, ConflictType, str],
    input_fingerprint: str,
    decisions: Decisions,
    *,
    usable: Callable[[Any], bool] = lambda value: value is not None,
    same_inputs: Collection[str] = (),
) -> DecisionState:
    """Find the decision in force on the conflict `key` = (MN id, type, subject).

    A skipped conflict has no decision. A decision that can no longer be applied is not in force; the conflict then gets
    another fingerprint, so that it is raised again with the same inputs.

    Args:
        usable: returns whether a decided value can be applied; False if the chosen contact is gone, for example.
        same_inputs: further fingerprints that count as unchanged inputs.

    """
    decision = decisions.get(key)
    if decision is None:
        return DecisionState(None, input_fingerprint)
    repeat_fingerprint = fingerprint(input_fingerprint, "asked again")
    is_same = decision.input_fingerprint in (input_fingerprint, repeat_fingerprint, *same_inputs)
    if decision.choice == "skipped":
        return DecisionState(None, decision.input_fingerprint if is_same else input_fingerprint)
    if usable(decision.value):
        return DecisionState(decision, decision.input_fingerprint if is_same else input_fingerprint, not is_same)
    return DecisionState(
        None, repeat_fingerprint if decision.input_fingerprint == input_fingerprint else input_fingerprint
    )


def list_seen_contacts(
    context: Mapping[str, Any], *, asked: str, answered: str, seen_before: Collection[int] = ()
) -> list[int]:
    """Return the contacts that a person saw when answering a conflict.

    Args:
        context: the conflict's context.
        asked: the conflict's input fingerprint.
        answered: the decision's input fingerprint.
        seen_before: the contacts that the person saw, if the conflict has been raised again with other inputs since.

    """
    if asked != answered:
        return [*seen_before]
    contact_ids = (*context.get("compared_contacts", ()), context.get("contact", {}).get("contact_id"))
    return [contact_id for contact_id in contact_ids if contact_id is not None]
