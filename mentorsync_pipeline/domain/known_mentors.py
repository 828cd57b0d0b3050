"""What is remembered of each mentor, also while the sign-up is gone (rulebook sections 2, 3 and 7).

A sign-up that is deleted and restored, a corrected MN id, corrected keys: the mentor stays the same one. What is
remembered goes by the submission, which no correction changes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.names import compare_names
from mentorsync_pipeline.domain.records import Mentor, Signup, StandingDecision
from mentorsync_pipeline.domain.sharing import name_of

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMentor:
    """One row of `known_mentors`: a submission that has been a mentor's.

    `mn_id` is the id that the mentor had last, `mn_ids` every id that the submission has carried. `contact_id` is the
    contact that the mentor was linked to last, `member_ids` are all campaign members that were found to be the
    mentor's, and `keys` the phone and emails of the sign-up when the link was last worked out. `last_row` is the
    last row of `mentors`, while there is none; `superseded_submission_ids` are the submissions that this one has ever
    superseded.
    """

    submission_id: str
    mn_id: str
    mn_ids: tuple[str, ...] = ()
    contact_id: int | None = None
    member_ids: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    superseded_submission_ids: tuple[str, ...] = ()
    last_row: Mentor | None = None


Known = Mapping[str, KnownMentor]
"""What is remembered of a year's mentors, by submission id."""

