"""Records of known mentors, kept while a sign-up is deleted or corrected (rulebook sections 2, 3 and 7).

Records are by submission id, because a corrected MN id, phone or email does not change it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from types import MappingProxyType
from typing import TypeVar

from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.decisions import group_collision_answers
from mentorsync_pipeline.domain.lost_names import has_lost_name, has_other_last_name, restore_lost_name
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.records import Contact, Mentor, Signup
from mentorsync_pipeline.domain.sharing import person_name

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMentor:
    """One row of `known_mentors`: a submission that was used for a mentor, or that shared a mentor's MN id at first.

    Attributes:
        mn_id: the mentor's last MN id.
        mn_ids: all MN ids that the submission, or one that it has superseded, has had. Not one that was another
            mentor's when it was typed.
        contact_id: the contact to which the mentor was last linked.
        names: first, last and preferred name of the sign-up when that link was made, or before if superseded sign-ups
            are the same person's by an earlier last name; without a link, the last ones of a blocked mentor. "" for
            none; empty if unknown.
        sent_names: first and last name that import rows last had in place of other ones, or of none, of the contact.
        member_ids: all campaign members that were matched to the mentor.
        entry_ids: all form entries that were linked to the mentor, also while the mentor was blocked.
        keys: phone and emails of the sign-up when the link was last calculated.
        superseded_submission_ids: all submissions that this one has superseded.
        last_row: the last row of `mentors`, while there is no present one.

    """

    submission_id: str
    mn_id: str
    mn_ids: tuple[str, ...] = ()
    contact_id: int | None = None
    names: tuple[str, ...] = ()
    sent_names: tuple[str, ...] = ()
    member_ids: tuple[int, ...] = ()
    entry_ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    superseded_submission_ids: tuple[str, ...] = ()
    last_row: Mentor | None = None


KnownMentors = Mapping[str, KnownMentor]
"""Known mentors of a year by submission id."""

NO_KNOWN_MENTORS: KnownMentors = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The contact that a mentor is linked to.

    Attributes:
        keys: phone and emails of the sign-up when the link was last calculated.
        names: `KnownMentor.names`.
        mn_ids: all MN ids that the mentor's submissions have had.

    """

    contact_id: int
    keys: frozenset[str] = field(default_factory=frozenset)
    names: tuple[str, ...] = ()
    mn_ids: tuple[str, ...] = ()


NO_LINKS: Mapping[str, Link] = MappingProxyType({})


Submissions = Mapping[str, tuple[str, ...]]
"""All submissions of each mentor by the submission in use, which comes first."""


def restore_known_name(signup: Signup, known: KnownMentors) -> Signup:
    """Return a sign-up with the names of its known mentor if its own is no name any more, also without a link."""
    mentor = known.get(signup.submission_id)
    return signup if mentor is None else restore_lost_name(signup, mentor.names)


def find_person_submissions(signups: Iterable[Signup], known: KnownMentors) -> dict[str, tuple[str, ...]]:
    """Find the submissions of each sign-up's person.

    These are the sign-up itself, the superseded and the deleted ones, and deleted ones that had superseded, or been
    superseded by, one of them. Records of a deleted submission still belong to the mentor.
    """
    listed = list(signups)
    current_ids = {key for signup in listed for key in (signup.submission_id, *signup.superseded_submission_ids)}
    later: dict[str, list[str]] = defaultdict(list)
    for mentor in known.values():
        if mentor.submission_id not in current_ids:
            for superseded in mentor.superseded_submission_ids:
                later[superseded].append(mentor.submission_id)
    result = {}
    for signup in listed:
        own_ids = (signup.submission_id, *signup.superseded_submission_ids, *signup.deleted_submission_ids)
        earlier = (
            key
            for submission_id in own_ids
            if submission_id in known
            for key in known[submission_id].superseded_submission_ids
            if key not in current_ids
        )
        superseding = (key for submission_id in own_ids for key in later.get(submission_id, ()))
        result[signup.submission_id] = tuple(dict.fromkeys((*own_ids, *earlier, *superseding)))
    return result


