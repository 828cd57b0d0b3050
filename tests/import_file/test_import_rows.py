"""Rulebook section 9: the import row of a mentor."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain import givebutter_values
from mentorsync_pipeline.domain.import_columns import IMPORT_COLUMNS
from mentorsync_pipeline.import_file.rules.import_rows import BuiltImportRow
from tests.support.mentors_stage import CONFIG, PARTNER, SHIRT, MentorsStage, contact, phone, signup

FOREIGN = "+442079460018"


def _row(student: Any = None, winner: Any = "default", *losers: Any) -> BuiltImportRow:
    stage = MentorsStage.of_one(student or signup(), contact() if winner == "default" else winner, *losers)
    stage.sync()
    return stage.rows()[0]


def test_givebutters_spelling_of_an_id_or_tag_is_kept() -> None:
    built = _row(signup(), contact(external_id="mn0001", tags=("mentors 2025", "Newsletter")))
    assert built.row.cells["Contact External ID"] == "mn0001"
    assert built.row.cells["Tags"] == "mentors 2025, Newsletter"


def test_an_existing_contact_is_updated_by_its_id_with_all_its_values() -> None:
    built = _row(
        signup(preferred_name="Rob"),
        contact(
            external_id="MN0999",
            prefix="Dr.",
            middle_name="Lee",
            employer="Mill",
            pronouns="they/them",
            household="The Testwells",
            household_primary_contact="yes",
            contact_since="3/1/2024",
            date_of_birth="2004-05-06",
            twitter="@robin",
            tags=("Newsletter",),
            emails=("old@mail.example", "robin1@mail.example"),
            phones=(phone(1), phone(5)),
            address_line_1="1 Baxter St",
            city="Athens",
            state="GA",
            zip_code="30605",
            notes="Met at the fair",
            address_subscribed=True,
        ),
    )
    filled = {column: text for column, text in built.row.cells.items() if text is not None}
    assert filled == {
        "Givebutter Contact ID": "10",
        "Contact External ID": "MN0001",
        "Contact Since": "2024-03-01",
        "Prefix": "Dr.",
        "First Name": "Robin",
        "Preferred First Name": "Rob",
        "Middle Name": "Lee",
        "Last Name": "Testwella",
        "Primary Email": "robin1@mail.example",
        "Primary Phone Number": phone(1),
        "Address Line 1": "1 Baxter St",
        "City": "Athens",
        "State": "GA",
        "Zip Code": "30605",
        "Pronouns": "they/them",
        "Household Name": "The Testwells",
        "Is Household Primary Contact": "Yes",
        "Email Addresses": "old@mail.example, zz-robin1@uga.edu",
        "Phone Numbers": phone(5),
        "Date of Birth": "2004-05-06",
        "Employer": "Mill",
        "Twitter URL": "@robin",
        "Tags": "Mentors 2025, Newsletter",
        "Email Subscription Status": "Yes",
    }
    assert tuple(built.row.cells) == IMPORT_COLUMNS
    assert built.row.custom_fields[SHIRT] == "M"
    assert built.row.messages == {}


def test_a_new_contact_has_no_id_and_is_subscribed_to_nothing() -> None:
    row = _row(signup(), None).row
    assert row.cells["Givebutter Contact ID"] is None
    assert row.cells["Contact External ID"] == "MN0001"
    assert row.cells["Tags"] == "Mentors 2025"
    statuses = {column: text for column, text in row.cells.items() if column.endswith("Subscription Status")}
    assert set(statuses.values()) == {"No"}


@pytest.mark.parametrize(("subscribed", "expected"), [(True, "Yes"), (False, "No")])
def test_a_new_contact_keeps_the_consent_of_its_duplicates(subscribed: bool, expected: str) -> None:
    stub = contact(20, emails=("zz-robin1@uga.edu",), phones=(), email_subscribed=subscribed)
    row = _row(signup(personal_email=None), None, stub).row
    assert row.cells["Email Subscription Status"] == expected
    assert row.cells["Phone Subscription Status"] == "No"


def test_an_address_that_a_duplicate_has_unsubscribed_is_not_subscribed_again() -> None:
    stub = contact(20, emails=("zz-robin1@uga.edu",), phones=(), email_subscribed=False)
    row = _row(signup(personal_email=None), contact(emails=()), stub).row
    assert row.cells["Primary Email"] == "zz-robin1@uga.edu"
    assert row.cells["Email Subscription Status"] == "No"


def test_an_incomplete_address_is_left_out_whole() -> None:
    cells_of = _row(signup(), contact(city="Athens", state="GA")).row.cells
    assert [cells_of[part] for part in ("Address Line 1", "City", "State", "Zip Code")] == [None] * 4


def test_formulas_are_neutralised_with_a_warning_and_phones_are_exempt() -> None:
    built = _row(
        signup(first_name="=HYPERLINK(1)", partner_preference="+1 friend"), contact(employer="-Mill", title="@home")
    )
    assert built.row.cells["First Name"] == "'=HYPERLINK(1)"
    assert (built.row.cells["Employer"], built.row.cells["Title"]) == ("'-Mill", "'@home")
    assert built.row.custom_fields[PARTNER] == "'+1 friend"
    assert built.row.cells["Primary Phone Number"] == phone(1)
    assert {(warning.warning_type, warning.subject) for warning in built.warnings} == {
        ("unusual_value", "MN0001:First Name"),
        ("unusual_value", "MN0001:Employer"),
        ("unusual_value", "MN0001:Title"),
        ("unusual_value", f"MN0001:{PARTNER}"),
    }


@pytest.mark.parametrize(
    "hidden_behind",
    [
        *("", " ", "\t", "\r", "\n", "\x00", "\x1b", "\x85", "\u00a0", "\u3000", "\u2028"),
        *("\ufeff", "\u200b", "\u200f", "\u202e", "\u2066", "\u00ad", "\u034f", "\ufe0f", "\u3164", "\u2800"),
        *('"', "\u201c", "«", '\ufeff "\u200b\t', "\ud800"),
    ],
)
def test_a_formula_is_recognised_in_any_spelling(hidden_behind: str) -> None:
    for start in "=+-@＝＋－＠﹦﹢﹣﹫⁼₊−‐‑⩵⩶":
        text = f"{hidden_behind}{start}HYPERLINK(1)"
        assert givebutter_values.is_formula(text), start
        assert givebutter_values.neutralise_formula(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "\u200b", '"', "a=b", "'=1", "Ann-Marie", "(+1) 706", "– none", "#1", "Zoë", "🩰 = dance"]
)
def test_ordinary_text_is_not_a_formula(text: str) -> None:
    assert not givebutter_values.is_formula(text)
    assert givebutter_values.neutralise_formula(text) == text


def test_a_formula_in_givebutter_is_sent_back_neutralised_with_a_warning() -> None:
    built = _row(signup(), contact(custom_fields={PARTNER: "\u200b＝1+1"}))
    assert built.row.custom_fields[PARTNER] == "'\u200b＝1+1"
    assert [warning.subject for warning in built.warnings] == [f"MN0001:{PARTNER}"]


@pytest.mark.slow
@given(text=st.text(max_size=20))
def test_a_neutralised_text_is_not_a_formula_and_is_not_changed_again(text: str) -> None:
    once = givebutter_values.neutralise_formula(text)
    assert not givebutter_values.is_formula(once)
    assert givebutter_values.neutralise_formula(once) == once
    assert once.endswith(text)


def test_the_tags_cell_never_starts_like_a_formula() -> None:
    assert _row(signup(), contact(tags=("@alumni", "=x"))).row.cells["Tags"] == "Mentors 2025, =x, @alumni"


@pytest.mark.parametrize(
    ("signed_up", "held", "primary", "more", "warns"),
    [
        (FOREIGN, (), None, None, True),
        (FOREIGN, (phone(1),), phone(1), None, False),
        (FOREIGN, (FOREIGN, phone(1)), phone(1), None, False),
        (FOREIGN, (FOREIGN,), None, None, True),
        (phone(1), (phone(1), FOREIGN), phone(1), None, False),
    ],
)
def test_a_foreign_phone_is_left_out(
    signed_up: str, held: tuple[str, ...], primary: str | None, more: str | None, warns: bool
) -> None:
    built = _row(signup(phone=signed_up), contact(phones=held))
    assert (built.row.cells["Primary Phone Number"], built.row.cells["Phone Numbers"]) == (primary, more)
    assert bool(built.warnings) == warns


def test_a_duplicates_phone_is_the_first_one_of_a_contact_with_a_foreign_phone() -> None:
    """As in the next file, when the contact has it; so it becomes the primary phone once and nothing moves later."""
    cells = _row(signup(phone=FOREIGN), contact(phones=(FOREIGN,)), contact(20, phones=(phone(2), phone(3)))).row.cells
    assert (cells["Primary Phone Number"], cells["Phone Numbers"]) == (phone(2), phone(3))


def test_an_option_takes_the_spelling_of_the_select() -> None:
    assert _row(signup(shirt_size=" xl "), contact()).row.custom_fields[SHIRT] == "XL"


def test_a_blank_field_sends_givebutters_value_back() -> None:
    page = CONFIG.custom_field_labels["fundraising_page_url"]
    row = _row(signup(), contact(custom_fields={page: "https://givebutter.example/old"})).row
    assert row.custom_fields[page] == "https://givebutter.example/old"


def test_notes_are_sent_only_when_changed() -> None:
    stage = MentorsStage.of_one(signup(), contact(notes="Met at the fair"))
    stage.sync()
    assert stage.rows()[0].row.cells["Notes"] is None
    stage.previous = {"MN0001": replace(stage.mentor(), notes="Called back")}
    assert stage.rows()[0].row.cells["Notes"] == "Called back"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10/3/2025", "2025-10-03"),
        ("2025-10-03", "2025-10-03"),
        ("2025-10-03 04:05:06", "2025-10-03"),
        ("2025-10-03T04:05:06+00:00", "2025-10-03"),
        ("2/30/2025", None),
        ("October", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_of_an_export_are_parsed(text: str | None, expected: str | None) -> None:
    day = givebutter_values.parse_date(text)
    assert (day.isoformat() if day else None) == expected
