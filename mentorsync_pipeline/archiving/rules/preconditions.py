"""Whether a contact is still what the plan was made from, as Givebutter's API shows it now (rulebook section 10).

Contact data is hours or days old when a plan is carried out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mentorsync_pipeline.contacts.rules.rows import from_api
from mentorsync_pipeline.domain.clean_text import same_id, tag_key
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact

# Our kind of value: the column of the row and the property of the contact that are compared.
_KINDS = {"emails": "email_keys", "phones": "phone_keys", "tags": "tags"}
_KEY_OF: Mapping[str, Callable[[str], str]] = {"emails": email_key, "phones": str, "tags": tag_key}


def loser_changes(contact: Contact, record: Mapping[str, Any], *, freed: bool) -> tuple[str, ...]:
    """What of a loser is not as in the contact data any more; names of fields, no values.

    `record` is the contact as the API gives it; `freed` says that we have taken its External ID off. Raises
    FieldError for a value that cannot be read.
    """
    row = from_api(record)
    pairs = {
        "name": (_names(contact.first_name, contact.last_name), _names(row["first_name"], row["last_name"])),
        "donations": (contact.total_contributions, row["total_contributions"] or 0),
        **{kind: (set(getattr(contact, column)), set(row[column])) for kind, column in _KINDS.items()},
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
    return any(
        not {*map(_KEY_OF[kind], values)} <= {*map(_KEY_OF[kind], row[_KINDS[kind]])}
        for kind, values in on_winner.items()
    )


def _names(first: str | None, last: str | None) -> tuple[str, str]:
    return name_key(first), name_key(last)
