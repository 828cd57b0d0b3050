"""What students do in Jotform during a season: sign up, edit, correct, delete and restore."""

from collections.abc import Callable
from typing import Any

from tests.seasons.people import Person
from tests.seasons.season import Season, action, pick, typed_text
from tests.seasons.simulated_services import SHIRTS, Q

_ODD_ANSWERS: tuple[tuple[str, Any], ...] = (
    ("a NUL", "my friend\0Kim"),
    ("half an emoji", "my friend \ud83d"),
    ("an answer of another shape", {"row": ["a", {"deep": "er"}]}),
    ("zero-width marks", "\u200bmy\u200e friend"),
    ("20,000 letters", "x" * 20_000),
)


_NO_NAMES = (
    "(706) 555-0199",
    "https://social.example/me",
    "404",
    "\U0001f600",
    "my name is {}",
    "{} <me@mail.example>",
    "Please call me {}",
    "same as above",
)


PHONE_STYLES = (
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}-{1}-{2} (mom)",
    "{0}{1}{2}.0",
    "001 {0} {1} {2}",
    "Cell: {0} {1} {2}",
)
EMAIL_STYLES = ("{0}", "{0}", "mailto:{0}", "<{0}>", "{0}.", "\u200b{0}")


def typed_phone(phone: str, style: int) -> dict[str, str]:
    """A US number as somebody types it."""
    digits = phone.removeprefix("+1")
    return {"full": PHONE_STYLES[style % len(PHONE_STYLES)].format(digits[:3], digits[3:6], digits[6:])}


def typed_email(email: str, style: int) -> str:
    """An address as somebody types it."""
    return EMAIL_STYLES[style % len(EMAIL_STYLES)].format(email)


# The styles of `typed_name` that are boxes filled in wrongly: a neat name in Givebutter stays (rulebook section 7).
_UNTIDY = range(1, 5)


