"""Restore the fields of contacts that an export does not have (rulebook section 7)."""

from collections import defaultdict
from collections.abc import Iterable

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.givebutter_values import format_cell
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.contact_side import REQUIRED_FIELDS, find_known_fields, replace_contact_texts
from mentorsync_pipeline.mentors.rules.fields import FIELDS, THREE_WAY


def restore_hidden_fields(contacts: Iterable[Contact], bases: Bases, config: CampaignConfig) -> dict[int, Contact]:
    """Return the contacts by id, with the last known texts of the fields of which none of them has a value.

    A blank cell of such a field might clear it in Givebutter.
    """
    by_id = {contact.contact_id: contact for contact in contacts}
    hidden_fields = set(THREE_WAY) - find_known_fields(by_id.values(), config) - REQUIRED_FIELDS
    hidden_fields -= {name for name, rule in FIELDS.items() if rule.custom_field} - config.custom_field_labels.keys()
    last_known = [
        (base.confirmed_at, contact.contact_id, key.field, text)
        for key, base in bases.items()
        if key.field in hidden_fields
        and (contact := by_id.get(key.contact_id or 0)) is not None
        and (text := _read_last_known_text(key.field, base, config)) is not None
    ]
    restored: dict[int, dict[str, str]] = defaultdict(dict)
    for _, contact_id, name, text in sorted(last_known):
        restored[contact_id][name] = text
    for contact_id, texts in restored.items():
        by_id[contact_id] = replace_contact_texts(by_id[contact_id], texts, config)
    return by_id


def _read_last_known_text(name: str, base: Base, config: CampaignConfig) -> str | None:
    """Return the text that the contact had, or the last one that a file has sent to a contact without any."""
    if base.contact_value is not None or not base.sent_values:
        text: str | None = base.contact_value
        return text
    return format_cell(config, name, base.sent_values[-1])