def find_links(
    signups: Sequence[Signup],
    known: KnownMentors,
    decisions: Decisions = MappingProxyType({}),
    chosen: Mapping[int, Contact] = MappingProxyType({}),
) -> dict[str, Link]:
    """Find the contact that each mentor is linked to, by submission id.

    A contact that a person chose counts as linked from the first run with the answer, as in later runs. Otherwise, uses
    the link of the person's submission that was in use in the last run, or of the newest one with a link. Links of
    submissions that belong to no present sign-up, such as deleted ones, are included.

    Args:
        decisions: result of `decision_owners.map_decisions_to_present_ids`.
        chosen: active contacts that decisions name, by contact id.

    """
    contact_links = _find_known_links(signups, known)
    holders = {signup.external_id_key: signup.submission_id for signup in signups}
    answers = group_collision_answers(decisions)
    for signup in signups:
        decision = decisions.get((signup.mn_id, "contact_selection", signup.submission_id))
        answer = max(answers.get(signup.mn_id, ()), key=attrgetter("id"), default=None)
        if decision is None or (answer is not None and isinstance(answer.value, int) and answer.id > decision.id):
            decision = answer
        contact = chosen.get(decision.value) if decision is not None and isinstance(decision.value, int) else None
        link = contact_links.get(signup.submission_id)
        if contact is None or (link is not None and link.contact_id == contact.contact_id):
            continue
        is_other_mentors = holders.get(contact.external_id_key, signup.submission_id) != signup.submission_id
        if contact.external_id_key is None or not is_other_mentors:
            contact_links[signup.submission_id] = Link(
                contact_id=contact.contact_id,
                keys=frozenset(_match_keys(signup)),
                names=link.names if link is not None and has_lost_name(signup, link.names) else _names_of(signup),
                mn_ids=link.mn_ids if link is not None else (signup.mn_id,),
            )
    return contact_links


def _find_known_links(signups: Iterable[Signup], known: KnownMentors) -> dict[str, Link]:
    people = find_person_submissions(signups, known)
    assigned_ids = {submission_id for submissions in people.values() for submission_id in submissions}
    people |= {key: (key,) for key in known if key not in assigned_ids}
    contact_links = {}
    for counting, submissions in people.items():
        mentors = [known[key] for key in submissions if key in known and known[key].contact_id is not None]
        latest = min(mentors, key=lambda mentor: mentor.last_row is not None, default=None)
        if latest is not None and latest.contact_id is not None:
            contact_links[counting] = Link(
                contact_id=latest.contact_id,
                keys=frozenset(latest.keys),
                names=latest.names,
                mn_ids=tuple(dict.fromkeys(mn_id for mentor in mentors for mn_id in mentor.mn_ids)),
            )
    return contact_links


def find_pages(people: Submissions, known: KnownMentors) -> dict[int, str]:
    """Return the mentor's submission id of each known campaign member, by member id."""
    return {
        member_id: counting
        for counting, submissions in sorted(people.items())
        for submission_id in submissions
        if submission_id in known
        for member_id in known[submission_id].member_ids
    }


def find_entries(people: Submissions, known: KnownMentors, earlier: Mapping[str, Mentor]) -> dict[str, str]:
    """Return the mentor's submission id of each form entry that was linked to one of the person's submissions.

    Args:
        earlier: result of `find_earlier_rows`; a row may be of a submission that shares only the MN id.

    """
    owned = [(owner, submission_id) for owner, submissions in sorted(people.items()) for submission_id in submissions]
    owned += [(owner, row.submission_id) for owner, row in earlier.items() if row.submission_id is not None]
    return {
        entry_id: owner
        for owner, submission_id in owned
        if submission_id in known
        for entry_id in known[submission_id].entry_ids
    }


