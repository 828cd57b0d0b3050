"""What a contact says about the fields that both sides may edit, measured against the base (rulebook section 7)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mentorsync_pipeline.domain import normalize, three_way
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.givebutter_values import format_cell, is_yes
from mentorsync_pipeline.domain.name_boxes import format_name, is_neat, is_placeholder_name
from mentorsync_pipeline.domain.normalize import is_uga_email, name_key
from mentorsync_pipeline.domain.records import Contact, Mentor, Signup
from mentorsync_pipeline.domain.tags import tag_keys
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.fields import FIELDS, THREE_WAY
from mentorsync_pipeline.mentors.rules.neat_names import NAME_FIELDS

EMAIL_FIELDS = ("personal_email", "uga_email")
# Givebutter requires these, so a contact without one is incomplete and not edited.
_NEVER_BLANK = frozenset({"first_name", "last_name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Everything that the merge of one mentor looks at.

    `contact` is the winner with what the losers hand on; `bases` are those with this contact, `elsewhere` those with
    other contacts that were the mentor's; `edits_seen_since` the edits in Givebutter that are newer than the sign-up
    (`StoredBases`); `known` the fields that any contact of this load has a value
    for: where nobody has one, the column is missing from the data and says nothing.
    """

    signup: Signup
    contact: Contact
    bases: Mapping[str, Base]
    elsewhere: Mapping[str, Base]
    edits_seen_since: Mapping[str, Base]
    decisions: Decisions
    config: CampaignConfig
    as_of: datetime
    known: frozenset[str]
    source_table: str


@dataclass(frozen=True, slots=True)
class ContactValue:
    """What the contact says about a field: at first sight (`shown`), in all (`held`), measured against the base.

    Not `certain`: the data is older than the base or does not carry the field, and the base stands in for it.
    """

    shown: Any
    held: tuple[Any, ...]
    value: Any
    certain: bool = True


def known_fields(contacts: Iterable[Contact], config: CampaignConfig) -> frozenset[str]:
    """The three-way fields for which at least one contact has a value; phones and emails always count."""
    scalars = {name for name in THREE_WAY if FIELDS[name].kind == "text"}
    known = set(THREE_WAY) - scalars
    for contact in contacts:
        missing = scalars - known
        if not missing:
            break
        known |= {name for name in missing if contact_text(contact, name, config) is not None}
    return frozenset(known)


def contact_text(contact: Contact, name: str, config: CampaignConfig) -> str | None:
    """The text of a field on a contact, from its column or from the custom field that the year's labels name."""
    if ("custom_fields" in (source.column for source in FIELDS[name].sources)) or FIELDS[name].custom_field:
        text = contact.custom_fields.get(config.custom_field_labels.get(name, ""))
    else:
        text = getattr(contact, name)
    return text.strip() or None if text else None


def confirmed_fields(mentor: Mentor, contact: Contact, config: CampaignConfig) -> frozenset[str]:
    """The fields whose value the contact holds: what `synced_to_gb` may be set for (rulebook section 8).

    `gb_contact_id` and `mn_id` count when the contact carries the mentor's External ID. Fields that are never pushed
    are never confirmed.
    """
    held = set(map(email_key, contact.emails))
    confirmed = {name for name in EMAIL_FIELDS if (email := getattr(mentor, name)) and email_key(email) in held}
    if mentor.phone in contact.phones:
        confirmed.add("phone")
    if tag_keys(mentor.tags) <= tag_keys(contact.tags):
        confirmed.add("tags")
    if is_same_id(contact.external_id, config.external_id(mentor.mn_id)):
        confirmed |= {"mn_id", "gb_contact_id"}
    for name, rule in FIELDS.items():
        if rule.custom_field or (rule.merge == "three_way" and rule.kind == "text"):
            text, value = contact_text(contact, name, config), getattr(mentor, name)
            if rule.only_ticks:
                # A checkbox that nobody ticked is blank in Givebutter, and stays so.
                confirmed |= {name} if is_yes(text) == value else set()
            elif text is not None and (text == format_cell(config, name, value) or _same_amount(text, value)):
                confirmed.add(name)
    return frozenset(confirmed)


