"""What people do with the forms after the sign-up: a mentor or a parent fills one in, or the team deletes an entry."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.seasons.jotform_actions import typed_email, typed_phone
from tests.seasons.people import NOBODYS_EMAIL, Person, mailbox
from tests.seasons.season import Season, action, pick, typed_text
from tests.seasons.simulated_services import ENTRY_FORMS

_SHIFTS = ("8:30-1:30", "🩰 | 11:30-4:30", "9:15 - 2:15")


@action("fill in a form", 5)
def _fill_in(season: Season, a: int, b: int, c: int) -> str | None:
    person, form = pick(season.signed_up(), a), ENTRY_FORMS[b % len(ENTRY_FORMS)]
    if person is None:
        return None
    meant = dict(identify(season, person, form.questions, b // len(ENTRY_FORMS), c))
    typed: dict[str, Any] = {form.questions[name]: type_key(name, value, c) for name, value in meant.items()}
    if form.name == "partner":
        typed |= {form.questions["shift_preference"]: _SHIFTS[c % len(_SHIFTS)], form.questions["partner_notes"]: "Hi"}
        partner = pick([other for other in season.signed_up() if other is not person], c)
        if partner is not None:
            typed[form.questions["partner_phone"]] = typed_phone(partner.phones[0], c)
    if not meant:
        return None
    season.town.fill_in(form, person, meant, typed)
    return f"{person.name} fills in the {form.name} form: {typed_text(typed)}"


@action("delete a form entry", 1)
def _delete_entry(season: Season, a: int, b: int, c: int) -> str | None:
    entry = pick(season.town.living_entries(), a)
    if entry is None:
        return None
    season.town.forms.delete(entry.form_id, entry.submission_id)
    return f"the {entry.form} entry of {season.town.people[entry.person].name} is deleted"


def identify(
    season: Season, person: Person, questions: Mapping[str, str], style: int, spelling: int
) -> Iterator[tuple[str, str]]:
    """How the sender says who the mentor is: by the MN id, an email or a phone; a parent gives their own email."""
    signup = season.town.signups[season.newest(person)]
    others = [other for other in season.town.people if other is not person]
    held_by_others = {  # such as a phone that has a new owner
        key
        for contact in season.town.living_contacts()
        if person.number not in season.town.owners[contact.id]
        for key in (*contact.phones, *map(mailbox, contact.emails))
    }
    own = {
        name: value
        for name, value in (("email", signup.values.get("personal_email")), ("phone", signup.values.get("phone")))
        if value not in (None, NOBODYS_EMAIL)
        and mailbox(value) not in held_by_others
        and not any(mailbox(value) in (*other.own_keys, *other.phones, *map(mailbox, other.emails)) for other in others)
    }
    kind = style % 3
    has_own_id = season.town.mn_owners[signup.mn_id] == person.number
    if "mn_id" in questions and kind == 0 and has_own_id:
        yield "mn_id", signup.mn_id
    names = [name for name in own if name in questions]
    if names and not (kind == 0 and "mn_id" in questions and has_own_id and spelling % 2):
        name = names[style % len(names)]
        yield name, own[name]


def type_key(name: str, value: str, style: int) -> Any:
    """A key as somebody types it."""
    if name == "mn_id":
        return (value, value.lower(), f" {value} ", value.removeprefix("MN"))[style % 4]
    return typed_phone(value, style) if name == "phone" else typed_email(value, style)
