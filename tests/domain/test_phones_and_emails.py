"""Rulebook section 1: phones and emails within other text, and how mailboxes are compared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.phones import is_us_phone

ONE, TWO = "+14045550123", "+14045550199"


@pytest.mark.parametrize(
    "raw",
    [
        "404-555-0123 (mom)",
        "4\ufe0f\u20e30\ufe0f\u20e34\ufe0f\u20e3-555-0123",
        "404-555-0123mom",
        "Cell: 404-555-0123",
        "mom's 404-555-0123",
        "call after 5pm 404-555-0123",
        "4045550123.0",
        "4,045,550,123",
        "14,045,550,123",
        "14045550123.0",
        "001 404 555 0123",
        "0014045550123",
        "+1 (404) 555 0123 ext 9",
        "4045550123 ext. 44 (work)",
        "404-555-0123 x12",
        "４０４５５５０１２３",
        "٤٠٤٥٥٥٠١٢٣",
        "\u202a404-555-0123\u202c",
        "404\u200b555\u200b0123",
        "404\u00a0555\u00a00123",
        "404 – 555 – 0123",
        "404_555_0123",
        "404,555,0123",
        "404/555/0123",
        "4 0 4 5 5 5 0 1 2 3",
        "'4045550123",
        "tel:+1-404-555-0123",
        "+1+14045550123",
        "404-555-0123.",
        "404\n5550123",
    ],
)
def test_a_phone_number_is_extracted_from_surrounding_text(raw: str) -> None:
    assert normalize.phones(raw) == (ONE,)


@pytest.mark.parametrize(
    "raw",
    [
        "404-555-0123, 404-555-0199",
        "404-555-0123 / 404-555-0199",
        "4045550123/4045550199",
        "4045550123 4045550199",
        "404 555 0123 404 555 0199",
        "(404) 555-0123 or (404) 555-0199",
        "home 404.555.0123 cell 404.555.0199",
        "404-555-0123\n404-555-0199",
        "+14045550123;+14045550199",
        "+14045550123+14045550199",
        "404 555-0123 2nd: 404 555-0199",
        "1. 404-555-0123 2. 404-555-0199",
        "(404) 555-0123 (1st) (404) 555-0199 (2nd)",
    ],
)
def test_two_numbers_give_two_keys_and_the_first_is_the_value(raw: str) -> None:
    assert normalize.phone_keys(raw) == (ONE, TWO)


@pytest.mark.parametrize("raw", ["404 5550123 4045550199 7065550125", "404-555-0123/404-555-0199/706-555-0125"])
def test_three_numbers_give_three_keys(raw: str) -> None:
    assert normalize.phone_keys(raw) == (ONE, TWO, "+17065550125")
    assert normalize.phone(raw) == ONE


@pytest.mark.parametrize("raw", ["404-555-012a", "404-555-O123", "706-555-01012", "n/a", "2025-09-01", "555-0123 Ann"])
def test_text_without_a_phone_number_has_none(raw: str) -> None:
    assert normalize.phones(raw) == ()


def test_a_short_number_needs_a_country_code_or_is_canadian() -> None:
    assert normalize.phones("MN0123") == normalize.phones("492030") == ()
    assert normalize.phones("310-4721") == ("+13104721",)
    assert normalize.phones("+683 4002") == ("+6834002",)


def test_a_phone_of_one_repeated_digit_is_not_a_key() -> None:
    assert normalize.phone_keys("888-888-8888") == ()
    assert normalize.phone_keys("888-888-8888, 404-555-0123") == (ONE,)


def test_a_foreign_number_is_parsed_with_its_dialling_prefix() -> None:
    assert normalize.phones("0044 20 7946 0018") == normalize.phones("011 44 20 7946 0018") == ("+442079460018",)


@pytest.mark.parametrize(
    "raw",
    [
        "mailto:jo@mail.example",
        "MAILTO:Jo@Mail.Example",
        "<mailto:jo@mail.example>",
        "ｊｏ＠ｍａｉｌ．ｅｘａｍｐｌｅ",
        "mailto:jo@mail.example?subject=Hello",
        "<jo@mail.example>",
        "Jo Doe <jo@mail.example>",
        '"Doe, Jo" <jo@mail.example>',
        '"jo@mail.example"',
        "'jo@mail.example'",
        "“jo@mail.example”",
        "jo@mail.example.",
        "jo@mail.example,",
        "jo@mail.example;",
        "jo@mail.example!",
        "jo@mail.example…",
        "jo@mail.example。",
        "*jo@mail.example*",
        "• jo@mail.example -",
        "email: jo@mail.example",
        "E-Mail:jo@mail.example",
        "jo@mail.example (school)",
        "(school) jo@mail.example",
        "jo@mail.example is my email",
        "\u200bjo@mail.example\u200e",
        "jo@mail\u2060.example",
        "jo＠mail.example",
        "jo@mail.example, jo@mail.example",
        "my email is jo@mail.example",
        "personal jo@mail.example",
        "'Jo Doe' jo@mail.example",
        "“Jo Doe” jo@mail.example",
        'Jo "jo@mail.example"',
        "Jo Doe (jo@mail.example)",
        "404-555-0123 jo@mail.example",
        "(404) 555 0123 jo@mail.example",
        "school— jo@mail.example",
        "jo\ufffc@mail.example",
        "jo@mail.example<br>",
        '<p><a href="mailto:jo@mail.example">jo@mail.example</a></p>',
    ],
)
def test_an_email_address_is_extracted_from_surrounding_text(raw: str) -> None:
    assert normalize.emails(raw) == ("jo@mail.example",)


@pytest.mark.parametrize(
    "between",
    [
        ", ",
        ",",
        "; ",
        " / ",
        "/",
        " or ",
        " and ",
        "\n",
        " ",
        " | ",
        " & ",
        "，",
        "、",
        " + ",
        " – ",
        "—",
        "\\",
        " and/or ",
        " 2. ",
        " -- ",
        " 'Jo Doe' ",
        " (mom ",
        " use ",
        " 404-555-0123 ",
    ],
)
def test_two_addresses_give_two_keys(between: str) -> None:
    raw = f"jo@mail.example{between}zz-jo@uga.edu"
    assert normalize.email_keys(raw) == ("jo@mail.example", "zz-jo@uga.edu")
    assert normalize.email(raw) == "jo@mail.example"


@pytest.mark.parametrize("raw", ["Jo Doe jdoe@mail.example", "Jane Doe jane.d@mail.example", "Doe doe.jo@mail.example"])
def test_a_name_before_an_address_is_no_part_of_it(raw: str) -> None:
    assert normalize.emails(raw) == (raw.rsplit(maxsplit=1)[-1],)


@pytest.mark.parametrize("raw", ["jo,doe@mail.example", "jo;doe@mail.example", "(jo,doe@mail.example)"])
def test_a_comma_typed_for_a_dot_gives_nobody_elses_address(raw: str) -> None:
    assert normalize.emails(raw) == ()
    assert normalize.emails(f"al@mail.example, {raw}") == ("al@mail.example",)


@pytest.mark.parametrize(
    "raw",
    [
        *("ann lee@mail.example", "ann@mail", "ann@mail,com", "@mail.example", "ann at mail.example", "a@b@c.example"),
        *("404-555-0123 ann lee@mail.example", "d 'an@mail.example", "ann- lee@mail.example"),
    ],
)
def test_an_incomplete_email_address_is_not_parsed(raw: str) -> None:
    assert normalize.emails(raw) == ()


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("Jo.GROß@mail.example", "jo.groß@mail.example"),
        ("İpek@mail.example", "İpek@mail.example"),
        ("ann@BÜCHER.example", "ann@bücher.example"),
        ("ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("ann@groß.example", "ann@groß.example"),
        ("Андрей@mail.example", "Андрей@mail.example"),
    ],
)
def test_only_ascii_is_lower_cased(raw: str, stored: str) -> None:
    assert normalize.email(raw) == stored


def test_letters_beyond_ascii_are_compared_without_case() -> None:
    assert normalize.email_keys("JOSÉ@mail.example") == normalize.email_keys("josé@mail.example")
    assert normalize.email_keys("groß@mail.example") != normalize.email_keys("gross@mail.example")


@pytest.mark.parametrize(
    "raw",
    ["j.doe@gmail.com", "JDoe@gmail.com", "j.d.o.e+swab@gmail.com", "jdoe+x.y@googlemail.com", "jdoe@GOOGLEMAIL.com"],
)
def test_a_gmail_mailbox_has_one_key_and_is_stored_as_typed(raw: str) -> None:
    assert normalize.email_keys(raw) == ("jdoe@gmail.com",)
    assert normalize.email(raw) == raw.lower()


@pytest.mark.parametrize("raw", ["j.doe@mail.example", "jdoe+x@outlook.com", "j.doe@gmail.com.example"])
def test_dots_and_tags_of_other_mail_providers_are_significant(raw: str) -> None:
    assert normalize.email_keys(raw) == (raw,)


@pytest.mark.parametrize(
    "raw",
    [
        "none@none.com",
        "NA@uga.edu",
        "n/a",
        "test@mail.example",
        "noemail@gmail.com",
        "test1@x.com",
        "no@no.no",
        "x@x.com",
        "123@123.com",
        "donotreply@mail.example",
    ],
)
def test_a_placeholder_is_not_a_key(raw: str) -> None:
    assert normalize.email_keys(raw) == ()


@pytest.mark.parametrize("raw", ["nona@mail.example", "testa@mail.example", "nancy@mail.example", "name@mail.example"])
def test_a_name_like_a_placeholder_is_a_key(raw: str) -> None:
    assert normalize.email_keys(raw) == (raw,)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jo@gmial.com", "jo@gmail.com"),
        ("jo@gmail.con", "jo@gmail.com"),
        ("jo@gmail.com.com", "jo@gmail.com"),
        ("jo@gmail.edu", "jo@gmail.com"),
        ("zz-jo@uga.edu.com", "zz-jo@uga.edu"),
        ("jo@yahoo.co.uk", None),
        ("jo@gmai.com", "jo@gmail.com"),
        ("jo@gmail.co", "jo@gmail.com"),
        ("jo@yaho.com", "jo@yahoo.com"),
        ("jo@hotmial.com", "jo@hotmail.com"),
        ("jo@outlok.com", "jo@outlook.com"),
        ("jo@aol.con", "jo@aol.com"),
        ("jo@uga.eud", "jo@uga.edu"),
        ("jo@gmail.com", None),
        ("jo@mail.com", None),
        ("jo@ymail.com", None),
        ("jo@ua.edu", None),
        ("jo@mail.example", None),
    ],
)
def test_a_likely_typo_of_a_common_domain_has_a_suggestion(typed: str, meant: str | None) -> None:
    assert normalize.suggest_email(typed) == meant
    assert normalize.email(typed) == typed


MARKS = st.text(st.sampled_from("\u200b\u200e\u200f\u202a\u202c\u2060\ufeff\x00\x07"), max_size=2)


def _with_marks(data: Any, text: str) -> str:
    return data.draw(MARKS) + "".join(character + data.draw(MARKS) for character in text)


@given(st.sampled_from(["404-555-0123", "+1 404 555 0123", "(404) 555-0123 or 404-555-0199"]), st.data())
def test_invisible_characters_do_not_change_a_phone_key(raw: str, data: Any) -> None:
    assert normalize.phone_keys(_with_marks(data, raw)) == normalize.phone_keys(raw)


@given(st.sampled_from(["j.doe@gmail.com", "Jo <jo@mail.example>", "zz-jo@uga.edu, jo@mail.example"]), st.data())
def test_invisible_characters_do_not_change_an_email_key(raw: str, data: Any) -> None:
    assert normalize.email_keys(_with_marks(data, raw)) == normalize.email_keys(raw)


@given(st.text(max_size=30))
def test_keys_of_any_text_are_their_own_normal_form(raw: str) -> None:
    for number in normalize.phones(raw):
        assert normalize.phones(number) == (number,)
    for address in normalize.emails(raw):
        assert normalize.emails(address) == (address,)
        key = normalize.email_key(address)
        assert normalize.email_key(key) == key
    assert normalize.phones(clean_line(raw)) == normalize.phones(raw)
    assert normalize.emails(clean_line(raw)) == normalize.emails(raw)


@pytest.mark.parametrize(
    ("number", "is_us"),
    [
        *(("+17065550101", True), ("+17875550101", True), ("+16715550101", True), ("+18005550101", True)),
        *(("+14165550123", False), ("+18765550101", False), ("+12425550101", False), ("+442079460018", False)),
        *(("", False), ("+1", False), ("7065550101", False), ("+15555550101", False), ("n/a", False)),
    ],
)
def test_a_us_phone_is_one_of_the_states_or_a_territory(number: str, is_us: bool) -> None:
    assert is_us_phone(number) is is_us
