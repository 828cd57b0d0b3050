"""Rulebook section 1: phones, emails, name keys; section 2: the form of an MN id."""

import string

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import ascii_lower
from mentorsync_pipeline.domain.emails import RESERVED_ENDINGS, validate_email
from mentorsync_pipeline.domain.phones import read_phones


def first(readings):
    return readings[0] if readings else None


DIGITS = st.text("0123456789", min_size=10, max_size=10)


@pytest.mark.parametrize(
    "raw",
    [
        "+17065550101",
        "17065550101",
        "7065550101",
        "(706) 555-0101",
        "(706)555-0101",
        "706-555-0101",
        "706.555.0101",
        "706 555 0101",
        "+1 706 555 0101",
        "+1 (706) 555-0101",
        "1-706-555-0101",
        " 706-555-0101 ",
        "706-555-0101 ext. 12",
        "706-555-0101 x12",
        "tel:+1-706-555-0101",
    ],
)
def test_every_spelling_of_a_phone_has_the_same_normal_form(raw: str) -> None:
    assert normalize.phone(raw) == "+17065550101"


@pytest.mark.parametrize("raw", [None, "", "  ", "555-0101", "706-555-010", "706-555-01012", "106-555-0101", "call me"])
def test_an_invalid_phone_has_no_normal_form(raw: str | None) -> None:
    assert normalize.phone(raw) is None


def test_a_valid_number_of_another_country_keeps_its_code() -> None:
    assert normalize.phone("+44 20 7946 0018") == "+442079460018"


def test_a_canadian_number_is_valid() -> None:
    assert normalize.phone("604-555-0123") == "+16045550123"


def _written(digits: str) -> st.SearchStrategy[str]:
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    gap = st.sampled_from(["", "-", ".", " "])
    return st.builds(
        lambda prefix, first, second, brackets: (
            f"{prefix}({area}){first}{exchange}{second}{line}"
            if brackets
            else f"{prefix}{area}{first}{exchange}{second}{line}"
        ),
        st.sampled_from(["", "1", "+1", "1 ", "+1 ", "+1-", "1.", "+", "011", "0"]),
        gap,
        gap,
        st.booleans(),
    )


@given(DIGITS.flatmap(_written))
def test_the_fast_parser_agrees_with_the_library_on_written_numbers(raw: str) -> None:
    assert normalize.phone(raw) == first(read_phones(raw))


@given(st.text(alphabet=string.digits + "+()-. x/;=#\u0660\uff0b\u200b", max_size=24))
def test_the_fast_parser_agrees_with_the_library_on_texts_like_numbers(raw: str) -> None:
    assert normalize.phone(raw) == (first(read_phones(raw)) if raw else None)


@pytest.mark.slow
def test_the_fast_parser_agrees_with_the_library_on_every_area_code_and_exchange() -> None:
    for prefix in range(0, 1_000_000, 487):
        raw = f"{prefix:06d}0123"
        assert normalize.phone(raw) == first(read_phones(raw)), raw


@given(DIGITS.flatmap(_written))
def test_the_normal_form_of_a_phone_is_its_own_normal_form(raw: str) -> None:
    normal = normalize.phone(raw)
    assert normal is None or normalize.phone(normal) == normal


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("Ann.Lee@Mail.Example", "ann.lee@mail.example"),
        ("  zz-ann01@UGA.edu\n", "zz-ann01@uga.edu"),
        ("ann+swab@mail.example", "ann+swab@mail.example"),
        ("o'neil@mail.example", "o'neil@mail.example"),
        ("ann@sub-domain.mail.example", "ann@sub-domain.mail.example"),
        ("ann@mail。example", "ann@mail.example"),
    ],
)
def test_an_email_is_trimmed_and_lower_cased(raw: str, normal: str) -> None:
    assert normalize.email(raw) == normal


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        " ",
        "ann",
        "ann@",
        "@mail.example",
        "ann@mail",
        "ann@@mail.example",
        "ann lee@mail.example",
        "ann@mail..example",
        "ann.@mail.example",
        ".ann@mail.example",
        "ann@-mail.example",
        "ann@mail-.example",
        "ann@mail.invalid",
        "ann@mail.test",
        "ann@ab--cd.example",
        "ann@mail.example1",
        "n/a",
    ],
)
def test_an_invalid_email_has_no_normal_form(raw: str | None) -> None:
    assert normalize.email(raw) is None


