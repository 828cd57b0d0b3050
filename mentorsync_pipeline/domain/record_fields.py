"""Validate fields of a service's records, and report unreadable records as errors (rulebook section 2).

One unreadable record is one error. The module that reads a record decides what its fields may contain.
"""

import hashlib
import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic_core import to_json

from mentorsync_pipeline.domain import error_codes
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.records import ContactIdentity

MAX_DEPTH = 60
_MAX_ID_LENGTH = 64
_ID = re.compile("[0-9]*[1-9][0-9]*")
_MAX_FIELD_LENGTH = 80
_MAX_DIGITS = 18
_MAX_SINGLE_ERRORS = 200
_MAX_NAMED_FIELDS = 5
_DIFFERING = 2
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class FieldError(ValueError):
    """A value of a record cannot be used.

    Attributes:
        field: name of the field in the source.
        reason: end of a sentence that starts with the field; does not quote the value.

    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that could not be read.

    Attributes:
        record_id: None when it has no usable id.
        identities: what is known of the contacts with this id.

    """

    record_id: str | None
    digest: str
    field: str
    reason: str
    identities: tuple[ContactIdentity, ...] = ()

    @classmethod
    def from_error(
        cls, record: Any, record_id: str | None, error: FieldError, identities: Iterable[ContactIdentity] = ()
    ) -> "UnreadableRecord":
        """Build the description of a record that could not be read."""
        return cls(record_id, record_digest(record), error.field, error.reason, tuple(identities))

    def to_error(self, code: str, *, noun: str, source_table: str) -> ErrorFinding:
        """Return the error with a registered code. `noun` is the source's word for the record, such as `submission`."""
        named = f"{noun} {self.record_id or f'without a usable id ({self.digest})'}"
        return error_codes.build_error(
            code,
            subject=self.record_id or f"{source_table}:{self.digest}",
            message=f"{named[0].upper()}{named[1:]} cannot be read: {format_field_name(self.field)} {self.reason}.",
            source_table=source_table,
        )


def build_errors(records: Iterable[UnreadableRecord], code: str, *, noun: str, source_table: str) -> list[ErrorFinding]:
    """Return one error for each record, up to 200, and one more for all others.

    When a service changes its answers, every record of a list may be unreadable for the same reason.
    """
    ordered = sorted(records, key=lambda record: (record.record_id or "", record.digest))
    errors = [record.to_error(code, noun=noun, source_table=source_table) for record in ordered[:_MAX_SINGLE_ERRORS]]
    further = ordered[_MAX_SINGLE_ERRORS:]
    if further:
        fields = ", ".join(sorted({format_field_name(record.field) for record in further})[:_MAX_NAMED_FIELDS])
        errors.append(
            error_codes.build_error(
                code,
                subject=further_subject(source_table),
                message=f"{len(further)} further {noun}s cannot be read either (fields: {fields}). "
                "The service may have changed its answers.",
                source_table=source_table,
            )
        )
    return errors


def further_subject(source_table: str) -> str:
    """Return the subject of the error about the unreadable records that have no error of their own."""
    return f"{source_table}:further"


def format_field_name(name: str) -> str:
    """Shorten and clean a field's name for an error; names are external data."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)
    return shown if len(shown) <= _MAX_FIELD_LENGTH else f"{shown[:_MAX_FIELD_LENGTH]}…"


def require_object(value: Any, field: str) -> Mapping[str, Any]:
    """Return a JSON object; null, "" and [] count as empty objects. Raises FieldError for other values."""
    if isinstance(value, dict):
        return value
    if value is None or value in ("", []):
        return {}
    if not isinstance(value, Mapping):
        raise FieldError(field, "is not an object")
    return value


def require_objects(value: Any, field: str) -> list[Mapping[str, Any]]:
    """Return a list of JSON objects; null counts as an empty list. Raises FieldError for other values."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise FieldError(field, "is not a list of objects")
    return value


