"""Names of several people and of a student's relatives."""

import pytest

from mentorsync_pipeline.domain.names.couples import is_none_of_couple, is_noted_as_relative, may_be_couple
from mentorsync_pipeline.domain.names.written_names import PersonName


@pytest.mark.parametrize(
    ("first", "last", "couple", "relative"),
    [
        ("Ann/Bob", "Smith", True, False),
        ("Ann - Bob", "Smith", True, False),
        ("Ben/Benny", "Smith", False, False),
        ("Ann (mom)", "Smith", False, True),
        ("Ann", "Smith (Jane's mom)", False, True),
        ("Ann, Mother", "Smith", False, True),
        ("Ann [parent]", "Smith", False, True),
        ("Ann (she/her)", "Smith", False, False),
        ("Mother Ann", "Smith", False, False),
        ("Ann", "Papa", False, False),
    ],
)
def test_notes_of_other_people_in_a_name(first: str, last: str, couple: bool, relative: bool) -> None:
    assert may_be_couple(PersonName(first=first, last=last)) is couple
    assert is_noted_as_relative(PersonName(first=first, last=last)) is relative


@pytest.mark.parametrize(
    ("first", "preferred", "other", "is_none"),
    [
        ("Ann & Bob", None, "Carol", True),
        ("Ann & Bob", "Ann", "Carol", True),
        ("Ann/Bob", None, "Carol", True),
        ("Ann & Bob", None, "Bob", False),
        ("Elizabeth and Bob", None, "Liz", False),
        ("Ann & Bob", "Carol", "Carol", False),
        ("The Smiths", None, "Carol", False),
        ("Ann & Bob", None, ".", False),
        ("Ann", None, "Carol", False),
    ],
)
def test_a_name_that_is_none_of_several_people(first: str, preferred: str | None, other: str, *, is_none: bool) -> None:
    couple = PersonName(first=first, preferred=preferred, last="Tull")
    assert is_none_of_couple(couple, PersonName(first=other, last="Tull")) is is_none
