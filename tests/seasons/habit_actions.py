"""Unusual ways of writing the same thing: in the sign-up form, and in Givebutter's External IDs and emails."""

from collections.abc import Callable
from typing import Any

from tests.seasons.jotform_actions import typed_phone
from tests.seasons.people import NOBODYS_EMAIL, Person, is_first_name_known, mailbox, plain_id, respell
from tests.seasons.season import Season, action, owner_of, pick, typed_text
from tests.seasons.simulated_services import FURTHER, SHIRTS, Q

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
_JUNK_PHONES = ("7.06555E+09", "777-777-7777", "555-0100", "none", "706 555 01", "see email")
_JUNK_EMAILS = ("none@none.com", "na@na.com", "test@test.com", "n/a", "no email", "student@gmail", "7065550100")


def _widen(text: str) -> str:
    return text.translate(_FULL_WIDTH)


def _spell_phone(phone: str, person: Person, style: int) -> str:
    """One phone as somebody types it."""
    digits = phone.removeprefix("+1")
    dashed = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return (_widen(dashed), f"\u202d{dashed}\u202c", f"tel:+1{digits}", f"{dashed} x12", f"1 {dashed}")[style % 5]


def _spell_email(email: str, person: Person, style: int) -> str:
    """One email as somebody types it."""
    named = f"{person.name} <{email.upper()}>"
    return (_widen(email), named, f'"{email}"', f"{email},", f"my email: {email}", email.upper())[style % 6]


