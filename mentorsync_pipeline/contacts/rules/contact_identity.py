"""Read from a contact that cannot be read what shows whose it is: External ID, names, and keys of emails and phones.

A new contact for the same person would be a duplicate (`import_file.rules.unread_contacts`). Unreadable parts are
left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from mentorsync_pipeline.contacts.rules import values
from mentorsync_pipeline.domain.records import ContactIdentity

_KEYS: Mapping[str, values.KeyReader] = {"email": values.EMAILS, "phone": values.PHONES}
_BETWEEN_ITEMS = re.compile(r"[,;\n]")
_MAX_TEXT, _MAX_CELL, _MOST_ITEMS = 255, 5_000, 1_000


def identify_api_contact(contact: Any) -> ContactIdentity | None:
    """Return what is known of an API contact; None when it is nothing.

    Only the External ID of an archived contact or a company is kept, because neither is matched with a mentor.
    """
    if not isinstance(contact, Mapping):
        return None
    is_matched = not contact.get("archived_at") and contact.get("type") in (None, "", "individual")
    cells = {kind: (contact.get(f"primary_{kind}"), contact.get(f"{kind}s")) for kind in _KEYS if is_matched}
    return _identify(contact, cells)


def identify_export_row(row: Mapping[str, str]) -> ContactIdentity | None:
    """Return what is known of a row of an export, from its cells by our column; None when it is nothing."""
    return _identify(row, {kind: (row.get(f"primary_{kind}"), row.get(f"additional_{kind}s")) for kind in _KEYS})


def _identify(fields: Mapping[str, Any], cells: Mapping[str, Iterable[Any]]) -> ContactIdentity | None:
    keys = {kind: tuple(dict.fromkeys(_read_keys(raws, _KEYS[kind]))) for kind, raws in cells.items()}
    identity = ContactIdentity(
        external_id=_read_text(fields.get("external_id")),
        first_name=_read_text(fields.get("first_name")),
        preferred_name=_read_text(fields.get("preferred_name")),
        last_name=_read_text(fields.get("last_name")),
        suffix=_read_text(fields.get("suffix")),
        email_keys=keys.get("email", ()),
        phone_keys=keys.get("phone", ()),
    )
    return identity if identity.external_id or identity.email_keys or identity.phone_keys else None


def _read_text(raw: Any) -> str | None:
    is_text = isinstance(raw, (str, int)) and not isinstance(raw, bool)
    text = values.line(raw) if is_text else None
    return text if text and len(text) <= _MAX_TEXT else None


def _read_keys(raws: Iterable[Any], reader: values.KeyReader) -> Iterator[str]:
    texts = (part for raw in raws for text in _find_texts(raw) for part in _BETWEEN_ITEMS.split(text))
    for text in islice(texts, _MOST_ITEMS):
        for value in reader.read(text) if len(text) <= _MAX_CELL else ():
            key = reader.key(value)
            if key is not None and len(key) <= _MAX_TEXT:
                yield key


def _find_texts(raw: Any) -> Iterator[str]:
    """Yield the texts of a cell: of a text, or of a list of texts or of objects with a `value`."""
    for item in raw if isinstance(raw, list) else (raw,):
        text = item.get("value") if isinstance(item, Mapping) else item
        if isinstance(text, str):
            yield text