def require_text(value: Any, field: str) -> str | None:
    """Return a text, a number as text, or None. Raises FieldError for other values."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FieldError(field, "is not a text")
    return str(value)


def require_id(record: Any, *, noun: str) -> str:
    """Return the `id` of a record as text. Raises FieldError unless it is a positive whole number, not too long."""
    if not isinstance(record, (dict, Mapping)):  # the test for `dict` is much faster
        raise FieldError(noun, "is not an object")
    text_id = require_text(record.get("id"), "id")
    text_id = None if isinstance(record.get("id"), float) else text_id
    if text_id is None or len(text_id) > _MAX_ID_LENGTH or not _ID.fullmatch(text_id):
        raise FieldError("id", "is missing or is not an id")
    return text_id


def require_number_id(record: Any, *, noun: str) -> int:
    """Return the `id` of a record as a bigint. Raises FieldError when it is not one."""
    text_id = require_id(record, noun=noun)
    if len(text_id) > _MAX_DIGITS:
        raise FieldError("id", "is not a whole number that fits")
    return int(text_id)


def read_records(
    records: Iterable[Any],
    record_id: Callable[[Any], object],
    read: Callable[[Any], T],
    identify: Callable[[Any], ContactIdentity | None] = lambda _: None,
) -> tuple[list[T], list[UnreadableRecord]]:
    """Read records one by one; return those that could be read, and the unreadable ones.

    Records that share an id and differ are unreadable. A record on which `read` fails unexpectedly is unreadable too,
    so that it does not stop the others. A record is freed once it is read, unless the caller keeps it.

    Args:
        identify: returns what is known of an unreadable contact.

    """
    readable: dict[str, list[Any]] = {}
    unreadable = []

    def reject(same_id: Sequence[Any], text_id: str | None, error: FieldError) -> None:
        identities = [identity for record in same_id if (identity := identify(record)) is not None]
        unreadable.append(UnreadableRecord.from_error(same_id[0], text_id, error, identities))

    for record in records:
        try:
            readable.setdefault(str(record_id(record)), []).append(record)
        except FieldError as error:
            reject([record], None, error)
    del records
    rows = []
    for text_id in list(readable):
        same_id = readable.pop(text_id)
        try:
            if len(same_id) > 1:
                raise FieldError("id", "is the id of several records that differ")
            require_shallow(same_id[0])
            rows.append(read(same_id[0]))
        except FieldError as error:
            reject(same_id, text_id, error)
        except Exception as error:  # noqa: BLE001  # unexpected, but concerns this record only
            reason = f"cannot be read ({type(error).__name__})"
            reject(same_id, text_id, FieldError("the record", reason))
    return rows, unreadable


def group_by_id(records: Iterable[Any], record_id: Callable[[Any], K]) -> dict[K, list[Any]]:
    """Return the records of a list by id, without equal ones; of those that differ, two. Takes linear time.

    Two records with one id suffice, because `read_records` cannot choose between them.
    """
    by_id: dict[K, list[Any]] = {}
    for record in records:
        same_id = by_id.setdefault(record_id(record), [])
        if len(same_id) < _DIFFERING and record not in same_id:
            same_id.append(record)
    return by_id


def record_digest(record: Any) -> str:
    """Return a short hash of a record's content, which identifies a record without an id."""
    try:
        text = json.dumps(record, sort_keys=True, default=repr)
    except (RecursionError, ValueError, TypeError):
        text = "nested too deeply"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def hash_records(records: Iterable[Any], *others: object) -> str | None:
    """Return a hash of all records in their order, and of further values; None if a record is nested too deeply."""
    digest = hashlib.sha256(repr(others).encode())
    try:
        for record in records:
            digest.update(_to_json(record) + b"\n")
    except RecursionError:
        return None
    return digest.hexdigest()


def _to_json(record: Any) -> bytes:
    try:
        return to_json(record)  # four times as fast
    except ValueError:  # a lone surrogate, or nested deeply
        return json.dumps(record).encode()


def drain(records: list[T]) -> Iterator[T]:
    """Yield the records of a list in their order, and remove each from the list, so that it can be freed."""
    records.reverse()
    while records:
        yield records.pop()


def require_shallow(record: Any) -> None:
    """Raise FieldError, with the field, when a record is nested too deeply to be read and stored."""
    if isinstance(record, dict) and _is_deep(record, MAX_DEPTH):
        field = next(name for name, inner in record.items() if _is_deep(inner, MAX_DEPTH - 1))
        raise FieldError(field, f"is nested more than {MAX_DEPTH} levels deep")


def _is_deep(value: Any, levels: int) -> bool:
    """Return whether a value has objects or lists that many levels below itself."""
    containers = [value] if isinstance(value, (dict, list)) else []
    for _ in range(levels):
        if not containers:
            return False
        containers = [
            inner
            for part in containers
            for inner in (part.values() if isinstance(part, dict) else part)
            if inner.__class__ is not str and isinstance(inner, (dict, list))
        ]
    return bool(containers)


def require_storable_text(text: str, field: str) -> None:
    """Raise FieldError when PostgreSQL cannot store a text."""
    if "\0" in text:
        raise FieldError(field, "contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FieldError(field, "contains a lone surrogate") from None
