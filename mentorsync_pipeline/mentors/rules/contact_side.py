"""Read a contact's values of the fields that both sides may edit, relative to the base (rulebook section 7)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from mentorsync_pipeline.attendance.rules.own_tick import FIELD as ATTENDED
from mentorsync_pipeline.domain import normalize, three_way
from mentorsync_pipeline.domain.clean_text import is_same_id, is_spreadsheet_error
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.givebutter_values import format_cell, is_yes
from mentorsync_pipeline.domain.names.name_boxes import format_name, is_junk_name, is_neat, split_filled_boxes
from mentorsync_pipeline.domain.names.preferred_names import read_preferred_name
from mentorsync_pipeline.domain.normalize import is_uga_email, name_key
from mentorsync_pipeline.domain.records import Contact, FormEntry, Mentor, Signup
from mentorsync_pipeline.domain.tags import tag_keys
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.fields import FIELDS, THREE_WAY, Kind
from mentorsync_pipeline.mentors.rules.neat_names import NAME_FIELDS
from mentorsync_pipeline.mentors.rules.sent_rows import SentRow, is_in_no_imported_row

EMAIL_FIELDS = ("personal_email", "uga_email")
# Givebutter requires these: a blank value means an incomplete contact, not an edit.
REQUIRED_FIELDS = frozenset({"first_name", "last_name"})
_CUSTOM_FIELDS = frozenset(
    name
    for name, rule in FIELDS.items()
    if rule.custom_field or any(source.column == "custom_fields" for source in rule.sources)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Inputs of the merge of one mentor's fields.

    Attributes:
        contact: the winner, including the values copied from its losers.
        disputed: values of the last row with this contact that an open conflict or a decision chose, by field.
        sent_before: values of the last row with this contact that a file had and that are not its own, by field.
        carried_values: emails and phones that the import has yet to copy from the losers.
        form_answers: fields whose value in `signup` is from an entry of the partner form.
        bases: bases with this contact, by field.
        other_contact_bases: bases with earlier contacts of the mentor, by field.
        edits_seen_since: bases with edits in Givebutter that are newer than the sign-up
            (`StoredBases.get_edits_seen_since`), by field.
        bases_of_others: bases of this contact with other sign-ups, by field.
        seen_bases: result of `StoredBases.get_seen_bases`.
        sent_rows: the mentor's rows in the year's import files, oldest first.
        known_fields: fields for which at least one contact of this load has a value. A field without any value is
            treated as missing from the export, not as blank.

    """

    signup: Signup
    contact: Contact
    disputed: Mapping[str, "DisputedValue"]
    sent_before: Mapping[str, Any]
    carried_values: frozenset[str]
    form_answers: Mapping[str, FormEntry]
    bases: Mapping[str, Base]
    other_contact_bases: Mapping[str, Base]
    edits_seen_since: Mapping[str, Base]
    bases_of_others: Mapping[str, Base]
    seen_bases: Mapping[str, Base]
    sent_rows: Sequence[SentRow]
    decisions: Decisions
    config: CampaignConfig
    as_of: datetime
    known_fields: frozenset[str]
    source_table: str


class DisputedValue(NamedTuple):
    """Value of a field in the last row, its source table and the rule that chose it: an open conflict or a decision."""

    value: Any
    source_table: str
    rule: str


class ContactValue(NamedTuple):
    """A contact's value of one field.

    Attributes:
        shown: the primary value in the contact.
        held: all values of this kind in the contact.
        value: the value to merge, relative to the base.
        certain: False when the data is older than the base or lacks the field; `value` is then the last known one.

    """

    shown: Any
    held: tuple[Any, ...]
    value: Any
    certain: bool = True


def find_known_fields(contacts: Iterable[Contact], config: CampaignConfig) -> frozenset[str]:
    """Return the three-way fields, and the attendance box, for which at least one contact has a value.

    Phones and emails are always included.
    """
    scalars = {ATTENDED, *(name for name in THREE_WAY if FIELDS[name].kind == "text")}
    known_names = set(THREE_WAY) - scalars
    for contact in contacts:
        missing = scalars - known_names
        if not missing:
            break
        known_names |= {name for name in missing if read_contact_text(contact, name, config) is not None}
    return frozenset(known_names)


def read_contact_text(contact: Contact, name: str, config: CampaignConfig) -> str | None:
    """Return a field's text from the contact's column or from the custom field with the year's label."""
    if name in _CUSTOM_FIELDS:
        text = contact.custom_fields.get(config.custom_field_labels.get(name, ""))
    else:
        text = getattr(contact, name)
    return text.strip() or None if text else None


