"""Find the owners of External IDs (rulebook, sections 3 and 4)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.known_mentors import KnownMentors, Link
from mentorsync_pipeline.domain.records import Contact, EarlierMentor, NameAgreement, Signup
from mentorsync_pipeline.domain.sharing import compare_record_names, count_shared_values, is_contact_of
from mentorsync_pipeline.matching.rules.earlier_mentors import EarlierMentors, is_earlier_self
from mentorsync_pipeline.matching.rules.other_mentors import OtherMentors
from mentorsync_pipeline.matching.rules.viability import is_certain_holder

Relation = Literal["none", "own", "superseded", "other_mentor", "earlier_year", "unexplained"]
"""Relation of a contact's External ID to a sign-up:

`own` its MN id; `superseded` the id of an earlier sign-up of the same person; `earlier_year` the same person's id as a
mentor of an earlier year; `other_mentor` the id of another mentor of this year, or one that such a mentor had before,
when the contact is certainly that mentor's; `unexplained` an id of which none of these is known.
"""


class ExternalIds:
    """The External IDs of a year's mentors and of the mentors of earlier years, and whose contacts are known."""

    def __init__(
        self,
        signups: Iterable[Signup],
        earlier: Iterable[EarlierMentor],
        config: CampaignConfig,
        links: Mapping[str, Link],
        known_mentors: KnownMentors,
    ) -> None:
        signups = tuple(signups)
        self._config = config
        self._current: dict[str, list[Signup]] = {}
        self._by_key: dict[str, list[Signup]] = {}
        for signup in signups:
            self._current.setdefault(signup.external_id_key or "", []).append(signup)
            for key in {*signup.phone_keys, *signup.email_keys}:
                self._by_key.setdefault(key, []).append(signup)
        self._superseded: dict[str, list[Signup]] = {}
        for signup in signups:
            for external_id in self.superseded(signup):
                self._superseded.setdefault(external_id, []).append(signup)
        self.earlier = EarlierMentors(earlier)
        self.others = OtherMentors(signups, links, known_mentors, config)

    def superseded(self, signup: Signup) -> frozenset[str]:
        """Return the External IDs (as `id_key`) of a person's superseded sign-ups that no other mentor has now."""
        filled = (id_key(self._config.external_id(mn_id)) for mn_id in signup.superseded_mn_ids)
        return frozenset(external_id for external_id in filled if external_id and external_id not in self._current)

    def classify(self, signup: Signup, contact: Contact) -> Relation:
        """Return the relation of the contact's External ID to this sign-up."""
        held_id = contact.external_id_key
        if held_id is None:
            return "none"
        if held_id == signup.external_id_key:
            return "own"
        if held_id in self._current:
            return "other_mentor"
        if held_id in self.superseded(signup) or self.others.is_linked_with_former_id(signup, contact):
            return "superseded"
        if any(is_earlier_self(signup, mentor, contact) for mentor in self.earlier.with_external_id(contact)):
            return "earlier_year"
        return "other_mentor" if self.holders(contact) else "unexplained"

    def holders(self, contact: Contact) -> Sequence[Signup]:
        """Return the mentors of this year whose External ID a contact holds.

        A mentor's id from before a correction counts while the contact is certainly that mentor's, because the import
        has not written the new id yet.
        """
        held_id = contact.external_id_key or ""
        former = self._superseded.get(held_id, ())
        return self._current.get(held_id) or [
            signup for signup in former if self.is_evidence(signup, contact, compare_record_names(signup, contact))
        ]

    def is_evidence(self, signup: Signup, contact: Contact, agreement: NameAgreement) -> bool:
        """Return whether an External ID of a sign-up shows that a contact is its mentor's (section 4, step 2).

        `agreement` is the result of `sharing.compare_record_names`.
        """
        return is_certain_holder(signup, contact, agreement) and not self.others.is_held_for_another_mentor(
            signup, contact
        )

    def former_holder(self, contact: Contact) -> EarlierMentor | None:
        """Return the mentor of an earlier year who had the contact's External ID and may be its person.

        Of several, the mentor that shares most with the contact, then that of the latest year.
        """
        fitting = [
            mentor
            for mentor in self.earlier.with_external_id(contact)
            if is_contact_of(mentor, contact) or mentor.contact_id == contact.contact_id
        ]
        return max(
            fitting, key=lambda mentor: (count_shared_values(mentor, contact), mentor.campaign_year), default=None
        )

    def is_mentor_now(self, earlier: EarlierMentor, contact: Contact) -> bool:
        """Return whether the mentor of an earlier year to whom this contact belongs is a mentor this year too."""
        keys = {*earlier.phone_keys, *earlier.email_keys, *contact.phone_keys, *contact.email_keys}
        return any(is_earlier_self(signup, earlier, contact) for key in keys for signup in self._by_key.get(key, ()))
