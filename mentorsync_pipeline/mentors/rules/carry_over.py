"""Copy emails, phones and tags of duplicate contacts (losers) to the winner before archiving (rulebook section 9).

A value that the winner once had is not copied again, so that a value removed by a person in Givebutter stays removed
(rulebook section 7).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.tags import has_tag
from mentorsync_pipeline.domain.three_way import Base, base_of_contact, confirm_base, is_older_than_base
from mentorsync_pipeline.mentors.rules.bases import StoredBases
from mentorsync_pipeline.mentors.rules.losers import Loser
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData

SOURCE_TABLE = "mentors"

# Fields that are copied from losers: names of `Contact` and of `mentor_bases.field`.
CARRIED_FIELDS = ("emails", "phones", "tags")
# Comparison keys: another spelling of a value of the winner is not copied.
KEY_FUNCTIONS: Mapping[str, Callable[[str], str]] = {"emails": email_key, "phones": str, "tags": tag_key}


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """Values to copy to the winner, sorted; `bases`, by field, have all values that the winner ever had."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bases: Mapping[str, Base] = field(default_factory=dict)
    warnings: tuple[WarningFinding, ...] = ()


def compute_carry_overs(data: YearData, bases: StoredBases) -> dict[str, CarryOver]:
    """Return the values to copy to each mentor's winner, by submission id, without blocked mentors.

    Used by the mentors and by the import rows. `bases` are those of the year, indexed.
    """
    carry_overs = {}
    for signup in data.signups:
        winner = data.winners[signup.submission_id]
        if winner.decision != "blocked":
            carry_overs[signup.submission_id] = compute_carry_over(
                data.contacts[winner.contact_id] if winner.contact_id is not None else None,
                data.losers.get(signup.submission_id, ()),
                mn_id=signup.mn_id,
                bases=bases.get_contact_bases(signup, winner.contact_id),
                dropped_tags=data.config.dropped_tags,
                as_of=data.as_of,
            )
    return carry_overs


def compute_carry_over(
    winner: Contact | None,
    losers: Sequence[Loser],
    *,
    mn_id: str,
    bases: Mapping[str, Base],
    dropped_tags: Sequence[str],
    as_of: datetime,
) -> CarryOver:
    """Select the losers' values that the winner lacks; `winner` is None when the import creates the contact.

    Values that the winner had before are excluded: a person has removed them.
    """
    contact_id = winner.contact_id if winner else None
    values_by_field: dict[str, tuple[str, ...]] = {}
    new_bases: dict[str, Base] = {}
    for field_name in CARRIED_FIELDS:
        values = {value for loser in losers for value in getattr(loser, field_name)}
        base = base_of_contact(bases.get(field_name), contact_id=contact_id)
        current_values = set(getattr(winner, field_name)) if winner else set()
        base_values = set(base.value) if base else set()
        key_of = KEY_FUNCTIONS[field_name]
        by_key = {key_of(value): value for value in sorted(values, reverse=True)}  # the first one of its spellings
        known_keys = {key_of(value) for value in current_values | base_values} if values else set()
        values_by_field[field_name] = tuple(sorted(value for key, value in by_key.items() if key not in known_keys))
        confirmed_values = base_values | (values & current_values)
        if base is not None and is_older_than_base(base, as_of):
            new_bases[field_name] = base
        elif confirmed_values:
            new_bases[field_name] = confirm_base(
                base,
                value=sorted(confirmed_values),
                source_value=None,
                contact_value=None,
                contact_id=contact_id,
                as_of=as_of,
            )
    warnings = _make_warnings([loser.contact for loser in losers], winner, mn_id=mn_id, dropped_tags=dropped_tags)
    return CarryOver(**values_by_field, bases=new_bases, warnings=warnings)


def _make_warnings(
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
    winner_phones = winner.phones if winner else ()
    phones = {phone for contact in contacts for phone in contact.phones}
    foreign_count = sum(not is_importable_phone(phone) and phone not in winner_phones for phone in phones)
    if foreign_count:
        texts["foreign_phone"] = (
            f"Phones of a duplicate that Givebutter's import rejects as foreign: {foreign_count}. Copy them by hand in"
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


def apply_carry_over(winner: Contact, carried: CarryOver) -> Contact:
    """Return the winner as it will be after the import, so that the mentor's row is equal before and after it."""
    if not (carried.emails or carried.phones or carried.tags):
        return winner
    return replace(
        winner,
        emails=(*winner.emails, *carried.emails),
        phones=(*winner.phones, *carried.phones),
        tags=(*winner.tags, *carried.tags),
    )