def replace_contact_texts(contact: Contact, texts: Mapping[str, str], config: CampaignConfig) -> Contact:
    """Return the contact with other texts of these fields, where `read_contact_text` reads them."""
    labels = config.custom_field_labels
    custom_fields = {labels[name]: text for name, text in texts.items() if name in _CUSTOM_FIELDS}
    columns: dict[str, Any] = {name: text for name, text in texts.items() if name not in _CUSTOM_FIELDS}
    return replace(contact, custom_fields={**contact.custom_fields, **custom_fields}, **columns)


def find_confirmed_fields(mentor: Mentor, contact: Contact, config: CampaignConfig) -> frozenset[str]:
    """Return the fields whose value is on the contact; `synced_to_gb` may be set for these (rulebook, section 8).

    `gb_contact_id` and `mn_id` are confirmed when the contact has the mentor's External ID. Fields that are never
    pushed are never confirmed.
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
            text, value = read_contact_text(contact, name, config), getattr(mentor, name)
            if rule.only_ticks:
                # An unticked checkbox is blank in Givebutter.
                confirmed |= {name} if is_yes(text) == value else set()
            elif text is not None and (text == format_cell(config, name, value) or _is_same_amount(text, value)):
                confirmed.add(name)
    return frozenset(confirmed)


def find_confirmable_fields(config: CampaignConfig) -> frozenset[str]:
    """Return the fields that `find_confirmed_fields` can confirm: those that are pushed and can be read back."""
    labelled = config.custom_field_labels
    texts = {
        name
        for name, rule in FIELDS.items()
        if (rule.custom_field and name in labelled)
        or (rule.merge == "three_way" and rule.kind == "text" and not rule.custom_field)
    }
    return frozenset(texts | {*EMAIL_FIELDS, "phone", "tags", "mn_id", "gb_contact_id"})


def has_arrived(mentor: Mentor, confirmed: Collection[str], config: CampaignConfig) -> bool:
    """Return whether every pushed value is on the contact; `confirmed` is the result of `find_confirmed_fields`."""
    sent_fields = (name for name in find_confirmable_fields(config) if getattr(mentor, name) not in (None, ()))
    return all(name in confirmed for name in sent_fields)


def _is_same_amount(text: str, value: Any) -> bool:
    try:
        return isinstance(value, Decimal) and Decimal(text) == value
    except InvalidOperation:
        return False


def read_contact_value(name: str, signup_value: Any, base: Base | None, sides: Sides) -> ContactValue:
    """Read one field from the contact; `signup_value` is the sign-up's value of the field.

    A name in capitals or lower case only, or a whole name in one box, is read in its usual spelling. A placeholder, an
    email or a number (`F.123.4`) is read as blank, so that none of them replaces a neat name. A primary phone or email
    that is invalid or a placeholder does not replace a good one either.
    """
    shown, held = _read_shown_and_held(name, signup_value, base, sides)
    if name in NAME_FIELDS and shown is not None and _is_no_name(name, shown, sides.contact):
        shown = None
        ignores_blank = True
    elif has_junk_primary(sides.contact, FIELDS[name].kind) and base is not None and base.value not in held:
        ignores_blank = True
    else:
        ignores_blank = shown is None and (name not in sides.known_fields or name in REQUIRED_FIELDS)
    if is_broken(sides.contact, FIELDS[name].kind):
        # Without a last known value, the broken cell may be the one that our own import has set.
        value = _find_last_known_value(name, base, sides) or sides.sent_before.get(name)
        value = value or three_way.current_list_value(None, held, shown)
        return ContactValue(shown, (*held, value), value, certain=False)
    if three_way.is_older_than_base(base, sides.as_of) or ignores_blank:
        return ContactValue(shown, held, _find_last_known_value(name, base, sides), certain=False)
    if FIELDS[name].kind != "text":
        value = three_way.current_list_value(base, held, shown)
        if base is not None and _is_our_import(name, base, value, signup_value, sides):
            value = base.value
        return ContactValue(shown, held, value)
    if shown is not None and shown == format_cell(sides.config, name, signup_value):
        return ContactValue(shown, (shown, signup_value), signup_value)
    if shown is not None:
        sent_values = base.sent_values if base is not None else (sides.sent_before.get(name),)
        sent = next((value for value in sent_values if shown == format_cell(sides.config, name, value)), None)
        if sent is not None:
            is_replaced = base is not None and _is_our_import(name, base, sent, signup_value, sides)
            return ContactValue(shown, (*held, sent), base.value if base is not None and is_replaced else sent)
    tidied = _tidy_name(name, shown, signup_value, base, sides.contact)
    value = three_way.current_value(base, base.contact_value if base else None, tidied)
    return ContactValue(shown, held if tidied == shown else (shown, tidied), value)


def _is_our_import(name: str, base: Base, value: Any, signup_value: Any, sides: Sides) -> bool:
    """Return whether an import has set the value, which our source has replaced since.

    A person entered it if the contact still has what each file with the value would have replaced in another field.
    """
    if not three_way.is_our_import(base, value, signup_value):
        return False

    def is_kept(other: str, sent: Any, made_at: datetime) -> bool:
        if FIELDS[other].kind != "text":
            return not has_value(other, sent, sides)
        before = sides.bases.get(other) or sides.seen_bases.get(other)
        if before is None or before.confirmed_at > made_at or sent == before.value or has_value(other, sent, sides):
            return False
        return bool(read_contact_text(sides.contact, other, sides.config) == before.contact_value)

    return not is_in_no_imported_row(sides.sent_rows, sides.contact.contact_id, name, value, is_kept)


def has_value(name: str, value: Any, sides: Sides) -> bool:
    """Return whether the contact has a value of a field, as the import file would set it."""
    kind, contact = FIELDS[name].kind, sides.contact
    if kind == "phone":
        return value in contact.phones
    if kind == "email":
        return email_key(value) in map(email_key, contact.emails)
    return read_contact_text(contact, name, sides.config) == format_cell(sides.config, name, value)


def _is_no_name(name: str, shown: str, contact: Contact) -> bool:
    """Return whether a contact's name is junk, or an answer such as `same` in place of a preferred name."""
    is_answer = name == "preferred_name" and read_preferred_name(shown, contact.last_name) is None
    return is_answer or is_junk_name(shown)


