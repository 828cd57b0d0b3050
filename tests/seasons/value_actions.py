"""Values that are hard to take: two in one box, what an import rejects, and duplicates with values of their own."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mentorsync_pipeline.sandbox.gb_model import Address
from tests.seasons.jotform_actions import typed_phone
from tests.seasons.loop_actions import carry_out
from tests.seasons.people import Person
from tests.seasons.season import Season, action, owner_of, pick, typed_text
from tests.seasons.simulated_services import FURTHER, SHIRT_LABEL, SHIRTS, UNCONFIGURED_SHIRT, Q

_SINCE = datetime(2019, 8, 1, tzinfo=UTC)
_BETWEEN = (" / ", " or ", ", ", "; ", "\n")
_ADDRESSES = (
    Address("14 Elm St", "Athens", "GA", "30605", address_2="Apt 3"),
    Address("15 Elm St", "Athens", "GA", ""),
    Address("16 Elm St", "", "GA", "30605"),
    Address("17 Elm St", "Athens", "", "30605", address_2="Apt 5"),
    Address("", "Athens", "GA", "30605"),
    Address("-18 Elm St", "Athens", "GA", "30605"),
    Address("19 Elm St", "Athens", "GA", "30605", address_2="x" * 300),
    Address("20 Elm St", "Athens", "GA", "30605"),
)


@action("sign up with two phones or emails in one box", 4)
def _sign_up_with_two(season: Season, a: int, b: int, c: int) -> str | None:
    """In any order: the first one is the value, and both are keys (rulebook section 1)."""
    town = season.town
    person = pick([person for person in season.students() if not town.submissions_of(person, living=False)], a)
    if person is None:
        return None
    values = {"first_name": person.spellings[b % len(person.spellings)], "last_name": person.typed_last or person.last}
    values |= {"shirt_size": SHIRTS[b % len(SHIRTS)]}
    typed: dict[str, Any] = {
        Q["name"]: {"first": values["first_name"], "last": values["last_name"]},
        Q["shirt_size"]: values["shirt_size"],
    }
    for place, (name, known) in enumerate((("phone", person.phones), ("personal_email", person.emails))):
        listed = known[:2] if c % 3 != place else known[:1]
        if (b >> place) % 2:
            listed = listed[::-1]
        values |= dict(zip((name, FURTHER[name]), listed, strict=False))
        written = [typed_phone(value, 1)["full"] if name == "phone" else value for value in listed]
        text = _BETWEEN[(c + place) % len(_BETWEEN)].join(written)
        typed[Q[name]] = {"full": text} if name == "phone" else text
    submission_id = town.submit(person, values, typed)
    return f"{person.name} signs up as {town.signups[submission_id].mn_id}: {typed_text(typed)}"


@action("type a foreign phone in Jotform", 2)
def _foreign_phone(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    phone = _new_foreign_phone(person, b)
    season.town.edit_signup(season.newest(person), {"phone": phone}, {Q["phone"]: {"full": phone}})
    return f"{person.name} types a foreign phone: {phone}"


@action("enter a foreign phone in Givebutter", 2)
def _foreign_phone_in_givebutter(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick(season.town.living_contacts(), a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    phone = _new_foreign_phone(season.town.people[owner], b)
    if phone in contact.phones:
        return None
    season.town.contacts.change(contact, phones=[phone, *contact.phones] if c % 2 else [*contact.phones, phone])
    if contact.phones[0] == phone:
        season.watch.givebutter_edit(contact.id, "phone", phone)
    return f"the foreign phone {phone} is entered on contact {contact.id} ({owner_of(season, contact.id)})"


def _new_foreign_phone(person: Person, number: int) -> str:
    phone = f"+442079460{200 + person.number * 8 + number % 8:03d}"
    person.own_keys |= {phone}
    return phone


@action("answer with an unknown option", 2)
def _unknown_answer(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    name, answer = (("shirt_size", "Youth L"), ("uga_class", "5th year+"), ("shirt_size", "medium, please"))[b % 3]
    season.town.edit_signup(season.newest(person), {name: answer}, {Q[name]: answer})
    return f"{person.name} answers the {name} with {answer}"


@action("choose an option that the configuration lacks", 2)
def _unconfigured_option(season: Season, a: int, b: int, c: int) -> str | None:
    """Givebutter holds it, and the row sends it back (rulebook section 9)."""
    contact = pick(season.town.living_contacts(), a)
    if contact is None:
        return None
    custom = {**contact.custom, SHIRT_LABEL: UNCONFIGURED_SHIRT}
    if not season.town.contacts.change(contact, custom=custom):
        return None
    season.watch.givebutter_edit(contact.id, "shirt_size", UNCONFIGURED_SHIRT)
    return f"the shirt of contact {contact.id} ({owner_of(season, contact.id)}) becomes {UNCONFIGURED_SHIRT}"


@action("retire an option in Givebutter", 1)
def _retire_option(season: Season, a: int, b: int, c: int) -> str | None:
    """Contacts keep it, the import accepts it no longer, and perhaps the configuration follows."""
    fields, system = season.town.contacts.custom_fields, season.system
    field, shirt = fields[SHIRT_LABEL], SHIRTS[a % len(SHIRTS)]
    listed = system.config.custom_field_options["shirt_size"]
    if shirt in field.options:
        fields[SHIRT_LABEL] = replace(field, options=tuple(option for option in field.options if option != shirt))
        return f"{shirt} is no longer an option of the shirt size in Givebutter"
    if shirt not in listed:
        return None
    options = {**system.config.custom_field_options, "shirt_size": tuple(each for each in listed if each != shirt)}
    system.config = system.config.model_copy(update={"custom_field_options": options})
    return f"the configuration no longer lists {shirt} as a shirt size"


_DETAILS: tuple[dict[str, Any], ...] = (
    {"pronouns": "she/her", "employer": "Oconee Mill, LLC", "title": "Head of R&D; Europe", "dob": "2004-02-29"},
    {"prefix": "Ms.", "middle_name": "de  la", "twitter_url": "https://x.example/@one", "contact_since": _SINCE},
    {
        "gender": "Female",
        "tiktok_url": "https://tiktok.example/one",
        "employer": 'The "Old" Mill\nAthens',
    },
    {"gender": "Prefer not to say", "prefix": "mr", "title": "Señora – Übersetzerin", "linkedin_url": "in/one"},
    {"employer": "N/A", "title": "none", "pronouns": ".", "middle_name": "n/a"},
)


@action("write details in Givebutter", 3)
def _write_details(season: Season, a: int, b: int, c: int) -> str | None:
    """MentorSync has no value for most of them, and sends them back."""
    contact = pick(season.town.living_contacts(), a)
    details = _DETAILS[b % len(_DETAILS)]
    if contact is None or not season.town.contacts.change(contact, **details):
        return None
    return f"contact {contact.id} ({owner_of(season, contact.id)}) gets {', '.join(details)}"


@action("write an address in Givebutter", 3)
def _write_address(season: Season, a: int, b: int, c: int) -> str | None:
    """Whole or in part, with a second line or without, or one that cannot be sent."""
    contact = pick(season.town.living_contacts(), a)
    if contact is None:
        return None
    address = _ADDRESSES[b % len(_ADDRESSES)]
    kept = contact.addresses[:1] if c % 3 == 0 else []
    if not season.town.contacts.change(contact, addresses=[address, *(held for held in kept if held != address)]):
        return None
    text = ", ".join(filter(None, (address.address_1, (address.address_2 or "")[:9], address.city, address.zipcode)))
    return f"the address of contact {contact.id} ({owner_of(season, contact.id)}) becomes {text}"


@action("tag with a comma", 1)
def _comma_tag(season: Season, a: int, b: int, c: int) -> str | None:
    """The cell is left out; where Givebutter clears tags by a blank cell, no cell keeps such a tag."""
    contact = pick(season.town.living_contacts(), a)
    tag = ("Athens, GA", "Board, former")[b % 2]
    if contact is None or tag in contact.tags or season.town.options.import_blank == "clear":
        return None
    season.town.contacts.change(contact, tags=[*contact.tags, tag])
    return f"contact {contact.id} ({owner_of(season, contact.id)}) is tagged {tag!r}"


@action("a newsletter creates a duplicate", 4)
def _newsletter_duplicate(season: Season, a: int, b: int, c: int) -> str | None:
    """A contact without donations, with an email, a phone and a tag that no other contact has, perhaps opted out."""
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    email = season.town.signups[season.newest(person)].values.get("personal_email")
    if email not in person.own_keys:
        email = person.uga
    emails = [email or "", *([season.watch.new_key(person, "personal_email")] if b % 2 else [])]
    phones = [season.watch.new_key(person, "phone")] if b // 2 % 3 else []
    tags = ["Newsletter", f"Spring {c % 5}"] if b // 6 % 2 else []
    contact = season.town.contacts.create(
        first_name=person.first,
        last_name=person.typed_last or person.last,
        emails=emails,
        phones=phones,
        tags=tags,
        addresses=[_ADDRESSES[0]] if b // 12 % 4 == 0 else [],
        email_subscribed=c // 5 % 3 > 0,
        phone_subscribed=c // 15 % 3 > 0,
        address_subscribed=c // 45 % 3 > 0,
    )
    season.town.owners[contact.id] = frozenset((person.number,))
    return f"a newsletter makes contact {contact.id} of {person.name}: {', '.join((*emails, *phones, *tags))}"


@action("apply the archive plan while people edit", 3)
def _apply_during_edits(season: Season, a: int, b: int, c: int) -> str | None:
    """A duplicate or the contact that is kept changes after the last export (rulebook section 10)."""
    town, result = season.town, season.system.result
    row = pick([row for row in result.plan if row.plan_state == "planned"] if result else [], a)
    duplicate, winner = (town.contacts.get(key or 0) for key in (row and row.contact_id, row and row.winner_contact_id))
    if duplicate is None or winner is None or len(town.owners[duplicate.id]) != 1:
        return None
    (owner,) = town.owners[duplicate.id]
    person = town.people[owner]
    match b % 5:
        case 0:
            town.contacts.change(winner, archived_at=town.now)
        case 1:
            town.contacts.change(duplicate, phones=[*duplicate.phones, season.watch.new_key(person, "phone")])
        case 2:
            town.contacts.change(duplicate, tags=[*duplicate.tags, f"Call {c}"])
        case 3:
            town.contacts.change(duplicate, email_subscribed=False, phone_subscribed=False)
        case _:
            town.contacts.change(duplicate, total_contributions=duplicate.total_contributions + 25)
    return f"contact {(duplicate, winner)[b % 5 == 0].id} ({person.name}) changes, and {carry_out(season, None)}"
