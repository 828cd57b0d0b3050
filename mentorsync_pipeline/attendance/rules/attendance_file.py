"""Read a CSV file of attendance: its columns by their usual names, its lines, and what is wrong with each."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mentorsync_pipeline.attendance.rules.lookup import LineKeys
from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.givebutter_values import parse_date

LARGEST_BYTES = 5_000_000
"""Larger than any list of attendance: a line of a mentor has some 100 bytes."""

LONGEST_SESSION = 100
FIRST_YEAR = 2000
"""Of an observation; what is earlier is a typing error, or a clock that was never set."""

# A column by its heading without case, spaces and punctuation.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "mn_id": ("mnid", "mentorid", "mn", "externalid", "contactexternalid", "uniqueid", "id"),
    "name": ("name", "fullname", "mentor", "mentorname"),
    "first_name": ("firstname", "first"),
    "last_name": ("lastname", "last", "surname"),
    "email": ("email", "emailaddress", "personalemail", "ugaemail", "primaryemail"),
    "phone": ("phone", "phonenumber", "mobile", "cell", "cellphone", "primaryphone"),
    "session": ("session", "trainingsession", "training"),
    "observed_at": (
        "date",
        "attendedat",
        "attendedon",
        "checkedinat",
        "time",
        "timestamp",
        "trainingdate",
        "observedat",
    ),
    "attended": ("attended", "present", "checkedin", "attendance", "attendedtraining"),
}
_COLUMNS = {heading: name for name, headings in _HEADINGS.items() for heading in headings}
_IDENTIFYING = frozenset({"mn_id", "name", "first_name", "last_name", "email", "phone"})
_YES = frozenset({"yes", "y", "true", "1", "x", "✓", "✔", "✅", "present", "attended"})
_NO = frozenset({"", "no", "n", "false", "0", "absent", "-", "–"})
_DELIMITERS = ",;\t"
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line cannot be used: the end of a sentence that begins with the line, without personal data."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line} {self.reason}"


class AttendanceFileError(MentorSyncError):
    """A file of attendance that cannot be used; nothing of it is recorded. `problems` are its lines, if it has any."""

    code = "ATTENDANCE_FILE_INVALID"

    def __init__(self, message: str, what_to_do: str, problems: Sequence[LineProblem] = ()) -> None:
        super().__init__(message, what_to_do)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceLine:
    """One line of somebody who attended.

    `observed` is a day, a moment (without a zone where the file has none), or None.
    """

    line: int
    keys: LineKeys
    session: str | None
    observed: datetime | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceFile:
    """The lines of those who attended, the number of those who did not, and the lines that cannot be used."""

    lines: tuple[AttendanceLine, ...]
    absent: int
    problems: tuple[LineProblem, ...]


def read_attendance_file(content: bytes) -> AttendanceFile:
    """Read a file.

    Raises AttendanceFileError when it is no CSV file in UTF-8 with a column that identifies a mentor.
    """
    text = _text(content)
    delimiter, header = _header(text)
    lines, problems, absent = [], [], 0
    rows = _rows(text, delimiter)
    next(rows)  # the header
    for number, cells in rows:
        try:
            values = _values(header, cells)
            if "attended" in header and not _is_yes(values.get("attended", "")):
                absent += 1
                continue
            lines.append(_line(number, values))
        except ValueError as error:
            problems.append(LineProblem(number, str(error)))
    return AttendanceFile(lines=tuple(lines), absent=absent, problems=tuple(problems))


def session_name(text: str | None) -> str | None:
    """The name of a session as it is kept; None for a blank one. Raises ValueError when it is too long."""
    name = clean_line(text or "")
    if len(name) > LONGEST_SESSION:
        raise ValueError(f"has a session of more than {LONGEST_SESSION} characters")
    return name or None


def _text(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise AttendanceFileError(
            f"The file is larger than {LARGEST_BYTES // 1_000_000} MB, which no list of attendance is.",
            "Give the list of those who attended.",
        )
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise AttendanceFileError(
            "The file is no text: a workbook, or UTF-16.", "Save the sheet as CSV (UTF-8), and give that file."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AttendanceFileError(
            "The file is not UTF-8.", "Save the sheet as CSV (UTF-8), and give that file."
        ) from None


def _header(text: str) -> tuple[str, list[str | None]]:
    """The delimiter and the column of each place, None for one that is not used."""
    for delimiter in _DELIMITERS:
        try:
            _, cells = next(_rows(text, delimiter), (0, []))
        except AttendanceFileError:
            continue
        columns = [_COLUMNS.get(_NOT_LETTERS.sub("", cell.casefold())) for cell in cells]
        if _IDENTIFYING & set(columns):
            return delimiter, columns
    raise AttendanceFileError(
        "The file has no column by which a mentor could be found.",
        "Its first line needs one of: MN ID, Name (or First Name and Last Name), Email, Phone.",
    )


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise AttendanceFileError(
            f"The file is not in the form of a CSV file at line {begins}.", "Save the sheet as CSV (UTF-8) again."
        ) from None


def _values(header: Sequence[str | None], cells: Sequence[str]) -> dict[str, str]:
    """The cells by column; several columns of one kind, such as two emails, are read as one list."""
    values: dict[str, str] = {}
    for column, cell in zip(header, cells, strict=False):
        text = clean_line(cell)
        if column is not None and text:
            values[column] = f"{values[column]}, {text}" if column in values else text
    return values


def _line(number: int, values: Mapping[str, str]) -> AttendanceLine:
    keys = LineKeys(**{name: values.get(name) for name in _IDENTIFYING})
    if not _IDENTIFYING & set(values):
        raise ValueError("names nobody")
    return AttendanceLine(
        line=number,
        keys=keys,
        session=session_name(values.get("session")),
        observed=_observed(values.get("observed_at")),
    )


def _is_yes(text: str) -> bool:
    answer = text.casefold()
    if answer not in _YES | _NO:
        raise ValueError("says neither yes nor no to having attended")
    return answer in _YES


def _observed(text: str | None) -> datetime | date | None:
    """The day or moment of a cell, as YYYY-MM-DD or M/D/YYYY, with a time behind it or not."""
    if text is None:
        return None
    observed: datetime | date | None
    try:
        observed = datetime.fromisoformat(text) if ":" in text else date.fromisoformat(text)
    except ValueError:
        observed = parse_date(text)
    if observed is None:
        raise ValueError("has a date that is neither YYYY-MM-DD nor M/D/YYYY")
    if observed.year < FIRST_YEAR:
        raise ValueError(f"has a date before {FIRST_YEAR}")
    return observed
