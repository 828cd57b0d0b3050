"""Find phones and emails that too many people share (rulebook, section 1, "Placeholders")."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TypeVar

from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.names.couples import is_couple
from mentorsync_pipeline.domain.names.written_names import has_first_name
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, Signup
from mentorsync_pipeline.domain.sharing import Person, compare_record_names, person_name

# A key that more sign-ups, or more contacts, with differing names share is a placeholder.
MAX_SIGNUPS = 3
MAX_CONTACTS = 6
# Number of records that a warning names.
_MAX_NAMED = 5
# Number of records from which a search for people with differing names starts.
_STARTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A phone or email that is not used for matching, with the numbers of sign-ups and contacts that share it."""

    key: str
    signups: int = 0
    contacts: int = 0


Record = TypeVar("Record", bound=Person)
Marked = TypeVar("Marked", bound=Signup | Contact)


def find_widely_shared_keys(records: Iterable[Record], *, limit: int) -> dict[str, list[Record]]:
    """Return the keys that more than `limit` records with differing names share, with their records."""
    holders: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for key in (*record.phone_keys, *record.email_keys):
            holders[key].append(record)
    return {key: listed for key, listed in sorted(holders.items()) if _has_more_people(listed, limit)}


def warn_placeholder(key: str, people: Iterable[str], *, source_table: str) -> WarningFinding:
    """Build the warning about a placeholder; `people` are the records that have it."""
    listed = sorted(people)
    shown = ", ".join(listed[:_MAX_NAMED]) + (
        f" and {len(listed) - _MAX_NAMED} more" if len(listed) > _MAX_NAMED else ""
    )
    kind = "email" if "@" in key else "phone"
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"placeholder:{key}",
        message=f"The {kind} {key} identifies nobody: it is a placeholder, or too many people share it ({shown}). "
        "It is not used for matching.",
        source_table=source_table,
    )


def mark_placeholders(records: Iterable[Marked], keys: Collection[str]) -> list[Marked]:
    """Return the records without `keys` among their match keys."""
    return [_mark_record(record, keys) for record in records]


def _mark_record(record: Marked, keys: Collection[str]) -> Marked:
    placeholder_keys = tuple(key for key in (*record.phone_keys, *record.email_keys) if key in keys)
    return (
        replace(record, placeholder_keys=(*record.placeholder_keys, *placeholder_keys)) if placeholder_keys else record
    )


def _has_more_people(records: Sequence[Person], limit: int) -> bool:
    """Return whether more than `limit` of the records have names that all differ from each other.

    Records without a real first name do not differ. Only one record of each first name is compared, from a few starts,
    so that the work grows with the number of records and not of pairs.
    """
    if len(records) <= limit:
        return False
    by_name: dict[tuple[str, str, bool], Person] = {}
    for record in records:
        name = person_name(record)
        if has_first_name(name) and not is_couple(name):
            key = (name_key(record.first_name), name_key(record.preferred_name), bool(record.email_keys))
            by_name.setdefault(key, record)
    people = [person for _, person in sorted(by_name.items(), key=itemgetter(0))]
    starts = sorted({len(people) * part // _STARTS for part in range(_STARTS)})
    return any(_has_more_differing([*people[start:], *people[:start]], limit) for start in starts)


def _has_more_differing(people: Iterable[Person], limit: int) -> bool:
    """Return whether more than `limit` people have names that differ from all those before them."""
    counted: list[Person] = []
    for person in people:
        if all(compare_record_names(person, other) == "differ" for other in counted):
            counted.append(person)
            if len(counted) > limit:
                return True
    return False
