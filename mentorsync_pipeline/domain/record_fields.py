"""Records of a service that cannot be read: which field is wrong, and how they become errors (rulebook section 2).

One bad record is one error. What a field should hold is decided where the record is read (sign-ups, members, contacts).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mentorsync_pipeline.domain import error_codes
from mentorsync_pipeline.domain.findings import ErrorFinding

MAX_DEPTH = 60
_LONGEST_ID = 64
_LISTED_FIELD = 80
_DIGITS_OF_A_NUMBER = 18
T = TypeVar("T")


class FieldError(ValueError):
    """A value of a record that cannot be used: `field` as the source names it, `reason` without the value itself.

    `reason` is the end of a sentence that begins with the field.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that is left as it was. `record_id` is None when nobody can tell which one it is."""

    record_id: str | None
    digest: str
    field: str
    reason: str

    @classmethod
    def of(cls, record: Any, record_id: str | None, error: FieldError) -> "UnreadableRecord":
        """Describe a record that could not be read."""
        return cls(record_id, record_digest(record), error.field, error.reason)

    def finding(self, code: str, *, noun: str, source_table: str) -> ErrorFinding:
        """The record as an error with a registered code; `noun` is what the source calls it, such as `submission`."""
        named = f"{noun} {self.record_id or f'without a usable id ({self.digest})'}"
        return error_codes.finding(
            code,
            subject=self.record_id or f"{source_table}:{self.digest}",
            message=f"{named[0].upper()}{named[1:]} cannot be read: {shown_field(self.field)} {self.reason}.",
            source_table=source_table,
        )


def shown_field(name: str) -> str:
    """A field's name as an error may show it: names come from outside, and may hold anything."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)
    return shown if len(shown) <= _LISTED_FIELD else f"{shown[:_LISTED_FIELD]}…"


def require_object(value: Any, field: str) -> Mapping[str, Any]:
    """The value, if it is a JSON object; a blank one (null, "", []) counts as empty. Raises FieldError otherwise."""
    if value is None or value in ("", []):
        return {}
    if not isinstance(value, Mapping):
        raise FieldError(field, "is not an object")
    return value


def require_objects(value: Any, field: str) -> list[Mapping[str, Any]]:
    """The members of a list of objects; null counts as an empty list. Raises FieldError otherwise."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise FieldError(field, "is not a list of objects")
    return value


def require_text(value: Any, field: str) -> str | None:
    """A text, or a number as text; None stays None. Raises FieldError for true, false, lists and objects."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FieldError(field, "is not a text")
    return str(value)


def require_id(record: Any, *, noun: str) -> str:
    """The `id` of a record as text. Raises FieldError when it is missing, too long or no letters and digits."""
    if not isinstance(record, Mapping):
        raise FieldError(noun, "is not an object")
    shown = require_text(record.get("id"), "id")
    shown = None if isinstance(record.get("id"), float) else shown
    if shown is None or not (0 < len(shown) <= _LONGEST_ID and shown.isascii() and shown.isalnum()):
        raise FieldError("id", "is missing or is not an id")
    return shown


def require_number_id(record: Any, *, noun: str) -> int:
    """The `id` of a record that PostgreSQL keeps as a bigint. Raises FieldError when it is no such number."""
    shown = require_id(record, noun=noun)
    if not (shown.isdecimal() and len(shown) <= _DIGITS_OF_A_NUMBER):
        raise FieldError("id", "is not a whole number that fits")
    return int(shown)


def read_each(
    records: Iterable[Any], record_id: Callable[[Any], object], read: Callable[[Any], T]
) -> tuple[list[T], list[UnreadableRecord]]:
    """Read every record by itself: what could be read, and what could not.

    Records that share an id are unreadable, all of them: nobody can tell which one is right. So is a record on which
    `read` fails in a way that nobody foresaw: one record never stops the others.
    """
    readable: dict[str, list[Any]] = {}
    unreadable = []
    for record in records:
        try:
            readable.setdefault(str(record_id(record)), []).append(record)
        except FieldError as error:
            unreadable.append(UnreadableRecord.of(record, None, error))
    rows = []
    for shown, alike in readable.items():
        try:
            if len(alike) > 1:
                raise FieldError("id", "is the id of several records that differ")
            require_shallow(alike[0])
            rows.append(read(alike[0]))
        except FieldError as error:
            unreadable.append(UnreadableRecord.of(alike[0], shown, error))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is this record's
            reason = f"cannot be read ({type(error).__name__})"
            unreadable.append(UnreadableRecord.of(alike[0], shown, FieldError("the record", reason)))
    return rows, unreadable


def record_digest(record: Any) -> str:
    """A short hash of a record's content, by which one without an id is known again."""
    try:
        text = json.dumps(record, sort_keys=True, default=repr)
    except (RecursionError, ValueError, TypeError):
        text = "nested too deeply"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def require_shallow(record: Any) -> None:
    """Raise FieldError, naming the field, when a record is nested more deeply than what reads and stores it can go."""
    pending = [(inner, 1, name) for name, inner in record.items()] if isinstance(record, Mapping) else []
    while pending:
        part, depth, field = pending.pop()
        if isinstance(part, (Mapping, list)):
            if depth >= MAX_DEPTH:
                raise FieldError(field, f"is nested more than {MAX_DEPTH} levels deep")
            inner_parts = part.values() if isinstance(part, Mapping) else part
            pending.extend((inner, depth + 1, field) for inner in inner_parts)


def require_storable(value: Any, field: str) -> None:
    """Raise FieldError when PostgreSQL could not keep a JSON value: a NUL, half a character.

    The error names the field inside the value (`answers.5.answer`); `field` is the name of the whole.
    """
    pending: list[tuple[Any, str]] = [(value, "")]
    while pending:
        part, path = pending.pop()
        if isinstance(part, str):
            require_storable_text(part, path or field)
        elif isinstance(part, Mapping):
            for name, inner in part.items():
                require_storable_text(name, path or field)
                pending.append((inner, f"{path}.{name}" if path else name))
        elif isinstance(part, (list, tuple)):
            pending.extend((inner, path) for inner in part)


def require_storable_text(text: str, field: str) -> None:
    """Raise FieldError when PostgreSQL could not keep a text."""
    if "\0" in text:
        raise FieldError(field, "holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FieldError(field, "holds half a character (a lone surrogate)") from None
