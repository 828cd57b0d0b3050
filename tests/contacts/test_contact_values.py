"""The normal form of each kind of value of a contact."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.contacts.rules import values


@given(st.text())
def test_the_normal_form_of_a_text_is_its_own_normal_form(raw):
    shown = values.text(raw)
    assert values.text(shown) == shown
    assert shown != ""


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("yes", True),
        ("TRUE", True),
        ("1", True),
        (True, True),
        ("No", False),
        ("false", False),
        ("0", False),
        ("", False),
        (None, False),
        (False, False),
    ],
)
def test_every_subscription_status_is_parsed(raw, read):
    assert values.flag(raw) is read


@pytest.mark.parametrize("raw", ["maybe", "Subscribed", "2", "-"])
def test_an_unknown_subscription_status_is_refused(raw):
    with pytest.raises(ValueError, match="none of yes"):
        values.flag(raw)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("", "0.00"),
        (None, "0.00"),
        ("$1,234.50", "1234.50"),
        (12, "12.00"),
        (12.5, "12.50"),
        ("-3", "-3.00"),
        ("-0", "0.00"),
    ],
)
def test_money_has_two_decimals(raw, read):
    assert str(values.money(raw)) == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("1,234.56", "1234.56"),
        ("$1,234.56", "1234.56"),
        ("-$5", "-5.00"),
        ("$ 5.5", "5.50"),
        ("1234", "1234.00"),
        (".5", "0.50"),
        ("12.", "12.00"),
        ("1,234,567", "1234567.00"),
    ],
)
def test_an_amount_in_us_notation_is_parsed(raw, read):
    assert str(values.money(raw)) == read


@pytest.mark.parametrize(
    "raw",
    [
        *("1.234,56", "1,23", "1.234", "12,5", "1 234,56", "1,2345", "12,34,567", "1234,567", "$", "-", "."),
        *("(5.00)", "5 USD", "1,234.567", "€5", "0x10", "1_000", "٣"),
    ],
)
def test_an_ambiguous_amount_is_refused(raw):
    with pytest.raises(ValueError, match="money"):
        values.money(raw)


@given(st.decimals(-9_999_999, 9_999_999, places=2), st.booleans(), st.booleans())
def test_all_us_notations_of_an_amount_are_equal(amount, dollar, commas):
    shown = f"{amount:,.2f}" if commas else f"{amount:.2f}"
    assert values.money(("$" if dollar else "") + shown) == amount


@pytest.mark.parametrize("raw", ["abc", "NaN", "Infinity", "1e12", "1.2.3"])
def test_an_invalid_amount_is_refused(raw):
    with pytest.raises(ValueError, match="money"):
        values.money(raw)


@given(st.decimals(-9_999_999, 9_999_999, places=2))
def test_parsing_a_formatted_amount_gives_the_same_amount(amount):
    assert values.money(str(values.money(str(amount)))) == values.money(str(amount)) == amount + Decimal(0)


@pytest.mark.parametrize(
    "raw",
    ["2025-03-09 02:30:00", "2025-03-09T02:30:00+00:00", "2025-03-08T21:30:00-05:00", "2025-03-09T02:30:00.123456Z"],
)
def test_a_time_is_utc_with_seconds(raw):
    assert values.moment(raw) == datetime(2025, 3, 9, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("2004-05-06", "2004-05-06"),
        ("2004-05-06T00:00:00+00:00", "2004-05-06"),
        ("5/6/2004", "2004-05-06"),
        ("spring", "spring"),
        ("", None),
        (None, None),
    ],
)
def test_a_valid_date_becomes_iso(raw, read):
    assert values.day(raw) == read


def test_items_of_a_cell_and_of_a_list_are_equal():
    assert values.items("b, a,,a ,c") == values.items(["c", "a", " b"]) == ["a", "b", "c"]


def test_a_tag_of_the_api_may_have_a_comma():
    assert values.tags("b, a,,a ,c") == values.tags(["c", "a", " b", "a"]) == ["a", "b", "c"]
    assert values.tags([" Doe, J ", "Alto\nBass"]) == ["Alto Bass", "Doe, J"]
    assert values.tags(None) == []
    with pytest.raises(ValueError, match="has more than 1,000 values"):
        values.tags(list(map(str, range(1_001))))


def test_a_cell_of_thousands_of_items_is_not_read():
    assert len(values.items([str(number) for number in range(1_000)])) == 1_000
    for items in (["a"] * 5_000, "a," * 5_000):
        assert values.items(items) == ["a"]
    with pytest.raises(ValueError, match="has more than 1,000 values"):
        values.items(",".join(map(str, range(1_001))))


@given(
    st.lists(st.sampled_from(["a@x.example", "b c", "+17065550101"])), st.sampled_from([",", ";", "\n", "\r\n", "; "])
)
def test_items_may_be_separated_by_commas_semicolons_or_line_ends(items, separator):
    assert values.items(separator.join(items)) == sorted(set(items))


@pytest.mark.parametrize(
    ("raw", "kind", "read"),
    [
        (True, None, "Yes"),
        (False, None, "No"),
        (["S", "M"], None, "S, M"),
        ("2025-09-07", "date", "9/7/2025"),
        ("2025-09-07", "text", "2025-09-07"),
        ("9/7/2025", "date", "9/7/2025"),
        (" ", None, None),
        (3, None, "3"),
    ],
)
def test_a_custom_field_of_the_api_equals_that_of_the_export(raw, kind, read):
    assert values.custom(raw, kind) == read


def test_emails_that_differ_only_in_case_are_one_key():
    additional, keys = values.split_keys(
        "Ava@mail.example", ["ava@MAIL.example", "b@mail.example", "junk", "JUNK"], values.EMAILS
    )
    assert additional == ["b@mail.example", "junk"]
    assert keys == ["ava@mail.example", "b@mail.example"]


def test_a_phone_in_two_spellings_is_one_key():
    additional, keys = values.split_keys("(706) 555-0101", ["+17065550101", "706-555-0102"], values.PHONES)
    assert additional == ["706-555-0102"]
    assert keys == ["+17065550101", "+17065550102"]


@given(st.lists(st.sampled_from(["a@x.example", "A@x.example", "junk", "b@x.example", "c d"])))
def test_additional_values_have_distinct_keys(texts):
    additional, keys = values.split_keys(None, texts, values.EMAILS)
    assert len(set(keys)) == len(keys)
    assert values.split_keys(None, additional, values.EMAILS) == (additional, keys)
