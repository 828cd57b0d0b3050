"""SMS are counted as phones and carriers do (3GPP TS 23.038 and 23.040)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.messages.rules.sms import count_sms

GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        # 153 septets in a part: the escape and its character are never split.
        ("a" * 152 + "€" + "a" * 150, "GSM-7", 304, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("’" + "a" * 69, "UCS-2", 70, 1),
        ("’" + "a" * 70, "UCS-2", 71, 2),
        ("’" + "a" * 133, "UCS-2", 134, 2),
        ("’" + "a" * 134, "UCS-2", 135, 3),
        ("👋" * 35, "UCS-2", 70, 1),
        ("👋" * 36, "UCS-2", 72, 2),
        # 67 units in a part hold 33 of these.
        ("👋" * 66, "UCS-2", 132, 2),
        ("👋" * 67, "UCS-2", 134, 3),
        ("`", "UCS-2", 1, 1),
    ],
)
def test_known_counts(text: str, encoding: str, units: int, segments: int) -> None:
    counted = count_sms(text)
    assert (counted.encoding, counted.units, counted.segments) == (encoding, units, segments)


def test_the_alphabet_has_its_127_characters_and_ten_more() -> None:
    assert len(set(GSM)) == 127
    assert {count_sms(letter).units for letter in GSM} == {1}
    assert {count_sms(letter).units for letter in EXTENSION} == {2}
    assert {count_sms(letter).encoding for letter in GSM + EXTENSION} == {"GSM-7"}


@given(st.text(st.sampled_from(GSM + EXTENSION), max_size=400))
def test_text_of_gsm_7_characters_is_never_sent_as_ucs_2(text: str) -> None:
    counted = count_sms(text)
    assert (counted.encoding, counted.unusual) == ("GSM-7", ())
    assert counted.units == len(text) + sum(letter in EXTENSION for letter in text)


@given(st.text(max_size=300))
def test_units_equal_an_encoders_result_and_fit_into_the_segments(text: str) -> None:
    counted = count_sms(text)
    if counted.encoding == "UCS-2":
        assert counted.units == len(text.encode("utf-16-be", "surrogatepass")) // 2
        assert counted.unusual
    whole, part = {"GSM-7": (160, 153), "UCS-2": (70, 67)}[counted.encoding]
    if counted.segments <= 1:
        assert counted.units <= whole
    else:
        # A part may be left with one unit free.
        assert (counted.segments - 1) * (part - 1) < counted.units <= counted.segments * part


@given(st.text(min_size=1, max_size=300))
def test_a_longer_text_never_takes_fewer_segments_of_the_same_encoding(text: str) -> None:
    counts = [count_sms(text[:length]) for length in range(len(text) + 1)]
    for shorter, longer in pairwise(counts):
        if shorter.encoding == longer.encoding:
            assert shorter.segments <= longer.segments
