"""First names: in two scripts, compared by their sounds, and nicknames."""

import pytest

from mentorsync_pipeline.domain.names.first_names import first_names_sound_different
from mentorsync_pipeline.domain.names.nickname_pairs import is_nickname
from mentorsync_pipeline.domain.names.written_names import PersonName


@pytest.mark.parametrize(
    ("left", "right", "different"),
    [
        ("Владимир", "Mary", True),
        ("Владимир", "Curtis", True),
        ("Νίκος", "Mary", True),
        ("Владимир", "Vladimir", False),
        ("Владимир", "Wladimir", False),
        ("Юрий", "Yuri", False),
        ("Евгений", "Eugene", False),
        ("Яков", "Jacob", False),
        ("Ксения", "Xenia", False),
        ("Γιώργος", "George", False),
        ("سميرة", "Curtis", True),
        ("סמירה", "Geraldine", True),
        ("سميرة", "Samira", False),
        ("يوسف", "Yusuf", False),
        ("יוסף", "Yosef", False),
        ("محمد", "Mohammed", False),
        ("明", "Mary", False),  # nobody can tell
        ("יוסף", "Sarah", True),
        ("", "Mary", False),
        ("Jane", "Mary", False),  # letters compare them
        ("Владимир (Mary)", "Mary", False),
    ],
)
def test_first_names_in_two_scripts_are_compared_by_their_consonants(left: str, right: str, different: bool) -> None:
    pair = PersonName(first=left, last="Smith"), PersonName(first=right, last="Smith")
    assert first_names_sound_different(*pair) is first_names_sound_different(*pair[::-1]) is different


@pytest.mark.parametrize(
    ("left", "right", "is_match"),
    [
        ("Ben", "Benny", True),
        ("Jim", "Jimmy", True),
        ("Tom", "Tommy", True),
        ("Jo", "Joey", False),
        ("Mary", "Marie", False),
        ("Carl", "Carly", False),
    ],
)
def test_a_short_form_and_its_diminutive_are_one_nickname(left: str, right: str, is_match: bool) -> None:
    assert is_nickname(left.lower(), right.lower()) == is_match
