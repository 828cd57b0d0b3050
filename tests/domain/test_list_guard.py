"""Rulebook section 2: shrunken lists and loads with many unusable cells are refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.list_guard import (
    CellCounts,
    check_shrinkage,
    check_unusable_share,
    missing_fingerprint,
    unusable_fingerprint,
)


@pytest.mark.parametrize(
    ("before", "missing", "believed"),
    [
        (312, 262, False),
        (100, 21, False),
        (100, 20, True),  # exactly 20 %
        (10, 10, True),  # no more than 10
        (11, 11, False),
        (1000, 11, True),
        (0, 0, True),
    ],
)
def test_a_list_is_refused_if_more_than_a_fifth_and_more_than_ten_are_missing(before, missing, believed):
    assert (check_shrinkage(before=before, missing=missing) is None) is believed


@given(before=st.integers(0, 5000), data=st.data())
def test_an_accepted_list_is_within_the_limits(before, data):
    missing = data.draw(st.integers(0, before))
    if check_shrinkage(before=before, missing=missing) is None:
        assert missing <= max(10, before * Decimal("0.20"))


def test_the_share_is_the_missing_part_of_the_records_before():
    shrinkage = check_shrinkage(before=312, missing=262)
    assert round(shrinkage.share, 2) == Decimal("0.84")


def test_an_acceptance_is_valid_for_one_set_of_records():
    assert missing_fingerprint("members", [3, 1, 2]) == missing_fingerprint("members", ["1", "2", "3"])
    assert missing_fingerprint("members", [1, 2]) != missing_fingerprint("members", [1, 3])
    assert missing_fingerprint("members", [1, 2]) != missing_fingerprint("raw_mn_signups", [1, 2])


def counts(**kinds: tuple[int, int]) -> dict[str, CellCounts]:
    return {kind: CellCounts(*numbers) for kind, numbers in kinds.items()}


@pytest.mark.parametrize(
    ("before", "after", "risen"),
    [
        ((1000, 20), (1000, 121), True),
        ((1000, 20), (1000, 120), False),  # exactly ten points
        ((0, 0), (40, 11), True),
        ((0, 0), (40, 10), False),  # few cells are let through whatever their share
        ((100, 90), (100, 90), False),  # as bad as before
        ((1000, 200), (500, 190), False),  # no more unusable ones than before
        ((1000, 20), (0, 0), False),
    ],
)
def test_a_rise_of_unusable_cells_by_more_than_ten_points_is_refused(before, after, risen):
    assert bool(check_unusable_share(counts(phones=before), counts(phones=after))) is risen


def test_each_kind_of_cell_is_compared_separately():
    before = counts(phones=(1000, 20), emails=(1000, 5))
    after = counts(phones=(1000, 20), emails=(1000, 400), dates=(900, 900))
    risen = check_unusable_share(before, after)
    assert [(kind.kind, kind.after) for kind in risen] == [("emails", Decimal("0.4")), ("dates", Decimal(1))]
    assert unusable_fingerprint("export", risen) != unusable_fingerprint("export", risen[:1])


def test_counts_of_parts_add_up():
    whole = CellCounts(10, 1)
    whole.add(CellCounts(5, 4))
    assert (whole.filled, whole.unusable, whole.share) == (15, 5, Decimal(1) / 3)