def typed_name(person: Person, style: int) -> tuple[dict[str, str], str]:
    """The name boxes as somebody fills them in, and the first name that is meant."""
    first, last = pick(person.spellings, style // 6) or person.first, person.typed_last or person.last
    boxes = {
        1: {"first": first.upper(), "last": last.upper()},
        2: {"first": f"{first} {last}", "last": last},
        3: {"first": first[:2] + "\u200b" + first[2:], "last": last + " "},
        4: {"first": first.lower(), "last": last.lower()},
    }
    answer = ("", "", "same", "she/her", "Ms.", last, "No")[style % 7]  # to the question for a preferred name
    name = boxes.get(style % 6, {"first": first, "last": last})
    return ({**name, "prefix": answer} if answer else name), first


def signup_answers(person: Person, a: int, b: int) -> tuple[dict[str, str], dict[str, Any]]:
    """The answers of a sign-up as they are meant, and as they are typed by question."""
    name, first = typed_name(person, a)
    phone, email = person.phones[0], person.emails[0]
    values = {"phone": phone, "personal_email": email, "shirt_size": SHIRTS[b % len(SHIRTS)]}
    if a % 6 not in _UNTIDY:
        values |= {"first_name": first, "last_name": name["last"]}
    typed: dict[str, Any] = {
        Q["name"]: name,
        Q["phone"]: typed_phone(phone, b),
        Q["personal_email"]: typed_email(email, b // 6),
        Q["shirt_size"]: values["shirt_size"],
    }
    if b % 3 and person.uga:
        values["uga_email"] = typed[Q["uga_email"]] = person.uga
    return values, typed


@action("sign up", 10)
def _sign_up(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick([person for person in season.students() if not season.town.submissions_of(person)], a)
    if person is None or season.town.submissions_of(person, living=False):
        return None
    values, typed = signup_answers(person, b, c)
    submission_id = season.town.submit(person, values, typed)
    return f"{person.name} signs up as {season.town.signups[submission_id].mn_id}: {typed_text(typed)}"


@action("sign up after a deletion", 4)
def _sign_up_anew(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    gone = [
        person
        for person in season.students()
        if town.submissions_of(person, living=False) and not town.submissions_of(person)
    ]
    person = pick(gone, a)
    if person is None or len(town.submissions_of(person, living=False)) > 3:
        return None
    values, typed = signup_answers(person, b, c)
    submission_id = town.submit(person, values, typed)
    return f"{person.name}, whose sign-up is gone, signs up as {town.signups[submission_id].mn_id}: {typed_text(typed)}"


@action("sign up again", 2)
def _sign_up_again(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None or len(season.town.submissions_of(person)) > 2:
        return None
    values, typed = signup_answers(person, b, c)
    submission_id = season.town.submit(person, values, typed)
    return f"{person.name} signs up again as {season.town.signups[submission_id].mn_id}: {typed_text(typed)}"


@action("edit phone in Jotform", 4)
def _edit_phone(season: Season, a: int, b: int, c: int) -> str | None:
    return _edit_answer(season, a, "phone", b, lambda phone: typed_phone(phone, c))


@action("edit email in Jotform", 4)
def _edit_email(season: Season, a: int, b: int, c: int) -> str | None:
    return _edit_answer(season, a, "personal_email", b, lambda email: typed_email(email, c))


@action("edit phone and email in Jotform", 3)
def _edit_both(season: Season, a: int, b: int, c: int) -> str | None:
    phone = _edit_answer(season, a, "phone", b, lambda phone: typed_phone(phone, 0))
    email = _edit_answer(season, a, "personal_email", b, lambda email: typed_email(email, 0))
    return " and ".join(filter(None, (phone, email))) or None


@action("edit shirt size in Jotform", 2)
def _edit_shirt(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    return _answer(season, person, "shirt_size", SHIRTS[b % len(SHIRTS)], lambda shirt: shirt)


@action("edit name in Jotform", 2)
def _edit_name(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    first = pick(person.spellings, b) or person.first
    last = person.typed_last or person.last
    submission_id = season.newest(person)
    sentence = _answer(season, person, "first_name", first, lambda name: {"first": name, "last": last}, Q["name"])
    if sentence is not None:
        season.town.signups[submission_id].values["last_name"] = last
        season.watch.boxes_corrected(person, submission_id)
    return sentence


def _edit_answer(season: Season, a: int, name: str, b: int, typed: Callable[[str], Any]) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    present = season.town.signups[season.newest(person)].values.get(name)
    known = person.phones if name == "phone" else person.emails
    others = [mn_id for mn_id in known if mn_id != present]
    if b % 3 == 0 or not others:
        others = [season.watch.new_key(person, name)]
    return _answer(season, person, name, others[b % len(others)], typed)


def _answer(
    season: Season, person: Person, name: str, value: str, typed: Callable[[str], Any], question: str | None = None
) -> str | None:
    submission_id = season.newest(person)
    if season.town.signups[submission_id].values.get(name) == value:
        return None
    answers = {question or Q[name]: typed(value)}
    season.town.edit_signup(submission_id, {name: value}, answers)
    return f"{person.name} corrects the {name} in Jotform: {typed_text(answers)}"


@action("correct MN id", 2)
def _correct_mn_id(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    old = season.town.signups[submission_id].mn_id
    return (
        f"the MN id of {person.name}'s sign-up is corrected: {old} becomes {season.town.correct_mn_id(submission_id)}"
    )


@action("delete sign-up", 2)
def _delete_signup(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    season.town.forms.delete(season.town.form.id, season.newest(person))
    return f"{person.name}'s sign-up is deleted in Jotform"


@action("restore sign-up", 3)
def _restore_signup(season: Season, a: int, b: int, c: int) -> str | None:
    deleted = [submission for submission in season.town.form.submissions.values() if submission.status == "DELETED"]
    submission = pick(deleted, a)
    if submission is None:
        return None
    submission.status, submission.updated_at = "ACTIVE", season.town.now
    person = season.town.people[season.town.owner_of_mentor(submission.id)]
    return f"{person.name}'s sign-up is restored in Jotform"


@action("junk in the name boxes", 1)
def _junk_name(season: Season, a: int, b: int, c: int) -> str | None:
    contacts = {mentor.submission_id: mentor.gb_contact_id for mentor in season.system.mentors.values()}
    people = [person for person in season.signed_up() if season.newest(person) in contacts]
    person = pick(sorted(people, key=lambda person: contacts[season.newest(person)] is None), a)
    if person is None:
        return None
    last = person.typed_last or person.last
    junk = (".", f"{person.first.lower()}@mail.example", person.first[0], f"{person.first}\U0001f600", "n/a")
    boxes = {"first": person.first, "last": last}
    if c % 4:
        box = ("first", "last", "prefix")[c % 4 - 1]
        boxes[box] = _NO_NAMES[b % len(_NO_NAMES)].format(last if box == "last" else person.first)
    else:
        boxes["first"] = junk[b % len(junk)]
    submission_id = season.newest(person)
    season.town.edit_signup(submission_id, {}, {Q["name"]: boxes})
    season.town.forget_names(submission_id)
    if boxes["first"].isalpha():
        season.watch.wrong_names[person.number].add(("First Name", boxes["first"]))
    return f"{person.name} types junk into the name boxes: {typed_text({'name': boxes})}"


@action("odd answer in Jotform", 1)
def _odd_answer(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    what, answer = _ODD_ANSWERS[b % len(_ODD_ANSWERS)]
    question = (Q["gender"], "howHeard")[c % 2]
    season.town.forms.edit(season.town.form.id, season.newest(person), {question: answer})
    return f"{person.name} answers {question} with {what}"


# Givebutter
