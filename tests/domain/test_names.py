"""Rulebook section 1: when two people's names agree, differ or leave it unclear."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain import names
from mentorsync_pipeline.domain.names import PersonName, agreement


def _name(text: str) -> PersonName:
    """'first|preferred|last' or 'first|last'; a blank part is not given."""
    first, *preferred, last = (part.strip() or None for part in text.split("|"))
    return PersonName(first=first, preferred=preferred[0] if preferred else None, last=last)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane|Smith", "jane|SMITH"),
        ("José|Núñez", "Jose|Nunez"),
        ("Mary Jo|Smith", "Mary-Jo|Smith"),
        ("O'Neil|Jane", "ONeil|Jane"),
        ("Anne-Marie|Smith", "Annemarie|Smith"),
        ("Ben|Smith", "Benjamin|Smith"),  # prefix
        ("Mary|Smith", "Mary Jo|Smith"),  # prefix
        ("Katherine|Smith", "Kate|Smith"),  # nickname
        ("Bill|Smith", "William|Smith"),  # nickname, the other way round
        ("Kate M.|Smith", "Katherine|Smith"),  # nickname beside an initial
        ("J. Thomas|Smith", "Tom|Smith"),
        ("Brian|Smith", "Bryan|Smith"),  # changed letter
        ("Micheal|Smith", "Michael|Smith"),  # exchanged letters
        ("Elizabeth|Smith", "Elizabth|Smith"),  # letter left out
        ("Margaret|Daisy|Smith", "Daisy|Smith"),  # preferred name
        ("Margaret|Daisy|Smith", "Peggy|Smith"),
        ("|Daisy|Smith", "Daisy|Smith"),
        ("Jane|Smith", "Jane|Smith-Jones"),
        ("Jane|Jones", "Jane|Smith-Jones"),
        ("Jane|Smith", "Jane|Smith Jones"),
        ("Jane|Smith", "Jane|Smith Jr."),
        ("Ana|Cruz", "Ana|de la Cruz"),
        ("Ana|de la Cruz", "Ana|De La Cruz-Gomez"),
        ("Ana|Garcia Lopez", "Ana|Garcia-Lopez Smith"),
        ("Jane|Li", "Jane|Li-Wong"),
        ("Jane|Thompson", "Jane|Thomson"),  # typo in a long last name
        ("Jane|Smith", "Smith|Jane"),  # swapped
        ("Kate|Smith", "Smith|Katherine"),  # swapped, nickname
    ],
)
def test_names_agree(one: str, other: str) -> None:
    assert agreement(_name(one), _name(other)) == agreement(_name(other), _name(one)) == "agree"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mary|Smith", "Jane|Smith"),  # mother and daughter
        ("Mary|Smith", "Jane|Jones"),
        ("Mary|Smith", "Jane|"),  # whatever the last names
        ("Xu|Smith", "Xuemei|Smith"),  # two letters are no prefix
        ("Cara|Smith", "Mara|Smith"),  # four letters: no typo
        ("Al|Smith", "Zoe|Smith"),
        ("Margaret|Daisy|Smith", "Robert|Smith"),
        ("Jane|Smith", "Smith|Mary"),
        ("李明|王", "张伟|王"),
    ],
)
def test_names_differ_when_both_first_names_are_real_and_do_not_match(one: str, other: str) -> None:
    assert agreement(_name(one), _name(other)) == agreement(_name(other), _name(one)) == "differ"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("|Smith", "Jane|Smith"),  # blank
        ("|", "|"),
        ("Jane|", "Jane|"),  # no last name to agree
        ("Jane|", "Jane|Smith"),
        ("F.123.4|Smith", "Jane|Smith"),  # junk
        ("F.123.4|Smith", "F.123.4|Smith"),  # equal junk is no agreement
        ("jane@mail.example|Smith", "Mary|Smith"),  # an email as a name
        ("J.|Smith", "Jane|Smith"),  # an initial
        ("J|Smith", "Mary|Smith"),
        ("J.T.|Smith", "John|Smith"),
        ("J T|Smith", "John|Smith"),
        ("N/A|Smith", "Jane|Smith"),
        ("Unknown|Smith", "Jane|Smith"),
        ("xxx|Smith", "Jane|Smith"),
        ("--|Smith", "Jane|Smith"),
        ("Jane|S.", "Jane|S."),
        ("Jane|F.123.4", "Jane|F.123.4"),
        ("Jane|Smith", "Jane|Jones"),  # the same first name with another last name
        ("Jane|de la Cruz", "Jane|La"),  # a particle is no part
        ("Jane|Cole", "Jane|Pole"),  # four letters: no typo
    ],
)
def test_otherwise_it_is_unclear(one: str, other: str) -> None:
    assert agreement(_name(one), _name(other)) == agreement(_name(other), _name(one)) == "unclear"


def test_two_nicknames_of_one_name_are_no_nicknames_of_each_other() -> None:
    assert agreement(_name("Bob|Smith"), _name("Robbie|Smith")) == "differ"


def test_another_last_name_needs_two_real_ones() -> None:
    assert names.other_last_name(_name("Jane|Smith"), _name("Jane|Jones"))
    assert not names.other_last_name(_name("Jane|Smith"), _name("Jane|"))
    assert not names.other_last_name(_name("Jane|Smith"), _name("Jane|F.123.4"))


def calls_of_comparing(words: int) -> int:
    """How many functions it takes to compare endless names of so many words."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    endless = PersonName(first="a b c " * words + "xx", last="a b c " * words)
    sys.setprofile(called)
    try:
        agreement(endless, PersonName(first="Jane " * words, last="Smith " * words))
        agreement(endless, PersonName(first="j. " * words, last="Smith"))
    finally:
        sys.setprofile(None)
    return count


def test_the_cost_of_a_very_long_name_grows_with_its_length_alone() -> None:
    assert calls_of_comparing(2_000) < 3 * calls_of_comparing(1_000)


WORD = st.sampled_from(
    ["", "Mary", "Marie", "Jane", "Janie", "J.", "F.123.4", "Smith", "Smyth", "Smith-Jones", "Jones", "de la Cruz", "é"]
)
NAME = st.builds(PersonName, first=WORD, preferred=WORD, last=WORD) | st.builds(
    PersonName, first=st.text(max_size=8), preferred=st.none() | st.text(max_size=8), last=st.text(max_size=8)
)


@given(NAME, NAME)
def test_agreement_is_symmetric(one: PersonName, other: PersonName) -> None:
    assert agreement(one, other) == agreement(other, one)


@given(NAME)
def test_nobody_differs_from_oneself(one: PersonName) -> None:
    assert agreement(one, one) != "differ"


@given(NAME, NAME)
def test_case_never_matters(one: PersonName, other: PersonName) -> None:
    shouted = PersonName(*(text.upper() if text and text.isascii() else text for text in (one.first, one.preferred)))
    shouted = PersonName(shouted.first, shouted.preferred, one.last)
    assert agreement(shouted, other) == agreement(one, other)
