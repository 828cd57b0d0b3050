"""What a Jotform submission says: answers as text, times in UTC, and the row that the raw tables keep.

Source: reference/jotform.md, "A submission".
"""

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from mentorsync_pipeline.domain.clean_text import clean_block, clean_json, clean_line, find_unusual_texts
from mentorsync_pipeline.domain.record_fields import FieldError, require_id, require_object, require_text

Json = Mapping[str, Any]
_NAME_PARTS = ("prefix", "first", "middle", "last", "suffix")
_ADDRESS_PARTS = ("addr_line1", "addr_line2", "city", "state", "postal", "country")
_PERSONAL = frozenset({"ip"})
# Controls whose answers may have several lines.
_LONG_TEXTS = frozenset({"control_textarea"})
_DIGITS_OF_A_PLACE = 6


@dataclass(frozen=True, slots=True)
class MissingQuestions:
    """Questions that a field map names and the form does not have, beside the names that it has."""

    missing: tuple[str, ...]
    present: tuple[str, ...]


def missing_questions(field_map: Mapping[str, str], questions: Mapping[str, Json]) -> MissingQuestions:
    """Which questions of a field map are not on the form; `questions` are Jotform's, by their id."""
    names = {str(question.get("name") or "") for question in questions.values()} - {""}
    wanted = {question.partition(".")[0] for question in field_map.values()}
    return MissingQuestions(tuple(sorted(wanted - names - set(questions))), tuple(sorted(names)))


def submission_id(record: Any) -> str:
    """The id of a submission, as text. Raises FieldError when the record has none that can be used."""
    return require_id(record, noun="submission")