def confirmable_fields(config: CampaignConfig) -> frozenset[str]:
    """The fields that `confirmed_fields` may ever name: those that are pushed and can be read back."""
    labelled = config.custom_field_labels
    texts = {
        name
        for name, rule in FIELDS.items()
        if (rule.custom_field and name in labelled)
        or (rule.merge == "three_way" and rule.kind == "text" and not rule.custom_field)
    }
    return frozenset(texts | {*EMAIL_FIELDS, "phone", "tags", "mn_id", "gb_contact_id"})


def has_arrived(mentor: Mentor, confirmed: Collection[str], config: CampaignConfig) -> bool:
    """Whether the contact holds every value that we send; `confirmed` are the mentor's `confirmed_fields`."""
    sent_ones = (name for name in confirmable_fields(config) if getattr(mentor, name) not in (None, ()))
    return all(name in confirmed for name in sent_ones)


def _same_amount(text: str, value: Any) -> bool:
    try:
        return isinstance(value, Decimal) and Decimal(text) == value
    except InvalidOperation:
        return False


def theirs(name: str, ours_now: Any, base: Base | None, sides: Sides) -> ContactValue:
    """Read one field from the contact. `ours_now` is what the sign-up says of it.

    A name in all capitals or none reads as it is usually written, a placeholder as nothing: neither replaces a neat
    name.
    """
    shown, held = _on_contact(name, ours_now, base, sides)
    if name in NAME_FIELDS and shown is not None and is_placeholder_name(shown):
        shown = None
        blank_says_nothing = True
    else:
        blank_says_nothing = shown is None and (name not in sides.known or name in _NEVER_BLANK)
    if three_way.is_older_than_base(base, sides.as_of) or blank_says_nothing:
        return ContactValue(shown, held, base.value if base else None, certain=False)
    if FIELDS[name].kind != "text":
        value = three_way.current_list_value(base, held, shown)
        if base is not None and three_way.is_our_import(base, value, ours_now):
            value = base.value
        return ContactValue(shown, held, value)
    if shown is not None and shown == format_cell(sides.config, name, ours_now):
        return ContactValue(shown, (shown, ours_now), ours_now)
    if base is not None and shown in (format_cell(sides.config, name, value) for value in base.sent_values):
        return ContactValue(shown, held, base.value)
    if name in NAME_FIELDS and shown is not None and not is_neat(shown):
        neat = (
            ours_now
            if ours_now and name_key(ours_now) == name_key(shown)
            else format_name(shown, is_last=name == "last_name")
        )
        return ContactValue(
            shown, (shown, neat), three_way.current_value(base, base.contact_value if base else None, neat)
        )
    return ContactValue(shown, held, three_way.current_value(base, base.contact_value if base else None, shown))


def _on_contact(name: str, ours_now: Any, base: Base | None, sides: Sides) -> tuple[Any, tuple[Any, ...]]:
    """What the contact shows first, and everything that it holds of this kind.

    An email that is another spelling of our mailbox, or of the base's, reads as ours.
    """
    contact = sides.contact
    kind = FIELDS[name].kind
    if kind == "phone":
        phones = tuple(contact.phones)
        primary = normalize.phone(contact.primary_phone)
        return (primary if primary in phones else None), phones
    if kind == "email":
        other = next(one for one in EMAIL_FIELDS if one != name)
        not_this = getattr(sides.signup, other)
        spelled = {email_key(one): one for one in (base.value if base else None, ours_now) if one}
        known = {email: spelled.get(email_key(email), email) for email in contact.emails}
        emails = tuple(
            dict.fromkeys(
                email
                for email in known.values()
                if email in spelled.values() or (email != not_this and is_uga_email(email) == (name == "uga_email"))
            )
        )
        first = normalize.email(contact.primary_email)
        primary = known.get(first, first) if first else None
        return (primary if primary in emails else None), emails
    text = contact_text(contact, name, sides.config)
    return text, (text,)
