"""Names of several people and of a student's relatives."""

import pytest

from mentorsync_pipeline.domain.names.couples import is_noted_as_relative, may_be_couple
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
