"""Rulebook, section 9: a rejected row stays out until its cause is gone, and then goes out by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.error_codes import REGISTRY
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.rejections import Cause, Surroundings, find_cause, is_gone, remembered
from tests.support.loop import CONFIG, PARTNER, SHIRT, Loop, contact, phone, signup

REJECTED_AT = datetime(2025, 10, 1, 12, tzinfo=UTC)
AFTER = REJECTED_AT + timedelta(hours=1)
CODES = sorted(code for code in REGISTRY if code.startswith("GB_"))


def _row(**values: Any) -> ImportRow:
    loop = Loop.of_one(signup(partner_preference="With Sam"), contact(10))
    loop.sync()
    row = loop.rows()[0].row
    cells = {name: text for name, text in values.items() if name in row.cells}
    return replace(row, cells={**row.cells, **cells}, custom_fields={**row.custom_fields, **_custom(values, cells)})


def _custom(values: dict[str, Any], cells: dict[str, Any]) -> dict[str, Any]:
    return {name: text for name, text in values.items() if name not in cells}


def _gone(code: str, now: ImportRow, before: Surroundings, after: Surroundings, *, config: Any = CONFIG) -> bool:
    return is_gone(
        code,
        find_cause(code, _row(), before, CONFIG),
        find_cause(code, now, after, config),
        rejected_at=REJECTED_AT,
        as_of=AFTER,
    )


NOTHING = Surroundings()


@pytest.mark.parametrize("code", [code for code in CODES if code != "GB_CONTACT_NOT_FOUND"])
def test_while_nothing_changes_the_row_stays_out(code: str) -> None:
    around = Surroundings(holder=77, by_email=frozenset({20}), by_phone=frozenset({30}))
    assert not _gone(code, _row(), around, around)
    assert not _gone(code, _row(), NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("GB_EXTERNAL_ID_EXISTS", {"Contact External ID": "MN0999"}),
        ("GB_NAME_REQUIRED", {"Last Name": "Testwright"}),
        ("GB_SUBSCRIPTION_REQUIRED", {"Email Subscription Status": "No"}),
        ("GB_TEXT_TOO_LONG", {PARTNER: "With Sam or Alex, or anybody"}),
        ("GB_OPTION_UNKNOWN", {SHIRT: "L"}),
        ("GB_PHONE_INVALID", {"Primary Phone Number": phone(9)}),
        ("GB_PHONE_TAKEN", {"Phone Numbers": phone(9)}),
        ("GB_EMAIL_INVALID", {"Primary Email": "other@mail.example"}),
        ("GB_EMAIL_TAKEN", {"Email Addresses": "other@mail.example"}),
        ("GB_DATE_INVALID", {"Date of Birth": "2004-05-06"}),
        ("GB_CONTACT_NOT_FOUND", {"Givebutter Contact ID": "11"}),
        ("GB_ROW_REJECTED", {"Employer": "Mill"}),
    ],
)
def test_when_what_it_is_about_is_sent_otherwise_the_row_goes_out(code: str, changed: dict[str, str]) -> None:
    assert _gone(code, _row(**changed), NOTHING, NOTHING)
    untouched = {"Title": "Mentor"}
    if code not in ("GB_ROW_REJECTED", "GB_CONTACT_NOT_FOUND"):
        assert not _gone(code, _row(**untouched), NOTHING, NOTHING)


def test_a_changed_option_or_limit_of_the_year_is_a_reason_to_try_again() -> None:
    options = CONFIG.model_copy(update={"custom_field_options": {"shirt_size": ("S", "M")}})
    assert _gone("GB_OPTION_UNKNOWN", _row(), NOTHING, NOTHING, config=options)
    assert _gone(
        "GB_TEXT_TOO_LONG", _row(), NOTHING, NOTHING, config=CONFIG.model_copy(update={"custom_text_limit": 9})
    )


@pytest.mark.parametrize(
    ("before", "after", "goes_out"),
    [
        (NOTHING, NOTHING, False),  # the holder is hidden
        (NOTHING, Surroundings(holder=77), True),  # seen now: the linter holds the row
        (Surroundings(holder=77), NOTHING, True),  # cleared
        (NOTHING, Surroundings(holder=10), True),  # the contact itself has it
        (NOTHING, Surroundings(by_phone=frozenset({40})), True),  # the archived one was restored
        (Surroundings(by_phone=frozenset({40})), NOTHING, False),  # a duplicate was archived
    ],
)
def test_a_held_external_id(before: Surroundings, after: Surroundings, goes_out: bool) -> None:
    assert _gone("GB_EXTERNAL_ID_EXISTS", _row(), before, after) == goes_out


@pytest.mark.parametrize(("code", "name"), [("GB_EMAIL_TAKEN", "by_email"), ("GB_PHONE_TAKEN", "by_phone")])
def test_an_email_or_phone_of_another_contact(code: str, name: str) -> None:
    others = Surroundings(**{name: frozenset({20})})
    assert _gone(code, _row(), others, NOTHING)
    assert not _gone(code, _row(), others, others)
    hidden, seen = find_cause(code, _row(), NOTHING, CONFIG), find_cause(code, _row(), others, CONFIG)
    assert not is_gone(code, hidden, seen, rejected_at=REJECTED_AT, as_of=AFTER)
    then = remembered(code, hidden, seen)
    assert is_gone(code, then, hidden, rejected_at=REJECTED_AT, as_of=AFTER)


def test_an_unknown_contact_that_newer_data_still_has_is_tried_again() -> None:
    cause = find_cause("GB_CONTACT_NOT_FOUND", _row(), NOTHING, CONFIG)
    assert is_gone("GB_CONTACT_NOT_FOUND", cause, cause, rejected_at=REJECTED_AT, as_of=AFTER)
    assert not is_gone("GB_CONTACT_NOT_FOUND", cause, cause, rejected_at=AFTER, as_of=REJECTED_AT)


def test_a_cause_is_stored_without_anybodys_data() -> None:
    cause = find_cause("GB_PHONE_TAKEN", _row(), Surroundings(by_phone=frozenset({2, 1})), CONFIG)
    assert Cause.from_text(cause.as_text()) == cause
    assert phone(1).removeprefix("+") not in cause.as_text()


@pytest.mark.parametrize("code", CODES)
def test_each_code_says_what_ends_it(code: str) -> None:
    assert REGISTRY[code].what_to_do.endswith(".")