def find_former_mn_ids(people: Sequence[Sequence[Signup]], known: KnownMentors) -> list[list[str]]:
    """Find the other MN ids that the rows of each person's submissions had, newest first.

    Ids that another person has, or had a row with, are left out; one that another person only typed, into a sign-up
    that was superseded or deleted since, is not. A deleted submission is the person's also if it shares no key with
    the present one, but superseded it (`find_person_submissions`).

    Args:
        people: sign-ups of each person, the one in use first.

    """
    submissions = find_person_submissions(
        [
            replace(person[0], superseded_submission_ids=tuple(signup.submission_id for signup in person[1:]))
            for person in people
        ],
        known,
    )
    owners = Counter(submission_id for owned in submissions.values() for submission_id in owned)
    used_mn_ids = {person[0].mn_id for person in people}
    known_by: dict[str, set[str]] = defaultdict(set)
    for mentor in known.values():
        for mn_id in mentor.mn_ids:
            known_by[mn_id].add(mentor.submission_id)
    result = []
    for person in people:
        own_ids = [key for key in submissions[person[0].submission_id] if owners[key] == 1]
        former = [
            mn_id
            for key in own_ids
            if key in known
            for mn_id in reversed(known[key].mn_ids)
            if mn_id not in used_mn_ids and known_by[mn_id] <= {*own_ids}
        ]
        result.append(list(dict.fromkeys(former)))
    return result


def find_earlier_rows(
    signups: Sequence[Signup], previous: Mapping[str, Mentor], known: KnownMentors
) -> dict[str, Mentor]:
    """Find each mentor's earlier row, by submission id: from the last run, otherwise from the known mentors.

    A row is found by its submission. A row of a deleted submission with an MN id that the sign-up has or had belongs to
    the same mentor if the names agree, or do not differ and a phone or email is shared.

    Args:
        previous: rows of the last run by MN id.

    """
    previous_rows = _list_rows(previous.values())
    stored_rows = _list_rows(mentor.last_row for mentor in known.values() if mentor.last_row is not None)
    people = find_person_submissions(signups, known)
    assigned_ids = {submission_id for submissions in people.values() for submission_id in submissions}
    rows: dict[str, Mentor] = {}
    for signup in signups:
        submission_ids = people[signup.submission_id]
        by_submission = (
            _choose_row(listed[key], signup)
            for listed in (previous_rows, stored_rows)
            for key in submission_ids
            if key in listed
        )
        by_mn_id = (
            previous[mn_id]
            for mn_id in (signup.mn_id, *signup.superseded_mn_ids)
            if mn_id in previous
            and previous[mn_id].submission_id not in assigned_ids
            and _is_of_mentor(previous[mn_id], signup, known)
        )
        row = next(by_submission, None) or next(by_mn_id, None)
        if row is not None:
            rows[signup.submission_id] = row
    return rows


def _is_of_mentor(row: Mentor, signup: Signup, known: KnownMentors) -> bool:
    mentor = known.get(row.submission_id or "")
    names = compare_names(person_name(signup), person_name(row))
    shares_key = mentor is None or not {*mentor.keys}.isdisjoint(_match_keys(signup))
    return names == "agree" or (names == "unclear" and shares_key)


def _list_rows(rows: Iterable[Mentor]) -> dict[str, list[Mentor]]:
    """Return rows by submission. Blocked rows of several sign-ups may be of one deleted submission that joined them."""
    listed: dict[str, list[Mentor]] = defaultdict(list)
    for row in rows:
        if row.submission_id is not None:
            listed[row.submission_id].append(row)
    return listed


def _choose_row(rows: Sequence[Mentor], signup: Signup) -> Mentor:
    """Return the row with the sign-up's MN id, otherwise the last one."""
    return next((row for row in rows if row.mn_id == signup.mn_id), rows[-1])


