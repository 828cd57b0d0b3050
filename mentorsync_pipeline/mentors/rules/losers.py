"""Which contacts lose to a mentor's winner, which of them only a person may give up, and what each may hand on.

Rulebook section 10. What of it the winner still lacks is determined in `mentors.rules.carry_over`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.conflicts import contact_inputs, signup_inputs
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.names import has_first_name
from mentorsync_pipeline.domain.records import Candidate, Contact, Signup, Winner
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.domain.tags import remove_tags

CauseCode = Literal[
    # kept, whatever a person says
    "winner_elsewhere",
    "other_mentors_id",
    "blocked_mentor",
    "refused",
    "doubtful",
    "rejected",
    "changed",
    "no_winner_yet",
    # a person must say yes
    "donor",
    "names_differ",
    "names_unclear",
    "doubtful_stub",
    "fits_two_mentors",
    "external_id_alone",
    "link_alone",
    "declined",
    "rejected_before",
]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a contact is kept or needs a person's yes: a stable code and plain words without anybody's data."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """What other mentors need, in every active year; each holds whatever the mentor in question says.

    `winner_ids` are the winners of all mentors, `external_ids` the External IDs of all of them (as compared),
    `blocked_contact_ids`
    the candidates of mentors who wait for a person, `declined_contact_ids` the contacts beside which a person chose to
    create a new one, `rejected` the contacts that a person said no to archiving, by the fingerprint of what was seen.
    """

    winner_ids: frozenset[int] = frozenset()
    external_ids: frozenset[str] = frozenset()
    blocked_contact_ids: frozenset[int] = frozenset()
    declined_contact_ids: frozenset[int] = frozenset()
    rejected: Mapping[int, str] = field(default_factory=dict)

    def needs(self, contact: Contact, external_id_key: str | None) -> Cause | None:
        """Why other mentors need a contact, if they do; `external_id_key` is that of the mentor in question."""
        if contact.contact_id in self.winner_ids:
            return Cause("winner_elsewhere", "It is the contact that is kept for a mentor.")
        if contact.external_id_key in self.external_ids and contact.external_id_key != external_id_key:
            return Cause("other_mentors_id", "It holds the External ID of another mentor.")
        if contact.contact_id in self.blocked_contact_ids:
            return Cause("blocked_mentor", "A mentor whom it may belong to waits for a person's answer.")
        return None

    def no_to(self, contact_id: int, input_fingerprint: str) -> Cause | None:
        """A person's no to archiving this contact as it is now."""
        if self.rejected.get(contact_id) != input_fingerprint:
            return None
        return Cause("rejected", "A person said no to archiving it.")

    def no_before(self, contact_id: int) -> Cause | None:
        """A person's no to archiving this contact as it was: it must not go unasked."""
        if contact_id not in self.rejected:
            return None
        return Cause("rejected_before", "A person said no to archiving it, and something has changed since.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loser:
    """One contact that is a candidate of a mentor and not the winner.

    `kept` says why it stays, `doubts` why only a person may give it up; without either it loses by the rules alone.
    `emails`, `phones` and `tags` are what it may hand on, sorted. `clears` is the External ID that it holds and the
    winner needs. `input_fingerprint` covers all that a person who approves has looked at: the contact, the sign-up and
    the winner.
    """

    submission_id: str
    mn_id: str
    contact: Contact
    winner_contact_id: int | None
    is_mass_email: bool
    campaign_member: bool
    kept: Cause | None
    doubts: tuple[Cause, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    tags: tuple[str, ...]
    clears: str | None
    input_fingerprint: str

    def hands_on(self, approved: Mapping[tuple[int, str], object]) -> bool:
        """Whether its data may be copied to the winner: nobody doubts whose it is, or a person said yes.

        `approved` goes by contact id and fingerprint. A mentor whose contact the import creates gets it as well.
        """
        if self.kept is not None and self.kept.code != "no_winner_yet":
            return False
        return not self.doubts or (self.contact.contact_id, self.input_fingerprint) in approved


def find_losers(
    signups: Sequence[Signup],
    candidates: Iterable[Candidate],
    winners: Mapping[str, Winner],
    protected: Protected,
    *,
    dropped_tags: Collection[str],
) -> tuple[Loser, ...]:
    """Judge every candidate that is not its mentor's winner, by contact id; each contact comes once.

    `winners` goes by submission id. A contact that is a candidate of several mentors is judged for the one whom it fits
    best. `dropped_tags` are the year's, which no loser hands on.
    """
    everybodys = {key for signup in signups for key in _keys(signup)}
    by_id = {signup.submission_id: signup for signup in signups}
    pairs: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        pairs[candidate.contact.contact_id].append(candidate)
    blocked = {
        contact_id
        for contact_id, found in pairs.items()
        if any(winners[one.submission_id].decision == "blocked" for one in found)
    }
    protected = replace(protected, blocked_contact_ids=protected.blocked_contact_ids | blocked)
    result = []
    for contact_id, found in sorted(pairs.items()):
        losing = [one for one in found if winners[one.submission_id].contact_id != contact_id]
        if losing:
            main, *others = sorted(losing, key=_best_fit)
            signup, winner = by_id[main.submission_id], winners[main.submission_id]
            seen = _input_fingerprint(main.contact, signup, winner, campaign_member=main.campaign_member)
            others_keys = (everybodys - _keys(signup)) | set(signup.placeholder_keys)
            result.append(
                Loser(
                    submission_id=main.submission_id,
                    mn_id=main.mn_id,
                    contact=main.contact,
                    winner_contact_id=winner.contact_id,
                    is_mass_email=main.is_mass_email,
                    campaign_member=main.campaign_member,
                    kept=_kept(main, signup, winner, protected, seen),
                    doubts=tuple(_doubts(main, others, protected)),
                    **transferable(main.contact, others_keys=others_keys, dropped_tags=dropped_tags),
                    clears=main.contact.external_id
                    if is_same_id(main.contact.external_id, signup.external_id)
                    else None,
                    input_fingerprint=seen,
                )
            )
    return tuple(result)


def judge_again(
    losers: Iterable[Loser], signups: Iterable[Signup], winners: Mapping[str, Winner], protected: Protected
) -> tuple[Loser, ...]:
    """Judge losers that were determined earlier by what is known now; `winners` goes by submission id.

    A loser is kept when its contact, sign-up or winner has changed since, when another mentor needs it, or when a
    person has said no to archiving it. What was kept stays kept.
    """
    by_id = {signup.submission_id: signup for signup in signups}
    return tuple(
        replace(loser, kept=_kept_now(loser, by_id.get(loser.submission_id), winners, protected)) for loser in losers
    )


def _kept_now(loser: Loser, signup: Signup | None, winners: Mapping[str, Winner], protected: Protected) -> Cause | None:
    if loser.kept is not None and loser.kept.code != "no_winner_yet":
        return loser.kept
    winner = winners.get(loser.submission_id)
    if signup is None or winner is None:
        return _CHANGED
    seen = _input_fingerprint(loser.contact, signup, winner, campaign_member=loser.campaign_member)
    stop = protected.needs(loser.contact, signup.external_id_key) or protected.no_to(loser.contact.contact_id, seen)
    return stop or (loser.kept if seen == loser.input_fingerprint else _CHANGED)


def losers_by_mentor(losers: Iterable[Loser]) -> Mapping[str, tuple[Loser, ...]]:
    """The losers of each mentor, by submission id."""
    found: dict[str, tuple[Loser, ...]] = {}
    for loser in losers:
        found[loser.submission_id] = (*found.get(loser.submission_id, ()), loser)
    return found


def transferable(
    contact: Contact, *, others_keys: Collection[str], dropped_tags: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The emails, phones and tags that a contact may hand on to the winner, sorted, by name of the field.

    Never handed on: `others_keys`, the phones and emails of other current mentors (they would make the winner a
    candidate for them); placeholders, which are nobody's; the year's dropped tag, which would drop the mentor by our
    own hand; a phone that Givebutter's import rejects.
    """
    own_keys = {*contact.phone_keys, *contact.email_keys} - set(others_keys)
    return {
        "emails": tuple(sorted({email for email in contact.emails if email_key(email) in own_keys})),
        "phones": tuple(
            sorted({phone for phone in contact.phones if is_importable_phone(phone) and phone in own_keys})
        ),
        "tags": tuple(sorted(set(remove_tags(contact.tags, dropped_tags)))),
    }


def joined(causes: Sequence[Cause]) -> Cause:
    """Several causes as one: the first one's code, and the reasons of all."""
    return Cause(causes[0].code, " ".join(cause.reason for cause in causes))


_CHANGED = Cause("changed", "It has changed since the year's duplicates were determined: recalculate the year.")


def _input_fingerprint(contact: Contact, signup: Signup, winner: Winner, *, campaign_member: bool) -> str:
    return fingerprint(
        contact_inputs(contact, campaign_member=campaign_member), signup_inputs(signup), winner.contact_id
    )


def _keys(signup: Signup) -> frozenset[str]:
    return frozenset((*signup.phone_keys, *signup.email_keys))


def _best_fit(candidate: Candidate) -> tuple[bool, bool, int, str]:
    agrees = candidate.name_agreement == "agree"
    return (not _loses(candidate), not agrees, candidate.rank or 1_000_000, candidate.submission_id)


def _loses(candidate: Candidate) -> bool:
    """A viable candidate, or a mass-email stub that is not somebody else's."""
    return candidate.viability == "viable" or (candidate.is_mass_email and candidate.viability != "refused")


def _kept(candidate: Candidate, signup: Signup, winner: Winner, protected: Protected, seen: str) -> Cause | None:
    contact = candidate.contact
    if (need := protected.needs(contact, signup.external_id_key)) is not None:
        return need
    if candidate.viability == "refused":
        return Cause("refused", f"It is somebody else's. {candidate.viability_reason}")
    if not _loses(candidate):
        return Cause("doubtful", f"It may be somebody else's. {candidate.viability_reason}")
    if (no := protected.no_to(contact.contact_id, seen)) is not None:
        return no
    if winner.contact_id is None:
        return Cause("no_winner_yet", "The import has yet to create the mentor's own contact.")
    return None


def _doubts(candidate: Candidate, others: Sequence[Candidate], protected: Protected) -> Iterable[Cause]:
    if candidate.contact.total_contributions > 0:
        yield Cause("donor", "It has donations.")
    if candidate.name_agreement == "differ":
        yield Cause("names_differ", "It has another person's name.")
    if (
        candidate.matched_on == ("phone",)
        and candidate.name_agreement == "unclear"
        and has_first_name(person_name(candidate.contact))
    ):
        yield Cause("names_unclear", "It matches by a phone alone, and its name cannot be compared with the mentor's.")
    if candidate.viability == "doubtful":
        yield Cause("doubtful_stub", f"It is a mass-email stub. {candidate.viability_reason}")
    agrees = candidate.name_agreement == "agree"
    if any(_loses(other) and not (agrees and other.name_agreement != "agree") for other in others):
        yield Cause("fits_two_mentors", "It fits more than one mentor, and may be their family's.")
    if candidate.matched_on == ("external_id",) and not agrees:
        yield Cause("external_id_alone", "Nothing but the External ID says that it is the mentor's.")
    if not candidate.matched_on:
        yield Cause("link_alone", "Nothing but an earlier link says that it is the mentor's.")
    if candidate.contact.contact_id in protected.declined_contact_ids:
        yield Cause("declined", "A person decided that it is not the mentor's.")
    if (no := protected.no_before(candidate.contact.contact_id)) is not None:
        yield no
