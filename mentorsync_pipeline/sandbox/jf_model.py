"""Jotform's records as dataclasses: forms, questions and submissions."""

from dataclasses import dataclass, field
from datetime import datetime

Answer = str | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One element of a form. Non-inputs (headings, buttons) are questions as well, without answers."""

    qid: str
    name: str
    text: str
    type: str
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class Submission:
    """One submission. ``answers`` is keyed by question *name*; an absent key is a question left unanswered.

    ``created_at`` and ``updated_at`` are UTC; ``updated_at`` is ``None`` until the first edit.
    """

    id: str
    created_at: datetime
    answers: dict[str, Answer]
    updated_at: datetime | None = None
    status: str = "ACTIVE"
    ip: str = "192.0.2.10"


@dataclass(slots=True)
class Form:
    """A form with its questions in order and its submissions by id."""

    id: str
    title: str
    questions: tuple[Question, ...]
    created_at: datetime
    submissions: dict[str, Submission] = field(default_factory=dict)