@action("write phone or email in another way", 4)
def _rewrite(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    name = ("phone", "personal_email")[b % 2]
    value = season.town.signups[submission_id].values.get(name)
    if value is None:
        return None
    spell: Callable[[str, Person, int], str] = _spell_phone if name == "phone" else _spell_email
    typed = _answer(name, spell(value, person, c))
    season.town.edit_signup(submission_id, {name: value}, typed)
    return f"{person.name} writes the {name} in another way: {typed_text(typed)}"


@action("type two phones or emails in one box", 3)
def _type_two(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    name = ("phone", "personal_email")[b % 2]
    first = season.town.signups[submission_id].values.get(name)
    known = person.phones if name == "phone" else person.emails
    second = pick([signup for signup in known if signup != first], c)
    if first is None or second is None:
        return None
    written = [typed_phone(value, 1)["full"] if name == "phone" else value for value in (first, second)]
    typed = _answer(name, (" or ", " / ", ", ", "; ", "\n")[c % 5].join(written))
    season.town.edit_signup(submission_id, {name: first, FURTHER[name]: second}, typed)
    return f"{person.name} types two values for the {name}: {typed_text(typed)}"


@action("type another spelling of a Gmail address", 3)
def _respell_in_jotform(season: Season, a: int, b: int, c: int) -> str | None:
    signups = {person.number: season.town.signups[season.newest(person)].values for person in season.signed_up()}
    at_gmail = [person for person in season.signed_up() if "@g" in signups[person.number].get("personal_email", "")]
    person = pick(at_gmail, a)
    if person is None:
        return None
    email = respell(signups[person.number]["personal_email"], b)
    typed = _answer("personal_email", email)
    season.town.edit_signup(season.newest(person), {"personal_email": email}, typed)
    return f"{person.name} types the email in another spelling: {email}"


@action("type junk for phone or email", 2)
def _type_junk(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    name, junk = (("phone", _JUNK_PHONES), ("personal_email", _JUNK_EMAILS))[b % 2]
    values = season.town.signups[submission_id].values
    lives_alone = all(other is person or other.household != person.household for other in season.town.people)
    if name not in values or (name == "personal_email" and "uga_email" not in values and not lives_alone):
        return None  # by rulebook section 1 Marie without an email and Maria with the same phone are one person
    typed = _answer(name, junk[c % len(junk)])
    season.town.remove_answer(submission_id, name, typed)
    return f"{person.name} types junk for the {name}: {typed_text(typed)}"


def _answer(name: str, text: str) -> dict[str, Any]:
    return {Q[name]: {"full": text} if name == "phone" else text}


def _submissions_of_others(season: Season, person: Person) -> list[set[str]]:
    """The sign-ups of each other one of the household: Irons Keith and Irons Karen could be one Irons, renamed."""
    return [
        set(season.town.submissions_of(other, living=False))
        for other in season.town.people
        if other is not person and other.household == person.household
    ]


@action("fill in the name boxes wrongly", 3)
def _wrong_boxes(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    first, last = person.first, person.typed_last or person.last
    whole = f"{first} {last}"
    submissions = season.town.submissions_of(person, living=False)
    is_unclear = not is_first_name_known(first, last) and (
        not season.system.known.keys().isdisjoint(submissions)
        or any(contact.last_name != last for contact in season.town.contacts_of(person))
        or any(map(season.watch.swapped.intersection, _submissions_of_others(season, person)))
    )
    is_linked = any(season.system.known[key].contact_id for key in submissions if key in season.system.known)
    is_renamed = not is_linked and any(contact.last_name != last for contact in season.town.contacts_of(person))
    if b % 7 == 0 and (is_unclear or is_renamed or not last.startswith(person.last)):
        b += 1  # they may be a correction, or, with another last name than the contact's, another person's name
    boxes = (
        {"first": last, "last": first},
        {"first": "", "last": whole},
        {"first": whole, "last": whole},
        {"first": _widen(first), "last": last},
        {"first": f"\u202a{first}\u202c", "last": f"{last}\u00a0"},
        {"prefix": person.spellings[-1], "first": first, "last": last},
        {"first": f"  {first.upper()} ", "last": last.lower()},
    )[b % 7]
    season.town.edit_signup(submission_id, {}, {Q["name"]: boxes})
    season.town.forget_names(submission_id)
    season.watch.swapped.discard(submission_id)
    season.watch.in_wrong_boxes.setdefault(submission_id, season.system.submissions)
    if b % 7 == 0:
        season.watch.wrong_names[person.number] |= {("First Name", last), ("Last Name", first)}
        season.watch.swapped.add(submission_id)
    return f"{person.name} fills in the name boxes wrongly: {typed_text({'name': boxes})}"


@action("correct MN id by hand", 1)
def _correct_by_hand(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    spelling = (" {} ", "{}\u200b", "\u00a0{}")[b % 3]
    mn_id = season.town.correct_mn_id(season.newest(person), spelling)
    return f"the MN id of {person.name}'s sign-up is typed by hand: {spelling.format(mn_id)!a}"


@action("retype External ID in Givebutter", 2)
def _retype_external_id(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick([contact for contact in season.town.living_contacts() if contact.external_id], a)
    if contact is None or contact.external_id is None:
        return None
    plain = plain_id(contact.external_id)
    retyped = (plain.lower(), f"{plain} ", plain.capitalize(), plain)[b % 4]
    if season.town.contacts.holder(retyped) is not None or not season.town.contacts.change(
        contact, external_id=retyped
    ):
        return None
    return f"the External ID of contact {contact.id} ({owner_of(season, contact.id)}) is retyped as {retyped!r}"


@action("type another spelling of a Gmail address in Givebutter", 1)
def _respell_in_givebutter(season: Season, a: int, b: int, c: int) -> str | None:
    at_gmail = [contact for contact in season.town.living_contacts() if contact.emails and "@g" in contact.emails[0]]
    contact = pick(at_gmail, a)
    if contact is None:
        return None
    email = respell(contact.emails[0], b)
    if not season.town.contacts.change(contact, emails=[email, *contact.emails[1:]]):
        return None
    return f"the email of contact {contact.id} ({owner_of(season, contact.id)}) is spelled {email} in Givebutter"


@action("marks or several people in the name boxes", 1)
def _odd_names(season: Season, a: int, b: int, c: int) -> str | None:
    linked = {mentor.submission_id for mentor in season.system.mentors.values() if mentor.gb_contact_id is not None}
    person = pick([person for person in season.signed_up() if season.newest(person) in linked], a)
    if person is None:
        return None
    first, last = person.first, person.typed_last or person.last
    typed, sent = (
        (f"'{first}'", first),
        (f"-{first}", first),
        (f"{first} & Zuzu", f"{first} & Zuzu"),
        (f"{first}'s mom", f"{first}'s mom"),
        ("Miss", None),
        ("FNU", None),
    )[b % 6]
    submission_id = season.newest(person)
    season.town.edit_signup(submission_id, {}, {Q["name"]: {"first": typed, "last": last}})
    season.town.forget_names(submission_id)
    season.watch.wrong_names[person.number].add(("First Name", sent))
    return f"{person.name} types into the name boxes: {typed} {last}"


@action("sign up without a first name", 1)
def _sign_up_without_name(season: Season, a: int, b: int, c: int) -> str | None:
    """Only of people whose keys nobody else has: a contact of others would fit (rulebook section 3)."""
    town = season.town
    person = pick([person for person in season.students() if not town.submissions_of(person, living=False)], a)
    if person is None:
        return None
    values = {"phone": person.phones[0], "personal_email": person.emails[0], "shirt_size": SHIRTS[b % len(SHIRTS)]}
    typed = {*person.phones, *map(mailbox, person.emails)}
    others = [other for other in season.students() if other is not person and other.household == person.household]
    shared = [
        contact
        for contact in town.living_contacts()
        if town.owners[contact.id] != frozenset((person.number,))
        and typed.intersection((*contact.phones, *map(mailbox, contact.emails)))
    ]
    if others or NOBODYS_EMAIL in typed or shared:
        return None
    name = {"first": (".", "Miss", "", "n/a")[b % 4], "last": person.typed_last or person.last}
    answers = {Q["name"]: name, Q["phone"]: typed_phone(person.phones[0], c), Q["personal_email"]: person.emails[0]}
    submission_id = town.submit(person, values, {**answers, Q["shirt_size"]: values["shirt_size"]})
    season.watch.wrong_names[person.number].add(("First Name", None))
    return f"{person.name} signs up without a first name as {town.signups[submission_id].mn_id}: {typed_text(answers)}"
