"""Rulebook section 1: a preferred name that is no name, or has the last name behind it."""

import pytest

from mentorsync_pipeline.domain.names.preferred_names import read_preferred_name


@pytest.mark.parametrize(
    "typed",
    [
        *(None, "", ".", "n/a", "None", "same", "Same as first name", "as is", "no preference", "i don't have one"),
        *("they/them", "He/Him/His", "she her hers", "any", "Miss", "Dr.", "Sir", "male", "see above"),
        *("jo@mail.example", "123", "#REF!", "(same)", "“No”", "Just my name", "legal name", "😀", "ＳＡＭＥ"),
        *("706-555-0101", "https://social.example/jo", "I prefer Jo", "please call me Jo", "12"),
    ],
)
def test_an_answer_is_no_preferred_name(typed: str | None) -> None:
    assert read_preferred_name(typed, "Ito") is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *(("Dan Ito", "Dan"), ("dan ito", "dan"), ("Jo (she/her)", "Jo")),
        *(("Jo jo@mail.example", "Jo"), ("Jo 😀 (706) 555-0101", "Jo")),
        *(
            (name, name)
            for name in ("Dan", "DAN", "Danny (Dan)", "My", "My An", "Be", "Anh", "AJ", "Ann", "Itoh", "Ito", "Al")
        ),
        *((name, name) for name in ("Goes by Bo", "Bo or Bob", "伊")),
    ],
)
def test_a_preferred_name_is_kept_without_the_last_name(typed: str, expected: str) -> None:
    assert read_preferred_name(typed, "Ito") == expected
    assert read_preferred_name(expected, "Ito") == expected
