"""Rulebook section 7: the partner and the shift, from the partner form, the sign-up or Givebutter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.mentors.rules.partner_wish import TypedPartner, read_typed_partner
from tests.support.examples import examples
from tests.support.mentors_stage import CONFIG, START, MentorsStage, contact, entry, phone, signup

LABELS = CONFIG.custom_field_labels
SHIFT, PREFERENCE = LABELS["shift_preference"], LABELS["partner_preference"]


def two_mentors(*entries: Any, **values: Any) -> MentorsStage:
    """Mentors MN0001 and MN0002 without contacts, and entries of the partner form."""
    signups = values.pop("signups", [signup(1), signup(2, first_name="Quentin")])
    return MentorsStage(
        signups=signups, contacts={}, winners={s.submission_id: None for s in signups}, partners=list(entries), **values
    )


def wish(submission_id: str = "71", mn_id: str = "MN0001", created_at: Any = START, **answers: str) -> Any:
    return entry(submission_id, mn_id=mn_id, created_at=created_at, answers=answers)


def first_mentor(stage: MentorsStage) -> Mentor:
    return stage.sync().mentors[0]


@pytest.mark.parametrize(
    ("answers", "partner", "partner_phone"),
    [
        ({"partner_mn_id": "mn 2"}, "MN0002", None),
        ({"partner_phone": "(706) 555-0002"}, "MN0002", phone(2)),
        ({"partner_mn_id": "MN0002", "partner_phone": "706-555-0199"}, "MN0002", "+17065550199"),
        ({"partner_mn_id": "MN0077", "partner_phone": "706 555 0002"}, "MN0002", phone(2)),
        ({"partner_mn_id": "MN0001", "partner_phone": "706 555 0002"}, "MN0002", phone(2)),
        ({"partner_phone": "MN0002"}, "MN0002", None),
        ({"partner_mn_id": "706-555-0002"}, "MN0002", phone(2)),
        ({"partner_mn_id": "MN0077"}, "MN0077", None),
        ({"partner_mn_id": "MN0001"}, "MN0001", None),
        ({"partner_phone": "706-555-0199"}, None, "+17065550199"),
        ({"partner_phone": "706-555-0001"}, None, phone(1)),
        ({"partner_mn_id": "N/A", "partner_phone": "none"}, None, None),
        ({"partner_mn_id": "0"}, None, None),
        ({}, None, None),
    ],
)
def test_the_partner_is_known_by_id_else_by_phone(answers, partner, partner_phone):
    mentor = first_mentor(two_mentors(wish(**answers)))
    assert (mentor.partner_mn_id, mentor.partner_phone) == (partner, partner_phone)
    assert mentor.partner_submission_id == "71"
    assert mentor.partner_preference == (partner if partner == "MN0002" else None), "only known partners are sent"


def test_a_superseded_id_leads_to_the_present_one():
    stage = two_mentors(wish(partner_mn_id="MN0044"), signups=[signup(1), signup(2, superseded_mn_ids=("MN0044",))])
    assert first_mentor(stage).partner_mn_id == "MN0002"


def test_the_present_holder_of_an_id_comes_before_a_former_one():
    signups = [signup(1), signup(2), signup(3, superseded_mn_ids=("MN0002",))]
    assert first_mentor(two_mentors(wish(partner_mn_id="2"), signups=signups)).partner_mn_id == "MN0002"


def test_the_mentors_own_id_names_no_former_holder():
    signups = [signup(1), signup(2, superseded_mn_ids=("MN0001",))]
    own = replace(wish(partner_mn_id="MN0001"), phone=phone(1))
    mentor = first_mentor(two_mentors(own, signups=signups))
    assert (mentor.partner_mn_id, mentor.partner_preference) == ("MN0001", None)


def test_a_phone_of_two_other_mentors_names_nobody():
    signups = [signup(1), signup(2), signup(3, phone=phone(2))]
    mentor = first_mentor(two_mentors(wish(partner_phone=phone(2)), signups=signups))
    assert (mentor.partner_mn_id, mentor.partner_phone) == (None, phone(2))


@pytest.mark.parametrize("last_name", ["Testwellb", "Ferro"])  # a brother's, a cousin's
@pytest.mark.parametrize("missing", [(1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_a_phone_of_two_mentors_names_nobody_while_one_of_them_is_absent(missing, last_name):
    whole = [signup(1), signup(2), signup(3, first_name="Quentin", last_name=last_name, phone=phone(2))]
    stage = two_mentors(wish(partner_phone=phone(2)), signups=whole)
    assert first_mentor(stage).partner_mn_id is None
    for absent in (missing, missing[1:], ()):
        stage.signups = [person for place, person in enumerate(whole) if place not in absent]
        rows = {row.mn_id: row for row in (*stage.sync().mentors, *stage.sync().mentors)}
        assert "MN0001" not in rows or rows["MN0001"].partner_mn_id is None


def test_a_partner_stays_while_another_with_the_phone_comes_and_goes():
    stage = two_mentors(wish(partner_phone=phone(2)))
    first, partner = stage.signups
    assert first_mentor(stage).partner_mn_id == "MN0002"
    other = signup(3, phone=phone(2))
    for listed in ([first, partner, other], [first, partner], [first, partner, other]):
        stage.signups, stage.winners = listed, {person.submission_id: None for person in listed}
        assert first_mentor(stage).partner_mn_id == "MN0002"


def test_a_partner_who_signs_up_again_is_found_by_the_phone_of_both():
    stage = two_mentors(wish(partner_phone=phone(2)))
    assert first_mentor(stage).partner_mn_id == "MN0002"
    again = replace(stage.signups[1], submission_id="60009", mn_id="MN0009", external_id="MN0009")
    stage.signups[1], stage.winners[again.submission_id] = again, None
    assert first_mentor(stage).partner_mn_id == "MN0009"


def test_a_contacts_phone_names_nobody_while_the_mentor_who_typed_it_is_absent():
    whole = [signup(1), signup(2, phone=None), signup(3, first_name="Quentin", phone=phone(5))]
    stage = two_mentors(wish(partner_phone=phone(5)), signups=whole)
    stage.contacts, stage.winners[whole[1].submission_id] = {10: contact(10, phones=(phone(5),))}, 10
    for absent, partner in ((None, "MN0003"), (2, None), (None, "MN0003"), (1, "MN0003")):
        stage.signups = [person for place, person in enumerate(whole) if place != absent]
        assert first_mentor(stage).partner_mn_id == partner


def test_a_phone_that_the_mentor_shares_with_another_names_the_other():
    signups = [signup(1), signup(2, first_name="Quentin", phone=phone(1))]
    assert first_mentor(two_mentors(wish(partner_phone=phone(1)), signups=signups)).partner_mn_id == "MN0002"


def test_the_latest_entry_counts():
    stage = two_mentors(
        wish("72", created_at=START, partner_mn_id="MN0077", partner_notes="new"),
        wish("71", created_at=START - timedelta(days=1), partner_mn_id="MN0002", partner_notes="old"),
    )
    mentor = first_mentor(stage)
    assert (mentor.partner_mn_id, mentor.partner_notes, mentor.partner_submission_id) == ("MN0077", "new", "72")
    assert [(linked.submission_id, linked.is_latest) for linked in stage.result.entries] == [
        ("71", False),
        ("72", True),
    ]
    assert mentor.provenance["partner_notes"].source_table == "raw_mn_partner_preference"


@pytest.mark.parametrize("column", ["partner_mn_id", "partner_phone"])
def test_a_text_that_names_nobody_is_warned_about_and_not_used(column):
    stage = two_mentors(wish(**{column: "my roommate"}))
    mentor = first_mentor(stage)
    assert (mentor.partner_mn_id, mentor.partner_phone) == (None, None)
    (warning,) = stage.result.warnings
    assert (warning.warning_type, warning.subject) == ("unusual_value", f"MN0001:{column}")
    assert "roommate" not in warning.message


def test_the_shift_of_the_form_is_an_option_and_comes_before_the_sign_ups():
    stage = two_mentors(
        wish(shift_preference="🩰 | 11:30-4:30"), signups=[signup(1, shift_preference="8:30-1:30"), signup(2)]
    )
    mentor = first_mentor(stage)
    assert mentor.shift_preference == "11:30-4:30"
    assert mentor.provenance["shift_preference"].source_id == "71"
    stage.partners.clear()
    assert first_mentor(stage).shift_preference == "8:30-1:30", "a deleted entry no longer counts"


def test_without_the_form_the_partner_comes_from_the_sign_up_then_from_givebutter():
    stage = two_mentors(signups=[signup(1, partner_preference="mn2"), signup(2)])
    assert first_mentor(stage).partner_mn_id == "MN0002"
    with_contact = MentorsStage.of_one(signup(1), contact(custom_fields={PREFERENCE: "2"}))
    with_contact.signups.append(signup(2))
    with_contact.winners[signup(2).submission_id] = None
    mentor = with_contact.sync().mentors[0]
    assert mentor.partner_mn_id == "MN0002"
    assert mentor.provenance["partner_mn_id"].source_table == "raw_gb_full_contacts"


def stage_with_contact() -> MentorsStage:
    stage = MentorsStage.of_one(
        signup(1), contact(), partners=[wish(partner_mn_id="MN0002", shift_preference="8:30-1:30")]
    )
    stage.signups.extend([signup(2), signup(3)])
    stage.winners |= {s.submission_id: None for s in stage.signups[1:]}
    return stage


def test_the_partners_number_and_the_shift_are_sent():
    stage = stage_with_contact()
    stage.sync()
    row = stage.rows()[0].row
    assert row.custom_fields[SHIFT] == "8:30-1:30"
    sent = row.custom_fields[PREFERENCE]
    assert sent == ("2" if CONFIG.custom_field_types.get("partner_preference") == "number" else "MN0002")


def seen_in_givebutter() -> MentorsStage:
    """A stage whose partner and shift were imported and seen on the contact since."""
    stage = stage_with_contact()
    stage.sync()
    stage.import_file()
    stage.sync()
    return stage


def edit(stage: MentorsStage, **fields: str) -> None:
    (contact_id,) = (key for key, held in stage.contacts.items() if held.external_id == "MN0001")
    stage.edit(contact_id, custom_fields={**stage.contacts[contact_id].custom_fields, **fields})


def test_an_edit_in_givebutter_is_kept_and_names_the_partner():
    stage = seen_in_givebutter()
    edit(stage, **{PREFERENCE: "3", SHIFT: "11:30-4:30"})
    mentor = first_mentor(stage)
    assert (mentor.partner_mn_id, mentor.shift_preference) == ("MN0003", "11:30-4:30")
    assert mentor.provenance["shift_preference"].rule == "givebutter_edit"
    assert mentor.provenance["partner_mn_id"].source_table == "raw_gb_full_contacts"
    row = next(built.row for built in stage.rows() if built.row.mn_id == "MN0001")
    assert (row.custom_fields[PREFERENCE], row.custom_fields[SHIFT]) == ("3", "11:30-4:30")


def test_a_newer_entry_is_sent_when_nobody_edited_givebutter():
    stage = seen_in_givebutter()
    stage.partners.append(wish("72", created_at=START + timedelta(days=1), partner_mn_id="3"))
    mentor = first_mentor(stage)
    assert (mentor.partner_mn_id, mentor.shift_preference) == ("MN0003", "8:30-1:30")
    assert mentor.provenance["partner_preference"].source_id == "72"


def test_two_edits_of_the_shift_are_a_conflict_between_the_form_and_givebutter():
    stage = seen_in_givebutter()
    edit(stage, **{SHIFT: "9:15-2:15"})
    stage.partners.append(
        wish("72", created_at=START + timedelta(days=9), partner_mn_id="2", shift_preference="10:00-3:00")
    )
    mentor = first_mentor(stage)
    assert mentor.shift_preference == "9:15-2:15"
    (conflict,) = stage.result.conflicts
    assert (conflict.subject, conflict.option_a.source) == ("shift_preference", "raw_mn_partner_preference")
    assert (conflict.option_a.value, conflict.option_b.value) == ("10:00-3:00", "9:15-2:15")
    assert conflict.recommended_option == "a", "the entry is newer than the edit"
    stage.answer(conflict, "a")
    mentor = first_mentor(stage)
    assert mentor.shift_preference == "10:00-3:00"
    assert mentor.provenance["shift_preference"].source_id == "72"


def test_a_deleted_entry_leaves_what_givebutter_holds():
    stage = seen_in_givebutter()
    stage.partners.clear()
    mentor = first_mentor(stage)
    assert (mentor.partner_submission_id, mentor.partner_notes) == (None, None)
    assert (mentor.partner_mn_id, mentor.shift_preference) == ("MN0002", "8:30-1:30")


def test_an_entry_that_names_nobody_known_replaces_what_an_earlier_one_sent_until_somebody_corrects_it():
    stage = seen_in_givebutter()
    stage.partners.append(wish("72", created_at=START + timedelta(days=1), partner_phone="706-555-0199"))
    for _ in range(2):
        mentor = first_mentor(stage)
        assert (mentor.partner_mn_id, mentor.partner_phone) == (None, "+17065550199")
    edit(stage, **{PREFERENCE: "3"})
    for _ in range(2):
        mentor = first_mentor(stage)
        assert mentor.partner_mn_id == "MN0003"
        assert mentor.provenance["partner_mn_id"].source_table == "raw_gb_full_contacts"
    stage.partners.append(wish("73", created_at=START + timedelta(days=2), partner_mn_id="MN0088"))
    assert first_mentor(stage).partner_mn_id == "MN0088"


@pytest.mark.parametrize(
    "change", [{"phone": phone(8)}, {"phone": phone(8), "mn_id": "MN0202", "superseded_mn_ids": ("MN0002",)}]
)
def test_a_partner_who_was_known_by_phone_stays_known_after_a_correction(change):
    stage = two_mentors(wish(partner_phone=phone(2)))
    assert first_mentor(stage).partner_mn_id == "MN0002"
    stage.signups[1] = replace(stage.signups[1], **change)
    for _ in range(2):
        assert first_mentor(stage).partner_mn_id == stage.signups[1].mn_id
    del stage.signups[1]
    assert first_mentor(stage).partner_mn_id is None, "the partner is no mentor any more"


def test_an_entry_that_is_edited_to_another_phone_names_another_partner():
    stage = two_mentors(wish(partner_phone=phone(2)))
    stage.sync()
    stage.partners = [wish(partner_phone="706-555-0199")]
    assert first_mentor(stage).partner_mn_id is None


@pytest.mark.parametrize(
    ("text", "number", "phones"),
    [
        ("MN1003", 1003, ()),
        (" mn-1003 ", 1003, ()),
        ("#1003", 1003, ()),
        ("1003.0", 1003, ()),
        ("1,003", 1003, ()),
        ("MN1003 (Ann)", 1003, ()),
        ("Ann Lee, MN 1003", 1003, ()),
        ("MN1003 MN1003", 1003, ()),
        ("MN1003, (706) 555-0102", 1003, ("+17065550102",)),
        ("MN1003 or MN1004", None, ()),
        ("1003, 1004", None, ()),
        ("0", None, ()),
        ("-5", 5, ()),
        ("(706) 555-0102 (Ann)", None, ("+17065550102",)),
        ("7065550102.0", None, ("+17065550102",)),
        ("706-555-0102 / 706-555-0103", None, ("+17065550102", "+17065550103")),
        ("706-555", 706555, ()),
        ("Ann Lee", None, ()),
        ("\u202e", None, ()),
        ("", None, ()),
        (None, None, ()),
    ],
)
def test_one_id_or_phones_are_read_from_a_text(text, number, phones):
    assert read_typed_partner(text) == TypedPartner(number, phones)


@settings(max_examples=examples(80))
@given(texts=st.dictionaries(st.sampled_from(["partner_mn_id", "partner_phone", "shift_preference"]), st.text()))
def test_any_answer_is_read_and_never_names_the_mentor_self(texts):
    mentor = first_mentor(two_mentors(wish(**texts)))
    assert mentor.partner_preference in (None, "MN0002")
