"""The times at which a question was open, from its record and all answers ever given to it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRecord:
    """A question with the times of its answers.

    Attributes:
        is_open: whether it is open now.
        asked_again_at: when its data had changed or its skip had ended; of several times, the last. It counts only if
            an answer was in force then.
        closed_at: when its cause was gone.
        answers: times of each answer or skip and of its end (None while in force), in any order.

    """

    asked_at: datetime
    is_open: bool = True
    asked_again_at: datetime | None = None
    closed_at: datetime | None = None
    answers: Sequence[tuple[datetime, datetime | None]] = ()


def find_open_times(question: QuestionRecord) -> list[tuple[datetime, datetime | None]]:
    """Return the times from which and until which a question was open; None for one that is open.

    A later answer does not change the times before it, and an answer that was taken back still counts while it held.
    """
    times: list[tuple[datetime, datetime | None]] = []
    opened: datetime | None = question.asked_at
    again = question.asked_again_at
    for answered_at, undone_at in sorted(question.answers, key=lambda answer: answer[0]):
        if opened is None or answered_at < opened:
            continue
        times.append((opened, answered_at))
        asked_meanwhile = again is not None and answered_at <= again and (undone_at is None or again < undone_at)
        opened = again if asked_meanwhile else undone_at
    # A question that was asked again is closed without a new answer when its data is as before.
    if opened is not None and (question.is_open if question.closed_at is None else opened <= question.closed_at):
        times.append((opened, question.closed_at))
    return [(start, end) for start, end in times if start != end]


def count_open(times: Iterable[tuple[datetime, datetime | None]]) -> list[tuple[datetime, int]]:
    """Return each moment at which the number of open questions changed, with the number from then on, oldest first."""
    steps: Counter[datetime] = Counter()
    for start, end in times:
        steps[start] += 1
        if end is not None:
            steps[end] -= 1
    counts, number = [], 0
    for moment in sorted(steps):
        if steps[moment]:
            number += steps[moment]
            counts.append((moment, number))
    return counts