def _tidy_name(name: str, shown: str | None, signup_value: Any, base: Base | None, contact: Contact) -> Any:
    """Return a contact's name without what belongs in the other box, neatly or as the sign-up spells it.

    Other texts are returned as they are. Without a base, spellings of one name agree (Jose, José), so that a later name
    in Givebutter is an edit.
    """
    own_name = _read_own_name(name, shown, contact) if name in NAME_FIELDS else None
    if own_name is None:
        return shown
    is_same = bool(signup_value) and name_key(signup_value) == name_key(own_name)
    if own_name == shown and is_neat(shown) and not (is_same and base is None):
        return shown
    return signup_value if is_same else format_name(own_name, is_last=name == "last_name")


def _read_own_name(name: str, shown: str | None, contact: Contact) -> str | None:
    """Return a contact's first or last name without what belongs in the other box; `shown` for other fields."""
    boxes = split_filled_boxes(contact.first_name, contact.last_name)
    return {"first_name": boxes.first, "last_name": boxes.last}.get(name) or shown


def _find_last_known_value(name: str, base: Base | None, sides: Sides) -> Any:
    """Return the value of a contact that does not show it now: the last row's where it was disputed, else the base's.

    After an edit in Givebutter that is asked about, the base's value is no longer on the contact.
    """
    if name in sides.disputed:
        return sides.disputed[name].value
    return base.value if base else None


def is_broken(contact: Contact, kind: Kind) -> bool:
    """Return whether the primary phone or email is a spreadsheet's error, such as `#N/A`, and so unknown."""
    if kind not in ("phone", "email"):
        return False
    text = contact.primary_phone if kind == "phone" else contact.primary_email
    return text is not None and is_spreadsheet_error(text)


def has_junk_primary(contact: Contact, kind: Kind) -> bool:
    """Return whether the contact's primary phone or email is a text that is invalid, or a placeholder."""
    if kind == "phone":
        return bool(contact.primary_phone) and not normalize.phone_keys(contact.primary_phone)
    return kind == "email" and bool(contact.primary_email) and not normalize.email_keys(contact.primary_email)


def _read_shown_and_held(name: str, signup_value: Any, base: Base | None, sides: Sides) -> tuple[Any, tuple[Any, ...]]:
    """Return the contact's primary value and all its values of this kind.

    An email that is another spelling of the sign-up's or the base's mailbox is returned in that spelling.
    """
    contact = sides.contact
    kind = FIELDS[name].kind
    if kind == "phone":
        phones = tuple(contact.phones)
        primary = normalize.phone(contact.primary_phone)
        return (primary if primary in phones else None), phones
    if kind == "email":
        other_field = next(value for value in EMAIL_FIELDS if value != name)
        other_email = getattr(sides.signup, other_field)
        preferred_spellings = {
            email_key(value): value for value in (base.value if base else None, signup_value) if value
        }
        spellings = {email: preferred_spellings.get(email_key(email), email) for email in contact.emails}
        emails = tuple(
            dict.fromkeys(
                email
                for email in spellings.values()
                if email in preferred_spellings.values()
                or (email != other_email and is_uga_email(email) == (name == "uga_email"))
            )
        )
        first = normalize.email(contact.primary_email)
        primary = spellings.get(first, first) if first else None
        return (primary if primary in emails else None), emails
    text = read_contact_text(contact, name, sides.config)
    return text, (text,)
