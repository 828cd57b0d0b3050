"""Choose a mentor's member record and the amount raised, and derive the status (rulebook sections 5 and 7).

Campaign members are the only source of amounts.
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
from mentorsync_pipeline.domain.vocabulary import ConflictType, MentorStatus
from mentorsync_pipeline.mentors.rules.fields import MEMBERS

_CONFLICT_TYPE: ConflictType = "fundraising_mismatch"
MEMBER_SUBJECT = "campaign_member"
AMOUNT_SUBJECT = "amount_raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fundraising:
    """The chosen member (None: no page), the amount in dollars, and the amount accepted so far (`base`)."""

    member: Member | None
    amount: Decimal
    base: Base | None
    conflicts: tuple[Conflict, ...] = ()
    decided: bool = False


def compute_fundraising(
    mn_id: str,
    submission_id: str,
    members: Sequence[Member],
    *,
    base: Base | None,
    decisions: Decisions,
    as_of: datetime,
    source_table: str,
) -> Fundraising:
    """Choose one of a mentor's member records and raise a conflict when the amount has fallen.

    Args:
        members: the mentor's member records, best first (`mentors.rules.links`).
        base: the highest amount accepted so far (`value`, text) and its member (`source_value`).

    The conflict about a fallen amount stays open until it is decided or the amount is reached again. Until then
    Givebutter's current amount is used.

    """
    member = members[0] if members else None
    member_conflict = _make_member_conflict(mn_id, submission_id, members, source_table) if len(members) > 1 else None
    chosen: DecisionInForce | None = None
    open_conflicts: tuple[Conflict, ...] = ()
    if member_conflict is not None:
        # The chosen page remains in use when another page appears; the conflict is reopened.
        page_decision = find_decision(
            member_conflict, decisions, usable=lambda value: value in {candidate.member_id for candidate in members}
        )
        chosen, reopened = page_decision.decision, page_decision.conflict_to_raise(member_conflict)
        open_conflicts = (reopened,) if reopened is not None else ()
        member = next(
            (candidate for candidate in members if chosen is not None and candidate.member_id == chosen.value), member
        )

    current = member.raised if member else Decimal(0)
    member_id = member.member_id if member else None
    accepted = Decimal(base.value) if base is not None else Decimal(0)
    other_page_chosen = chosen is not None and base is not None and base.source_value != member_id
    if current >= accepted or other_page_chosen:
        return Fundraising(
            member=member,
            amount=current,
            base=_accept_amount(base, current, member_id, as_of) if member or base else None,
            conflicts=open_conflicts,
            decided=chosen is not None,
        )
    amount_conflict = _make_amount_conflict(mn_id, submission_id, member, accepted, source_table)
    amount_decision = find_decision(amount_conflict, decisions)
    reopened = amount_decision.conflict_to_raise(amount_conflict)
    conflicts = (*open_conflicts, reopened) if reopened is not None else open_conflicts
    if amount_decision.in_force and amount_decision.value == f"{accepted:.2f}":
        return Fundraising(member=member, amount=accepted, base=base, conflicts=conflicts, decided=True)
    if not amount_decision.is_settled:
        # An earlier decision was about another amount: Givebutter's amount is used until the new conflict is decided.
        return Fundraising(member=member, amount=current, base=base, conflicts=conflicts)
    return Fundraising(
        member=member,
        amount=current,
        base=_accept_amount(base, current, member_id, as_of),
        conflicts=open_conflicts,
        decided=True,
    )


def _accept_amount(base: Base | None, amount: Decimal, member_id: int | None, as_of: datetime) -> Base:
    return confirm_base(
        base, value=f"{amount:.2f}", source_value=member_id, contact_value=None, contact_id=None, as_of=as_of
    )


def _make_member_conflict(mn_id: str, submission_id: str, members: Sequence[Member], source_table: str) -> Conflict:
    """Return the conflict about which member record to use. The fingerprint excludes the amounts, which grow daily."""
    first, second = members[0], members[1]
    reason = (
        f"It raised more (${first.raised:.2f} against ${second.raised:.2f})."
        if first.raised > second.raised
        else "Both raised the same amount, and it is the newer record."
    )
    return Conflict(
        mn_id=mn_id,
        conflict_type=_CONFLICT_TYPE,
        subject=MEMBER_SUBJECT,
        severity="medium",
        blocking=False,
        option_a=Option(value=first.member_id, source=MEMBERS, metadata=_make_member_metadata(first)),
        option_b=Option(value=second.member_id, source=MEMBERS, metadata=_make_member_metadata(second)),
        recommended_option="a",
        recommendation_reason=reason,
        source_table=source_table,
        input_fingerprint=fingerprint(MEMBER_SUBJECT, sorted(member.member_id for member in members)),
        submission_id=submission_id,
        context={"member_ids": [member.member_id for member in members]},
    )


def _make_member_metadata(member: Member) -> Mapping[str, Any]:
    fields = ("member_id", "first_name", "last_name", "email", "phone", "raised", "url", "updated_at")
    return {name: getattr(member, name) for name in fields}


def _make_amount_conflict(
    mn_id: str, submission_id: str, member: Member | None, accepted: Decimal, source_table: str
) -> Conflict:
    current = member.raised if member else Decimal(0)
    member_id = member.member_id if member else None
    missing_note = "" if member else " The member record no longer exists."
    return Conflict(
        mn_id=mn_id,
        conflict_type=_CONFLICT_TYPE,
        subject=AMOUNT_SUBJECT,
        severity="medium",
        blocking=False,
        option_a=Option(
            value=f"{current:.2f}", source=MEMBERS, metadata=_make_member_metadata(member) if member else {}
        ),
        option_b=Option(value=f"{accepted:.2f}", source="mentors", metadata={"raised": accepted}),
        recommended_option="a",
        recommendation_reason=(
            f"Givebutter now shows ${current:.2f}, after ${accepted:.2f}.{missing_note} It records the amounts."
        ),
        source_table=source_table,
        input_fingerprint=fingerprint(AMOUNT_SUBJECT, member_id, f"{current:.2f}", f"{accepted:.2f}"),
        submission_id=submission_id,
        context={"member_id": member_id, "current": current, "accepted": accepted},
    )


def determine_status(
    *, amount_raised: Decimal, campaign_member: bool, has_setup: bool, fundraising_goal: Decimal
) -> MentorStatus:
    """Return the first status that applies: goal reached, page exists, set-up form submitted, none of these.

    Amounts are in dollars.
    """
    if amount_raised >= fundraising_goal:
        return "complete"
    if campaign_member:
        return "needs_fundraising"
    return "needs_page" if has_setup else "needs_setup"