ADDRESS = st.builds(
    lambda local, domain: f"{local}@{domain}",
    st.text(alphabet="abzAZ09._+-' éÿßÉ×÷", max_size=12),
    st.lists(
        st.one_of(
            st.text(alphabet="abzAZ09-_é", max_size=6),
            st.sampled_from(["xn--abc", "test", "local", "invalid", "arpa", "onion", "localhost", "edu", "a" * 62]),
        ),
        max_size=4,
    ).map(".".join),
)


def test_the_fast_parser_agrees_with_the_library_on_accented_letters() -> None:
    for code in range(0x80, 0x180):
        raw = f"m{chr(code)}a@mail.example"
        _require_that_the_library_agrees(raw)


@given(ADDRESS | st.emails() | st.text(max_size=20))
def test_the_fast_parser_accepts_only_emails_that_the_library_keeps_unchanged(raw: str) -> None:
    _require_that_the_library_agrees(raw)


def _require_that_the_library_agrees(raw: str) -> None:
    text = ascii_lower(raw)
    if normalize.email(raw) == text:
        assert validate_email(text) == text, ascii(raw)
    if " " in text:
        assert validate_email(text) is None, ascii(raw)


def test_the_fast_parser_knows_the_endings_that_the_library_refuses() -> None:
    assert {name.rpartition(".")[2] for name in email_validator.SPECIAL_USE_DOMAIN_NAMES} == RESERVED_ENDINGS


@given(ADDRESS | st.emails() | st.text(max_size=20))
def test_the_normal_form_of_an_email_is_its_own_normal_form(raw: str) -> None:
    normal = normalize.email(raw)
    assert normal is None or normalize.email(normal) == normal


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("O'Neil", "oneil"),
        ("José", "jose"),
        ("Jose\u0301", "jose"),
        ("Anne-Marie", "annemarie"),
        ("Mary Jo", "maryjo"),
        ("de la Cruz", "delacruz"),
        ("J.T.", "jt"),
        ("Weiß", "weiss"),
        ("Søren", "soren"),
        ("Łukasz", "lukasz"),
        ("İpek", "ipek"),
        ("Jane 🌸", "jane"),
        ("F.123.4", "f1234"),
        ("李", "李"),
        ("Ka\u02bbi", "kai"),
        ("\u02bbOkina", "okina"),
        ("\u0149a", "na"),
        ("佐々木", "佐佐木"),
        ("محـمد", "محمد"),
        ("رَشَاد", "رشاد"),
        ("דָּוִד", "דוד"),
        ("रमा", "रमा"),
        ("ज़ारा", "जारा"),
        ("नि\u200dधि", "निधि"),
        ("じん", "じん"),
        ("นุด", "นุด"),
        ("葛\U000e0100城", "葛城"),
        ("--", ""),
        (None, ""),
    ],
)
def test_a_name_key_ignores_case_diacritics_punctuation_and_spaces(raw: str | None, key: str) -> None:
    assert normalize.name_key(raw) == key


@given(st.text(max_size=12))
def test_a_name_key_is_its_own_key(raw: str) -> None:
    key = normalize.name_key(raw)
    assert normalize.name_key(key) == key


@given(st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + " ", max_size=12))
def test_the_fast_path_for_ascii_names_gives_the_same_key(raw: str) -> None:
    assert normalize.name_key(raw) == normalize.name_key(raw + "\u0301")


@pytest.mark.parametrize(("raw", "mn_id"), [("MN0123", "MN0123"), (" mn0123 ", "MN0123"), ("MN10000", "MN10000")])
def test_an_mn_id_is_trimmed_and_upper_cased(raw: str, mn_id: str) -> None:
    assert normalize.mn_id(raw) == mn_id


@pytest.mark.parametrize("raw", [None, "", "MN123", "0123", "MN01 23", "XMN0123", "MN0123X", "MN０１２３"])
def test_an_invalid_mn_id_has_no_normal_form(raw: str | None) -> None:
    assert normalize.mn_id(raw) is None
