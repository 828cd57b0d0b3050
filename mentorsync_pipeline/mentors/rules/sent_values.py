"""Find the values that an import file has sent to Givebutter (rulebook section 7).

The effect of our own import is no edit, so a base lists the values that an import may still set.
"""

from collections.abc import Iterable

from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.domain.three_way import Base, add_sent_value
from mentorsync_pipeline.mentors.rules.bases import BaseKey, Bases
from mentorsync_pipeline.mentors.rules.fields import CONTACTS, THREE_WAY
from mentorsync_pipeline.mentors.rules.merging import SENDING_RULES
from mentorsync_pipeline.mentors.rules.sent_rows import SentRows


def add_sent_values(bases: Bases, rows: Iterable[Mentor], sent_rows: SentRows) -> Bases:
    """Return the bases with the values of these mentors' rows that the last import file had, as sent.

    A value that no file had is not ours when the contact shows it: a person entered it. A file does not have a value
    that Givebutter would reject.
    """
    sent: dict[BaseKey, Base] = {}
    for row in rows:
        if row.submission_id is None or row.gb_contact_id is None or row.sync_state == "blocked":
            continue
        last = next(reversed(sent_rows.get(row.submission_id, ())), None)
        for name in THREE_WAY:
            origin, key = row.provenance.get(name), BaseKey(row.submission_id, name, row.gb_contact_id)
            if origin is None or origin.source_table == CONTACTS or origin.rule not in SENDING_RULES:
                continue
            base, value = bases.get(key), getattr(row, name)
            if last is not None and last.values.get(name) != value:
                continue
            if base is not None and (marked := add_sent_value(base, value)) is not base:
                sent[key] = marked
    return {**bases, **sent} if sent else bases
