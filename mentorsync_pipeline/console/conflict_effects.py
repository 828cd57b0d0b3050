"""What each option of a conflict does: to the mentor, to the next file, and to the archive.

The texts are for gettext; each comes with its values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mentorsync_pipeline.console.option_names import name_options, name_record, name_value
from mentorsync_pipeline.console.rendering import money
from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
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
_REPLACED = N_("The next file updates this contact. Its External ID %(old)s is replaced by %(id)s.")
_CREATED = N_("The next file creates a contact for %(mentor)s.")
_NOT_IN_FILE = N_("%(mentor)s has no contact and is left out of the file.")
_STAYS = N_("%(other)s is not changed.")
_DUPLICATE = N_("%(other)s becomes a duplicate: its emails, phones and tags are added, then it is archived.")
_DONOR = N_("%(other)s becomes a duplicate. It has donations, so it is archived only after your approval.")
_NOTHING_ARCHIVED = N_("Nothing is archived.")
_RELEASED = N_(
    "Archiving removes the External ID %(id)s from %(chosen)s. The contact stays active. This can be undone."
)
_GETS_ID = N_("After the archiving and a fresh export, %(mentor)s gets the id and is in the next file.")
_KEEPS_ID = N_("%(chosen)s keeps the id %(id)s and is in the next file.")
_LOSES_ID = N_("%(other)s is left out until the sign-up has an id of its own in Jotform.")
_TO_GIVEBUTTER = N_("The next file sends %(value)s to Givebutter.")
_FROM_GIVEBUTTER = N_("%(mentor)s's record here takes %(value)s. The file leaves Givebutter's value as it is.")
_BOTH = N_("%(chosen)s and %(other)s both stay mentors, each with a row in the file.")
_ONE = N_("%(chosen)s stays a mentor. %(other)s counts as an earlier sign-up and leaves the file.")
_PAGE_COUNTS = N_("The page that raised %(value)s counts for %(mentor)s, here and in the next file.")
_COUNTS = N_("%(value)s counts for %(mentor)s, here and in the next file.")
_REFRESH = N_("No file is created until fresh contacts are loaded.")
_USE_OLD = N_("The file is created from the present contacts. Givebutter may reject some rows.")


def describe_effects(conflict: Mapping[str, Any], evidence: Evidence, mentor: str) -> dict[Letter, list[Effect]]:
    """Return the effects of A and of B."""
    letters: tuple[Letter, Letter] = ("a", "b")
    people = _with_unique_names(evidence.people, mentor)
    return {letter: _describe(conflict, people, mentor, letter) for letter in letters}


def _with_unique_names(people: Sequence[Person], mentor: str) -> list[Person]:
    """Add the id to the name of a contact that is named like the mentor or another contact."""
    names = [mentor, *(person.name for person in people if person.kind == "contact")]
    return [
        replace(person, facts={**person.facts, "first_name": person.name, "last_name": f"({person.record_id})"})
        if person.kind == "contact" and person.name and names.count(person.name) > 1
        else person
        for person in people
    ]


def _describe(conflict: Mapping[str, Any], people: Sequence[Person], mentor: str, letter: Letter) -> list[Effect]:
    value, kind = conflict[f"option_{letter}"]["value"], conflict["conflict_type"]
    if kind == "shared_phone":
        newer, older = people[:2]
        text = _BOTH if value == "two_people" else _ONE
        return [_effect(text, chosen=_name(newer), other=_name(older))]
    if kind == "external_id_collision" and conflict["subject"].startswith("signups"):
        chosen, other = sorted(people[:2], key=lambda person: person.record_id != str(value))
        return [
            _effect(_KEEPS_ID, chosen=_name(chosen), id=conflict["mn_id"]),
            _effect(_LOSES_ID, other=_name(other)),
        ]
    if kind in CONTACT_CONFLICTS:
        return _describe_contact(conflict, [person for person in people if person.kind == "contact"], mentor, value)
    if kind == "data_staleness":
        return [_effect(_REFRESH if letter == "a" else _USE_OLD)]
    if kind == "fundraising_mismatch":
        raised = conflict[f"option_{letter}"]["metadata"].get("raised")
        if conflict["subject"] == "campaign_member" and raised is not None:
            return [_effect(_PAGE_COUNTS, mentor=mentor, value=money(raised))]
        return [_effect(_COUNTS, mentor=mentor, value=name_options(conflict)[letter])]
    return [_effect(_TO_GIVEBUTTER if letter == "a" else _FROM_GIVEBUTTER, mentor=mentor, value=name_value(value))]


def _describe_contact(conflict: Mapping[str, Any], contacts: Sequence[Person], mentor: str, value: Any) -> list[Effect]:
    """Return the effects of choosing a contact, a new one or none, or of taking an External ID off."""
    external_id = str(conflict["context"].get("external_id") or conflict["mn_id"])
    if value == LEAVE_UNLINKED:
        return [_effect(_NOT_IN_FILE, mentor=mentor), _effect(_NOTHING_ARCHIVED)]
    if value == NEW_CONTACT:
        return [_effect(_CREATED, mentor=mentor), *(_effect(_STAYS, other=_name(person)) for person in contacts)]
    if value == RELEASE:
        holder = str(conflict["context"].get("contact", {}).get("contact_id"))
        name = next((_name(person) for person in contacts if person.record_id == holder), holder)
        return [_effect(_RELEASED, id=external_id, chosen=name), _effect(_GETS_ID, mentor=mentor)]
    chosen = next((person for person in contacts if person.record_id == str(value)), None)
    held = str(chosen.facts.get("external_id") or "") if chosen else ""
    effects = [_effect(_LINKED, mentor=mentor, chosen=_name(chosen) if chosen else str(value))]
    if held and held != external_id:
        effects.append(_effect(_REPLACED, old=held, id=external_id))
    else:
        effects.append(_effect(_JOINS, id=external_id))
    return [*effects, *(_describe_other(conflict, person) for person in contacts if person is not chosen)]


def _describe_other(conflict: Mapping[str, Any], person: Person) -> Effect:
    is_rival = conflict["conflict_type"] == "contact_selection" and person.facts.get("viability", "viable") == "viable"
    if not is_rival:
        return _effect(_STAYS, other=_name(person))
    may_be_donor = person.facts.get("total_contributions", 0) is None or person.facts.get("total_contributions")
    return _effect(_DONOR if may_be_donor else _DUPLICATE, other=_name(person))


def _name(person: Person) -> str:
    return name_record(person.facts) or person.record_id


def _effect(text: str, **values: str) -> Effect:
    return Effect(text=text, values=values)
