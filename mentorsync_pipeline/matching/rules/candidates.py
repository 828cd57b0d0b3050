"""Find the candidates of each sign-up with their keys, viability and score (rulebook, section 3).

The cost grows with the number of matching contacts, not of all contacts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.known_mentors import NO_KNOWN_MENTORS, NO_LINKS, KnownMentors, Link
from mentorsync_pipeline.domain.lost_names import restore_lost_name, restore_names
from mentorsync_pipeline.domain.placeholders import (
    MAX_CONTACTS,
    find_widely_shared_keys,
    mark_placeholders,
    warn_placeholder,
)
from mentorsync_pipeline.domain.records import (
    Candidate,
    Contact,
    EarlierMentor,
    MatchKey,
    MatchKeys,
    Member,
    NameAgreement,
    Signup,
)
from mentorsync_pipeline.domain.sharing import compare_record_names, find_matched_keys, person_name
from mentorsync_pipeline.matching.rules.external_ids import ExternalIds
from mentorsync_pipeline.matching.rules.possible_links import find_possible_links
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers, candidate_sort_key, is_mass_email, score_contact
from mentorsync_pipeline.matching.rules.viability import (
    Classification,
    classify_candidate,
    classify_linked_contact,
)

SOURCE_TABLE = "contact_candidates"


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """Candidates, including refused ones for reviewers, and warnings about them."""

    candidates: tuple[Candidate, ...]
    warnings: tuple[WarningFinding, ...]


def collect_match_keys(signups: Iterable[Signup], config: CampaignConfig) -> MatchKeys:
    """Return the External IDs (present and superseded, by the year's template), phones and emails of all sign-ups."""
    listed = list(signups)
    superseded = (config.external_id(mn_id) for signup in listed for mn_id in signup.superseded_mn_ids)
    return MatchKeys(
        external_ids=frozenset(
            key
            for external_id in (*(signup.external_id for signup in listed), *superseded)
            if (key := id_key(external_id))
        ),
        phones=frozenset(phone for signup in listed for phone in signup.phone_keys),
        emails=frozenset(email for signup in listed for email in signup.email_keys),
    )


def find_candidates(  # noqa: PLR0913  # each is a source of its own
    signups: Sequence[Signup],
    contacts: Iterable[Contact],
    members: Iterable[Member],
    config: CampaignConfig,
    *,
    as_of: datetime,
    earlier: Sequence[EarlierMentor] = (),
    links: Mapping[str, Link] = NO_LINKS,
    known_mentors: KnownMentors = NO_KNOWN_MENTORS,
    placeholder_keys: Collection[str] = (),
) -> CandidateResult:
    """Find and classify the contacts of each sign-up (rulebook section 3), ordered by sign-up and then best first.

    The order of the inputs does not matter.

    Args:
        contacts: active individual contacts, at least those of `links` and those that share a key of
            `collect_match_keys`.
        as_of: time of the contact data.
        earlier: mentors of earlier years.
        links: linked contacts by submission id, also of absent sign-ups.
        known_mentors: the year's mentors of earlier runs, also without a link.
        placeholder_keys: phones and emails that are not used for matching.

    """
    ids = ExternalIds(signups, earlier, config, links, known_mentors)
    campaign = CampaignMembers(members)
    unmarked = mark_placeholders(contacts, placeholder_keys)
    shared = find_widely_shared_keys(unmarked, limit=MAX_CONTACTS)
    index = _ContactIndex(mark_placeholders(unmarked, shared))
    warnings = [
        warn_placeholder(key, (f"contact {holder.contact_id}" for holder in holders), source_table=SOURCE_TABLE)
        for key, holders in shared.items()
    ]
    possible = find_possible_links(signups, links)
    all_candidates: list[Candidate] = []
    for signup in sorted(signups, key=lambda signup: signup.submission_id):
        claimed = {signup.external_id_key or ""} | ids.superseded(signup)
        link = links.get(signup.submission_id)
        named = restore_lost_name(signup, link.names) if link else signup
        linked_contact = index.find(link.contact_id if link else None)
        present_link = (link, linked_contact) if link is not None and linked_contact is not None else None
        candidates = [
            _build_candidate(
                named,
                contact,
                claimed=claimed,
                link=present_link,
                ids=ids,
                campaign=campaign,
                config=config,
                as_of=as_of,
            )
            for contact in index.candidates_of(
                signup, claimed, link.contact_id if link else possible.get(signup.submission_id)
            )
        ]
        ranked = _rank(candidate for candidate in candidates if not _is_other_persons(candidate, link))
        all_candidates.extend(ranked)
        warnings.extend(_warn_refused(candidate) for candidate in ranked if is_refused_by_names(named, candidate))
    return CandidateResult(tuple(all_candidates), tuple(warnings))


def is_refused_by_names(signup: Signup, candidate: Candidate) -> bool:
    """Return whether a contact is refused because of its names, whatever External ID it holds."""
    if candidate.viability != "refused":
        return False
    verdict = classify_candidate(
        signup,
        candidate.contact,
        candidate.matched_on,
        candidate.name_agreement,
        campaign_member=candidate.campaign_member,
    )
    return verdict.viability == "refused"


class _ContactIndex:
    """Index of contacts by External ID, phone and email."""

    def __init__(self, contacts: Iterable[Contact]) -> None:
        self._by_key: dict[str, dict[int, Contact]] = defaultdict(dict)
        self._by_external_id: dict[str, dict[int, Contact]] = defaultdict(dict)
        self._by_id: dict[int | None, Contact] = {}
        for contact in contacts:
            self._by_id[contact.contact_id] = contact
            if contact.external_id_key is not None:
                self._by_external_id[contact.external_id_key][contact.contact_id] = contact
            for key in (*contact.phone_keys, *contact.email_keys):
                self._by_key[key][contact.contact_id] = contact

    def find(self, contact_id: int | None) -> Contact | None:
        """Return the contact with an id."""
        return self._by_id.get(contact_id)

    def candidates_of(self, signup: Signup, external_ids: Iterable[str], linked: int | None) -> Iterable[Contact]:
        """Return, once each, the contacts that share a phone or email, hold one of the External IDs or are linked."""
        contacts: dict[int, Contact] = {}
        if linked in self._by_id:
            contact = self._by_id[linked]
            contacts[contact.contact_id] = contact
        for external_id in external_ids:
            contacts |= self._by_external_id.get(external_id, {})
        for key in (*signup.phone_keys, *signup.email_keys):
            contacts |= self._by_key.get(key, {})
        return contacts.values()


def _build_candidate(
    signup: Signup,
    contact: Contact,
    *,
    link: tuple[Link, Contact] | None,
    claimed: set[str],
    ids: ExternalIds,
    campaign: CampaignMembers,
    config: CampaignConfig,
    as_of: datetime,
) -> Candidate:
    id_key_match: tuple[MatchKey, ...] = ("external_id",) if contact.external_id_key in claimed else ()
    matched_on = id_key_match + find_matched_keys(signup, contact)
    names = compare_record_names(signup, contact)
    member = campaign.include(contact)
    is_own_page = member and campaign.is_evidence(signup, contact)
    classified = classify_candidate(signup, contact, matched_on, names, campaign_member=is_own_page)
    is_linked = link is not None and contact.contact_id == link[1].contact_id
    if not (matched_on or is_linked):
        classified = Classification(
            "doubtful", "It was linked to a deleted sign-up, which may have been the same person's."
        )
    judged = classify_linked_contact(classified, names) if is_linked else classified
    if link is not None and not is_linked:
        judged = _keep_link(judged, signup, contact, *link, matched_on, is_own_page=is_own_page)
    verdict = apply_external_id(judged, ids, signup, contact, names=None if is_linked else names)
    parts = score_contact(contact, campaign_member=member, config=config, as_of=as_of)
    return Candidate(
        submission_id=signup.submission_id,
        mn_id=signup.mn_id,
        contact=contact,
        matched_on=matched_on,
        viability=verdict.viability,
        viability_reason=verdict.reason,
        name_agreement=names,
        is_mass_email=is_mass_email(contact, campaign_member=member),
        campaign_member=member,
        score=sum(parts.values(), Decimal(0)),
        score_parts=parts,
    )


def _is_other_persons(candidate: Candidate, link: Link | None) -> bool:
    """Return whether only a deleted sign-up leads to a contact, and its name or External ID is another person's."""
    is_linked = link is not None and candidate.contact.contact_id == link.contact_id
    is_other = candidate.name_agreement == "differ" or candidate.viability == "refused"
    return is_other and not (candidate.matched_on or is_linked)


def _keep_link(
    classification: Classification,
    signup: Signup,
    contact: Contact,
    link: Link,
    linked_contact: Contact,
    matched_on: tuple[MatchKey, ...],
    *,
    is_own_page: bool,
) -> Classification:
    """Return doubtful for a contact that is viable only because the sign-up's names were changed after the link.

    A corrected name moves no link (section 3), unless the linked contact has another person's name now.
    """
    earlier = restore_names(signup, link.names)
    if (
        classification.viability != "viable"
        or person_name(earlier) == person_name(signup)
        or compare_record_names(signup, linked_contact) == "differ"
    ):
        return classification
    names = compare_record_names(earlier, contact)
    by_earlier_name = classify_candidate(earlier, contact, matched_on, names, campaign_member=is_own_page)
    if by_earlier_name.viability == "viable":
        return classification
    return Classification(
        "doubtful", "It fits only the changed name of the sign-up; the mentor is linked to another contact."
    )


def apply_external_id(
    classification: Classification, ids: ExternalIds, signup: Signup, contact: Contact, *, names: NameAgreement | None
) -> Classification:
    """Change a classification when the contact's External ID is, or may be, another person's.

    `names` is None for the linked contact, which needs no further evidence.
    """
    if classification.viability == "refused":
        return classification
    relation = ids.classify(signup, contact)
    if relation == "other_mentor":
        return Classification("refused", "It holds the External ID of another mentor of this year.")
    if classification.viability == "viable" and ids.earlier.is_of_another_person(signup, contact):
        return Classification("doubtful", "It is the contact of a mentor of an earlier year who has another name.")
    if classification.viability == "viable" and ids.others.is_of_another_person(signup, contact):
        return Classification("doubtful", "It is linked to another mentor of this year, or has that one's name.")
    if relation == "unexplained" and classification.viability == "viable":
        return Classification("doubtful", "It holds an External ID that is not known to have been this person's.")
    if relation == "superseded" and names is not None and not ids.is_evidence(signup, contact, names):
        # Ids may restart every year and be exchanged, so the contact may have had this id before the mentor.
        return Classification(
            "doubtful", "It holds an earlier id of the mentor, and nothing else shows to whom it belongs."
        )
    return classification


def _rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Sort candidates, best first: viable ones with their rank, then doubtful and refused ones."""
    order = {"viable": 0, "doubtful": 1, "refused": 2}
    rows = sorted(candidates, key=lambda candidate: (order[candidate.viability], candidate_sort_key(candidate)))
    return [
        replace(candidate, rank=place) if candidate.viability == "viable" else candidate
        for place, candidate in enumerate(rows, start=1)
    ]


def _warn_refused(candidate: Candidate) -> WarningFinding:
    contact_id = candidate.contact.contact_id
    return WarningFinding(
        warning_type="duplicate_detected",
        subject=f"{candidate.submission_id}:{contact_id}",
        message=f"Contact {contact_id} has the phone of {candidate.mn_id} and another person's names: a relative, or a "
        "number with a new owner. It is not a candidate and is never archived.",
        source_table=SOURCE_TABLE,
        mn_id=candidate.mn_id,
    )
