"""Whether a contact that shares a key with a sign-up may be that person's: viable, doubtful or refused (rulebook 3)."""

from typing import NamedTuple

from mentorsync_pipeline.domain.names import first_names_match, last_names_match, other_last_name
from mentorsync_pipeline.domain.normalize import UGA_DOMAIN
from mentorsync_pipeline.domain.records import Contact, MatchKey, NameAgreement, Signup, Viability
from mentorsync_pipeline.domain.sharing import name_of, shared_keys


class Verdict(NamedTuple):
    """A contact's viability and why, in plain words without anybody's data."""

    viability: Viability
    reason: str


def judge(signup: Signup, contact: Contact, matched_on: tuple[MatchKey, ...], names: NameAgreement) -> Verdict:
    """Judge a contact by its keys and names. Keys count by value: one address given as both emails is one key."""
    if "external_id" in matched_on:
        return Verdict("viable", "It holds the mentor's External ID.")
    keys = shared_keys(signup, contact)
    if len(keys) > 1:
        return Verdict("viable", "It matches by two keys.")
    phone_alone = matched_on == ("phone",)
    key = "phone" if phone_alone else "email"
    mentor, holder = name_of(signup), name_of(contact)
    if names == "differ":
        same_last_name = last_names_match(mentor, holder)
        if phone_alone and not same_last_name:
            return Verdict("refused", "It matches by a phone alone and has another person's first and last name.")
        if same_last_name and not phone_alone and all(email.endswith(UGA_DOMAIN) for email in keys):
            return Verdict("viable", "It matches by a UGA email, which belongs to one student, and by the last name.")
        return Verdict("doubtful", f"It matches by one {key} alone and has another first name.")
    if phone_alone and first_names_match(mentor, holder) and other_last_name(mentor, holder) and names == "unclear":
        return Verdict("doubtful", "It matches by a phone alone and has the same first but another last name.")
    return Verdict("viable", f"It matches by one {key}, and the names {'agree' if names == 'agree' else 'fit'}.")
