"""What a mentor raised: the member record that counts and the amount (rulebook sections 5 and 7).

Members are the only source of an amount.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.decisions import find_decision
from mentorsync_pipeline.domain.findings import Conflict, Option, fingerprint
from mentorsync_pipeline.domain.records import DecisionInForce, Member
from mentorsync_pipeline.domain.three_way import Base, confirm_base
from mentorsync_pipeline.domain.vocabulary import ConflictType
from mentorsync_pipeline.mentors.rules.fields import MEMBERS

_TYPE: ConflictType = "fundraising_mismatch"
MEMBER_SUBJECT = "campaign_member"
AMOUNT_SUBJECT = "amount_raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fundraising:
    """The member that counts (None: no page), the amount in dollars, and the amount accepted so far (`base`)."""

    member: Member | None
    amount: Decimal
    base: Base | None
    conflicts: tuple[Conflict, ...] = ()
    decided: bool = False


def fundraising(
    mn_id: str,
    members: Sequence[Member],
    *,
    base: Base | None,
    decisions: Decisions,
    as_of: datetime,
    source_table: str,
) -> Fundraising:
    """Choose among a mentor's member records, best first (`mentors.rules.links`); ask when the amount has fallen.

    `base` holds the highest amount accepted so far (`value`, text) and its member (`source_value`). A fallen amount
    stays a question until somebody answers it or the amount is back; meanwhile Givebutter's current value is used.
    """
    member = members[0] if members else None
    several = _several(mn_id, members, source_table) if len(members) > 1 else None
    chosen: DecisionInForce | None = None
    open_conflicts: tuple[Conflict, ...] = ()
    if several is not None:
        # The chosen page counts on when another one is found beside it; the question is asked again.
        page = find_decision(several, decisions, usable=lambda value: value in {one.member_id for one in members})
        chosen, asked = page.decision, page.conflict_to_raise(several)
        open_conflicts = (asked,) if asked is not None else ()
        member = next((one for one in members if chosen is not None and one.member_id == chosen.value), member)

    current = member.raised if member else Decimal(0)
    member_id = member.member_id if member else None
    accepted = Decimal(base.value) if base is not None else Decimal(0)
    other_page_chosen = chosen is not None and base is not None and base.source_value != member_id
    if current >= accepted or other_page_chosen:
        return Fundraising(
            member=member,
            amount=current,
            base=_accept(base, current, member_id, as_of) if member or base else None,
            conflicts=open_conflicts,
            decided=chosen is not None,
        )
    fell = _fell(mn_id, member, accepted, source_table)
    answer = find_decision(fell, decisions)
    asked = answer.conflict_to_raise(fell)
    questions = (*open_conflicts, asked) if asked is not None else open_conflicts
    if answer.in_force and answer.value == f"{accepted:.2f}":
        return Fundraising(member=member, amount=accepted, base=base, conflicts=questions, decided=True)
    if not answer.is_settled:
        # An old answer for Givebutter's amount was about another amount: the current one is used until it is answered.
        return Fundraising(member=member, amount=current, base=base, conflicts=questions)
    return Fundraising(
        member=member,
        amount=current,
        base=_accept(base, current, member_id, as_of),
        conflicts=open_conflicts,
        decided=True,
    )


def _accept(base: Base | None, amount: Decimal, member_id: int | None, as_of: datetime) -> Base:
    return confirm_base(
        base, value=f"{amount:.2f}", source_value=member_id, contact_value=None, contact_id=None, as_of=as_of
    )


def _several(mn_id: str, members: Sequence[Member], source_table: str) -> Conflict:
    """Which of several member records counts. The amounts are no part of the fingerprint: they grow every day."""
    first, second = members[0], members[1]
    reason = (
        f"It raised more (${first.raised:.2f} against ${second.raised:.2f})."
        if first.raised > second.raised
        else "Both raised the same, and it is the newer record."
    )
    return Conflict(
        mn_id=mn_id,
        conflict_type=_TYPE,
        subject=MEMBER_SUBJECT,
        severity="medium",
        blocking=False,
        option_a=Option(value=first.member_id, source=MEMBERS, metadata=_facts(first)),
        option_b=Option(value=second.member_id, source=MEMBERS, metadata=_facts(second)),
        recommended_option="a",
        recommendation_reason=reason,
        source_table=source_table,
        input_fingerprint=fingerprint(MEMBER_SUBJECT, sorted(member.member_id for member in members)),
        context={"member_ids": [member.member_id for member in members]},
    )


def _facts(member: Member) -> Mapping[str, Any]:
    names = ("member_id", "first_name", "last_name", "email", "phone", "raised", "url", "updated_at")
    return {name: getattr(member, name) for name in names}


def _fell(mn_id: str, member: Member | None, accepted: Decimal, source_table: str) -> Conflict:
    current = member.raised if member else Decimal(0)
    member_id = member.member_id if member else None
    gone = "" if member else " The member record is gone."
    return Conflict(
        mn_id=mn_id,
        conflict_type=_TYPE,
        subject=AMOUNT_SUBJECT,
        severity="medium",
        blocking=False,
        option_a=Option(value=f"{current:.2f}", source=MEMBERS, metadata=_facts(member) if member else {}),
        option_b=Option(value=f"{accepted:.2f}", source="mentors", metadata={"raised": accepted}),
        recommended_option="a",
        recommendation_reason=f"Givebutter now says ${current:.2f}, after ${accepted:.2f}.{gone} It keeps the books.",
        source_table=source_table,
        input_fingerprint=fingerprint(AMOUNT_SUBJECT, member_id, f"{current:.2f}", f"{accepted:.2f}"),
        context={"member_id": member_id, "current": current, "accepted": accepted},
    )
