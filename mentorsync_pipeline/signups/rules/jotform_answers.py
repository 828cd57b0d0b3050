"""Parse Jotform submissions: answers as text, times in UTC, and rows of the raw tables.

Source: reference/jotform.md, "A submission".
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from mentorsync_pipeline.domain.clean_text import clean_block, clean_json, clean_line, find_unusual_texts
from mentorsync_pipeline.domain.names.name_parts import is_suffix
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.record_fields import FieldError, require_id, require_object, require_text

Json = Mapping[str, Any]
_NAME_PARTS = ("prefix", "first", "middle", "last", "suffix")
_WHOLE_PARTS = frozenset({"full", "first"})
_ADDRESS_PARTS = ("addr_line1", "addr_line2", "city", "state", "postal", "country")
_PERSONAL = frozenset({"ip"})
# Controls whose answers may have several lines.
_LONG_TEXTS = frozenset({"control_textarea"})
_DIGITS_OF_A_PLACE = 6
_US_CODE = "1"
_FIRST = "first:"
_USUAL_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class MissingQuestions:
    """Questions of a field map that the form lacks, and the names of the form's questions."""

    missing: tuple[str, ...]
    present: tuple[str, ...]


def find_missing_questions(field_map: Mapping[str, str], questions: Mapping[str, Json]) -> MissingQuestions:
    """Find the questions of a field map that the form lacks. `questions` are Jotform's by id."""
    names = {str(question.get("name") or "") for question in questions.values()} - {""}
    by_name = _index_names(questions)
    missing = {
        question.partition(".")[0]
        for question in field_map.values()
        if not any(_find_question(questions, by_name, name) for name, _ in _split_alternatives(question))
    }
    return MissingQuestions(tuple(sorted(missing)), tuple(sorted(names)))


def parse_submission_id(record: Any) -> str:
    """Return the id of a submission as text. Raises FieldError when it is missing or invalid."""
    return require_id(record, noun="submission")