NOTHING_KNOWN: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The contact that a mentor is linked to, and the phone and emails of the sign-up when the link was worked out."""

    contact_id: int
    keys: frozenset[str] = field(default_factory=frozenset)


NO_LINKS: Mapping[str, Link] = MappingProxyType({})


Submissions = Mapping[str, tuple[str, ...]]
"""All submissions of each mentor, by the one that counts, which comes first."""


def person_submissions(signups: Iterable[Signup], known: Known) -> dict[str, tuple[str, ...]]:
    """The submissions of each sign-up's person: itself, the superseded ones, and those that had superseded it.

    The last ones are gone, so that an earlier sign-up counts again: what was known by them is still the mentor's.
    """
    listed = list(signups)
    living = {key for signup in listed for key in (signup.submission_id, *signup.superseded_submission_ids)}
    later: dict[str, list[str]] = defaultdict(list)
    for mentor in known.values():
        if mentor.submission_id not in living:
            for superseded in mentor.superseded_submission_ids:
                later[superseded].append(mentor.submission_id)
    result = {}
    for signup in listed:
        own = (signup.submission_id, *signup.superseded_submission_ids)
        result[signup.submission_id] = tuple(dict.fromkeys((*own, *(key for one in own for key in later.get(one, ())))))
    return result


def links(signups: Iterable[Signup], known: Known) -> dict[str, Link]:
    """The contact that each sign-up's mentor is linked to, by submission id.

    Of a person's submissions the one counts that stood in the last run, then the newest that has a link.
    """
    found = {}
    for counting, submissions in person_submissions(signups, known).items():
        mentors = [known[key] for key in submissions if key in known and known[key].contact_id is not None]
        latest = min(mentors, key=lambda mentor: mentor.last_row is not None, default=None)
        if latest is not None and latest.contact_id is not None:
            found[counting] = Link(contact_id=latest.contact_id, keys=frozenset(latest.keys))
    return found


def pages(signups: Iterable[Signup], known: Known) -> dict[int, str]:
    """The submission id of the mentor whom each known campaign member belongs to, by member id."""
    return {
        member_id: counting
        for counting, submissions in sorted(person_submissions(signups, known).items())
        for submission_id in submissions
        if submission_id in known
        for member_id in known[submission_id].member_ids
    }


def former_mn_ids(
    people: Sequence[Sequence[Signup]], carried: Iterable[tuple[str, str]], known: Known
) -> list[list[str]]:
    """The ids that each person's submissions carried before they were corrected, the latest first.

    `people` lists each person's sign-ups; `carried` are the (submission id, MN id) pairs of all submissions, deleted
    ones included. An id that a submission of somebody else carries, or has carried, is left out: it may be theirs.
    """
    carriers: dict[str, set[str]] = defaultdict(set)
    for submission_id, mn_id in carried:
        carriers[mn_id].add(submission_id)
    for mentor in known.values():
        for mn_id in mentor.mn_ids:
            carriers[mn_id].add(mentor.submission_id)
    result = []
    for person in people:
        own = {signup.submission_id for signup in person}
        former = [
            mn_id
            for signup in person
            if signup.submission_id in known
            for mn_id in reversed(known[signup.submission_id].mn_ids)
            if mn_id != person[0].mn_id and carriers[mn_id] <= own
        ]
        result.append(list(dict.fromkeys(former)))
    return result


def corrected_mn_ids(signups: Iterable[Signup], known: Known) -> dict[str, str]:
    """The new MN id of each submission whose id has been corrected since the last run, by the old one.

    An id that two sign-ups carry is left out: a person has yet to say whose it is.
    """
    listed = list(signups)
    count = Counter(signup.mn_id for signup in listed)
    return {
        known[signup.submission_id].mn_id: signup.mn_id
        for signup in listed
        if signup.submission_id in known
        and known[signup.submission_id].mn_id != signup.mn_id
        and count[signup.mn_id] == 1
    }


def earlier_rows(signups: Sequence[Signup], previous: Mapping[str, Mentor], known: Known) -> dict[str, Mentor]:
    """The row that each sign-up's mentor had before, by submission id: one of the last run's, else one set aside.

    `previous` are the last run's rows by MN id. A row goes by its submission. One whose submission is gone, under an id
    that the sign-up has or had, is the same mentor's unless the names differ.
    """
    living = {row.submission_id: row for row in previous.values() if row.submission_id is not None}
    aside = {mentor.submission_id: mentor.last_row for mentor in known.values() if mentor.last_row is not None}
    people = person_submissions(signups, known)
    taken = {submission_id for submissions in people.values() for submission_id in submissions}
    found: dict[str, Mentor] = {}
    for signup in signups:
        own = people[signup.submission_id]
        by_submission = (rows[key] for rows in (living, aside) for key in own if key in rows)
        by_mn_id = (
            previous[mn_id]
            for mn_id in (signup.mn_id, *signup.superseded_mn_ids)
            if mn_id in previous
            and previous[mn_id].submission_id not in taken
            and compare_names(name_of(signup), name_of(previous[mn_id])) != "differ"
        )
        row = next(by_submission, None) or next(by_mn_id, None)
        if row is not None:
            found[signup.submission_id] = row
    return found


def remember(
    signups: Iterable[Signup],
    rows: Iterable[Mentor],
    previous: Mapping[str, Mentor],
    known: Known,
    *,
    unlinked: Iterable[str] = (),
) -> dict[str, KnownMentor]:
    """What is known after a run that made these `rows`; nothing that was known is lost.

    `previous` are the rows of the run before, by MN id: those whose submission has no row any more are set aside.
    `unlinked` are the submission ids of mentors whose link a person's decision ended; without one, a mentor who has no
    contact for the moment stays linked to the last one, should it come back.
    """
    by_id = {signup.submission_id: signup for signup in signups}
    ended = set(unlinked)
    result = dict(known)
    standing = set()
    for row in rows:
        key = row.submission_id
        if key is None:
            continue
        standing.add(key)
        signup = by_id.get(key)
        before = known.get(key) or _inherited(signup, known) or KnownMentor(submission_id=key, mn_id=row.mn_id)
        waits = row.sync_state == "blocked" and bool(before.keys)
        result[key] = KnownMentor(
            submission_id=key,
            mn_id=row.mn_id,
            mn_ids=_added(before.mn_ids if before.submission_id == key else (), row.mn_id),
            contact_id=row.gb_contact_id or (None if key in ended else before.contact_id),
            member_ids=before.member_ids if row.gb_member_id is None else _added(before.member_ids, row.gb_member_id),
            keys=before.keys if signup is None or waits else _keys(signup),
            superseded_submission_ids=_all_of(
                before.superseded_submission_ids, signup.superseded_submission_ids if signup else ()
            ),
        )
    for row in previous.values():
        key = row.submission_id
        if key is not None and key not in standing:
            before = known.get(key) or KnownMentor(submission_id=key, mn_id=row.mn_id, mn_ids=(row.mn_id,))
            result[key] = KnownMentor(
                submission_id=key,
                mn_id=before.mn_id,
                mn_ids=before.mn_ids,
                contact_id=before.contact_id or row.gb_contact_id,
                member_ids=before.member_ids,
                keys=before.keys,
                superseded_submission_ids=before.superseded_submission_ids,
                last_row=row,
            )
    return result


def decisions_under_present_ids(signups: Iterable[Signup], decisions: Decisions, known: Known) -> Decisions:
    """The decisions with those that were made under a person's former MN ids also under the present one.

    A choice of a contact for another submission of the person is one for the submission that counts now.
    """
    by_mn_id: dict[str, list[tuple[tuple[str, str, str], StandingDecision]]] = defaultdict(list)
    for key, decision in decisions.items():
        by_mn_id[key[0]].append((key, decision))
    listed = list(signups)
    current = {signup.mn_id for signup in listed}
    people = person_submissions(listed, known)
    result = dict(decisions)
    for signup in listed:
        submissions = people[signup.submission_id]
        remembered = (known[key].mn_id for key in submissions if key in known)
        for mn_id in dict.fromkeys((signup.mn_id, *signup.superseded_mn_ids, *remembered)):
            if mn_id == signup.mn_id or mn_id not in current:
                for (_, kind, subject), decision in by_mn_id.get(mn_id, ()):
                    present = signup.submission_id if subject in submissions else subject
                    result.setdefault((signup.mn_id, kind, present), decision)
    return result


def _inherited(signup: Signup | None, known: Known) -> KnownMentor | None:
    """What is known by a person's superseded submissions."""
    if signup is None:
        return None
    return next((known[key] for key in signup.superseded_submission_ids if key in known), None)


def _keys(signup: Signup) -> tuple[str, ...]:
    return tuple(sorted({*signup.phone_keys, *signup.email_keys}))


def _all_of(values: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*values, *more)))


def _added(values: tuple[Value, ...], value: Value) -> tuple[Value, ...]:
    """The values with this one at the end, once."""
    return (*(one for one in values if one != value), value)
