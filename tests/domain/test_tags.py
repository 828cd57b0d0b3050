"""Rulebook section 1: tags and ids are compared after cleaning and without case, and kept as Givebutter spells them."""

import pytest

from mentorsync_pipeline.domain.clean_text import id_key, is_same_id
from mentorsync_pipeline.domain.tags import add_tags, has_tag, remove_tags

SPELLINGS = ("Mentors 2025", "mentors 2025", "MENTORS  2025", " Mentors\u00a02025 ", "Mentors\u200b 2025")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_tags_are_compared_without_case_and_spaces(spelling):
    assert has_tag(["SWAB", spelling], "Mentors 2025")
    assert add_tags([spelling], ["Mentors 2025"]) == (spelling,)
    assert remove_tags(["SWAB", spelling], ["Mentors 2025"]) == ("SWAB",)


def test_different_tags_are_not_equal():
    assert not has_tag(["Mentors 2024", "Mentors"], "Mentors 2025")
    assert add_tags(["Mentors"], ["Mentors 2025", "mentors 2025"]) == ("Mentors", "Mentors 2025")


@pytest.mark.parametrize("spelling", ["MN0123", "mn0123", " Mn0123\t", "MN0123\u200b", "\ufeffmn0123 "])
def test_ids_are_compared_without_case_and_invisible_characters(spelling):
    assert is_same_id(spelling, "MN0123")
    assert id_key(spelling) == "MN0123"


@pytest.mark.parametrize(("left", "right"), [("MN0123", "MN0124"), (None, None), ("", ""), (" ", None), ("ı1", "I1")])
def test_different_and_blank_ids_are_not_equal(left, right):
    assert not is_same_id(left, right)
