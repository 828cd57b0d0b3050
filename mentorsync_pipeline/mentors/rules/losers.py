"""Find the duplicate contacts (losers) of each mentor, the approvals they need and the values they may transfer.

Rulebook section 10. The values that the winner still lacks are selected in `mentors.rules.carry_over`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.conflicts import contact_inputs, signup_inputs
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.names.compare_names import last_names_differ
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.names.written_names import has_first_name, name_suffix
from mentorsync_pipeline.domain.records import Candidate, Contact, Signup, Winner
from mentorsync_pipeline.domain.sharing import agree_by_phone_alone, compare_record_names, person_name
from mentorsync_pipeline.domain.tags import remove_tags
from mentorsync_pipeline.domain.vocabulary import PlanReason
from mentorsync_pipeline.matching.rules.viability import classify_candidate


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a contact is kept or needs approval: a stable code and a reason without personal data."""

    code: PlanReason
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """Contacts that must be kept or need approval, over all active years.

    Attributes:
        winner_ids: winners of all mentors.
        external_ids: comparison keys of all mentors' External IDs.
        blocked_contact_ids: candidates of blocked mentors.
        declined_contact_ids: contacts for which a person chose to create a new contact instead.
        rejected: input fingerprint by contact id for contacts whose archiving a person rejected.

    """

    winner_ids: frozenset[int] = frozenset()
    external_ids: frozenset[str] = frozenset()
    blocked_contact_ids: frozenset[int] = frozenset()
    declined_contact_ids: frozenset[int] = frozenset()
    rejected: Mapping[int, str] = field(default_factory=dict)

    def find_need(self, contact: Contact, external_id_key: str | None) -> Cause | None:
        """Return why other mentors need a contact, or None; `external_id_key` is the key of the loser's own mentor."""
        if contact.contact_id in self.winner_ids:
            return Cause("winner_elsewhere", "It is the contact that is kept for a mentor.")
        if contact.external_id_key in self.external_ids and contact.external_id_key != external_id_key:
            return Cause("other_mentors_id", "It holds the External ID of another mentor.")
        if contact.contact_id in self.blocked_contact_ids:
            return Cause("blocked_mentor", "It may belong to a blocked mentor.")
        return None

    def find_rejection(self, contact_id: int, input_fingerprint: str) -> Cause | None:
        """Return the cause if a person rejected archiving this contact with the same inputs."""
        if self.rejected.get(contact_id) != input_fingerprint:
            return None
        return Cause("rejected", "A person rejected archiving it.")

    def find_earlier_rejection(self, contact_id: int) -> Cause | None:
        """Return the cause if a person rejected archiving this contact earlier: it then needs approval."""
        if contact_id not in self.rejected:
            return None
        return Cause("rejected_before", "A person rejected archiving it, and its data has changed since.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loser:
    """One contact that is a candidate of a mentor and not the winner.

    Attributes:
        kept: why the contact is not archived, or None.
        doubts: why archiving needs approval. Without `kept` and `doubts` the rules alone decide.
        emails, phones, tags: values that may be copied to the winner, sorted.
        clears: External ID that the contact holds and the winner needs.
        input_fingerprint: covers all that an approval is based on: the contact, the sign-up and the winner.

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

    def may_transfer_data(self, approved: Mapping[tuple[int, str], object]) -> bool:
        """Return whether the contact's data may be copied: it has no doubts, or its archiving is approved.

        `approved` is keyed by contact id and input fingerprint. Also true if the import has not created the winner yet.
        """
        if self._is_kept_beside_winner:
            return False
        return not self.doubts or (self.contact.contact_id, self.input_fingerprint) in approved

    @property
    def is_doubted_for_donations(self) -> bool:
        """Return whether it needs approval only because of its donations: it is certainly the mentor's."""
        return not self._is_kept_beside_winner and self.doubts == (find_donations_cause(self.contact),)

    @property
    def _is_kept_beside_winner(self) -> bool:
        """Return whether it stays also when the import has created the winner."""
        return self.kept is not None and self.kept.code != "no_winner_yet"


def find_losers(
    signups: Sequence[Signup],
    candidates: Iterable[Candidate],
    winners: Mapping[str, Winner],
    protected: Protected,
    *,
    dropped_tags: Collection[str],
) -> tuple[Loser, ...]:
    """Evaluate every candidate that is not its mentor's winner; sorted by contact id, each contact once.

    Args:
        winners: by submission id. A candidate of several mentors is evaluated for the best-matching one.
        dropped_tags: the year's dropped tags, which are never copied.

    """
    all_signup_keys = {key for signup in signups for key in _get_signup_keys(signup)}
    by_id = {signup.submission_id: signup for signup in signups}
    candidates_by_contact: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        candidates_by_contact[candidate.contact.contact_id].append(candidate)
    blocked = {
        contact_id
        for contact_id, candidates_of_contact in candidates_by_contact.items()
        if any(winners[candidate.submission_id].decision == "blocked" for candidate in candidates_of_contact)
    }
    protected = replace(protected, blocked_contact_ids=protected.blocked_contact_ids | blocked)
    losers = []
    for contact_id, candidates_of_contact in sorted(candidates_by_contact.items()):
        losing_candidates = [
            candidate
            for candidate in candidates_of_contact
            if winners[candidate.submission_id].contact_id != contact_id
        ]
        if losing_candidates:
            best, *other_candidates = sorted(losing_candidates, key=_fit_sort_key)
            signup, winner = by_id[best.submission_id], winners[best.submission_id]
            kept_contacts = candidates_by_contact.get(winner.contact_id or 0, ())
            best = _compare_with_winner(best, signup, next((kept.contact for kept in kept_contacts), None))
            input_fingerprint = _input_fingerprint(best.contact, signup, winner, campaign_member=best.campaign_member)
            contact_keys = {*best.contact.phone_keys, *best.contact.email_keys}
            others_keys = (contact_keys & all_signup_keys) - _get_signup_keys(signup) | set(signup.placeholder_keys)
            losers.append(
                Loser(
                    submission_id=best.submission_id,
                    mn_id=best.mn_id,
                    contact=best.contact,
                    winner_contact_id=winner.contact_id,
                    is_mass_email=best.is_mass_email,
                    campaign_member=best.campaign_member,
                    kept=_find_keep_cause(best, signup, winner, protected, input_fingerprint),
                    doubts=tuple(_find_doubts(best, signup, other_candidates, protected)),
                    **find_transferable_values(best.contact, others_keys=others_keys, dropped_tags=dropped_tags),
                    clears=best.contact.external_id
                    if is_same_id(best.contact.external_id, signup.external_id)
                    else None,
                    input_fingerprint=input_fingerprint,
                )
            )
    return tuple(losers)


def recheck_losers(
    losers: Iterable[Loser], signups: Iterable[Signup], winners: Mapping[str, Winner], protected: Protected
) -> tuple[Loser, ...]:
    """Evaluate earlier losers against the present data; `winners` is keyed by submission id.

    A loser is kept when its contact, sign-up or winner has changed since, when another mentor needs it, or when a
    person has rejected archiving it. A kept loser remains kept.
    """
    by_id = {signup.submission_id: signup for signup in signups}
    return tuple(
        replace(loser, kept=_find_present_keep_cause(loser, by_id.get(loser.submission_id), winners, protected))
        for loser in losers
    )


def _find_present_keep_cause(
    loser: Loser, signup: Signup | None, winners: Mapping[str, Winner], protected: Protected
) -> Cause | None:
    if loser.kept is not None and loser.kept.code != "no_winner_yet":
        return loser.kept
    winner = winners.get(loser.submission_id)
    if signup is None or winner is None:
        return _CHANGED
    present_fingerprint = _input_fingerprint(loser.contact, signup, winner, campaign_member=loser.campaign_member)
    cause = protected.find_need(loser.contact, signup.external_id_key) or protected.find_rejection(
        loser.contact.contact_id, present_fingerprint
    )
    return cause or (loser.kept if present_fingerprint == loser.input_fingerprint else _CHANGED)


def group_losers_by_mentor(losers: Iterable[Loser]) -> Mapping[str, tuple[Loser, ...]]:
    """Group losers by submission id."""
    grouped: dict[str, tuple[Loser, ...]] = {}
    for loser in losers:
        grouped[loser.submission_id] = (*grouped.get(loser.submission_id, ()), loser)
    return grouped


def find_transferable_values(
    contact: Contact, *, others_keys: Collection[str], dropped_tags: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return the emails, phones and tags of a contact that may be copied to the winner, sorted, by field.

    Excluded are `others_keys`, the phones and emails of other current mentors (they would make the winner a candidate
    for them); placeholders; the year's dropped tag, which would drop the mentor; tags without a year of a closed year;
    and phones that Givebutter's import rejects.
    """
    own_keys = {*contact.phone_keys, *contact.email_keys} - set(others_keys)
    return {
        "emails": tuple(sorted({email for email in contact.emails if email_key(email) in own_keys})),
        "phones": tuple(
            sorted({phone for phone in contact.phones if is_importable_phone(phone) and phone in own_keys})
        ),
        "tags": tuple(sorted(set(remove_tags(contact.tags, (*dropped_tags, *contact.ended_tags))))),
    }


def find_donations_cause(contact: Contact) -> Cause:
    """Return the reason for which a contact that has, or may have, donations needs approval."""
    if contact.total_contributions is None:
        return Cause("donations_unknown", "Givebutter's answer does not say whether it has donations.")
    if not contact.total_contributions:
        return Cause("donor", "It has recurring donations.")
    return Cause("donor", "It has donations.")


def join_causes(causes: Sequence[Cause]) -> Cause:
    """Combine causes: the code of the first and the reasons of all."""
    return Cause(causes[0].code, " ".join(cause.reason for cause in causes))


_LINK_ALONE = Cause("link_alone", "Only an earlier link shows that it is the mentor's.")
_CHANGED = Cause("changed", "It has changed since the year's duplicates were determined: recalculate the year.")


def _input_fingerprint(contact: Contact, signup: Signup, winner: Winner, *, campaign_member: bool) -> str:
    return fingerprint(
        contact_inputs(contact, campaign_member=campaign_member), signup_inputs(signup), winner.contact_id
    )


def _get_signup_keys(signup: Signup) -> frozenset[str]:
    return frozenset((*signup.phone_keys, *signup.email_keys))


def _fit_sort_key(candidate: Candidate) -> tuple[bool, bool, int, str]:
    names_agree = candidate.name_agreement == "agree"
    return (not _is_duplicate(candidate), not names_agree, candidate.rank or 1_000_000, candidate.submission_id)


def _is_duplicate(candidate: Candidate) -> bool:
    """Return whether the candidate is viable, or a mass-email stub that is not refused."""
    return candidate.viability == "viable" or (candidate.is_mass_email and candidate.viability != "refused")


def _compare_with_winner(candidate: Candidate, signup: Signup, winner: Contact | None) -> Candidate:
    """Return a candidate as for a sign-up with the winner's names, if these differ and the sign-up's could not tell.

    Beside a winner Paige, the contact of Judith is a relative's, although the sign-up has no first name; and beside
    `Jr.` that of `Sr.`, although the sign-up has no suffix.
    """
    if winner is None or candidate.viability != "viable":
        return candidate
    if compare_record_names(winner, candidate.contact) != "differ":
        return candidate
    suffixes = {name_suffix(person_name(contact)) for contact in (winner, candidate.contact)} - {None}
    if candidate.name_agreement != "unclear" and len(suffixes) < 2:
        return candidate
    named = replace(
        signup,
        first_name=winner.first_name,
        preferred_name=winner.preferred_name,
        last_name=join_names(winner.last_name, winner.suffix),
    )
    agreement = compare_record_names(named, candidate.contact)
    classified = classify_candidate(
        named,
        candidate.contact,
        candidate.matched_on,
        agreement,
        campaign_member=candidate.campaign_member,
    )
    return replace(
        candidate,
        viability=classified.viability,
        viability_reason=classified.reason,
        name_agreement=agreement,
    )


def _find_keep_cause(
    candidate: Candidate, signup: Signup, winner: Winner, protected: Protected, input_fingerprint: str
) -> Cause | None:
    contact = candidate.contact
    if (need := protected.find_need(contact, signup.external_id_key)) is not None:
        return need
    if candidate.viability == "refused":
        return Cause("refused", f"It is another person's. {candidate.viability_reason}")
    if not _is_duplicate(candidate):
        return Cause("doubtful", f"It may be another person's. {candidate.viability_reason}")
    if (rejection := protected.find_rejection(contact.contact_id, input_fingerprint)) is not None:
        return rejection
    if winner.contact_id is None:
        return Cause("no_winner_yet", "The import has not created the mentor's contact yet.")
    # The link ends with this run, and the next one would not plan the contact.
    return None if candidate.matched_on else _LINK_ALONE


def _find_doubts(
    candidate: Candidate, signup: Signup, other_candidates: Sequence[Candidate], protected: Protected
) -> Iterable[Cause]:
    if candidate.contact.may_have_donations:
        yield find_donations_cause(candidate.contact)
    if candidate.name_agreement == "differ":
        yield Cause("names_differ", "It has another person's name.")
    if candidate.matched_on == ("phone",):
        holder = person_name(candidate.contact)
        may_be_relatives = (
            has_first_name(holder) or last_names_differ(person_name(signup), holder) or candidate.contact.email_keys
        )
        if candidate.name_agreement == "unclear" and may_be_relatives:
            reason = "It matches by a phone alone, and its name cannot be compared with the mentor's."
            yield Cause("names_unclear", reason)
        if agree_by_phone_alone(signup, candidate.contact):
            yield Cause("names_alike", "It matches by a phone alone, and its first name is only like the mentor's.")
    if candidate.viability == "doubtful":
        yield Cause("doubtful_stub", f"It is a mass-email stub. {candidate.viability_reason}")
    names_agree = candidate.name_agreement == "agree"
    if any(
        _is_duplicate(candidate_of_other) and not (names_agree and candidate_of_other.name_agreement != "agree")
        for candidate_of_other in other_candidates
    ):
        yield Cause("fits_two_mentors", "It fits several mentors, and may be a family's contact.")
    if candidate.matched_on == ("external_id",) and not names_agree:
        yield Cause("external_id_alone", "Only the External ID shows that it is the mentor's.")
    if not candidate.matched_on:
        yield _LINK_ALONE
    if candidate.contact.contact_id in protected.declined_contact_ids:
        yield Cause("declined", "A person decided that it is not the mentor's.")
    if (rejection := protected.find_earlier_rejection(candidate.contact.contact_id)) is not None:
        yield rejection
