"""Restore the custom fields of contacts that an export does not have (rulebook section 7)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.contact_side import find_known_fields
from mentorsync_pipeline.mentors.rules.fields import THREE_WAY


def restore_hidden_fields(contacts: Mapping[int, Contact], bases: Bases, config: CampaignConfig) -> dict[int, Contact]:
    """Return the contacts with the last known texts of the fields of which no contact has a value.

    A blank cell of such a field might clear it in Givebutter.
    """
    hidden_fields = set(THREE_WAY) - find_known_fields(contacts.values(), config)
    labels = {name: label for name, label in config.custom_field_labels.items() if name in hidden_fields}
    last_known = [
        (base.confirmed_at, contact.contact_id, labels[key.field], base.contact_value)
        for key, base in bases.items()
        if key.field in labels
        and (contact := contacts.get(key.contact_id or 0)) is not None
        and base.contact_value is not None
    ]
    restored: dict[int, dict[str, str]] = defaultdict(dict)
    for _, contact_id, label, text in sorted(last_known):
        restored[contact_id][label] = text
    return {
        **contacts,
        **{
            contact_id: replace(contacts[contact_id], custom_fields={**fields, **contacts[contact_id].custom_fields})
            for contact_id, fields in restored.items()
        },
    }
