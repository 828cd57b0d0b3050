"""Effects of our own import and Givebutter's normalisation are not edits (rulebook, section 7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.mentors.base_rows import to_changed_base_rows
from tests.support.mentors_stage import SHIRT, START, MentorsStage, contact, phone, signup

FOREIGN = "+447400123456"
# Two values that a student types one after the other, by field.
TYPED = (
    ("shirt_size", "M", "L"),
    ("preferred_name", "Rob", "Bobby"),
    ("phone", phone(1), phone(2)),
    ("personal_email", "robin1@mail.example", "robin2@mail.example"),
)


def test_a_us_phone_that_becomes_primary_because_a_foreign_one_cannot_be_sent() -> None:
    winner = contact(phones=(FOREIGN,), primary_phone=FOREIGN)
    stage = MentorsStage.of_one(signup(phone=FOREIGN), winner, contact(20, phones=(phone(7),)), replace_primary=True)
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert stage.mentor().phone == FOREIGN
        stage.import_file()
    assert set(stage.contacts[10].phones) == {FOREIGN, phone(7)}
    stage.edit(10, phones=(phone(7), FOREIGN), primary_phone=phone(7))
    assert stage.sync().conflicts == ()
    assert stage.mentor().phone == FOREIGN


def test_the_order_of_emails_is_no_edit() -> None:
    both = ("robin1@mail.example", "zz-robin1@uga.edu", "third@mail.example")
    stage = MentorsStage.of_one(signup(), contact(emails=both))
    stage.sync()
    before = stage.mentor()
    for primary in both:
        stage.edit(10, emails=(primary, *(email for email in both if email != primary)), primary_email=primary)
        assert stage.sync().conflicts == ()
        assert (stage.mentor().personal_email, stage.mentor().uga_email) == (before.personal_email, before.uga_email)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("phone", phone(1), phone(2)), ("personal_email", "robin1@mail.example", "robin2@mail.example")],
)
@pytest.mark.parametrize("error", ["#N/A", "#VALUE!", "#NAME?"])
@pytest.mark.parametrize("broken", ["the first load", "a later load"])
def test_a_primary_value_that_one_export_could_not_show_is_no_edit_when_it_is_back(
    name: str, first: str, second: str, broken: str, error: str
) -> None:
    kind = "phone" if name == "phone" else "email"
    stage = MentorsStage.of_one(signup(**{name: second}), contact(**{f"{kind}s": (first, second)}))
    whole = stage.contacts[10]
    if broken != "the first load":
        stage.sync()
        assert getattr(stage.mentor(), name) == second
    stage.contacts[10] = replace(whole, **{f"{kind}s": (second,), f"primary_{kind}": error})
    for _ in range(2):
        stage.sync()
    stage.contacts[10] = whole
    stage.sync()
    assert getattr(stage.mentor(), name) == second


@pytest.mark.parametrize("is_agreed", [True, False], ids=["both had agreed", "never agreed"])
@pytest.mark.parametrize(
    ("name", "ours", "theirs", "mangled"),
    [
        ("phone", phone(2), {"phones": (phone(8),)}, {"phones": (), "primary_phone": "#N/A"}),
        (
            "personal_email",
            "robin2@mail.example",
            {"emails": ("robin8@mail.example",)},
            {"emails": (), "primary_email": "#REF!"},
        ),
        ("preferred_name", "Bobby", {"preferred_name": "Robbie"}, {"preferred_name": None}),
    ],
)
@pytest.mark.parametrize("choice", [None, "a", "b", "skipped"])
def test_an_open_question_keeps_givebutters_value_while_an_export_does_not_show_it(
    name: str, ours: str, theirs: dict[str, Any], mangled: dict[str, Any], choice: str | None, *, is_agreed: bool
) -> None:
    stage = MentorsStage.of_one(signup(preferred_name="Rob"), contact(preferred_name="Rob"))
    if is_agreed:
        stage.sync()
        stage.import_file()
        stage.sync()
    stage.signups = [replace(stage.signups[0], **{name: ours, "uga_email": None})]
    stage.edit(10, **theirs)
    asked = stage.sync().conflicts
    assert len(asked) == (0 if name == "preferred_name" and not is_agreed else 1)
    if asked and choice is not None:
        stage.answer(asked[0], choice)
        stage.sync()
    before, whole = stage.mentor(), stage.contacts[10]
    stage.contacts[10] = replace(whole, **mangled)
    for _ in range(2):
        stage.sync()
        assert getattr(stage.mentor(), name) == getattr(before, name)
    stage.contacts[10] = whole
    assert [one.subject for one in stage.sync().conflicts] == [
        one.subject for one in asked if choice in (None, "skipped")
    ]
    assert getattr(stage.mentor(), name) == getattr(before, name)


def test_the_phone_of_our_import_is_not_asked_about_when_the_first_export_after_it_cannot_show_it() -> None:
    old = contact(last_modified=START - timedelta(days=90))
    stage = MentorsStage.of_one(signup(phone=phone(2)), old, replace_primary=True)
    stage.sync()
    stage.import_file()
    whole = stage.contacts[10]
    for shown in (replace(whole, phones=(phone(1),), primary_phone="#N/A"), whole):
        stage.contacts[10] = shown
        assert stage.sync().conflicts == ()
        assert stage.mentor().phone == phone(2)


@pytest.mark.parametrize("is_sent", [True, False], ids=["a file had it", "no file had it"])
def test_a_withdrawn_phone_is_kept_only_if_an_import_may_have_set_the_cell_that_is_not_shown(*, is_sent: bool) -> None:
    stage = MentorsStage.of_one(signup(phone=phone(2)), contact(phones=()))
    stage.sync()
    if is_sent:
        stage.write_file()
    stage.signups = [replace(stage.signups[0], phone=None, phone_raw="7.06555E+09")]
    stage.contacts[10] = replace(stage.contacts[10], primary_phone="#N/A")
    stage.sync()
    assert stage.mentor().phone == (phone(2) if is_sent else None)


def test_a_new_primary_phone_is_an_edit() -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.edit(10, phones=(phone(8), phone(1)), primary_phone=phone(8))
    stage.sync()
    assert stage.mentor().phone == phone(8)


@pytest.mark.parametrize("replace_primary", [False, True])
@pytest.mark.parametrize(("name", "first", "second"), TYPED)
def test_an_edit_back_before_the_next_sync_is_not_overwritten_by_our_own_import(
    name: str, first: str, second: str, replace_primary: bool
) -> None:
    stage = MentorsStage.of_one(signup(**{name: first}), contact(), replace_primary=replace_primary)
    stage.sync()
    stage.import_file()
    stage.sync()
    stage.signups = [replace(stage.signups[0], **{name: second})]
    stage.sync()
    stage.signups = [replace(stage.signups[0], **{name: first})]
    stage.import_file()  # the file was made before the student went back
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert getattr(stage.mentor(), name) == first
        stage.import_file()


@pytest.mark.parametrize(("choice", "kept"), [("a", 0), ("b", 1)])
@pytest.mark.parametrize(("name", "first", "second"), TYPED)
def test_a_file_that_is_imported_after_the_student_went_back_is_asked_about(
    name: str, first: str, second: str, choice: str, kept: int
) -> None:
    stage = MentorsStage.of_one(signup(**{name: first}), contact(), replace_primary=True)
    for _ in range(2):
        stage.sync()
        stage.import_file()
    stage.sync()
    stage.signups = [replace(stage.signups[0], **{name: second})]
    stage.sync()
    stage.write_file()
    late = replace(stage, contacts=dict(stage.contacts))  # the file is downloaded
    stage.signups = [replace(stage.signups[0], **{name: first})]
    for _ in range(2):
        assert stage.sync().conflicts == ()
    assert getattr(stage.mentor(), name) == first
    late.import_file()
    stage.contacts = late.contacts
    for _ in range(2):
        (question,) = stage.sync().conflicts
        assert (question.option_a.value, question.option_b.value) == (first, second)
        assert getattr(stage.mentor(), name) == second, "Givebutter's value stays until it is answered"
    stage.answer(question, choice)
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert getattr(stage.mentor(), name) == (first, second)[kept]
        stage.import_file()


# Three values that a student types one after the other, and what the contact has with the second.
TYPED_THRICE = (
    ("shirt_size", ("M", "L", "S"), {"custom_fields": {SHIRT: "L"}}),
    ("preferred_name", ("Rob", "Bobby", "Robbie"), {"preferred_name": "Bobby"}),
    ("first_name", ("Robin", "Sam", "Kim"), {"first_name": "Sam"}),
    ("last_name", ("Testwella", "Dunmore", "Eastland"), {"last_name": "Dunmore"}),
    ("phone", (phone(1), phone(2), phone(3)), {"phones": (phone(2),)}),
    (
        "personal_email",
        ("robin1@mail.example", "robin2@mail.example", "robin3@mail.example"),
        {"emails": ("robin2@mail.example", "zz-robin1@uga.edu")},
    ),
)


def settle(name: str, value: str, **answers: str) -> MentorsStage:
    """Return a mentor whose sign-up and contact have the value, and further answers."""
    stage = MentorsStage.of_one(signup(**{name: value}, **answers), contact(), replace_primary=True)
    for _ in range(2):
        stage.sync()
        stage.import_file()
    stage.sync()
    return stage


@pytest.mark.parametrize(("name", "first", "second"), TYPED)
def test_an_imported_value_that_the_student_replaced_and_then_cleared_is_no_edit(
    name: str, first: str, second: str
) -> None:
    third = next(values[2] for field, values, _ in TYPED_THRICE if field == name)
    stage = MentorsStage.of_one(signup(**{name: first}), contact(), replace_primary=True)
    for _ in range(2):
        stage.sync()
        stage.import_file()
    for value in (second, third, None):
        stage.signups = [replace(stage.signups[0], **{name: value})]
        stage.sync()
        if value == second:
            stage.import_file()
    for _ in range(2):
        assert getattr(stage.mentor(), name) == second
        assert stage.mentor().provenance[name].rule != "givebutter_edit"
        stage.sync()


@pytest.mark.parametrize("file", ["before the value was typed", "after it was replaced"])
@pytest.mark.parametrize(("name", "typed", "shown"), TYPED_THRICE)
def test_a_value_that_no_file_had_is_an_edit_when_it_is_entered_in_givebutter(
    name: str, typed: tuple[str, str, str], shown: dict[str, Any], file: str
) -> None:
    stage = settle(name, typed[0])
    for value in typed[1:]:
        stage.signups = [replace(stage.signups[0], **{name: value})]
        for _ in range(2):
            stage.sync()
    if file == "after it was replaced":
        stage.write_file()
    stage.edit(10, **shown)
    for _ in range(2):
        (question,) = stage.sync().conflicts
        assert (question.option_a.value, question.option_b.value) == (typed[2], typed[1])
        assert getattr(stage.mentor(), name) == typed[1]


@pytest.mark.parametrize(
    "since", ["at once", "another answer is edited", "the sign-up is absent", "the mentor is blocked"]
)
@pytest.mark.parametrize(("name", "typed", "shown"), TYPED_THRICE)
def test_a_file_from_before_the_student_replaced_a_value_is_no_edit_when_it_is_imported_late(
    name: str, typed: tuple[str, str, str], shown: dict[str, Any], since: str
) -> None:
    stage = settle(name, typed[0])
    stage.signups = [replace(stage.signups[0], **{name: typed[1]})]
    stage.sync()
    stage.write_file()
    signups = stage.signups
    if since == "another answer is edited":
        signups = [replace(signups[0], uga_class="Senior")]
        stage.signups = signups
    elif since == "the sign-up is absent":
        stage.signups = []
    elif since == "the mentor is blocked":
        stage.blocked = {signups[0].submission_id}
    for _ in range(2):
        stage.sync()
    stage.blocked = set()
    stage.signups = [replace(signups[0], **{name: typed[2]})]
    stage.sync()
    stage.edit(10, **shown)
    for _ in range(2):
        assert stage.sync().conflicts == ()
        assert getattr(stage.mentor(), name) == typed[2]
        stage.import_file()


def test_a_sent_value_is_stored_when_the_sign_up_disappears() -> None:
    stage = settle("phone", phone(1))
    stage.signups = [replace(stage.signups[0], phone=phone(2))]
    stage.sync()
    stage.write_file()
    stage.signups = []
    before = stage.data()
    (row,) = to_changed_base_rows(stage.sync().bases, before)
    assert (row["mn_id"], row["field"], row["sent_values"]) == ("MN0001", "phone", [phone(2)])


@pytest.mark.parametrize(("choice", "kept"), [("a", 0), ("b", 1)])
@pytest.mark.parametrize(("name", "first", "second"), TYPED)
def test_the_first_file_that_is_imported_after_the_student_took_the_contacts_value_is_asked_about(
    name: str, first: str, second: str, choice: str, kept: int
) -> None:
    shown = contact(
        preferred_name="Rob", custom_fields={SHIRT: "M"}, last_modified=START - timedelta(days=90), phones=(phone(1),)
    )
    stage = MentorsStage.of_one(signup(**{"preferred_name": "Rob", name: second}), shown, replace_primary=True)
    stage.sync()
    late = replace(stage, contacts=dict(stage.contacts))
    stage.signups = [replace(stage.signups[0], **{name: first})]
    assert stage.sync().conflicts == ()
    late.import_file()
    stage.contacts = late.contacts
    for _ in range(2):
        (question,) = stage.sync().conflicts
        assert (question.option_a.value, question.option_b.value) == (first, second)
    stage.answer(question, choice)
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert getattr(stage.mentor(), name) == (first, second)[kept]
        stage.import_file()


@pytest.mark.parametrize(
    ("name", "first", "second", "edited"),
    [
        ("preferred_name", "Rob", "Bobby", {"preferred_name": "Robbie"}),
        ("phone", phone(1), phone(2), {"phones": (phone(8),)}),
        ("personal_email", "robin1@mail.example", "robin2@mail.example", {"emails": ("robin8@mail.example",)}),
    ],
)
def test_an_edit_back_during_an_edit_in_givebutter_is_a_conflict(
    name: str, first: str, second: str, edited: dict[str, Any]
) -> None:
    stage = MentorsStage.of_one(signup(**{name: first}), contact())
    stage.sync()
    stage.import_file()
    stage.sync()
    stage.signups = [replace(stage.signups[0], **{name: second})]
    stage.sync()
    stage.signups = [replace(stage.signups[0], **{name: first})]
    stage.edit(10, **edited)
    for _ in range(2):
        assert {conflict.subject for conflict in stage.sync().conflicts} == {name}
    stage.answer(stage.sync().conflicts[0], "a")
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert getattr(stage.mentor(), name) == first
        stage.import_file()


def test_an_edit_in_givebutter_after_our_import_is_still_an_edit() -> None:
    stage = MentorsStage.of_one(signup(phone=phone(1)), contact())
    stage.sync()
    stage.signups = [replace(stage.signups[0], phone=phone(2))]
    stage.sync()
    stage.import_file()
    stage.edit(10, phones=(phone(9),))
    (question,) = stage.sync().conflicts
    assert (question.option_a.value, question.option_b.value) == (phone(2), phone(9))


def test_an_imported_value_is_no_edit_when_another_field_was_edited_afterwards() -> None:
    stage = settle("phone", phone(1))
    stage.signups = [replace(stage.signups[0], phone=phone(2))]
    stage.sync()
    stage.import_file()
    stage.edit(10, custom_fields={**stage.contacts[10].custom_fields, SHIRT: "XL"})
    stage.signups = [replace(stage.signups[0], phone=phone(3))]
    for _ in range(3):
        assert stage.sync().conflicts == ()
        assert (stage.mentor().phone, stage.mentor().shirt_size) == (phone(3), "XL")


@pytest.mark.parametrize(("name", "typed", "shown"), TYPED_THRICE)
def test_a_value_entered_in_givebutter_stays_in_the_question_while_later_files_have_it(
    name: str, typed: tuple[str, str, str], shown: dict[str, Any]
) -> None:
    stage = settle(name, typed[0], gender="Male")
    stage.signups = [replace(stage.signups[0], gender="Female", **{name: typed[1]})]
    stage.sync()
    stage.write_file()
    stage.edit(10, **shown)
    stage.signups = [replace(stage.signups[0], **{name: typed[2]})]
    for _ in range(3):
        (question,) = stage.sync().conflicts
        assert (question.option_a.value, question.option_b.value) == (typed[2], typed[1])
        assert getattr(stage.mentor(), name) == typed[1]
        stage.import_file()


def test_an_answer_that_no_file_could_have_is_an_edit_where_somebody_entered_it() -> None:
    stage = settle("shirt_size", "M")
    stage.signups = [replace(stage.signups[0], shirt_size="Youth L")]
    stage.sync()
    stage.import_file()
    assert stage.contacts[10].custom_fields[SHIRT] == "M", "no option of the configuration"
    stage.sync()
    stage.edit(10, custom_fields={**stage.contacts[10].custom_fields, SHIRT: "Youth L"})
    stage.signups = [replace(stage.signups[0], shirt_size="S")]
    (question,) = stage.sync().conflicts
    assert (question.option_a.value, question.option_b.value) == ("S", "Youth L")


def test_an_unusable_answer_leaves_the_option_that_an_export_does_not_show() -> None:
    stage = settle("shirt_size", "M")
    stage.signups = [replace(stage.signups[0], shirt_size="Youth L")]
    shown = {label: text for label, text in stage.contacts[10].custom_fields.items() if label != SHIRT}
    stage.contacts[10] = replace(stage.contacts[10], custom_fields=shown)
    stage.sync()
    (built,) = stage.rows()
    assert built.row.custom_fields[SHIRT] == "M", "a blank cell might clear it"


@pytest.mark.parametrize(("field", "answer", "edit"), TYPED)
@pytest.mark.parametrize("is_edited", [True, False])
def test_an_answer_that_was_cleared_is_not_written_onto_a_new_contact(
    field: str, answer: str, edit: str, *, is_edited: bool
) -> None:
    stage = settle(field, answer)
    if is_edited:
        custom = {**stage.contacts[10].custom_fields, SHIRT: edit}
        values = {
            "phone": {"phones": (edit,)},
            "personal_email": {"emails": (edit,)},
            "shirt_size": {"custom_fields": custom},
        }
        stage.edit(10, **values.get(field, {field: edit}))
        stage.sync()
    stage.signups = [replace(stage.signups[0], **{field: None})]
    for _ in range(2):
        stage.sync()
        assert getattr(stage.mentor(), field) == (edit if is_edited else answer)
    del stage.contacts[10]
    stage.winners = dict.fromkeys(stage.winners)
    for _ in range(2):
        stage.sync()
        assert getattr(stage.mentor(), field) == (edit if is_edited else None)
