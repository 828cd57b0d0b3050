"""Rulebook, section 9: a rejected row stays out until its cause is gone, and is then sent again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.error_codes import REGISTRY
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.import_file.rules.rejections import (
    Cause,
    RelatedContacts,
    find_cause,
    is_cause_gone,
    merge_causes,
    relate_contacts,
)
from tests.support.mentors_stage import CONFIG, PARTNER, SHIRT, MentorsStage, contact, phone, signup

CLASS = CONFIG.custom_field_labels["uga_class"]
REJECTED_AT = datetime(2025, 10, 1, 12, tzinfo=UTC)
BEFORE, AFTER = REJECTED_AT - timedelta(hours=1), REJECTED_AT + timedelta(hours=1)
CODES = sorted(code for code in REGISTRY if code.startswith("GB_"))


def _row(**values: Any) -> ImportRow:
    stage = MentorsStage.of_one(signup(partner_preference="With Sam"), contact(10))
    stage.sync()
    row = stage.rows()[0].row
    cells = {name: text for name, text in values.items() if name in row.cells}
    return replace(row, cells={**row.cells, **cells}, custom_fields={**row.custom_fields, **_custom(values, cells)})


def _custom(values: dict[str, Any], cells: dict[str, Any]) -> dict[str, Any]:
    return {name: text for name, text in values.items() if name not in cells}


def _is_gone(
    code: str, now: ImportRow, before: RelatedContacts, after: RelatedContacts, *, config: Any = CONFIG
) -> bool:
    return is_cause_gone(
        code,
        find_cause(code, _row(), before, CONFIG, as_of=BEFORE),
        find_cause(code, now, after, config, as_of=AFTER),
        after,
        rejected_at=REJECTED_AT,
        as_of=AFTER,
    )


NOTHING = RelatedContacts()


def _restored(contact_id: int, **values: Any) -> Contact:
    """A contact of the mentor that existed before the rejection and was changed since."""
    return contact(contact_id, **({"date_created": BEFORE - timedelta(days=99), "last_modified": AFTER} | values))


def _related(*contacts: Contact) -> RelatedContacts:
    return relate_contacts(_row(), contacts, None)


@pytest.mark.parametrize("code", [code for code in CODES if code != "GB_CONTACT_NOT_FOUND"])
def test_a_row_stays_out_while_nothing_changes(code: str) -> None:
    around = RelatedContacts(holder=77, by_email=frozenset({20}), by_phone=frozenset({30}))
    assert not _is_gone(code, _row(), around, around)
    assert not _is_gone(code, _row(), NOTHING, NOTHING)


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
def test_a_change_in_the_cells_in_question_sends_the_row_again(code: str, changed: dict[str, str]) -> None:
    assert _is_gone(code, _row(**changed), NOTHING, NOTHING)
    untouched = {"Title": "Mentor"}
    if code not in ("GB_ROW_REJECTED", "GB_CONTACT_NOT_FOUND"):
        assert not _is_gone(code, _row(**untouched), NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("before", "after", "is_gone"),
    [
        (("S",), ("S", "M"), True),  # added to the configuration, and by the advice to Givebutter
        (("S", "M"), ("S", "M", "L"), False),
        (("S", "M"), ("S",), False),  # it is retired, and the contact has it still
        (("S",), ("S", "L"), False),
    ],
)
def test_a_row_is_sent_again_when_its_option_is_configured(
    before: tuple[str, ...], after: tuple[str, ...], is_gone: bool
) -> None:
    then, now = (CONFIG.model_copy(update={"custom_field_options": {"shirt_size": of}}) for of in (before, after))
    row = _row(**{SHIRT: "M"})
    cause, present = (find_cause("GB_OPTION_UNKNOWN", row, NOTHING, config, as_of=AFTER) for config in (then, now))
    sent = is_cause_gone("GB_OPTION_UNKNOWN", cause, present, NOTHING, rejected_at=REJECTED_AT, as_of=AFTER)
    assert sent == is_gone


@pytest.mark.parametrize(
    ("rejected", "shirt_sends", "class_sends"), [({"M"}, True, False), ({"Senior"}, False, True), (set(), True, True)]
)
def test_a_row_is_sent_again_when_the_rejected_option_has_changed(
    rejected: set[str], shirt_sends: bool, class_sends: bool
) -> None:
    """An option of another field is not the cause, unless the list does not show which one is."""
    options = {SHIRT: "M", CLASS: "Senior"}
    cause = find_cause("GB_OPTION_UNKNOWN", _row(**options), NOTHING, CONFIG, as_of=BEFORE, rejected_options=rejected)

    def is_gone(changed: dict[str, str]) -> bool:
        present = find_cause("GB_OPTION_UNKNOWN", _row(**(options | changed)), NOTHING, CONFIG, as_of=AFTER)
        return is_cause_gone("GB_OPTION_UNKNOWN", cause, present, NOTHING, rejected_at=REJECTED_AT, as_of=AFTER)

    assert is_gone({SHIRT: "L"}) == shirt_sends
    assert is_gone({CLASS: "Junior"}) == class_sends


def test_a_changed_limit_sends_the_row_again() -> None:
    assert _is_gone(
        "GB_TEXT_TOO_LONG", _row(), NOTHING, NOTHING, config=CONFIG.model_copy(update={"custom_text_limit": 9})
    )


@pytest.mark.parametrize(
    ("before", "after", "is_sent"),
    [
        (NOTHING, NOTHING, False),  # the holder is hidden
        (NOTHING, RelatedContacts(holder=77), True),  # holder is known now: the linter checks the row
        (RelatedContacts(holder=77), NOTHING, True),  # cleared
        (NOTHING, RelatedContacts(holder=10), True),  # the row's own contact has it
        (NOTHING, _related(_restored(40)), True),
        (_related(_restored(40)), NOTHING, False),  # a duplicate was archived
        (_related(_restored(40)), _related(_restored(40)), False),  # it was active all the time
        (NOTHING, _related(_restored(40, first_name="Nobody", last_name="Else")), False),  # a relative with the phone
        (NOTHING, _related(_restored(40, date_created=REJECTED_AT)), False),  # created by the import or since
        (NOTHING, _related(_restored(40, last_modified=BEFORE)), False),  # not touched since
        (NOTHING, _related(_restored(40, external_id="MN0999")), False),  # its key was missing in a broken export
        (NOTHING, _related(_restored(40, phones=(phone(9),), emails=())), False),  # somebody else's
    ],
)
def test_a_held_external_id_is_tried_again_when_its_holder_changes(
    before: RelatedContacts, after: RelatedContacts, is_sent: bool
) -> None:
    assert _is_gone("GB_EXTERNAL_ID_EXISTS", _row(), before, after) == is_sent


def test_an_external_id_that_only_the_own_contact_seemed_to_hold_stays_out_until_newer_data_shows_it() -> None:
    own = RelatedContacts(own=10, holder=10)
    assert not _is_gone("GB_EXTERNAL_ID_EXISTS", _row(), own, RelatedContacts(own=10))  # its holder is hidden
    assert _is_gone("GB_EXTERNAL_ID_EXISTS", _row(), own, RelatedContacts(own=10, holder=77))
    assert _is_gone("GB_EXTERNAL_ID_EXISTS", _row(), own, own)
    same_data = find_cause("GB_EXTERNAL_ID_EXISTS", _row(), own, CONFIG, as_of=BEFORE)
    assert not is_cause_gone("GB_EXTERNAL_ID_EXISTS", same_data, same_data, own, rejected_at=REJECTED_AT, as_of=BEFORE)


def test_a_contact_of_another_name_that_was_active_is_not_taken_for_a_restored_one() -> None:
    of_sister = _related(_restored(40, first_name="Nobody", last_name="Else"))
    assert not _is_gone("GB_EXTERNAL_ID_EXISTS", _row(), of_sister, _related(_restored(40)))


def test_another_winner_does_not_free_the_external_id_that_a_hidden_contact_holds() -> None:
    assert not _is_gone("GB_EXTERNAL_ID_EXISTS", _row(**{"Givebutter Contact ID": ""}), NOTHING, NOTHING)
    assert not _is_gone("GB_EXTERNAL_ID_EXISTS", _row(**{"Givebutter Contact ID": "11"}), NOTHING, NOTHING)


@pytest.mark.parametrize(("code", "name"), [("GB_EMAIL_TAKEN", "by_email"), ("GB_PHONE_TAKEN", "by_phone")])
def test_a_taken_email_or_phone_is_tried_again_when_no_contact_has_it(code: str, name: str) -> None:
    others = RelatedContacts(**{name: frozenset({20})})
    assert _is_gone(code, _row(), others, NOTHING)
    assert not _is_gone(code, _row(), others, others)
    hidden, seen = (find_cause(code, _row(), related, CONFIG, as_of=BEFORE) for related in (NOTHING, others))
    assert not is_cause_gone(code, hidden, seen, others, rejected_at=REJECTED_AT, as_of=AFTER)
    merged = merge_causes(code, hidden, seen)
    assert is_cause_gone(code, merged, hidden, NOTHING, rejected_at=REJECTED_AT, as_of=AFTER)


def test_a_contact_not_found_is_tried_again_when_newer_data_has_it() -> None:
    cause = find_cause("GB_CONTACT_NOT_FOUND", _row(), NOTHING, CONFIG, as_of=BEFORE)
    assert is_cause_gone("GB_CONTACT_NOT_FOUND", cause, cause, NOTHING, rejected_at=REJECTED_AT, as_of=AFTER)
    assert not is_cause_gone("GB_CONTACT_NOT_FOUND", cause, cause, NOTHING, rejected_at=AFTER, as_of=REJECTED_AT)


def test_a_stored_cause_holds_no_personal_data() -> None:
    cause = find_cause("GB_PHONE_TAKEN", _row(), RelatedContacts(by_phone=frozenset({2, 1})), CONFIG, as_of=BEFORE)
    assert Cause.from_text(cause.as_text()) == cause
    assert Cause.from_text('{"cells": "c", "holder": 3, "contacts": [1]}') == Cause(
        cells="c", holder=3, contacts=frozenset({1})
    )
    assert phone(1).removeprefix("+") not in cause.as_text()


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_next_step(code: str) -> None:
    assert REGISTRY[code].what_to_do.endswith(".")
