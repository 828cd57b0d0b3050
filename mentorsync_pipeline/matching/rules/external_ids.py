"""Whose an External ID is: who may keep it, hand it on, or must not be touched (rulebook sections 3 and 4)."""

from collections.abc import Iterable, Sequence
from typing import Literal

from mentorsync_pipeline.domain.clean_text import id_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Contact, EarlierMentor, Signup
from mentorsync_pipeline.domain.sharing import compare_record_names, count_shared_values, is_contact_of
from mentorsync_pipeline.matching.rules.earlier_mentors import EarlierMentors, is_earlier_self
from mentorsync_pipeline.matching.rules.viability import is_certain_holder

Holding = Literal["none", "own", "superseded", "other_mentor", "earlier_year", "unexplained"]
"""What the External ID of a contact is to a sign-up:

`own` its MN id; `superseded` the id of an earlier sign-up of the same person; `earlier_year` the same person's id as a
mentor of an earlier year; `other_mentor` the id of another mentor of this year, or one that such a mentor had before,
when the contact is certainly that mentor's; `unexplained` an id of which none of these is known.
"""


class ExternalIds:
    """The External IDs of a year's mentors and of the mentors of earlier years."""

    def __init__(self, signups: Iterable[Signup], earlier: Iterable[EarlierMentor], config: CampaignConfig) -> None:
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

    def superseded(self, signup: Signup) -> frozenset[str]:
        """The External IDs (as compared) of a person's superseded sign-ups, but those that another mentor has now."""
        filled = (id_key(self._config.external_id(mn_id)) for mn_id in signup.superseded_mn_ids)
        return frozenset(external_id for external_id in filled if external_id and external_id not in self._current)

    def holding(self, signup: Signup, contact: Contact) -> Holding:
        """What the contact's External ID is to this sign-up."""
        held = contact.external_id_key
        if held is None:
            return "none"
        if held == signup.external_id_key:
            return "own"
        if held in self._current:
            return "other_mentor"
        if held in self.superseded(signup):
            return "superseded"
        if any(is_earlier_self(signup, mentor, contact) for mentor in self.earlier.with_external_id(contact)):
            return "earlier_year"
        return "other_mentor" if self.holders(contact) else "unexplained"

    def holders(self, contact: Contact) -> Sequence[Signup]:
        """The mentors of this year whose External ID a contact holds.

        An id that a mentor had before it was corrected counts while the contact is certainly that mentor's: the import
        has yet to write the new one.
        """
        held = contact.external_id_key or ""
        former = self._superseded.get(held, ())
        return self._current.get(held) or [
            signup for signup in former if is_certain_holder(signup, contact, compare_record_names(signup, contact))
        ]

    def former_holder(self, contact: Contact) -> EarlierMentor | None:
        """The mentor of an earlier year who had the contact's External ID and may well be this contact.

        Of several, the one that shares most with the contact, then the one of the latest year.
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
        """Whether a mentor of an earlier year, whose contact this is, is one this year too."""
        keys = {*earlier.phone_keys, *earlier.email_keys, *contact.phone_keys, *contact.email_keys}
        return any(is_earlier_self(signup, earlier, contact) for key in keys for signup in self._by_key.get(key, ()))
