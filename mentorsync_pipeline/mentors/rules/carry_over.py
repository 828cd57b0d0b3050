"""What the losers hand on to the winner before they are archived: emails, phones and tags (rulebook section 9).

What the winner held once is never handed on again, so that an email, a phone or a tag that a person removed in
Givebutter stays removed (rulebook section 7).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.known_mentors import find_person_submissions
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.tags import has_tag
from mentorsync_pipeline.domain.three_way import Base, base_of_contact, confirm_base, is_older_than_base
from mentorsync_pipeline.mentors.rules.bases import Bases, StoredBases
from mentorsync_pipeline.mentors.rules.losers import Loser
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData

SOURCE_TABLE = "mentors"

# What losers hand on, as fields of a contact and of `mentor_bases`.
CARRIED = ("emails", "phones", "tags")
# How values of a kind are compared: another spelling of what the winner has is not handed on.
_KEY_OF: Mapping[str, Callable[[str], str]] = {"emails": email_key, "phones": str, "tags": tag_key}


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """The values that the winner lacks, sorted; `bases` remember what it held once (by field of `mentor_bases`)."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bases: Mapping[str, Base] = field(default_factory=dict)
    warnings: tuple[WarningFinding, ...] = ()


def year_carry_overs(data: YearData, bases: Bases) -> dict[str, CarryOver]:
    """What is handed on to each mentor, by submission id; blocked mentors are left out.

    The mentors and the import rows are both made from this.
    """
    stored = StoredBases(bases, find_person_submissions(data.signups, data.known))
    result = {}
    for signup in data.signups:
        winner = data.winners[signup.submission_id]
        if winner.decision != "blocked":
            result[signup.submission_id] = carry_over(
                data.contacts[winner.contact_id] if winner.contact_id is not None else None,
                data.losers.get(signup.submission_id, ()),
                mn_id=signup.mn_id,
                bases=stored.of_contact(signup, winner.contact_id),
                dropped_tags=data.config.dropped_tags,
                as_of=data.as_of,
            )
    return result


def carry_over(
    winner: Contact | None,
    losers: Sequence[Loser],
    *,
    mn_id: str,
    bases: Mapping[str, Base],
    dropped_tags: Sequence[str],
    as_of: datetime,
) -> CarryOver:
    """Determine what the winner lacks of what the losers hand on; `winner` is None when the import creates the contact.

    What the winner held once is left out: somebody has removed it.
    """
    contact_id = winner.contact_id if winner else None
    carried: dict[str, tuple[str, ...]] = {}
    new_bases: dict[str, Base] = {}
    for kind in CARRIED:
        values = {value for loser in losers for value in getattr(loser, kind)}
        base = base_of_contact(bases.get(kind), contact_id=contact_id)
        held = set(getattr(winner, kind)) if winner else set()
        remembered = set(base.value) if base else set()
        known = {_KEY_OF[kind](value) for value in held | remembered}
        carried[kind] = tuple(sorted(value for value in values if _KEY_OF[kind](value) not in known))
        seen = remembered | (values & held)
        if base is not None and is_older_than_base(base, as_of):
            new_bases[kind] = base
        elif seen:
            new_bases[kind] = confirm_base(
                base, value=sorted(seen), source_value=None, contact_value=None, contact_id=contact_id, as_of=as_of
            )
    warnings = _warnings([loser.contact for loser in losers], winner, mn_id=mn_id, dropped_tags=dropped_tags)
    return CarryOver(**carried, bases=new_bases, warnings=warnings)


def _warnings(
    contacts: Sequence[Contact], winner: Contact | None, *, mn_id: str, dropped_tags: Sequence[str]
) -> tuple[WarningFinding, ...]:
    texts = {}
    if any(has_tag(contact.tags, *dropped_tags) for contact in contacts) and not (
        winner and has_tag(winner.tags, *dropped_tags)
    ):
        texts["dropped_tag"] = (
            f"A duplicate of this mentor carries the tag {dropped_tags[0]} and the contact that is kept does not. "
            "It is not carried over: tag the kept contact in Givebutter if the mentor has dropped out."
        )
    held = winner.phones if winner else ()
    phones = {phone for contact in contacts for phone in contact.phones}
    foreign = sum(not is_importable_phone(phone) and phone not in held for phone in phones)
    if foreign:
        texts["foreign_phone"] = (
            f"Phones of a duplicate that Givebutter's import rejects as foreign: {foreign}. Copy them by hand in"
            " Givebutter before the duplicate is archived."
        )
    return tuple(
        WarningFinding(
            warning_type="unusual_value",
            subject=f"{mn_id}:{subject}",
            message=text,
            source_table=SOURCE_TABLE,
            mn_id=mn_id,
        )
        for subject, text in texts.items()
    )


def with_carried(winner: Contact, carried: CarryOver) -> Contact:
    """The winner as it will be after the import, so that the mentor's row is the same before and after it."""
    return replace(
        winner,
        emails=(*winner.emails, *carried.emails),
        phones=(*winner.phones, *carried.phones),
        tags=(*winner.tags, *carried.tags),
    )
