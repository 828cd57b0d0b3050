"""Mentors who wish for each other, and the states of other wishes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.mentors.rules.partner_matches import PartnerMatch, Wish, match_partners
from tests.support.examples import examples

EARLY, LATE = "8:30-1:30", "11:30-4:30"


def match(*wishes: Wish, present_ids: dict[str, str] | None = None) -> dict[str, PartnerMatch]:
    return {result.mn_id: result for result in match_partners(wishes, present_ids or {})}


def wish(mn_id: str, partner: str | None = None, shift: str | None = None, **values: object) -> Wish:
    return Wish(mn_id=mn_id, partner_mn_id=partner, shift_preference=shift, **values)


@pytest.mark.parametrize(
    ("shifts", "state", "agree"),
    [
        ((EARLY, EARLY), "matched", True),
        ((EARLY, "08:30 - 1:30"), "different_shifts", False),
        (("8:30-1:30", "8:30–1:30 "), "matched", True),
        ((EARLY, LATE), "different_shifts", False),
        ((EARLY, None), "matched", None),
        ((None, None), "matched", None),
    ],
)
def test_two_who_wish_for_each_other_are_matched_unless_their_shifts_differ(shifts, state, agree):
    first, second = match(wish("MN0001", "MN0002", shifts[0]), wish("MN0002", "MN0001", shifts[1])).values()
    assert (first.state, second.state) == (state, state)
    assert first.shifts_agree is agree
    assert (first.partner_shift_preference, second.partner_shift_preference) == (shifts[1], shifts[0])


@pytest.mark.parametrize(
    ("other", "state", "reason"),
    [
        (wish("MN0002"), "one_sided", "MN0002 has not named a partner."),
        (wish("MN0002", "MN0003"), "one_sided", "MN0002 wishes for MN0003."),
        (wish("MN0002", "MN0002"), "one_sided", "MN0002 has not named a partner."),
        (wish("MN0002", "MN0001", dropped=True), "partner_dropped", "MN0002 has dropped out."),
    ],
)
def test_a_wish_that_is_not_returned_has_a_reason(other, state, reason):
    result = match(wish("MN0001", "MN0002"), other, wish("MN0003"))["MN0001"]
    assert (result.state, result.reason, result.partner_mn_id) == (state, reason, "MN0002")


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (wish("MN0001", "MN9999"), "No mentor of the year has MN9999."),
        (wish("MN0001", "MN0001"), "The mentor entered their own MN id."),
        (wish("MN0001", partner_phone="+17065550100"), "The phone is not that of exactly one other mentor."),
        (wish("MN0001", typed="my roommate"), "The answer is neither an MN id nor a phone."),
    ],
)
def test_a_partner_who_is_nobody_known_is_listed_with_the_reason(own, reason):
    result = match(own, wish("MN0002"))["MN0001"]
    assert (result.state, result.reason) == ("partner_unknown", reason)


def test_a_superseded_or_corrected_id_is_followed_unless_a_mentor_has_it_now():
    wishes = (wish("MN0001", "MN0005"), wish("MN0002", "MN0001"))
    followed = match(*wishes, present_ids={"MN0005": "MN0002"})
    assert [result.state for result in followed.values()] == ["matched", "matched"]
    assert followed["MN0001"].partner_mn_id == "MN0002"
    taken = match(*wishes, wish("MN0005"), present_ids={"MN0005": "MN0002"})
    assert (taken["MN0001"].state, taken["MN0001"].partner_mn_id) == ("one_sided", "MN0005")


def test_who_is_wished_for_is_listed_and_a_mentor_who_dropped_out_wishes_for_nobody():
    results = match(
        wish("MN0001", "MN0003"), wish("MN0002", "MN0003"), wish("MN0003"), wish("MN0004", "MN0003", dropped=True)
    )
    assert results["MN0003"].wished_by == ("MN0001", "MN0002")
    assert (results["MN0003"].state, results["MN0003"].reason) == (
        "no_wish",
        "The mentor has not named a partner, but was named.",
    )
    assert "MN0004" not in results


IDS = [f"MN000{number}" for number in range(1, 7)]
wishes = st.lists(
    st.builds(
        Wish,
        mn_id=st.sampled_from(IDS),
        partner_mn_id=st.none() | st.sampled_from([*IDS, "MN0099"]),
        dropped=st.booleans(),
        shift_preference=st.none() | st.sampled_from([EARLY, LATE]),
    ),
    unique_by=lambda wish: wish.mn_id,
)


@settings(max_examples=examples(80))
@given(wishes=wishes, data=st.data())
def test_pairs_are_mutual_and_the_order_of_the_wishes_does_not_matter(wishes, data):
    results = match(*wishes)
    assert results == match(*data.draw(st.permutations(wishes)))
    assert results.keys() == {wish.mn_id for wish in wishes if not wish.dropped}
    for result in results.values():
        is_pair = result.state in ("matched", "different_shifts")
        partner = results.get(result.partner_mn_id or "")
        returns = partner is not None and partner.partner_mn_id == result.mn_id and partner is not result
        assert is_pair == returns
        if partner is not None and is_pair:
            assert partner.state == result.state
            assert result.mn_id in partner.wished_by
