"""Rulebook section 1: every text from a form, a file or an API is cleaned when it is read."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.clean_text import (
    clean_block,
    clean_characters,
    clean_json,
    clean_line,
    find_unusual_texts,
    has_unusual_characters,
    remove_unusual_characters,
)

FAMILY = "👨\u200d👩\u200d👧"
SUSPICIOUS = st.sampled_from(
    "aé \t\n\r\x00\x07\x1b\x85\x9c\xa0\xad\u0301\u0327\u034f\u094d\u0915\u0645\u06cc\u200b\u200c\u200d\u200e\u202e"
    "\u2028"
    "\u115f\u2060\u3000\u3164\ufffc\ufe0f\ufeff\ud83d\udc00👩❤🏽🏴\U000e0067\U000e007f1"
)
ANY_TEXT = st.text(st.one_of(SUSPICIOUS, st.characters()), max_size=12)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Ann", "Ann"),
        ("  Ann \n", "Ann"),
        ("Mary   Jo", "Mary Jo"),
        ("Mary\u00a0\u2003Jo", "Mary Jo"),
        ("Mary\nJo", "Mary Jo"),
        ("\u3000Ann\u3000", "Ann"),
        ("\u3164Ann\u2800", "Ann"),
        ("Jose\u0301", "José"),
        ("A\u030angstro\u0308m", "Ångström"),
        ("Ann\u200b", "Ann"),
        ("\ufeffMN0123", "MN0123"),
        ("A\u00adnn", "Ann"),
        ("\u202eAnn\u202c", "Ann"),
        ("\u200eAnn\u200f", "Ann"),
        ("A\u2060n\u2063n", "Ann"),
        ("\ufffcA\u115fn\u1160n\u17b4\ufffc", "Ann"),  # dictated; blank letters
        ("e\u200b\u0301", "é"),
        ("An\u200dn", "Ann"),
        ("An\u200cn", "Ann"),
        ("Ann\ufe0f", "Ann"),
        ("An\x00n", "Ann"),
        ("\x1b[31mAnn", "[31mAnn"),
        ("An\x9fn\x7f", "Ann"),
        ("An\ud83dn", "Ann"),
        ("\u200b\u200d", ""),
        ("", ""),
    ],
)
def test_a_single_line_text_is_cleaned(raw, clean):
    assert clean_line(raw) == clean


@pytest.mark.parametrize(
    "text",
    [
        FAMILY,
        "❤\ufe0f\u200d🔥",
        "👯\u200d♂\ufe0f Partner",
        "👩🏽\u200d🎓",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می\u200cخواهم",
        "क\u094d\u200dष",
        "ന\u0d4d\u200d",
        "李",
        "Нина",
        "Łukasz",
        "O'Neil",
    ],
)
def test_joiners_within_emoji_and_words_are_kept(text):
    assert clean_line(text) == text


def test_a_long_text_keeps_its_lines_and_inner_spaces():
    assert clean_block("\u00a0a  b\r\n\tc\rd\u2028e\x85f\x0bg \n") == "a  b\n\tc\nd\ne\nf\ng"


def test_characters_dropped_without_a_warning_are_not_unusual():
    assert not has_unusual_characters("a\tb\r\n\u200b\u202ec\ufeff\x85")
    assert all(map(has_unusual_characters, ("\x00", "a\x1b", "\x7f", "\x9b", "\ud800", "x\udfffy")))


def test_unusual_texts_are_reported_with_their_field():
    submission = {"answers": {"3": {"answer": "a\x00"}, "4": {"answer": {"first": ["b", "\ud83d"]}}}, "k\x01ey": "ok"}
    assert find_unusual_texts(submission) == ["answers.3.answer", "answers.4.answer.first.1", "key"]


def test_keys_that_are_equal_after_cleaning_stay_distinct():
    assert clean_json({"a": 1, "a\x00": 2, "a\u200b": [float("nan"), "\x00"]}) == {
        "a": 1,
        "a (2)": 2,
        "a (3)": [None, ""],
    }


@given(ANY_TEXT)
def test_cleaning_is_idempotent(raw):
    for clean in (clean_line, clean_block, clean_characters):
        assert clean(clean(raw)) == clean(raw)


@given(ANY_TEXT)
def test_a_clean_text_can_be_stored_and_compared(raw):
    for text in (clean_line(raw), clean_block(raw), clean_characters(raw)):
        assert unicodedata.is_normalized("NFC", text)
        assert not has_unusual_characters(text)
        text.encode()
    line = clean_line(raw)
    assert line == line.strip()
    assert "  " not in line
    assert not set(line) & set("\t\n\r\x0b\x0c\u2028\u2029\u200b\ufeff\u202e")


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0x24F), min_size=1, max_size=8), st.data())
def test_invisible_characters_do_not_make_texts_different(word, data):
    marks = st.text(st.sampled_from("\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\ufeff\xad"), max_size=2)
    mixed = data.draw(marks) + "".join(character + data.draw(marks) for character in word)
    assert clean_line(mixed) == clean_line(word)


@given(ANY_TEXT)
def test_removing_unusual_characters_first_gives_the_same_text(raw):
    assert clean_line(remove_unusual_characters(raw)) == clean_line(raw)
    assert clean_block(remove_unusual_characters(raw)) == clean_block(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_any_json_can_be_stored_after_cleaning(value):
    cleaned = clean_json(value)
    shown = json.dumps(cleaned, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in shown
    shown.encode()
    assert find_unusual_texts(cleaned) == []
    assert clean_json(cleaned) == cleaned


@pytest.mark.parametrize("unit", ["\u0300\u0345", "\u0345\u0300\x00", "\u0345\u0300\u200b", "\u0327\ud83d\u0301"])
def test_a_long_text_of_combining_marks_is_cleaned_in_linear_time(unit):
    """Python normalises many marks on one letter in quadratic time: here, in hours."""
    cleaned = clean_block(f"a{unit * 50_000}b")
    assert cleaned.endswith("b")
    assert len(cleaned) < 50
    assert clean_block(cleaned) == cleaned


def test_tags_after_a_flag_and_equal_keys_are_cleaned_in_linear_time():
    text = "a" * 30_000 + "🏴" + "\U000e0067" * 30_000
    assert clean_block(text) == text
    invisible = str.maketrans("01", "\u200b\u200c")
    cleaned = clean_json({f"a{number:b}".translate(invisible): number for number in range(10_000)})
    assert len(cleaned) == 10_000
    assert cleaned["a (10000)"] == 9_999
