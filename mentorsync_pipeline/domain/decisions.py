"""Whether a person's decision applies to a question as it is now (rulebook section 6). Every stage asks here.

An answer about the same inputs applies and the question is settled. When the inputs have changed, the answer stays in
force and the question is asked again. A stage that must not use an answer about other inputs (the age of the contact
data) looks at `inputs_changed`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.findings import Conflict, fingerprint
from mentorsync_pipeline.domain.records import StandingDecision
from mentorsync_pipeline.domain.vocabulary import ConflictType


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision that is in force on a question, if any, and the fingerprint to ask the question with."""

    decision: StandingDecision | None
    fingerprint: str
    inputs_changed: bool = False

    @property
    def value(self) -> Any:
        """The value that was decided, None when no decision is in force."""
        return self.decision.value if self.decision else None

    @property
    def in_force(self) -> bool:
        """Whether a decision applies, be the inputs the same or not."""
        return self.decision is not None

    @property
    def settles(self) -> bool:
        """Whether the question need not be asked: a decision about these very inputs applies."""
        return self.in_force and not self.inputs_changed

    def ask(self, question: Conflict) -> Conflict | None:
        """The question as it is to be asked, None when it is settled.

        While an old answer is in force the question holds nothing up.
        """
        if self.settles:
            return None
        blocking = question.blocking and not self.in_force
        return replace(question, input_fingerprint=self.fingerprint, blocking=blocking)


def ruling(
    question: Conflict,
    decisions: Decisions,
    *,
    usable: Callable[[Any], bool] = lambda value: value is not None,
    same_inputs: Collection[str] = (),
) -> Ruling:
    """The decision in force on a question; `same_inputs` are further fingerprints that count as unchanged."""
    key = (question.mn_id, question.conflict_type, question.subject)
    return ruling_on(key, question.input_fingerprint, decisions, usable=usable, same_inputs=same_inputs)


def ruling_on(
    key: tuple[str, ConflictType, str],
    input_fingerprint: str,
    decisions: Decisions,
    *,
    usable: Callable[[Any], bool] = lambda value: value is not None,
    same_inputs: Collection[str] = (),
) -> Ruling:
    """The decision in force on the question `key` = (mn_id, type, subject) with inputs of this fingerprint.

    `skipped` is no decision. One that cannot be carried out any more (`usable` is false for its value, for example
    because the chosen contact is gone) is not in force, and the question takes another fingerprint, so that it is asked
    again although the inputs are the same.
    """
    again = fingerprint(input_fingerprint, "asked again")
    decision = decisions.get(key)
    if decision is None:
        return Ruling(None, input_fingerprint)
    is_same = decision.input_fingerprint in (input_fingerprint, again, *same_inputs)
    if decision.choice == "skipped":
        return Ruling(None, decision.input_fingerprint if is_same else input_fingerprint)
    if usable(decision.value):
        return Ruling(decision, decision.input_fingerprint if is_same else input_fingerprint, not is_same)
    return Ruling(None, again if decision.input_fingerprint == input_fingerprint else input_fingerprint)
