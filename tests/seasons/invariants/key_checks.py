"""What must hold of the phones and emails of a sign-up: the first of a box is the value, all are keys (rulebook 1)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise

from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.observations import Observations
from tests.seasons.people import NOBODYS_EMAIL, mailbox
from tests.seasons.simulated_services import FURTHER, KEYS

_MOST_SIGNUPS, _MOST_CONTACTS = 3, 6
"""A phone or email that more than these share may be a placeholder."""


def check_typed_keys(watch: Observations, result: YearResult) -> None:
    """The first value of a box is used, each one finds the contacts that have it and the person's other sign-ups."""
    keys = {key: watch.town.keys_of(key) for key, row in watch.system.submissions.items() if _is_in_use(watch, key)}
    unshared = _find_usable_keys(watch, keys)
    candidates = defaultdict(set)
    for candidate in result.candidates.candidates:
        candidates[candidate.submission_id].add(candidate.contact.contact_id)
    holders = defaultdict(set)
    for contact_id, contact in watch.system.contacts.items():
        for key in (*contact.phones, *map(mailbox, contact.emails)):
            holders[key].add(contact_id)
    for signup in result.signups.signups:
        meant = watch.town.answers[signup.submission_id]
        for name in KEYS:
            boxes = (meant.get(name), meant.get(FURTHER.get(name, "")))
            typed = next((value for value in boxes if value not in (None, NOBODYS_EMAIL)), None)
            used = getattr(signup, name)
            if (used or "").lower() != (typed or "").lower():  # letters beyond ASCII keep their case
                watch.fail(
                    "a phone or email is not the one that was typed first",
                    f"the {name} of sign-up {signup.submission_id} is {used}, typed was {typed}",
                )
        for key in keys[signup.submission_id] & unshared:
            unfound = holders[key] - candidates[signup.submission_id]
            if unfound:
                watch.fail(
                    "a contact with a typed phone or email is no candidate",
                    f"sign-up {signup.submission_id} typed {key}, which contact {min(unfound)} has",
                )
    _check_groups(watch, result, keys, unshared)


def _is_in_use(watch: Observations, submission_id: str) -> bool:
    submission = watch.system.submissions[submission_id]
    return submission_id in watch.town.signups and submission.status == "ACTIVE" and not submission.removed


def _find_usable_keys(watch: Observations, keys: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the phones and emails that are certainly no placeholders."""
    typed = Counter(key for keys_of_one in keys.values() for key in keys_of_one)
    contacts = watch.system.contacts.values()
    held = Counter(key for contact in contacts for key in {*contact.phones, *map(mailbox, contact.emails)})
    return {key for key, count in typed.items() if count <= _MOST_SIGNUPS and held[key] <= _MOST_CONTACTS} - {
        NOBODYS_EMAIL
    }


def _check_groups(
    watch: Observations, result: YearResult, keys: Mapping[str, frozenset[str]], unshared: set[str]
) -> None:
    """Two sign-ups of one name and with a common key that nobody else typed are one mentor's (rulebook section 2)."""
    mentors = {
        submission_id: signup.submission_id
        for signup in result.signups.signups
        for submission_id in (signup.submission_id, *signup.superseded_submission_ids)
    }
    typed_by = defaultdict(list)
    for submission_id in keys.keys() & mentors.keys():
        for key in keys[submission_id] & unshared:
            typed_by[key].append(submission_id)
    for key, submissions in typed_by.items():
        names = {
            (watch.town.owner_of_mentor(each), *(watch.town.answers[each].get(n) for n in ("first_name", "last_name")))
            for each in submissions
        }
        if len(names) > 1 or any(name is None for name in next(iter(names))):
            continue
        for one, other in pairwise(submissions):
            if mentors[one] != mentors[other]:
                watch.fail("one person stays two mentors", f"sign-ups {one} and {other} both typed {key}")
