"""People's answers to conflicts, as `sync_decisions` keeps them."""

from typing import Any, Literal

from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.records import DecisionInForce

Choice = Literal["a", "b", "custom", "skipped"]


def make_answer(conflict: Conflict, choice: Choice, value: Any = None, *, number: int = 0) -> DecisionInForce:
    """Return a person's answer to a conflict; `value` is that of a custom answer, `number` has the order of answers."""
    option = {"a": conflict.option_a, "b": conflict.option_b}.get(choice)
    return DecisionInForce(
        mn_id=conflict.mn_id,
        conflict_type=conflict.conflict_type,
        subject=conflict.subject,
        input_fingerprint=conflict.input_fingerprint,
        choice=choice,
        value=option.value if option else value,
        id=number,
        submission_id=conflict.submission_id,
    )