def parse_submission(submission: Json, field_map: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """Build the row of a submission: mapped columns, times in UTC and as received, and the payload.

    The payload is the submission without the sender's IP address. Raises FieldError with the field that cannot be read.
    """
    answers = require_object(submission.get("answers"), "answers")
    for qid, entry in answers.items():
        require_object(entry, f"answers.{qid}")
    by_name = _index_names(answers)
    created, updated = (_text(require_text(submission.get(name), name)) for name in ("created_at", "updated_at"))
    if not created:
        raise FieldError("created_at", "is missing")
    created_at = _parse_time(created, zone, "created_at")
    form_id = clean_line(require_text(submission.get("form_id"), "form_id") or "")
    if not (form_id.isascii() and form_id.isdecimal()):
        raise FieldError("form_id", "is missing or is not an id")
    return {
        "submission_id": parse_submission_id(submission),
        "form_id": form_id,
        "status": clean_line(require_text(submission.get("status"), "status") or "").upper() or "ACTIVE",
        "created_at": created_at,
        "created_at_raw": created,
        "updated_at": updated and _parse_edit_time(updated, zone, created_at),
        "updated_at_raw": updated,
        **{column: _find_answer(answers, by_name, question) for column, question in field_map.items()},
        "payload": clean_json({name: value for name, value in submission.items() if name not in _PERSONAL}),
    }


def find_unusual_answers(submission: Json, stored: Json) -> tuple[str, ...]:
    """Return the questions whose answers have characters that cleaning drops; `submission` for other fields.

    `stored` is the payload of `parse_submission`; what equals it has no such characters.
    """
    answers = submission.get("answers")
    questions = answers if isinstance(answers, dict) else {}
    question_names = [
        clean_line(str(entry.get("name") or question) if isinstance(entry, dict) else str(question))
        for question, entry in _find_differences(questions, stored.get("answers")).items()
        if find_unusual_texts({question: entry})
    ]
    other_fields = {name: value for name, value in submission.items() if name != "answers"}
    is_unusual = bool(find_unusual_texts(_find_differences(other_fields, stored)))
    return tuple(dict.fromkeys((*question_names, *(["submission"] if is_unusual else ()))))


def _find_differences(fields: Json, stored: Any) -> Json:
    cleaned = stored if isinstance(stored, dict) else {}
    return {name: value for name, value in fields.items() if name not in cleaned or cleaned[name] != value}


def find_question_text(answers: Mapping[str, Json], question: str) -> str | None:
    """Return the text of a question on the form, by its `name` or id as in a field map; None if it is not there."""
    by_name = _index_names(answers)
    entries = (_find_question(answers, by_name, name) for name, _ in _split_alternatives(question))
    return next((text for entry in entries if entry and (text := _text(entry.get("text")))), None)


def _format_part(entry: Json, part: str) -> str | None:
    answer = entry.get("answer")
    if not part:
        return format_answer(answer, str(entry.get("type") or ""))
    if isinstance(answer, dict):
        return _join_texts((answer.get(part), _find_suffix(answer) if part == "last" else None), " ")
    # A text instead of boxes, for example after the question was changed: a whole name is split later.
    return _text(answer) if part in _WHOLE_PARTS and isinstance(answer, (str, int, float)) else None


def _find_suffix(name: Json) -> str | None:
    """Return the suffix of a name (`Jr.`), which no field is mapped to; None where that box has another meaning."""
    suffix = name.get("suffix")
    text = _text(suffix) if isinstance(suffix, str) else None
    last_words = (_text(name.get("last")) or "").split(" ")
    if text is None or name_key(last_words[-1]) == name_key(text):
        return None
    return text if all(map(is_suffix, text.split(" "))) else None


@lru_cache
def _split_alternatives(question: str) -> tuple[tuple[str, str], ...]:
    """Return the name and the part of each question of a field map's value, such as `one.part|other`."""
    alternatives = (alternative.partition(".") for alternative in question.split("|"))
    return tuple((name, part) for name, _, part in alternatives)


def _find_question(questions: Mapping[str, Json], by_name: Mapping[str, Json], name: str) -> Json | None:
    """Find a question or answer by id or name; for `first:email` the first one of that kind on the form."""
    if name.startswith(_FIRST):
        kind = name.removeprefix(_FIRST)
        same_kind = [entry for entry in questions.values() if entry and entry.get("type") == f"control_{kind}"]
        return min(same_kind, key=lambda entry: _question_order(entry.get("order")), default=None)
    return questions.get(name) or by_name.get(name)


def _index_names(questions: Mapping[str, Json]) -> dict[str, Json]:
    """Return questions or answers by the question's name; of several with one name the first."""
    by_name: dict[str, Json] = {}
    for entry in questions.values():
        name = entry.get("name") if entry else None
        if isinstance(name, str):
            by_name.setdefault(name, entry)
    return by_name


def _find_answer(answers: Mapping[str, Json], by_name: Mapping[str, Json], question: str) -> str | None:
    """Return the answer to a question by its `name` or id; `name.part` selects a part of a compound answer.

    `one|other` selects the first of several questions that is answered, `first:email` and `first:phone` the first
    question of that kind on the form. Raises FieldError when an answer is not a text or a list of texts.
    """
    parts = []
    for name, part in _split_alternatives(question):
        entry = _find_question(answers, by_name, name)
        if not entry:
            continue
        parts.append((entry, part))
        answer = entry.get("answer")
        if part and isinstance(answer, dict):
            require_text(answer.get(part), question)
        elif part:
            require_text(answer or None, question)
        else:
            _require_plain_answer(answer, question)
    return next((text for entry, part in parts if (text := _format_part(entry, part))), None)


def _require_plain_answer(answer: Any, question: str) -> None:
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else (answer,)
    for part in parts:
        inner = part if isinstance(answer, dict) and isinstance(part, list) else (part,)
        for item in inner:
            require_text(item, question)


def _parse_time(raw: str, zone: tzinfo, field: str) -> datetime:
    try:
        return to_utc(raw, zone)
    except (ValueError, OverflowError):
        raise FieldError(field, "is not a time such as YYYY-MM-DD HH:MM:SS") from None


def _parse_edit_time(raw: str, zone: tzinfo, created_at: datetime) -> datetime:
    """Parse the time of an edit. In an hour that occurs twice, it may be the second time, after the submission."""
    first = _parse_time(raw, zone, "updated_at")
    if first >= created_at:
        return first
    second = first.astimezone(zone).replace(fold=1).astimezone(UTC)
    return second if second >= created_at else first


def format_answer(answer: Any, kind: str = "") -> str | None:
    """Format an answer as one text with HTML entities decoded; None when there is none.

    Lists are joined by commas; dates become `YYYY-MM-DD`. `kind` is the control, such as `control_fullname`.
    """
    if answer is None or answer in ("", [], {}):
        return None
    if isinstance(answer, dict):
        return _format_compound(answer, kind)
    if isinstance(answer, (list, tuple)):
        return _join_texts(answer, ", ")
    return _text(answer, clean_block if kind in _LONG_TEXTS else clean_line)


def list_answers(payload: Json) -> list[tuple[str, str]]:
    """List (question, answer) of all answered questions of a submission, in the form's order."""
    answers = payload.get("answers") or {}
    entries = sorted(
        (entry for entry in answers.values() if entry), key=lambda entry: _question_order(entry.get("order"))
    )
    texts = ((entry, format_answer(entry.get("answer"), str(entry.get("type") or ""))) for entry in entries)
    return [(_text(entry.get("text")) or str(entry.get("name") or ""), text) for entry, text in texts if text]


def _question_order(order: Any) -> int:
    shown = str(order or "")
    return int(shown) if shown.isascii() and shown.isdecimal() and len(shown) <= _DIGITS_OF_A_PLACE else 0


def to_utc(raw: str, zone: tzinfo) -> datetime:
    """Convert a local time of `zone` to UTC.

    An hour that occurs twice at the end of daylight saving counts as the first; a skipped hour counts as standard time.
    Raises ValueError for anything but `YYYY-MM-DD HH:MM:SS`, and OverflowError for a time at the end of all years.
    """
    if _USUAL_TIME.fullmatch(raw):  # several times as fast
        return datetime.fromisoformat(raw).replace(tzinfo=zone).astimezone(UTC)
    return datetime.strptime(raw, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)


def _format_compound(answer: Json, kind: str) -> str | None:
    if kind == "control_matrix":
        return _join_texts((f"{row}: {shown}" for row, cell in answer.items() if (shown := format_answer(cell))), "; ")
    if "full" in answer:
        return format_answer(answer["full"])
    if "area" in answer or "phone" in answer:
        country = _text(answer.get("country"))
        if country is not None and country.isdecimal() and country != _US_CODE:
            country = f"+{country.lstrip('0')}"
        return _join_texts((country, answer.get("area"), answer.get("phone")), " ")
    if {"day", "month", "year"} <= set(answer):
        return _date(answer)
    if "date" in answer:
        return _join_texts((answer["date"], answer.get("timezone")), " ")
    if kind == "control_address" or "addr_line1" in answer:
        return _join_texts((answer.get(part) for part in _ADDRESS_PARTS), ", ")
    if kind == "control_fullname" or "first" in answer or "last" in answer:
        return _join_texts((answer.get(part) for part in _NAME_PARTS), " ")
    return _join_texts(answer.values(), ", ")


def _date(answer: Json) -> str | None:
    """Return `YYYY-MM-DD`, with ` HH:MM` if the answer has a time; None if the date is incomplete."""
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


def _join_texts(parts: Iterable[Any], separator: str) -> str | None:
    return separator.join(shown for part in parts if (shown := format_answer(part))) or None


def _text(value: Any, clean: Callable[[str], str] = clean_line) -> str | None:
    """Decode HTML entities and clean the text (`domain.clean_text`); None if it is empty then."""
    return None if value is None else clean(html.unescape(str(value))) or None
