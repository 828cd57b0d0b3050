"""What each option of a conflict does: to the mentor, to the next file, and to the archive.

The texts are for gettext; each comes with its values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mentorsync_pipeline.console.option_names import name_options, name_record, name_value
from mentorsync_pipeline.console.rendering import money
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE, TWO_PEOPLE
from mentorsync_pipeline.domain.vocabulary import CONTACT_CONFLICTS
from mentorsync_pipeline.review.rules.evidence import Evidence, Person

Letter = Literal["a", "b"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect: a text for gettext and its values."""

    text: str
    values: Mapping[str, str]


_LINKED = N_("%(mentor)s is linked to %(chosen)s.")
_JOINS = N_("The next file updates this contact and sets the External ID %(id)s.")
_RENAMED = N_("The next file renames this contact to %(mentor)s and sets the External ID %(id)s.")
_REPLACED = N_("The next file updates this contact. Its External ID %(old)s is replaced by %(id)s.")
_RENAMED_REPLACED = N_(
    "The next file renames this contact to %(mentor)s. Its External ID %(old)s is replaced by %(id)s."
)
_LEFT_TO = N_("%(other)s is left to %(others)s.")
_RIVAL_STAYS_OPEN = N_("The question about %(others)s stays open: a contact belongs to one mentor.")
_CREATED = N_("The next file creates a contact for %(mentor)s.")
_NOT_IN_FILE = N_("%(mentor)s has no contact and is left out of the file.")
_STAYS = N_("%(other)s is not changed.")
_DUPLICATE = N_("%(other)s becomes a duplicate: its emails, phones and tags are added, then it is archived.")
_DONOR = N_("%(other)s becomes a duplicate. It has donations, so it is archived only after your approval.")
_OTHER_NAME = N_("%(other)s becomes a duplicate. Its name differs, so it is archived only after your approval.")
_NOTHING_ARCHIVED = N_("Nothing is archived.")
_RELEASED = N_(
    "Archiving removes the External ID %(id)s from %(chosen)s. The contact stays active. This can be undone."
)
_GETS_ID = N_("After the archiving and a fresh export, %(mentor)s gets the id and is in the next file.")
_KEEPS_ID = N_("%(chosen)s keeps the id %(id)s and is in the next file.")
_LOSES_ID = N_("%(other)s is left out until the sign-up has an id of its own in Jotform.")
_ADDED = N_("The next file adds %(value)s to the contact, which keeps its other values.")
_TO_GIVEBUTTER = N_("The next file sends %(value)s to Givebutter.")
_FROM_GIVEBUTTER = N_("%(mentor)s's record here takes %(value)s. The file leaves Givebutter's value as it is.")
_BOTH = N_("%(chosen)s and %(other)s both stay mentors, each with a row in the file.")
_ONE = N_("%(chosen)s stays a mentor. %(other)s counts as an earlier sign-up and leaves the file.")
_MOVED = N_("The fundraising page and the form entries of %(other)s count for %(chosen)s.")
_OLD_CONTACT = N_(
    "The contact of %(other)s becomes a duplicate if it clearly fits %(chosen)s. Otherwise it is not changed."
)
_PAGE_COUNTS = N_("The page that raised %(value)s counts for %(mentor)s, here and in the next file.")
_COUNTS = N_("%(value)s counts for %(mentor)s, here and in the next file.")
_REFRESH = N_("No file is created until fresh contacts are loaded.")
_USE_OLD = N_("The file is created from the present contacts. Givebutter may reject some rows.")


def describe_effects(conflict: Mapping[str, Any], evidence: Evidence, mentor: str) -> dict[Letter, list[Effect]]:
    """Return the effects of A and of B."""
    letters: tuple[Letter, Letter] = ("a", "b")
    return {letter: _describe(conflict, evidence.people, mentor, letter) for letter in letters}


def _name_contacts(people: Sequence[Person], mentor: str) -> dict[str, str]:
    """Name the contacts by their ids; with the id, if one is named like the mentor or another contact."""
    contacts = [person for person in people if person.kind == "contact"]
    names = [mentor, *(person.name for person in contacts)]
    return {
        person.record_id: f"{person.name} ({person.record_id})"
        if person.name and names.count(person.name) > 1
        else _name(person)
        for person in contacts
    }


