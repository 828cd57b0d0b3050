"""Parse a CSV file of attendance: columns by their common headings, lines, and a reason for each invalid line."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mentorsync_pipeline.attendance.rules.lookup import LineKeys
from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.givebutter_values import parse_date

MAX_BYTES = 5_000_000
"""A line has about 100 bytes, so a list of 1,000 mentors has 0.1 MB."""

MAX_SESSION = 100
FIRST_YEAR = 2000
"""Earliest year of an observation. An earlier one is a typing error, or a clock that was never set."""

# Headings of each column, lower case, without spaces and punctuation.
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
_NON_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Number of an invalid line, and the reason: a predicate such as "has a date in the future", no personal data."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line} {self.reason}"


class AttendanceFileError(MentorSyncError):
    """The attendance file, or some of its lines, cannot be used; nothing is recorded."""

    code = "ATTENDANCE_FILE_INVALID"

    def __init__(self, message: str, what_to_do: str, problems: Sequence[LineProblem] = ()) -> None:
        super().__init__(message, what_to_do)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceLine:
    """One line about a mentor who attended.

    Attributes:
        observed: a day, or a time (naive if the file has no zone), or None.

    """

    line: int
    keys: LineKeys
    session: str | None
    observed: datetime | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceFile:
    """Lines of mentors who attended, the number of mentors who did not, and the invalid lines."""

    lines: tuple[AttendanceLine, ...]
    absent: int
    problems: tuple[LineProblem, ...]


def read_attendance_file(content: bytes) -> AttendanceFile:
    """Parse the content of a file.

    Raises:
        AttendanceFileError: it is not a CSV file in UTF-8 with a column that identifies a mentor.

    """
    text = _decode(content)
    delimiter, header = _read_header(text)
    lines, problems, absent = [], [], 0
    rows = _read_rows(text, delimiter)
    next(rows)  # the header
    for number, cells in rows:
        try:
            values = _read_values(header, cells)
            if "attended" in header and not _parse_attended(values.get("attended", "")):
                absent += 1
                continue
            lines.append(_parse_line(number, values))
        except ValueError as error:
            problems.append(LineProblem(number, str(error)))
    return AttendanceFile(lines=tuple(lines), absent=absent, problems=tuple(problems))


def normalize_session(text: str | None) -> str | None:
    """Return a session's name without surplus spaces; None if it is blank. Raises ValueError if it is too long."""
    name = clean_line(text or "")
    if len(name) > MAX_SESSION:
        raise ValueError(f"has a session of more than {MAX_SESSION} characters")
    return name or None


def _decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise AttendanceFileError(
            f"The file is larger than {MAX_BYTES // 1_000_000} MB.",
            "Upload only the list of mentors who attended.",
        )
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise AttendanceFileError(
            "The file is a workbook or UTF-16, not CSV.", "Save the sheet as CSV (UTF-8) and upload that file."
        )
    try:
        return content.decode().lstrip("\ufeff")
    except UnicodeDecodeError:
        raise AttendanceFileError(
            "The file is not UTF-8.", "Save the sheet as CSV (UTF-8) and upload that file."
        ) from None


def _read_header(text: str) -> tuple[str, list[str | None]]:
    """Return the delimiter, and the column name of each position; None for a position that is not used."""
    for delimiter in _DELIMITERS:
        try:
            _, cells = next(_read_rows(text, delimiter), (0, []))
        except AttendanceFileError:
            continue
        columns = [_COLUMNS.get(_NON_WORD.sub("", cell.casefold())) for cell in cells]
        if _IDENTIFYING & set(columns):
            return delimiter, columns
    raise AttendanceFileError(
        "The file has no column that identifies a mentor.",
        "Add one of these headings to the first line: MN ID, Name (or First Name and Last Name), Email, Phone.",
    )


def _read_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line_number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line_number, cells
            line_number = reader.line_num + 1
    except csv.Error:
        raise AttendanceFileError(
            f"Line {line_number} is not valid CSV.", "Save the sheet as CSV (UTF-8) again."
        ) from None


def _read_values(header: Sequence[str | None], cells: Sequence[str]) -> dict[str, str]:
    """Return the cells by column. The cells of equal columns, such as two emails, are joined with commas."""
    texts: dict[str, list[str]] = defaultdict(list)
    for column, cell in zip(header, cells, strict=False):
        text = clean_line(cell)
        if column is not None and text:
            texts[column].append(text)
    return {column: ", ".join(parts) for column, parts in texts.items()}


def _parse_line(number: int, values: Mapping[str, str]) -> AttendanceLine:
    keys = LineKeys(**{name: values.get(name) for name in _IDENTIFYING})
    if not _IDENTIFYING & set(values):
        raise ValueError("has no MN id, name, email or phone")
    return AttendanceLine(
        line=number,
        keys=keys,
        session=normalize_session(values.get("session")),
        observed=_parse_observed_at(values.get("observed_at")),
    )


def _parse_attended(text: str) -> bool:
    answer = text.casefold()
    if answer not in _YES | _NO:
        raise ValueError("has neither yes nor no in the column for attendance")
    return answer in _YES


def _parse_observed_at(text: str | None) -> datetime | date | None:
    """Parse a day or a time, as YYYY-MM-DD or M/D/YYYY with an optional time of day."""
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
