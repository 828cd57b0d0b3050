"""Words in memory: names, ids, emails and phones are found however they are typed."""

import pytest

from mentorsync_pipeline.domain.word_index import WordIndex, index_words, phone_words, search_words

PEOPLE = {
    1: (["José", "O'Neil"], "+17065550101"),
    2: (["Mary-Jo", "Lee"], "+442079460018"),
    3: (["Joseph", "Li", "jo.li@mail.example", "MN1013"], None),
    4: ([None, ""], None),
}


@pytest.fixture(scope="module")
def index() -> WordIndex[int]:
    return WordIndex((key, [*index_words(*texts), *phone_words(number)]) for key, (texts, number) in PEOPLE.items())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jose", [1, 3]),
        ("JOSÉ", [1, 3]),
        ("oneil", [1]),
        ("o'n", [1]),
        ("neil jos", [1]),
        ("maryjo", [2]),
        ("Mary Jo", [2]),
        ("jo lee", [2]),
        ("li", [3]),
        ("jo.li@mail", [3]),
        ("mn1013", [3]),
        ("(706) 555-0101", [1]),
        ("706.555.0101", [1]),
        ("+1 706 555 0101", [1]),
        ("7065550101", [1]),
        ("555-0101", [1]),
        ("0101", [1]),
        ("+44 20 7946 0018", [2]),
        ("j", []),
        ("", []),
        ("\n", []),
        ("jo\nli", [3]),
        ("lee jo x", []),
        ("%", []),
        ("🎓", []),
    ],
)
def test_a_typed_text_finds_records_by_the_beginnings_of_their_words(index, typed, expected):
    assert index.find(search_words(typed), limit=10) == expected


def test_the_number_of_results_is_limited(index):
    assert index.find(["jo"], limit=1) == [1]
    assert len(index) == len(PEOPLE)
