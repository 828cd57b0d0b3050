"""Rulebook sections 1 and 7: a neat name is never replaced by a junk one, whichever side is newer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.mentors_stage import START, MentorsStage, contact, signup

ROW = ("First Name", "Last Name")


def sent(stage: MentorsStage) -> tuple[str | None, ...]:
    stage.sync()
    return tuple(stage.rows()[0].row.cells[column] for column in ROW)


@pytest.mark.parametrize(
    ("typed", "held", "expected"),
    [
        (("Ned Irons", "Irons"), ("Ned", "Irons"), ("Ned", "Irons")),
        (("Sam Tull", "Sam Tull"), ("Samuel", "Tull"), ("Samuel", "Tull")),
        ((None, "Pam Reed"), ("Pam", "Reed"), ("Pam", "Reed")),
        (("Reed", "Pam"), ("Pam", "Reed"), ("Pam", "Reed")),
        (("Reed", "Elizabeth"), ("Liz", "Reed"), ("Liz", "Reed")),
        (("Smith", "Vladimir"), ("Владимир", "Smith"), ("Владимир", "Smith")),
        (("Irons", "Elizabeth"), ("Liz", "Marlowe"), ("Liz", "Marlowe")),
        (("Jordan", "Kim"), ("Kim", "Marlowe"), ("Jordan", "Kim")),
        (("Ｊｏｒｄａｎ", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),  # full-width letters
        ((".", "Rao"), ("Asha", "Rao"), ("Asha", "Rao")),
        (("#REF!", "Rao"), ("Asha", "Rao"), ("Asha", "Rao")),
        (("Asha", "Rao"), ("#N/A", "#NAME?"), ("Asha", "Rao")),
        (("JORDAN", "MACDONALD"), ("Jordan", "MacDonald"), ("Jordan", "MacDonald")),
        (("jordan", "smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan", "Smith"), ("JORDAN", "SMITH"), ("Jordan", "Smith")),
        (("Jordan", "Smith"), (".", "Smith"), ("Jordan", "Smith")),
        (("Jordan", "Smith"), ("jordan", "SMITH"), ("Jordan", "Smith")),
        (("JORDAN", "SMITH"), ("JORDAN", "SMITH"), ("Jordan", "Smith")),
        (("JORDAN", "SMITH"), (".", "SMITH"), ("Jordan", "Smith")),
        (("Jordan", "Smith"), ("Jordan Smith", "Smith"), ("Jordan", "Smith")),
        ((None, "Jordan Smith"), ("Jordan Smith", "Smith"), ("Jordan", "Smith")),
        (("jordan@mail.example", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan", "jordan@mail.example"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan7", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("J.", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("=Jordan", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan\U0001f600", "*Smith*"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("jORDAN", "sMITH"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Vladimir\U0001f600", "Smith"), ("Владимир", "Smith"), ("Владимир", "Smith")),
        (("JO", "SMITH"), ("Jo", "Smith"), ("Jo", "Smith")),
        (("JO", "Smith"), ("Jo", "Smith"), ("Jo", "Smith")),
        (("Jordan", "Smith III"), ("Jordan", "Smith"), ("Jordan", "Smith III")),
        (("Jordan", "Smith"), ("F.123.4", "L.123.4"), ("Jordan", "Smith")),
        (("김민수", None), ("민수", "김"), ("민수", "김")),
        (("Ana García López", None), ("Ana", "García López"), ("Ana", "García López")),
        (("Dr.Jordan", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Ms. Jordan", "Smith."), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan (they/them)", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan, she/her", "Smith;"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan", "jordan"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan Lee.", "Smith"), ("Jordan", "Smith"), ("Jordan Lee.", "Smith")),
        (("Mary-Jo", "O'Neil"), ("Mary Jo", "ONeil"), ("Mary-Jo", "O'Neil")),
        (("LI", "NA"), ("Li", "Na"), ("Li", "Na")),
        (("-Jordan", "'Smith'"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Miss", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("FNU", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Juan Carlos", None), ("Juan Carlos", "Pérez"), ("Juan Carlos", "Pérez")),
        (("juan carlos", "."), ("Juan Carlos", "Pérez"), ("Juan Carlos", "Pérez")),
        (("n/a", "García Márquez"), ("Ana", "García Márquez"), ("Ana", "García Márquez")),
        (("Ana García", "García García"), ("Ana", "García García"), ("Ana", "García García")),
        (("Ana Ana", "Smith"), ("Ana", "Smith"), ("Ana", "Smith")),
        (("jUAN cARLOS", "pÉREZ"), ("Juan Carlos", "Pérez"), ("Juan Carlos", "Pérez")),
        # A couple's name, and a relative's
        (("The Smiths", None), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan & Bo", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan's mom", "Smith"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan", "Smith (mom)"), ("Jordan", "Smith"), ("Jordan", "Smith")),
        (("Jordan & Bo", "Smith"), ("JORDAN", "Smith"), ("Jordan & Bo", "Smith")),
        # A neat name with a title, a degree or marks is as neat without them
        (("Dr. Elizabeth", "Smith"), ("Liz", "Smith"), ("Elizabeth", "Smith")),
        (("Rev. Dr. Elizabeth", "Smith, PhD"), ("Liz", "Smith"), ("Elizabeth", "Smith")),
        (("Elizabeth.", "Smith."), ("Liz", "Smith"), ("Elizabeth", "Smith")),
        (("Elizabeth (she/her)", '"Smith"'), ("Liz", "Smith"), ("Elizabeth", "Smith")),
        (("ELIZABETH", "Smith"), ("Liz", "Smith"), ("Liz", "Smith")),
        (("Dr. Elizabeth", "Smith"), ("Dr. Elizabeth", "Smith"), ("Dr. Elizabeth", "Smith")),
        (("Elizabeth", "Smith, PhD"), ("Elizabeth", "Smith, PhD"), ("Elizabeth", "Smith, PhD")),
        # What is no part of a name
        (("Elizabeth liz@mail.example", "Smith"), ("Liz", "Smith"), ("Liz", "Smith")),
        (("my name is Elizabeth", "Smith"), ("Liz", "Smith"), ("Liz", "Smith")),
        (("https://social.example/liz", "706-555-0101"), ("Liz", "Smith"), ("Liz", "Smith")),
        (("liz@mail.example", "Smith"), ("LIZ", "SMITH"), ("Liz", "Smith")),
        (("liz@mail.example", "Smith"), (None, "Smith"), (None, "Smith")),
        # The contact's whole name in one box
        (("jordan", "smith"), (None, "Jordan Smith"), ("Jordan", "Smith")),
        (("JORDAN SMITH", "SMITH"), ("Jordan Smith", None), ("Jordan", "Smith")),
        (("Smith", "Jordan"), (None, "Jordan Smith"), ("Jordan", "Smith")),
        ((None, "Elizabeth Smith"), ("Liz", "Elizabeth Smith"), ("Liz", "Smith")),
        ((".", "Smith"), ("Jordan Smith", None), ("Jordan", "Smith")),
        ((".", "Smith"), (None, "Jordan Smith"), (None, "Jordan Smith")),
        ((None, "Smith"), (None, "García Smith"), (None, "García Smith")),
    ],
)
@pytest.mark.parametrize("newer", [True, False])
def test_the_neat_name_is_sent(
    typed: tuple[str | None, str], held: tuple[str | None, str | None], expected: tuple[str | None, str], newer: bool
) -> None:
    typed_signup = signup(first_name=typed[0], last_name=typed[1])
    modified = START - timedelta(days=1 if newer else 200)
    winner = contact(first_name=held[0], last_name=held[1], last_modified=modified)
    assert sent(MentorsStage.of_one(typed_signup, winner)) == expected


@pytest.mark.parametrize(
    "typed",
    [
        ("Smith", "Min-jun"),
        ("MIN-JUN", "SMITH"),
        ("Min-jun Smith", "Smith"),
        ("mIN-JUN", "sMITH"),
        ("smith, min-jun", None),
    ],
)
@pytest.mark.parametrize("edit", [{"first_name": "Quentin"}, {"last_name": "Elsewhere"}])
def test_an_edit_of_one_name_in_givebutter_does_not_change_how_the_other_is_read(
    typed: tuple[str, str | None], edit: dict[str, str]
) -> None:
    stage = MentorsStage.of_one(
        signup(first_name=typed[0], last_name=typed[1]), contact(first_name="Min-jun", last_name="Smith")
    )
    assert sent(stage) == ("Min-jun", "Smith")
    stage.import_file()
    stage.sync()
    stage.edit(10, **edit)
    for _ in range(2):
        assert sent(stage) == (edit.get("first_name", "Min-jun"), edit.get("last_name", "Smith"))
        stage.import_file()


@pytest.mark.parametrize(("typed", "expected"), [("FEMALE", "Female"), ("female", "Female"), ("Other", "Other")])
def test_an_answer_in_capitals_does_not_replace_the_same_answer(typed: str, expected: str) -> None:
    stage = MentorsStage.of_one(signup(gender=typed), contact(gender="Female"))
    stage.sync()
    assert stage.rows()[0].row.cells["Gender"] == expected


@pytest.mark.parametrize("last", ["Tull Jr.", "Tull, Jr", "TULL JR", "Tull"])
def test_a_suffix_that_givebutter_has_in_its_own_column_is_not_repeated(last: str) -> None:
    winner = contact(first_name="Sam", last_name="Tull", suffix="Jr.")
    stage = MentorsStage.of_one(signup(first_name="Sam", last_name=last), winner)
    assert sent(stage) == ("Sam", "Tull")
    assert stage.rows()[0].row.cells["Suffix"] == "Jr."


def test_an_edit_of_the_last_name_in_givebutter_is_kept_beside_a_suffix_in_its_own_column() -> None:
    person = signup(first_name="Samuel", last_name="Tull Jr.")
    stage = MentorsStage.of_one(person, contact(first_name="Sam", last_name="Tull", suffix="Jr."))
    stage.sync()
    stage.edit(10, last_name="Hartwell")
    stage.sync()
    stage.signups = [replace(person, first_name="Sam")]
    for _ in range(3):
        assert sent(stage) == ("Sam", "Hartwell")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *(("L.", "Liz"), ("liz@mail.example", "Liz"), ("Lizzy", "Lizzy"), ("Same as above", "Liz"), ("Sir", "Liz")),
        *(("I prefer Lizzy", "Liz"), ("Lizzy 706-555-0101", "Liz"), ("Ms. Lizzy", "Lizzy"), ("www.liz.example", "Liz")),
    ],
)
def test_a_junk_preferred_name_does_not_replace_a_neat_one(typed: str, expected: str) -> None:
    stage = MentorsStage.of_one(signup(preferred_name=typed), contact(preferred_name="Liz"))
    stage.sync()
    assert stage.rows()[0].row.cells["Preferred First Name"] == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("Ned Irons", "Irons"), ("Ned", "Irons")),
        ((None, "Pam Reed"), ("Pam", "Reed")),
        (("JORDAN", "MCDONALD"), ("Jordan", "McDonald")),
        (("Ana", "de la Cruz"), ("Ana", "de la Cruz")),
        (("Dr. Ana", "Cruz."), ("Ana", "Cruz")),
        (("Rev. Dr. Ana", "Mrs. Li."), ("Ana", "Li")),
        (("Major", "St. John"), ("Major", "St. John")),
        (("Wm.", "Tull Jr."), ("Wm.", "Tull Jr.")),
        (("Sr. Ana", "J."), ("Ana", "J.")),
        (("Ana, MD", "Cruz Jr., PhD"), ("Ana", "Cruz Jr.")),
        (("ANA", "CRUZ, M.D."), ("Ana", "Cruz")),
        (("Ann JD", "Nguema Mba"), ("Ann JD", "Nguema Mba")),
        (("MD", "Rahman"), ("MD", "Rahman")),
        (("ana@mail.example", "Cruz"), (None, "Cruz")),
        (("Ana", "ana@mail.example"), ("Ana", None)),
        (("12345", "https://social.example Cruz"), (None, "Cruz")),
    ],
)
def test_without_a_contact_the_parts_are_distinguished(
    typed: tuple[str | None, str], expected: tuple[str | None, str | None]
) -> None:
    assert sent(MentorsStage.of_one(signup(first_name=typed[0], last_name=typed[1]), None)) == expected


@pytest.mark.parametrize(
    "edit",
    [
        {"first_name": "ROBIN"},
        {"first_name": "."},
        {"first_name": "F.123.4", "last_name": "L.123.4"},
        {"first_name": "robin1@mail.example"},
        {"last_name": "testwella"},
        {"first_name": "Robin Testwella"},
        {"last_name": "Robin Testwella"},
        {"first_name": "ROBIN TESTWELLA", "last_name": "TESTWELLA"},
    ],
)
def test_an_edit_in_givebutter_to_a_junk_name_is_not_taken(edit: dict[str, Any]) -> None:
    stage = MentorsStage.of_one(signup(), contact())
    stage.sync()
    stage.import_file()
    stage.sync()
    stage.edit(10, **edit)
    assert sent(stage) == ("Robin", "Testwella")


@pytest.mark.parametrize("typed_at_link", [None, ("Robin", "Testwella")])
@pytest.mark.parametrize("syncs", [0, 2])
@pytest.mark.parametrize(
    ("typed", "corrected", "is_written", "expected"),
    [
        (("Irons", "Marie"), ("Marie", "Irons"), True, ("Marie", "Irons")),
        (("Irons", "Marie"), ("MARIE", "IRONS"), True, ("Marie", "Irons")),
        (("Nguyen", "Qyzt"), ("Qyzt", "Nguyen"), True, ("Qyzt", "Nguyen")),
        (("Irons", "Marie"), ("Marie", "Irons"), False, ("Marie", "Irons")),
        (("Marie", "Irons"), ("Irons", "Marie"), True, ("Marie", "Irons")),
        (("Nguyen", "Qyzt"), ("Qyzt", "Nguyen"), False, ("Nguyen", "Qyzt")),
    ],
)
def test_swapped_boxes_that_a_student_corrects_after_an_import_are_followed(
    typed: tuple[str, str],
    corrected: tuple[str, str],
    is_written: bool,
    expected: tuple[str, str],
    syncs: int,
    typed_at_link: tuple[str, str] | None,
) -> None:
    held = ("F.12.3", "L.12.3") if is_written else typed
    first = (typed_at_link if is_written else None) or typed
    person = signup(first_name=first[0], last_name=first[1])
    stage = MentorsStage.of_one(person, contact(first_name=held[0], last_name=held[1]))
    stage.sync()
    stage.signups = [replace(person, first_name=typed[0], last_name=typed[1])]
    stage.sync()
    stage.import_file()
    for _ in range(syncs):
        stage.sync()
        stage.import_file()
    stage.signups = [replace(person, first_name=corrected[0], last_name=corrected[1])]
    for _ in range(3):
        assert sent(stage) == expected
    for _ in range(2):
        stage.import_file()
        assert sent(stage) == expected
    assert (stage.contacts[10].first_name, stage.contacts[10].last_name) == expected


@pytest.mark.parametrize("made_at", [None, START])
@pytest.mark.parametrize("names", [("Qyzt", "Nguyen"), ("Marie", "Irons"), ("Qyzt", "Irons")])
def test_swapped_boxes_of_a_mentor_who_had_no_contact_do_not_replace_the_contacts_names(
    names: tuple[str, str], made_at: datetime | None
) -> None:
    person = signup(first_name=names[1], last_name=names[0])
    stage = MentorsStage.of_one(person, None)
    sent(stage)
    stage.contacts[10] = contact(first_name=names[0], last_name=names[1], date_created=made_at)
    stage.winners[person.submission_id] = 10
    for _ in range(3):
        assert sent(stage) == names
    stage.import_file()
    assert sent(stage) == names


def test_swapped_boxes_corrected_before_the_created_contact_is_known_are_followed() -> None:
    person = signup(first_name="Nguyen", last_name="Qyzt")
    stage = MentorsStage.of_one(person, None)
    stage.sync()
    stage.import_file()
    made_id = stage.winners.pop(person.submission_id)
    assert made_id is not None
    made = stage.contacts.pop(made_id)
    stage.winners[person.submission_id] = None
    stage.signups = [replace(person, first_name="Qyzt", last_name="Nguyen")]
    stage.sync()
    stage.contacts[made_id] = made
    stage.winners[person.submission_id] = made_id
    for _ in range(3):
        assert sent(stage) == ("Qyzt", "Nguyen")


@pytest.mark.parametrize(
    ("typed", "corrected", "expected"),
    [
        (("Nguyen", "Qyzt"), ("Qyzt", "Nguyen"), ("Qyzt", "Nguyen")),
        (("Irons", "Marie"), ("Marie", "Irons"), ("Marie", "Irons")),
        (("Marie", "Irons"), ("Irons", "Marie"), ("Marie", "Irons")),
    ],
)
def test_swapped_boxes_corrected_after_the_created_contact_is_gone_are_followed(
    typed: tuple[str, str], corrected: tuple[str, str], expected: tuple[str, str]
) -> None:
    person = signup(first_name=typed[0], last_name=typed[1])
    stage = MentorsStage.of_one(person, None)
    stage.sync()
    stage.import_file()
    assert sent(stage) == typed
    stage.contacts.clear()
    stage.winners[person.submission_id] = None
    stage.signups = [replace(person, first_name=corrected[0], last_name=corrected[1])]
    for _ in range(3):
        assert sent(stage) == expected
        stage.write_file()


def test_swapped_boxes_typed_after_a_found_contact_is_gone_are_not_sent() -> None:
    person = signup(first_name="Qyzt", last_name="Nguyen")
    stage = MentorsStage.of_one(person, contact(first_name="Qyzt", last_name="Nguyen"))
    stage.sync()
    stage.import_file()
    stage.sync()
    stage.contacts.clear()
    stage.winners[person.submission_id] = None
    stage.signups = [replace(person, first_name="Nguyen", last_name="Qyzt")]
    for _ in range(3):
        assert sent(stage) == ("Qyzt", "Nguyen")
        stage.write_file()


@pytest.mark.parametrize("junk", [".", None, "n/a", "12345", "m@x.example"])
@pytest.mark.parametrize("edits_first", [True, False])
def test_a_student_who_corrects_junk_does_not_undo_an_edit_in_givebutter(
    *, junk: str | None, edits_first: bool
) -> None:
    person = signup()
    stage = MentorsStage.of_one(person, contact())
    sent(stage)
    if edits_first:
        stage.edit(10, first_name="Rob")
        assert sent(stage)[0] == "Rob"
    stage.signups = [replace(person, first_name=junk)]
    sent(stage)
    if not edits_first:
        stage.edit(10, first_name="Rob")
    assert sent(stage)[0] == "Rob"
    stage.import_file()
    stage.signups = [person]
    for _ in range(2):
        assert sent(stage)[0] == "Rob"
        stage.import_file()


@pytest.mark.parametrize(
    "boxes", [("Robin & Zuzu", "Testwella"), ("Robin's mom", "Testwella"), ("Testwella", "Robin")], ids=" ".join
)
@pytest.mark.parametrize("edits_first", [True, False])
def test_a_student_who_corrects_wrong_boxes_does_not_undo_an_edit_in_givebutter(
    *, boxes: tuple[str, str], edits_first: bool
) -> None:
    person = signup()
    stage = MentorsStage.of_one(person, contact())
    sent(stage)
    if edits_first:
        stage.edit(10, last_name="Marlowe")
        sent(stage)
    stage.signups = [replace(person, first_name=boxes[0], last_name=boxes[1])]
    sent(stage)
    if not edits_first:
        stage.edit(10, last_name="Marlowe")
    assert sent(stage) == ("Robin", "Marlowe")
    stage.import_file()
    stage.signups = [person]
    for _ in range(2):
        assert sent(stage) == ("Robin", "Marlowe")
        stage.import_file()


def test_a_name_that_is_edited_in_givebutter_before_the_first_import_is_kept_after_two_spellings_of_one() -> None:
    stage = MentorsStage.of_one(signup(first_name="José"), contact(first_name="Jose"))
    assert sent(stage)[0] == "José"
    stage.edit(10, first_name="Pepe")
    for _ in range(2):
        assert sent(stage)[0] == "Pepe"
        stage.import_file()
    stage.edit(10, first_name="Jose")
    assert sent(stage)[0] == "Jose"


@pytest.mark.parametrize("junk", [".", None, "n/a", "m@x.example"])
@pytest.mark.parametrize("held", [("F.12.3", "L.12.3"), ("F.12.3", "Tull"), (None, "Tull"), None])
def test_junk_that_a_student_types_does_not_replace_the_neat_name_of_before(
    held: tuple[str | None, str] | None, junk: str | None
) -> None:
    person = signup(first_name="Sam", last_name="Tull")
    stage = MentorsStage.of_one(person, held and contact(first_name=held[0], last_name=held[1]))
    assert sent(stage) == ("Sam", "Tull")
    stage.signups = [replace(person, first_name=junk)]
    assert sent(stage) == ("Sam", "Tull")
    stage.signups = [replace(person, first_name="Samuel")]
    assert sent(stage) == ("Samuel", "Tull")