def submission_row(submission: Json, field_map: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """The row of a submission: our columns by the field map, both times in UTC and as given, and the payload.

    The payload is the submission without the address of the sender's computer. Raises FieldError, which names the
    field of the submission, when one cannot be read.
    """
    answers = require_object(submission.get("answers"), "answers")
    for qid, entry in answers.items():
        require_object(entry, f"answers.{qid}")
    created, updated = (_text(require_text(submission.get(name), name)) for name in ("created_at", "updated_at"))
    if not created:
        raise FieldError("created_at", "is missing")
    return {
        "submission_id": submission_id(submission),
        "form_id": clean_line(require_text(submission.get("form_id"), "form_id") or ""),
        "status": clean_line(require_text(submission.get("status"), "status") or "") or "ACTIVE",
        "created_at": _moment(created, zone, "created_at"),
        "created_at_raw": created,
        "updated_at": updated and _moment(updated, zone, "updated_at"),
        "updated_at_raw": updated,
        **{column: _mapped_answer(answers, question) for column, question in field_map.items()},
        "payload": clean_json({name: value for name, value in submission.items() if name not in _PERSONAL}),
    }


def unusual_answers(submission: Json) -> tuple[str, ...]:
    """The names of the questions whose answers hold characters that cleaning drops; `submission` for anything else."""
    answers = submission.get("answers")
    questions = answers if isinstance(answers, Mapping) else {}
    found = [
        clean_line(str(entry.get("name") or question) if isinstance(entry, Mapping) else str(question))
        for question, entry in questions.items()
        if find_unusual_texts({question: entry})
    ]
    rest = {name: value for name, value in submission.items() if name != "answers"}
    return tuple(dict.fromkeys((*found, *(["submission"] if find_unusual_texts(rest) else ()))))


def find_answer(answers: Mapping[str, Json], question: str) -> str | None:
    """The answer to a question named by its `name` or id; `name.part` takes one part of a compound answer."""
    name, _, part = question.partition(".")
    found = answers.get(name) or next(
        (entry for entry in answers.values() if entry and entry.get("name") == name), None
    )
    if not found:
        return None
    answer = found.get("answer")
    if not part:
        return answer_text(answer, str(found.get("type") or ""))
    if isinstance(answer, Mapping):
        return _text(answer.get(part))
    return _text(answer) if part == "full" else None


def _mapped_answer(answers: Mapping[str, Json], question: str) -> str | None:
    """The answer to a question that fills a column. Raises FieldError when it is more than texts and lists of them."""
    name, _, part = question.partition(".")
    for qid, entry in answers.items():
        if entry and (qid == name or entry.get("name") == name):
            answer = entry.get("answer")
            if part and isinstance(answer, Mapping):
                require_text(answer.get(part), question)
            else:
                _require_plain(answer, question)
    return find_answer(answers, question)


def _require_plain(answer: Any, question: str) -> None:
    parts = answer.values() if isinstance(answer, Mapping) else answer if isinstance(answer, list) else (answer,)
    for part in parts:
        inner = part if isinstance(answer, Mapping) and isinstance(part, list) else (part,)
        for item in inner:
            require_text(item, question)


def _moment(raw: str, zone: tzinfo, field: str) -> datetime:
    try:
        return to_utc(raw, zone)
    except (ValueError, OverflowError):
        raise FieldError(field, "is not a time such as YYYY-MM-DD HH:MM:SS") from None


def answer_text(answer: Any, kind: str = "") -> str | None:
    """An answer of any shape as one text, HTML entities undone; None when there is none.

    `kind` is the control, such as `control_fullname`; lists are joined by a comma, dates become `YYYY-MM-DD`.
    """
    if answer is None or answer in ("", [], {}):
        return None
    if isinstance(answer, Mapping):
        return _compound(answer, kind)
    if isinstance(answer, (list, tuple)):
        return _joined(answer, ", ")
    return _text(answer, clean_block if kind in _LONG_TEXTS else clean_line)


def answered(payload: Json) -> list[tuple[str, str]]:
    """Every question of a submission that was answered, in the form's words and order, with its answer as text."""
    answers = payload.get("answers") or {}
    entries = sorted((entry for entry in answers.values() if entry), key=lambda entry: _place(entry.get("order")))
    given = ((entry, answer_text(entry.get("answer"), str(entry.get("type") or ""))) for entry in entries)
    return [(_text(entry.get("text")) or str(entry.get("name") or ""), text) for entry, text in given if text]


def _place(order: Any) -> int:
    shown = str(order or "")
    return int(shown) if shown.isascii() and shown.isdecimal() and len(shown) <= _DIGITS_OF_A_PLACE else 0


def to_utc(raw: str, zone: tzinfo) -> datetime:
    """A wall-clock time of `zone` in UTC.

    The hour that comes twice when daylight saving ends counts as the first of the two; an hour that the clocks leave
    out counts as if they had not. Raises ValueError for anything but `YYYY-MM-DD HH:MM:SS`, and
    OverflowError for a time at the end of all years.
    """
    return datetime.strptime(raw, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)


def _compound(answer: Json, kind: str) -> str | None:
    if kind == "control_matrix":
        return _joined((f"{row}: {shown}" for row, cell in answer.items() if (shown := answer_text(cell))), "; ")
    if "full" in answer:
        return _text(answer["full"])
    if "area" in answer or "phone" in answer:
        return _joined((answer.get("country"), answer.get("area"), answer.get("phone")), " ")
    if {"day", "month", "year"} <= set(answer):
        return _date(answer)
    if "date" in answer:
        return _joined((answer["date"], answer.get("timezone")), " ")
    if kind == "control_address" or "addr_line1" in answer:
        return _joined((answer.get(part) for part in _ADDRESS_PARTS), ", ")
    if kind == "control_fullname" or "first" in answer or "last" in answer:
        return _joined((answer.get(part) for part in _NAME_PARTS), " ")
    return _joined(answer.values(), ", ")


def _date(answer: Json) -> str | None:
    """`YYYY-MM-DD`, with ` HH:MM` when the answer has a time; None when the date is not complete."""
    year, month, day = (str(answer[part] or "").strip() for part in ("year", "month", "day"))
    if not (year and month and day):
        return None
    shown = f"{year}-{month:>02}-{day:>02}"
    hour, minute = (str(answer.get(part) or "").strip() for part in ("hour", "min"))
    if not hour.isdecimal():
        return shown
    half = str(answer.get("ampm") or "").strip().upper()
    if half:
        hour = str(int(hour) % 12 + (12 if half == "PM" else 0))
    return f"{shown} {hour:>02}:{minute or '0':>02}"


def _joined(parts: Iterable[Any], separator: str) -> str | None:
    return separator.join(shown for part in parts if (shown := answer_text(part))) or None


def _text(value: Any, clean: Callable[[str], str] = clean_line) -> str | None:
    """Clean text (`domain.clean_text`) with its HTML entities undone; None when nothing is left."""
    return None if value is None else clean(html.unescape(str(value))) or None
