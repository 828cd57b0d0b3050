"""What the losers hand on to the winner before they are archived: emails, phones and tags (rulebook section 9).

What the winner held once is never handed on again, so that an email, a phone or a tag that a person removed in
Givebutter stays removed (rulebook section 7).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.records import Contact, Signup, Winner
from mentorsync_pipeline.domain.tags import has_tag, without_tags
from mentorsync_pipeline.domain.three_way import Base, confirmed, is_stale, usable

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


def year_carry_overs(
    signups: Sequence[Signup],
    winners: Mapping[str, Winner],
    contacts: Mapping[int, Contact],
    from_losers: Mapping[str, Sequence[Contact]],
    *,
    bases: Mapping[str, Mapping[str, Base]],
    config: CampaignConfig,
    as_of: datetime,
    source_table: str,
) -> dict[str, CarryOver]:
    """What is handed on to each mentor, by submission id; blocked mentors are left out.

    `winners` and `from_losers` (see `mentors.rules.losers`) go by submission id, `contacts` by contact id, `bases` by
    MN id and field. The mentors and the import rows are both made from this.
    """
    everybodys = {key for signup in signups for key in _keys(signup)}
    result = {}
    for signup in signups:
        winner = winners[signup.submission_id]
        if winner.decision != "blocked":
            own = _keys(signup)
            offered = from_losers.get(signup.submission_id, ())
            offered_keys = {key for one in offered for key in (*one.email_keys, *one.phone_keys)}
            result[signup.submission_id] = carry_over(
                contacts[winner.contact_id] if winner.contact_id is not None else None,
                offered,
                mn_id=signup.mn_id,
                bases=bases.get(signup.mn_id, {}),
                dropped_tag=config.givebutter_dropped_tag,
                others_keys=(offered_keys & everybodys) - own,
                as_of=as_of,
                source_table=source_table,
            )
    return result


def _keys(signup: Signup) -> frozenset[str]:
    return frozenset((*signup.phone_keys, *signup.email_keys))


def carry_over(
    winner: Contact | None,
    from_losers: Sequence[Contact],
    *,
    mn_id: str,
    bases: Mapping[str, Base],
    dropped_tag: str,
    others_keys: Collection[str],
    as_of: datetime,
    source_table: str,
) -> CarryOver:
    """Work out what the losers hand on; `winner` is None when the import creates the contact.

    Never handed on: `others_keys`, the phones and emails of other current mentors (they would make the winner a
    candidate for them); the year's dropped tag, which would drop the mentor by our own hand; a phone that Givebutter's
    import rejects.
    """
    contact_id = winner.contact_id if winner else None
    offered: dict[str, set[str]] = {kind: {v for one in from_losers for v in getattr(one, kind)} for kind in CARRIED}
    warnings = _warnings(offered, winner, mn_id=mn_id, dropped_tag=dropped_tag, source_table=source_table)
    offered["emails"] = {address for address in offered["emails"] if email_key(address) not in others_keys}
    offered["phones"] = {p for p in offered["phones"] if p not in others_keys and is_importable_phone(p)}
    offered["tags"] = set(without_tags(offered["tags"], (dropped_tag,)))

    carried: dict[str, tuple[str, ...]] = {}
    new_bases: dict[str, Base] = {}
    for kind, values in offered.items():
        base = usable(bases.get(kind), contact_id=contact_id)
        held = set(getattr(winner, kind)) if winner else set()
        remembered = set(base.value) if base else set()
        known = {_KEY_OF[kind](value) for value in held | remembered}
        carried[kind] = tuple(sorted(value for value in values if _KEY_OF[kind](value) not in known))
        seen = remembered | (values & held)
        if base is not None and is_stale(base, as_of):
            new_bases[kind] = base
        elif seen:
            new_bases[kind] = confirmed(
                base, value=sorted(seen), source_value=None, contact_value=None, contact_id=contact_id, as_of=as_of
            )
    return CarryOver(**carried, bases=new_bases, warnings=warnings)


def _warnings(
    offered: Mapping[str, set[str]], winner: Contact | None, *, mn_id: str, dropped_tag: str, source_table: str
) -> tuple[WarningFinding, ...]:
    texts = {}
    if has_tag(offered["tags"], dropped_tag) and not (winner and has_tag(winner.tags, dropped_tag)):
        texts["dropped_tag"] = (
            f"A duplicate of this mentor carries the tag {dropped_tag} and the contact that is kept does not. It is not"
            " carried over: tag the kept contact in Givebutter if the mentor has dropped out."
        )
    held = winner.phones if winner else ()
    foreign = sum(not is_importable_phone(phone) and phone not in held for phone in offered["phones"])
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
            source_table=source_table,
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
