"""Find phones and emails that too many people share (rulebook, section 1, "Placeholders")."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.sharing import Person, compare_record_names

# A key that more sign-ups, or more contacts, with differing names share is a placeholder.
MAX_SIGNUPS = 3
MAX_CONTACTS = 6
# Number of records that a warning names.
_MAX_NAMED = 5

Record = TypeVar("Record", bound=Person)


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
        "Nothing is matched by it.",
        source_table=source_table,
    )


def _has_more_people(records: Sequence[Person], limit: int) -> bool:
    """Return whether more than `limit` of the records have names that all differ from each other."""
    people: list[Person] = []
    for record in records if len(records) > limit else ():
        if all(compare_record_names(record, person) == "differ" for person in people):
            people.append(record)
            if len(people) > limit:
                return True
    return False
