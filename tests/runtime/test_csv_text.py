"""CSV files for spreadsheets: no text runs as a formula, also where other characters separate cells."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.givebutter_values import is_formula
from mentorsync_pipeline.runtime.csv_text import csv_text


def written(text: str) -> str:
    """Return the cell of a text as a spreadsheet with commas reads it."""
    lines = "".join(csv_text(["Name"], [[text]])).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(lines, newline="")))[1][0]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("Ann;=cmd|' /C calc'!A0", "Ann;'=cmd|' /C calc'!A0"),
        ("Ann\t@SUM(1)", "Ann\t'@SUM(1)"),
        ("Ann\r\n=1+1", "Ann\r\n'=1+1"),
        ("Ann; \u200b\uff1d1", "Ann;' \u200b\uff1d1"),
        ("Ann;-2+3+cmd|' /C calc'!A0", "Ann;'-2+3+cmd|' /C calc'!A0"),
        ("Ann; - cmd|' /C calc'!A0", "Ann;' - cmd|' /C calc'!A0"),
        ("a list:\n- water\n- bread", "a list:\n- water\n- bread"),
        ("home; +1 404 555 0100; -5", "home; +1 404 555 0100; -5"),
        ("+14045550100", "+14045550100"),
        ("Ann; Bob", "Ann; Bob"),
    ],
)
def test_a_formula_is_neutralised_wherever_a_cell_may_begin(text: str, cell: str) -> None:
    assert written(text) == cell


@given(st.text(st.sampled_from(["=", "@", ";", "\t", "\n", " ", "a", "\u200b", "'", "\uff1d"])))
def test_no_part_of_a_text_begins_like_a_formula(text: str) -> None:
    assert not any(map(is_formula, re.split(r"[;\t\n]", written(text))))
