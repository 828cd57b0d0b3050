"""Students who type another student's MN id, at sign-up or when correcting, and who correct it (rulebook section 2)."""

from tests.seasons.jotform_actions import signup_answers
from tests.seasons.people import Person
from tests.seasons.season import Season, action, pick, typed_text


@action("sign up with another student's MN id", 2)
def _sign_up_with_other_id(season: Season, a: int, b: int, c: int) -> str | None:
    people = [person for person in season.students() if not season.town.submissions_of(person, living=False)]
    person = pick(people, a)
    other = pick(_find_owners_of_ids(season), b)
    if person is None or other is None:
        return None
    mn_id = season.town.signups[season.newest(other)].mn_id
    values, typed = signup_answers(person, b, c)
    season.town.submit(person, values, typed, mn_id=mn_id)
    return f"{person.name} signs up with {mn_id}, which is {other.name}'s: {typed_text(typed)}"


@action("type another student's MN id", 2)
def _type_other_id(season: Season, a: int, b: int, c: int) -> str | None:
    owners = _find_owners_of_ids(season)
    person = pick(owners, a)
    other = pick([owner for owner in owners if owner is not person], b)
    if person is None or other is None:
        return None
    submission_id = season.newest(person)
    own, mn_id = season.town.signups[submission_id].mn_id, season.town.signups[season.newest(other)].mn_id
    season.town.type_mn_id(submission_id, mn_id)
    return f"{person.name} ({own}) types {mn_id}, which is {other.name}'s, into the sign-up"


@action("correct a mistyped MN id", 4)
def _correct_mistyped_id(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    mistyped = [
        (person, submission_id)
        for person in season.signed_up()
        for submission_id in town.submissions_of(person)
        if town.mn_owners[town.signups[submission_id].mn_id] != person.number
    ]
    choice = pick(mistyped, a)
    if choice is None:
        return None
    person, submission_id = choice
    used = {truth.mn_id for truth in town.signups.values()}
    own = [mn_id for mn_id, owner in town.mn_owners.items() if owner == person.number and mn_id not in used]
    mistyped_id, mn_id = town.signups[submission_id].mn_id, pick(own, b) if c % 4 else None
    if mn_id is None:
        mn_id = town.correct_mn_id(submission_id)
    else:
        town.type_mn_id(submission_id, mn_id)
    return f"{person.name} corrects the MN id {mistyped_id} to {mn_id}"


def _find_owners_of_ids(season: Season) -> list[Person]:
    """The students whose sign-up has an MN id of their own."""
    town = season.town
    return [
        person
        for person in season.signed_up()
        if town.mn_owners[town.signups[season.newest(person)].mn_id] == person.number
    ]
