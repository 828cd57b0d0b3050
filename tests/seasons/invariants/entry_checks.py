"""What must hold of the entries of the forms (rulebook section 7)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.observations import Observations
from tests.seasons.people import Person, mailbox


def check_entries(watch: Observations, result: YearResult, submissions: Mapping[str, Collection[str]]) -> None:
    """Every entry of a form is linked to the mentor whom it is about, or to none, and stays linked.

    `submissions`: all submissions of each person, by the one in use.
    """
    stored_under = {entry_id: key for key, mentor in result.mentors.known.items() for entry_id in mentor.entry_ids}
    _check_linked(watch, result, stored_under)
    _check_unlinked(watch, result, submissions, stored_under)
    watch.entries = {
        entry.submission_id: stored_under[entry.submission_id] for entry in result.mentors.entries if entry.is_latest
    }


def _check_linked(watch: Observations, result: YearResult, stored_under: Mapping[str, str]) -> None:
    by_id = _find_submissions_by_id(result)
    holders = {mn_id: set(map(watch.town.owner_of_mentor, in_use)) for mn_id, in_use in by_id.items()}
    present = set().union(*holders.values())
    known_keys = {key: set(map(mailbox, mentor.keys)) for key, mentor in result.mentors.known.items()}
    for entry in result.mentors.entries:
        submission_id, mn_id = entry.submission_id, entry.mn_id
        owner = watch.town.people[watch.town.entries[submission_id].person]
        typed = set(map(mailbox, watch.town.entry_keys[submission_id].values()))
        others = {key for used_id, keys in known_keys.items() if used_id not in by_id[mn_id] for key in keys}
        others -= {key for used_id in by_id[mn_id] for key in watch.town.keys_of(used_id)}
        is_left_alone = owner.number not in present and mailbox(mn_id) in typed and typed.isdisjoint(others)
        # No sync had read from this person what it says, perhaps from another one; or the only sign-up that is left has
        # the MN id, and nothing that it says is known of another one. Then it stays with the one who got it.
        if is_left_alone or not any((owner.number, key) in watch.said for key in typed):
            watch.unsaid_entries.add(submission_id)
        if submission_id in watch.unsaid_entries:
            continue
        stored = watch.town.owner_of_mentor(stored_under[submission_id])
        # Several have the id until a correction of it can be read; then what is stored shows whose entry it is.
        if owner.number not in holders[mn_id] or stored != owner.number:
            watch.fail("a form entry goes to somebody else", f"entry {submission_id} of {owner.name} goes to {mn_id}")


def _check_unlinked(
    watch: Observations,
    result: YearResult,
    submissions: Mapping[str, Collection[str]],
    stored_under: Mapping[str, str],
) -> None:
    linked = {entry.submission_id for entry in result.mentors.entries}
    mentors = watch.mentors(result)
    rows = {person.number: (mentor, submission_id) for person, mentor, submission_id in mentors}
    absent = {  # a deleted or unlisted sign-up may be whose entry it is
        key
        for submission_id, mentor in result.mentors.known.items()
        if watch.town.owner_of_mentor(submission_id) not in rows
        for key in mentor.keys
    }
    typed_by = defaultdict(set)
    for person, _, used_id in mentors:
        for key in watch.town.keys_of(used_id):
            typed_by[key].add(person.number)
    warned = {warning.subject.rpartition(":")[2] for warning in result.mentors.warnings}
    for entries in watch.system.entries.values():
        for entry in entries:
            truth = watch.town.entries[entry.submission_id]
            owner = watch.town.people[truth.person]
            count = sum(person is owner for person, _, _ in mentors)
            stored = stored_under.get(entry.submission_id)
            # It stays with an absent mentor who got it while nothing showed whose it is.
            is_anothers = stored is not None and watch.town.owner_of_mentor(stored) != truth.person
            is_unsaid = is_anothers and entry.submission_id in watch.unsaid_entries
            if count != 1 or entry.submission_id in linked or is_unsaid:
                continue
            mentor, submission_id = rows[truth.person]
            known = {mailbox(mentor.mn_id), *watch.town.keys_of(submission_id)}
            keys = watch.town.entry_keys[entry.submission_id]
            typed = set(map(mailbox, keys.values()))
            # A restored sign-up may have a phone again that has a new owner: such an entry fits both.
            fits = {key for key in known & typed - absent if typed_by[key] <= {truth.person}}
            if entry.submission_id in warned:
                fits -= _find_unproven_ids(watch, owner, result, entry.updated_at or entry.created_at)
            # An edited entry may say only what an absent person had when no sync had read it from this one.
            is_unclear = typed <= absent and not any((truth.person, key) in watch.said for key in typed)
            is_unclear |= typed <= _keys_of_absent(watch, owner, result) - known
            was_linked = watch.entries.get(entry.submission_id) in submissions[submission_id] and not is_unclear
            if (fits or was_linked) and mentor.sync_state != "blocked":
                watch.fail("a form entry is lost", f"{truth.form} entry with {dict(keys)} of {mentor.mn_id}")


def _find_submissions_by_id(result: YearResult) -> dict[str, list[str]]:
    """The submissions by MN id; a blocked sign-up with another's id has the row of its earlier id (section 5)."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for signup in result.signups.signups:
        by_id[signup.mn_id].append(signup.submission_id)
    for mentor in result.mentors.mentors:
        if mentor.mn_id not in by_id and mentor.submission_id is not None:
            by_id[mentor.mn_id].append(mentor.submission_id)
    return by_id


def _find_unproven_ids(watch: Observations, person: Person, result: YearResult, sent_at: datetime) -> set[str]:
    """The MN ids that somebody else had too, if one of them answered after an entry: perhaps with the other's id.

    Or if a sign-up of one of them is absent, perhaps since then.
    """
    owners: dict[str, set[int]] = defaultdict(set)
    answered_later, listed = set(), set()
    for signup in result.signups.signups:
        listed |= {signup.submission_id, *signup.superseded_submission_ids}
        number = watch.town.owner_of_mentor(signup.submission_id)
        if (signup.updated_at or signup.created_at) >= sent_at:
            answered_later.add(number)
        for mn_id in (signup.mn_id, *signup.superseded_mn_ids):
            owners[mailbox(mn_id)].add(number)
    for submission_id, mentor in result.mentors.known.items():
        number = watch.town.owner_of_mentor(submission_id)
        if submission_id not in listed:
            answered_later.add(number)
        for mn_id in mentor.mn_ids:
            owners[mailbox(mn_id)].add(number)
    return {mn_id for mn_id, numbers in owners.items() if numbers - {person.number} and numbers & answered_later}


def _keys_of_absent(watch: Observations, person: Person, result: YearResult) -> set[str]:
    """The MN ids, phones and emails of a person's known sign-ups that are absent and joined with no present one."""
    joined = {
        key
        for signup in result.signups.signups
        for key in (signup.submission_id, *signup.superseded_submission_ids, *signup.deleted_submission_ids)
    }
    absent = (
        mentor
        for key, mentor in watch.system.known.items()
        if key not in joined and watch.town.owner_of_mentor(key) == person.number
    )
    return {mailbox(key) for mentor in absent for key in (mentor.mn_id, *mentor.keys)}
