"""Rulebook, section 7: forms are linked by MN ids however people type them."""

import pytest

from mentorsync_pipeline.mentors.rules.mn_numbers import parse_mn_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("MN0123", 123),
        ("mn123", 123),
        (" MN 0123 ", 123),
        ("0123", 123),
        ("mn-123", 123),
        ("MN10000", 10000),
        ("", None),
        (None, None),
        ("no idea", None),
        ("MN0123.0", 123),
        ("123.0", 123),
        ("1,003", 1003),
        ("MN0123 (Jane)", 123),
        ("mn0123 Jane Smith", 123),
        ("ＭＮ０１２３", 123),
        ("\u200bMN\u00a00123", 123),
        ("MN0123/MN0124", None),
        ("MN0123 or mn 0123", 123),
        ("7065550101", None),
        ("MN12a", None),
    ],
)
def test_an_mn_id_typed_by_hand(typed: str | None, number: int | None) -> None:
    assert parse_mn_number(typed) == number
