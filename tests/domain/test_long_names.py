"""Texts that are longer than any name, as a public form may receive them: answered at once, by no error."""

import sys

import pytest

from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.couples import is_couple, is_noted_as_relative, is_relative, may_be_couple
from mentorsync_pipeline.domain.names.name_boxes import split_boxes, tidy_boxes
from mentorsync_pipeline.domain.names.written_names import PersonName, first_name_keys

UNITS = ("Ann ", "😀,", " ,", "- ", " she/her", '("', "Ann's ", "a and ", "M. ", "a. ", "s' ", "王", "Dr. ", "/")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("form", ["{}Ann", "Ann{}", "Ann{}x"])
def test_a_long_text_is_no_whole_name_and_ends_no_comparison(unit: str, form: str) -> None:
    """Some patterns would take a minute for one of these texts, or exceed Python's depth of calls."""
    text = form.format(unit * 3000)
    assert split_boxes(text, "Lee").last == split_boxes("Ann", "Lee").last
    assert tidy_boxes("Ann", text).first == "Ann"
    name = PersonName(first=text, last="Lee")
    assert compare_names(name, name) in ("agree", "unclear")
    assert compare_names(PersonName(first="Ann", last=text), PersonName(first="Zuzu", last=text)) != "agree"
    assert all(len(key) < 300 for key in first_name_keys(name._replace(middle="Jo")))
    assert is_couple(name) <= may_be_couple(name)
    assert is_relative(name) <= is_noted_as_relative(name)


def calls_of_comparing(words: int) -> int:
    """Number of function calls to compare names with this number of words."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    start = "xyz"[words % 3]  # so that no result of another number is kept
    endless = PersonName(first=start + "a b c " * words + "xx", last=start + "a b c " * words)
    sys.setprofile(called)
    try:
        compare_names(endless, PersonName(first=start + "Jane " * words, last=start + "Smith " * words))
        compare_names(endless, PersonName(first=start + ". j. " * words, last="Smith"))
    finally:
        sys.setprofile(None)
    return count


def test_comparing_very_long_names_takes_linear_time() -> None:
    assert calls_of_comparing(2_000) < 3 * calls_of_comparing(1_000)