def update_known_mentors(
    signups: Iterable[Signup],
    rows: Iterable[Mentor],
    previous: Mapping[str, Mentor],
    known: KnownMentors,
    *,
    unlinked: Iterable[str] = (),
    entries: Mapping[str, str] = MappingProxyType({}),
    pages: Mapping[str, int] = MappingProxyType({}),
    sent_names: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> dict[str, KnownMentor]:
    """Return the known mentors after a run. Earlier records are kept.

    A sign-up without a row, whose MN id another one has too, is known from then on by what was typed into it. So is an
    MN id that several sign-ups have, unless one of them had it in the last run.

    Args:
        rows: the mentors of this run.
        previous: rows of the last run by MN id; those without a present row are stored as `last_row`.
        unlinked: submission ids of mentors whose link was ended by a decision. Other mentors without a contact keep
            their last link, in case the contact is restored.
        entries: submission id of the mentor by the id of each linked form entry.
        pages: campaign member by submission id of blocked mentors, whose rows do not show it yet.
        sent_names: first and last name by submission id of mentors whose contact has other names than the import row.

    """
    by_id = {signup.submission_id: signup for signup in signups}
    typed = _find_ids_typed_twice(by_id.values(), known)
    ended = set(unlinked)
    result = dict(known)
    present_ids = set()
    for row in rows:
        if (key := row.submission_id) is None:
            continue
        present_ids.add(key)
        signup = by_id.get(key)
        known_mentor = (
            known.get(key)
            or (signup and find_known_mentor(signup, known))
            or KnownMentor(submission_id=key, mn_id=row.mn_id)
        )
        keeps_keys = row.sync_state == "blocked" and bool(known_mentor.keys)
        present = KnownMentor(
            submission_id=key,
            mn_id=row.mn_id,
            mn_ids=_append_once(
                _union(
                    known_mentor.mn_ids if known_mentor.submission_id == key else (),
                    (*(signup.superseded_mn_ids if signup else ()), *typed.get(key, ())),
                ),
                row.mn_id,
            ),
            contact_id=row.gb_contact_id or (None if key in ended else known_mentor.contact_id),
            names=_names_at_link(known_mentor, row, signup),
            sent_names=sent_names.get(key) or _keep_sent_names(known_mentor, row),
            member_ids=known_mentor.member_ids
            if row.gb_member_id is None
            else _append_once(known_mentor.member_ids, row.gb_member_id),
            entry_ids=known_mentor.entry_ids if known_mentor.submission_id == key else (),
            keys=known_mentor.keys if signup is None or keeps_keys else _match_keys(signup),
            superseded_submission_ids=_union(
                known_mentor.superseded_submission_ids,
                (*signup.superseded_submission_ids, *signup.deleted_submission_ids) if signup else (),
            ),
        )
        result[key] = known_mentor if present == known_mentor else present
    for row in previous.values():
        key = row.submission_id
        if key is not None and key not in present_ids:
            known_mentor = known.get(key) or KnownMentor(submission_id=key, mn_id=row.mn_id, mn_ids=(row.mn_id,))
            contact_id = known_mentor.contact_id or row.gb_contact_id
            result[key] = replace(known_mentor, contact_id=contact_id, last_row=row)
    for key, signup in by_id.items():
        if key not in present_ids:
            known_mentor = result.get(key) or KnownMentor(
                submission_id=key,
                mn_id=signup.mn_id,
                names=_names_of(signup),
                keys=_match_keys(signup),
                superseded_submission_ids=(*signup.superseded_submission_ids, *signup.deleted_submission_ids),
            )
            result[key] = replace(known_mentor, mn_ids=_union(known_mentor.mn_ids, typed.get(key, ())))
    _move_superseded_links(result, known, present_ids)
    return _add_linked_records(result, find_person_submissions(by_id.values(), result), entries, pages)


def _find_ids_typed_twice(signups: Collection[Signup], known: KnownMentors) -> dict[str, tuple[str, ...]]:
    """Return the MN id of each sign-up with another one's id, by submission id, unless one of them had it before."""
    count = Counter(signup.mn_id for signup in signups)
    shared = [signup for signup in signups if count[signup.mn_id] > 1]
    owned = {
        signup.mn_id
        for signup in shared
        if (mentor := find_known_mentor(signup, known)) is not None and mentor.mn_id == signup.mn_id
    }
    return {signup.submission_id: (signup.mn_id,) for signup in shared if signup.mn_id not in owned}


def _move_superseded_links(result: dict[str, KnownMentor], known: KnownMentors, present_ids: set[str]) -> None:
    """Move the links of superseded submissions along when their mentor's link has moved to another contact.

    Otherwise a person would seem to be two mentors with two contacts (`signups.rules.joined_before`).
    """
    for key in present_ids:
        earlier_id = known[key].contact_id if key in known else None
        if earlier_id in (None, result[key].contact_id) or result[key].contact_id is None:
            continue
        for superseded in result[key].superseded_submission_ids:
            if superseded not in present_ids and superseded in result and result[superseded].contact_id == earlier_id:
                result[superseded] = replace(result[superseded], contact_id=result[key].contact_id)


def _add_linked_records(
    known: dict[str, KnownMentor], people: Submissions, entries: Mapping[str, str], pages: Mapping[str, int]
) -> dict[str, KnownMentor]:
    """Add the form entries and pages that were linked in this run. An entry belongs to one mentor.

    They are stored under the mentor's submission in use, or under the one of a blocked mentor's earlier row.
    """
    stored_under = {
        owner: key
        for owner, submissions in people.items()
        if (key := next((k for k in submissions if k in known), None))
    }
    own_entries: dict[str, list[str]] = defaultdict(list)
    for entry_id, owner in entries.items():
        if owner in stored_under:
            own_entries[stored_under[owner]].append(entry_id)
    moved = {entry_id for entry_ids in own_entries.values() for entry_id in entry_ids}
    result = {}
    for key, mentor in known.items():
        entry_ids = tuple(sorted({*mentor.entry_ids} - moved | {*own_entries.get(key, ())}))
        result[key] = mentor if entry_ids == mentor.entry_ids else replace(mentor, entry_ids=entry_ids)
    for owner, member_id in pages.items():
        blocked = result.get(stored_under.get(owner, ""))
        if blocked is not None and member_id not in blocked.member_ids:
            result[blocked.submission_id] = replace(blocked, member_ids=(*blocked.member_ids, member_id))
    return result


def find_known_mentor(signup: Signup, known: KnownMentors) -> KnownMentor | None:
    """Find the known mentor of a sign-up, otherwise of the person's superseded and deleted submissions."""
    keys = (signup.submission_id, *signup.superseded_submission_ids, *signup.deleted_submission_ids)
    return next((known[key] for key in keys if key in known), None)


def _keep_sent_names(known: KnownMentor, row: Mentor) -> tuple[str, ...]:
    """Return the names that were sent earlier, unless the mentor was linked to another contact since."""
    is_other_contact = known.contact_id is not None and row.gb_contact_id not in (None, known.contact_id)
    return () if is_other_contact else known.sent_names


def _names_at_link(known: KnownMentor, row: Mentor, signup: Signup | None) -> tuple[str, ...]:
    """Return the sign-up's names when the present link was made; a correction of the names does not change them.

    For a blocked mentor without a link, these are the last names, because a question is about them.
    While the sign-up's name is no single person's, the earlier names stay, because they show whose sign-up it is. They
    stay too after a change of the last name, because they show that superseded sign-ups are the same person's
    (`signups.rules.joined_before`).
    """
    if signup is None:
        return known.names
    if row.sync_state == "blocked":
        is_linked = row.gb_contact_id is not None or known.contact_id is not None
        return known.names if is_linked or has_lost_name(signup, known.names) else _names_of(signup)
    is_same_link = row.gb_contact_id in (None, known.contact_id)
    if is_same_link and known.names:
        return known.names
    if known.names and has_lost_name(signup, known.names):
        return known.names
    if known.names and signup.superseded_submission_ids and has_other_last_name(signup, known.names):
        return known.names
    return _names_of(signup)


def _names_of(signup: Signup) -> tuple[str, ...]:
    return tuple(name or "" for name in (signup.first_name, signup.last_name, signup.preferred_name))


def _match_keys(signup: Signup) -> tuple[str, ...]:
    return tuple(sorted({*signup.phone_keys, *signup.email_keys}))


def _union(values: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*values, *more)))


def _append_once(values: tuple[Value, ...], value: Value) -> tuple[Value, ...]:
    """Append a value, or move it to the end if it is there already."""
    return (*(item for item in values if item != value), value)
