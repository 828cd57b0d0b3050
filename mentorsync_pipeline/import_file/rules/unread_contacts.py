"""Find rows that would create a second contact for the person of a contact that cannot be read (rulebook, section 2).

| shared with the unreadable contact | the row stays out when                                  |
|------------------------------------|---------------------------------------------------------|
| External ID                        | it updates another contact, or would create one         |
| email                              | it would create a contact                               |
| phone                              | it would create a contact, and the names do not differ  |
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.records import UnreadContact
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.row_keys import read_email_keys, read_name, read_phone_keys

_EXTERNAL_ID, _EMAIL, _PHONE = "External ID", "email", "phone"


class UnreadContactIndex:
    """Contacts that cannot be read, by what they may share with a row."""

    def __init__(self, contacts: Iterable[UnreadContact]) -> None:
        self._by_key: dict[tuple[str, str], list[UnreadContact]] = defaultdict(list)
        for contact in contacts:
            identity = contact.identity
            for kind, keys in (
                (_EXTERNAL_ID, (id_key(identity.external_id),)),
                (_EMAIL, identity.email_keys),
                (_PHONE, identity.phone_keys),
            ):
                for key in filter(None, keys):
                    self._by_key[kind, key].append(contact)

    def find_shared(self, row: ImportRow) -> Iterator[tuple[UnreadContact, str]]:
        """Yield the contacts that keep a row out, each once, with what they share."""
        if not self._by_key:
            return
        seen: set[str] = set()
        for kind, key in _list_keys(row):
            for contact in self._by_key.get((kind, key), ()):
                is_own = row.cells[col.CONTACT_ID] == contact.subject
                if is_own or contact.subject in seen or (kind == _PHONE and _names_differ(row, contact)):
                    continue
                seen.add(contact.subject)
                yield contact, kind


def _list_keys(row: ImportRow) -> Iterator[tuple[str, str]]:
    external_id = id_key(row.cells[col.EXTERNAL_ID])
    if external_id:
        yield _EXTERNAL_ID, external_id
    if row.cells[col.CONTACT_ID] is None:
        yield from ((_EMAIL, key) for key in sorted(read_email_keys(row)))
        yield from ((_PHONE, key) for key in sorted(read_phone_keys(row)))


def _names_differ(row: ImportRow, contact: UnreadContact) -> bool:
    return compare_names(read_name(row), person_name(contact.identity)) == "differ"