def _describe(conflict: Mapping[str, Any], people: Sequence[Person], mentor: str, letter: Letter) -> list[Effect]:
    value, kind = conflict[f"option_{letter}"]["value"], conflict["conflict_type"]
    if kind == "shared_phone":
        texts = (_BOTH,) if value == TWO_PEOPLE else (_ONE, _MOVED, _OLD_CONTACT)
        newer, older = map(_name, people[:2])
        return [_effect(text, chosen=newer, other=older) for text in texts]
    if kind == "external_id_collision" and conflict["subject"].startswith("signups"):
        chosen, other = sorted(people[:2], key=lambda person: person.record_id != str(value))
        return [
            _effect(_KEEPS_ID, chosen=_name(chosen), id=conflict["mn_id"]),
            _effect(_LOSES_ID, other=_name(other)),
        ]
    if kind in CONTACT_CONFLICTS:
        return _describe_contact(conflict, people, mentor, value)
    if kind == "data_staleness":
        return [_effect(_REFRESH if letter == "a" else _USE_OLD)]
    if kind == "fundraising_mismatch":
        raised = conflict[f"option_{letter}"]["metadata"].get("raised")
        if conflict["subject"] == "campaign_member" and raised is not None:
            return [_effect(_PAGE_COUNTS, mentor=mentor, value=money(raised))]
        return [_effect(_COUNTS, mentor=mentor, value=name_options(conflict)[letter])]
    if letter == "a" and kind in ("phone_mismatch", "email_mismatch"):
        return [_effect(_ADDED, value=name_value(value))]
    return [_effect(_TO_GIVEBUTTER if letter == "a" else _FROM_GIVEBUTTER, mentor=mentor, value=name_value(value))]


def _describe_contact(conflict: Mapping[str, Any], people: Sequence[Person], mentor: str, value: Any) -> list[Effect]:
    """Return the effects of choosing a contact, a new one or none, or of taking an External ID off."""
    contacts = {person.record_id: person for person in people if person.kind == "contact"}
    names = _name_contacts(people, mentor)
    external_id = str(conflict["context"].get("external_id") or conflict["mn_id"])
    rivals = ", ".join(_name_rivals(conflict))
    if value == LEAVE_UNLINKED:
        return [_effect(_NOT_IN_FILE, mentor=mentor), _effect(_NOTHING_ARCHIVED)]
    if value == NEW_CONTACT:
        left = [_effect(_LEFT_TO if rivals else _STAYS, other=names[id_], others=rivals) for id_ in contacts]
        return [_effect(_CREATED, mentor=mentor), *left]
    if value == RELEASE:
        holder = str(conflict["context"].get("contact", {}).get("contact_id"))
        return [
            _effect(_RELEASED, id=external_id, chosen=names.get(holder, holder)),
            _effect(_GETS_ID, mentor=mentor),
        ]
    chosen = contacts.pop(str(value), None)
    return [
        _effect(_LINKED, mentor=mentor, chosen=names.get(str(value), str(value))),
        _describe_update(chosen, mentor, external_id),
        *([_effect(_RIVAL_STAYS_OPEN, others=rivals)] if rivals else []),
        *(_describe_other(conflict, person, names[id_]) for id_, person in contacts.items()),
    ]


def _name_rivals(conflict: Mapping[str, Any]) -> list[str]:
    """Return the names of the other mentors to whom the contact may belong."""
    if conflict["context"].get("kind") != "contested":
        return []
    return [name_record(rival) or str(rival["mn_id"]) for rival in conflict["context"].get("other_mentors") or ()]


def _describe_update(contact: Person | None, mentor: str, external_id: str) -> Effect:
    """Return what the next file does to the chosen contact."""
    held = str(contact.facts.get("external_id") or "") if contact else ""
    is_renamed = contact is not None and contact.name not in ("", mentor)
    if held and not is_same_id(held, external_id):
        return _effect(_RENAMED_REPLACED if is_renamed else _REPLACED, mentor=mentor, old=held, id=external_id)
    return _effect(_RENAMED if is_renamed else _JOINS, mentor=mentor, id=external_id)


def _describe_other(conflict: Mapping[str, Any], person: Person, name: str) -> Effect:
    is_rival = conflict["conflict_type"] == "contact_selection" and person.facts.get("viability", "viable") == "viable"
    is_matched = bool(person.facts.get("matched_on", True))  # an earlier link alone ends with the answer
    if not is_rival or not is_matched:
        return _effect(_STAYS, other=name)
    total, recurring = person.facts.get("total_contributions", 0), person.facts.get("recurring_contributions")
    if total is None or total or recurring:
        return _effect(_DONOR, other=name)
    return _effect(_OTHER_NAME if person.facts.get("name_agreement") == "differ" else _DUPLICATE, other=name)


def _name(person: Person) -> str:
    return name_record(person.facts) or person.record_id


def _effect(text: str, **values: str) -> Effect:
    return Effect(text=text, values=values)
