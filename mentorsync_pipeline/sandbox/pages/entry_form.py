"""The form of an entry in Jotform: one or more inputs per question, and the answer that they make.

Inputs are named by question name, those of a part of an answer ``question.part``. Headings, buttons, files, matrices
and appointments have no inputs; their answers stay as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from mentorsync_pipeline.sandbox.jf_model import Answer, Form, Question

_PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "control_fullname": (("prefix", "Preferred name"), ("first", "First name"), ("last", "Last name")),
    "control_datetime": (("month", "Month"), ("day", "Day"), ("year", "Year")),
    "control_address": (
        ("addr_line1", "Street"),
        ("addr_line2", "Line 2"),
        ("city", "City"),
        ("state", "State"),
        ("postal", "ZIP code"),
    ),
}
_SINGLE = {
    "control_textbox",
    "control_textarea",
    "control_email",
    "control_phone",
    "control_radio",
    "control_dropdown",
    "control_autoincrement",
}
_UNIQUE_ID = re.compile(r"MN([0-9]{1,9})")
MAX_ANSWER = 5_000


@dataclass(frozen=True)
class Field:
    """A question with its inputs: ``parts`` are (input name, label, value); ``chosen`` are the ticked options."""

    question: Question
    parts: tuple[tuple[str, str, str], ...]
    chosen: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The options to choose from, including a present answer that is none of them."""
        value = self.parts[0][2] if self.parts else ""
        other = (value,) if value and value not in self.question.options else ()
        return (*self.question.options, *other)


def fields_of(form: Form, answers: Mapping[str, Answer]) -> list[Field]:
    """Return the questions that a person fills in."""
    fields = [_field(question, answers.get(question.name)) for question in form.questions]
    return [field for field in fields if field is not None]


def read_answers(form: Form, present: Mapping[str, Answer], submitted: FormData) -> dict[str, Answer | None]:
    """Return the answers that differ from the present ones; ``None`` for one that was emptied."""
    before = {field.question.name: _cells(field) for field in fields_of(form, present)}
    changed: dict[str, Answer | None] = {}
    for question in (question for question in form.questions if question.name in before):
        cells = _submitted_cells(question, submitted)
        if cells != before[question.name]:
            changed[question.name] = _answer(question, cells, present.get(question.name))
    return changed


def next_unique_id(form: Form, question: Question) -> str:
    """Return the number after the highest that an entry of the form has had, deleted entries included."""
    answers = (entry.answers.get(question.name) for entry in form.submissions.values())
    matches = [_UNIQUE_ID.fullmatch(answer.strip()) for answer in answers if isinstance(answer, str)]
    return f"MN{max((int(match[1]) for match in matches if match), default=0) + 1:04d}"


def _field(question: Question, answer: Answer | None) -> Field | None:
    if question.type == "control_checkbox":
        chosen = answer if isinstance(answer, list) else []
        return Field(question, (), tuple(option for option in question.options if option in chosen))
    if question.type in _PARTS:
        values = answer if isinstance(answer, dict) else {}
        parts = ((f"{question.name}.{key}", label, values.get(key, "")) for key, label in _PARTS[question.type])
        return Field(question, tuple(parts))
    if question.type in _SINGLE:
        return Field(question, ((question.name, question.text, _as_text(answer)),))
    return None


def _cells(field: Field) -> list[str]:
    return [*(_clean(value) for _, _, value in field.parts), *field.chosen]


def _submitted_cells(question: Question, submitted: FormData) -> list[str]:
    if question.type == "control_checkbox":
        ticked = {str(value) for value in submitted.getlist(question.name)}
        return [option for option in question.options if option in ticked]
    names = [f"{question.name}.{key}" for key, _ in _PARTS.get(question.type, ())] or [question.name]
    return [_clean(str(submitted.get(name, "")))[:MAX_ANSWER] for name in names]


def _answer(question: Question, cells: list[str], present: Answer | None) -> Answer | None:
    if not any(cells):
        return None
    if question.type == "control_checkbox":
        return cells
    if question.type in _PARTS:
        keys = [key for key, _ in _PARTS[question.type]]
        others = {k: v for k, v in present.items() if k not in keys} if isinstance(present, dict) else {}
        return {key: text for key, text in zip(keys, cells, strict=True) if text} | others
    return {"full": cells[0]} if question.type == "control_phone" else cells[0]


def _as_text(answer: Answer | None) -> str:
    if isinstance(answer, dict):  # a phone number
        return answer.get("full") or " ".join(filter(None, (answer.get("area"), answer.get("phone"))))
    return ", ".join(answer) if isinstance(answer, list) else answer or ""


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
