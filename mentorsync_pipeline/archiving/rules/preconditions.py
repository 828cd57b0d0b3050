"""Whether a contact is still what the plan was made from, as Givebutter's API shows it now (rulebook section 10).

Contact data is hours or days old when a plan is carried out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mentorsync_pipeline.contacts.rules.rows import from_api
from mentorsync_pipeline.domain.clean_text import same_id
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact

_KINDS = {"emails": "email_keys", "phones": "phone_keys", "tags": "tags"}


def loser_changes(contact: Contact, record: Mapping[str, Any], *, freed: bool) -> tuple[str, ...]:
    """What of a loser is not as in the contact data any more; names of fields, no values.

    `record` is the contact as the API gives it; `freed` says that we have taken its External ID off. Raises
    contact_rows.CellError for a value that cannot be read.
    """
    row = from_api(record)
    pairs = {
        "name": (_names(contact.first_name, contact.last_name), _names(row["first_name"], row["last_name"])),
        "donations": (contact.total_contributions, row["total_contributions"] or 0),
        **{kind: (set(getattr(contact, kind)), set(row[column])) for kind, column in _KINDS.items()},
    }
    changed = [name for name, (planned, now) in pairs.items() if planned != now]
    held = row["external_id"]
    if held != contact.external_id and not (freed and held is None):
        changed.append("External ID")
    return tuple(changed)


def winner_lacks(record: Mapping[str, Any], external_id: str | None, on_winner: Mapping[str, Sequence[str]]) -> bool:
    """Whether the kept contact has lost what the plan relies on: the mentor's External ID, or what was handed on.

    `external_id` is None when the winner need not carry it yet; `on_winner` are values by kind.
    """
    row = from_api(record)
    if external_id is not None and not same_id(row["external_id"], external_id):
        return True
    return any(not set(values) <= set(row[_KINDS[kind]]) for kind, values in on_winner.items())


def _names(first: str | None, last: str | None) -> tuple[str, str]:
    return name_key(first), name_key(last)
