"""Find phones and emails that so many people share that they identify nobody (rulebook, section 1, "Placeholders")."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.sharing import Person, names_agree

# A key that more sign-ups, or more contacts, with differing names share matches nobody.
MOST_SIGNUPS = 3
MOST_CONTACTS = 6
# So many records are named in a warning.
_SHOWN = 5

Record = TypeVar("Record", bound=Person)


def shared_by_many(records: Iterable[Record], *, most: int) -> dict[str, list[Record]]:
    """The keys that more than `most` records share whose names differ from each other, with their records."""
    holders: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for key in (*record.phone_keys, *record.email_keys):
            holders[key].append(record)
    return {key: listed for key, listed in sorted(holders.items()) if _has_more_people(listed, most)}


def placeholder_warning(key: str, who: Iterable[str], *, source_table: str) -> WarningFinding:
    """The one warning about a value that stands for no phone or email; `who` gave or holds it."""
    listed = sorted(who)
    shown = ", ".join(listed[:_SHOWN]) + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else "")
    kind = "email" if "@" in key else "phone"
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"placeholder:{key}",
        message=f"The {kind} {key} identifies nobody: it is a placeholder, or too many people share it ({shown}). "
        "Nothing is matched by it.",
        source_table=source_table,
    )


def _has_more_people(records: Sequence[Person], most: int) -> bool:
    """Whether more than `most` of the records have names that all differ from each other."""
    people: list[Person] = []
    for record in records if len(records) > most else ():
        if all(names_agree(record, person) == "differ" for person in people):
            people.append(record)
            if len(people) > most:
                return True
    return False
