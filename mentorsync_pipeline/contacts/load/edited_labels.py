"""Follow labels of custom fields that were edited in Givebutter, in loads of some contacts (rulebook, section 11)."""

from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.contacts.load.load_record import read_labels
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.domain.label_matching import label_key


def follow_edited_labels(conn: sa.Connection, new_contacts: str) -> tuple[str, ...] | None:
    """Rename the custom fields of all stored contacts whose label the loaded contacts show to be edited.

    A label belongs to the account's field, so an edit applies to every contact, but changes none of them.

    Args:
        new_contacts: table of the loaded contacts.

    Returns:
        The labels now in use; None if the loaded contacts have no label that is not known.

    """
    known = read_labels(conn)
    query = sa.text(f"SELECT DISTINCT jsonb_object_keys(custom_fields) FROM {new_contacts}")
    loaded = tuple(conn.execute(query).scalars())
    added = sorted(set(loaded) - set(known))
    if not known or not added:
        return None
    edited = find_edited_labels(known, loaded)
    fields = raw_gb_full_contacts.c.custom_fields
    for label, present in edited.items():
        renamed = fields.op("-")(sa.literal(label, sa.Text)).op("||")(
            sa.func.jsonb_build_object(present, fields[label])
        )
        conn.execute(
            sa.update(raw_gb_full_contacts)
            .where(fields.has_key(label))
            .values(custom_fields=sa.type_coerce(renamed, pg.JSONB))
        )
    in_place = set(edited.values())
    return (*(edited.get(label, label) for label in known), *(label for label in added if label not in in_place))


def find_edited_labels(known: tuple[str, ...], loaded: tuple[str, ...]) -> Mapping[str, str]:
    """Return the present label by edited one: the only known and the only new label with the same text.

    A known label that is still on a loaded contact was not edited: there are two fields.
    """
    added = [label for label in loaded if label not in known]
    known_texts, added_texts = Counter(map(label_key, known)), Counter(map(label_key, added))
    present = {label_key(label): label for label in added}
    return {
        label: present[key]
        for label in known
        if (key := label_key(label)) in present and known_texts[key] == added_texts[key] == 1 and label not in loaded
    }
