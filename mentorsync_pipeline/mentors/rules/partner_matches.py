"""Match mentors who wish for each other as partners, and compare their shifts.

| the mentor's wish                                   | state            |
|-----------------------------------------------------|------------------|
| the partner wishes back, and the shifts are equal, or one is not known | matched |
| the partner wishes back, and the shifts differ      | different_shifts |
| the partner wishes for nobody, or for another mentor | one_sided       |
| the partner has dropped out                         | partner_dropped  |
| nobody of the year, the mentor's own id, or unreadable | partner_unknown |
| none                                                | no_wish          |

A mentor who dropped out has no match. Every mentor has one wish, so nobody is in two matched pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mentorsync_pipeline.domain.label_matching import label_key
from mentorsync_pipeline.domain.vocabulary import PartnerState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A mentor's wish as stored in `mentors`.

    Attributes:
        partner_mn_id: the partner's MN id; None if no id is known.
        typed: what the mentor typed for the partner.
        source_table: table that the partner comes from.

    """

    mn_id: str
    dropped: bool = False
    partner_mn_id: str | None = None
    partner_phone: str | None = None
    shift_preference: str | None = None
    typed: str | None = None
    source_table: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerMatch:
    """The result for one mentor (`partner_matches`).

    Attributes:
        partner_mn_id: the partner's present MN id; for `partner_unknown` an id of no mentor of the year.
        shifts_agree: None unless the shifts of both are known.
        wished_by: other mentors who wish for this one, sorted.

    """

    mn_id: str
    state: PartnerState
    reason: str
    partner_mn_id: str | None = None
    typed_partner: str | None = None
    shift_preference: str | None = None
    partner_shift_preference: str | None = None
    shifts_agree: bool | None = None
    wished_by: tuple[str, ...] = ()
    source_table: str | None = None


def match_partners(wishes: Iterable[Wish], present_ids: Mapping[str, str]) -> tuple[PartnerMatch, ...]:
    """Match the mentors of a year; one result for each who has not dropped out, sorted by MN id.

    Args:
        wishes: one for each mentor of the year, in any order.
        present_ids: present MN id by superseded or corrected id. An id that a mentor has now is not looked up.

    """
    by_mn_id = {wish.mn_id: wish for wish in wishes}
    partners = {mn_id: _follow(wish.partner_mn_id, by_mn_id, present_ids) for mn_id, wish in by_mn_id.items()}
    wished_by: dict[str, list[str]] = defaultdict(list)
    for mn_id, partner in sorted(partners.items()):
        if partner is not None and partner != mn_id and not by_mn_id[mn_id].dropped:
            wished_by[partner].append(mn_id)
    return tuple(
        _match(wish, partners, by_mn_id, tuple(wished_by[mn_id]))
        for mn_id, wish in sorted(by_mn_id.items())
        if not wish.dropped
    )


def _follow(mn_id: str | None, by_mn_id: Mapping[str, Wish], present_ids: Mapping[str, str]) -> str | None:
    if mn_id is None or mn_id in by_mn_id:
        return mn_id
    return present_ids.get(mn_id, mn_id)


def _match(
    wish: Wish, partners: Mapping[str, str | None], by_mn_id: Mapping[str, Wish], wished_by: tuple[str, ...]
) -> PartnerMatch:
    partner_id = partners[wish.mn_id]
    partner = by_mn_id.get(partner_id) if partner_id is not None and partner_id != wish.mn_id else None
    shifts = (wish.shift_preference, partner.shift_preference if partner is not None else None)
    agree = None if None in shifts else label_key(shifts[0]) == label_key(shifts[1])
    state, reason = _classify(wish, partner_id, partner, partners, shifts_agree=agree, is_wished=bool(wished_by))
    return PartnerMatch(
        mn_id=wish.mn_id,
        state=state,
        reason=reason,
        partner_mn_id=partner_id,
        typed_partner=wish.typed,
        shift_preference=shifts[0],
        partner_shift_preference=shifts[1],
        shifts_agree=agree,
        wished_by=wished_by,
        source_table=wish.source_table,
    )


def _classify(
    wish: Wish,
    partner_id: str | None,
    partner: Wish | None,
    partners: Mapping[str, str | None],
    *,
    shifts_agree: bool | None,
    is_wished: bool,
) -> tuple[PartnerState, str]:
    """Return the state and its reason. Reasons have MN ids only."""
    if partner is None:
        return _classify_without_partner(wish, partner_id, is_wished=is_wished)
    if partner.dropped:
        return "partner_dropped", f"{partner.mn_id} has dropped out."
    chosen_by_partner = partners[partner.mn_id]
    if chosen_by_partner == wish.mn_id:
        if shifts_agree is False:
            return "different_shifts", f"{partner.mn_id} wishes back, but for another shift."
        shift = "Both wish for the same shift." if shifts_agree else "The shift of one of the two is not known."
        return "matched", f"{partner.mn_id} wishes back. {shift}"
    if chosen_by_partner is None or chosen_by_partner == partner.mn_id:
        return "one_sided", f"{partner.mn_id} has not named a partner."
    return "one_sided", f"{partner.mn_id} wishes for {chosen_by_partner}."


def _classify_without_partner(wish: Wish, partner_id: str | None, *, is_wished: bool) -> tuple[PartnerState, str]:
    if partner_id is not None:
        is_own_id = partner_id == wish.mn_id
        return "partner_unknown", (
            "The mentor entered their own MN id." if is_own_id else f"No mentor of the year has {partner_id}."
        )
    if wish.partner_phone is not None:
        return "partner_unknown", "The phone is not that of exactly one other mentor."
    if wish.typed is not None:
        return "partner_unknown", "The answer is neither an MN id nor a phone."
    return "no_wish", "The mentor has not named a partner, but was named." if is_wished else "No partner is named."
