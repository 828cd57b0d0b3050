"""The same person written otherwise in Jotform and in Givebutter: link, import row, and a quiet second round.

Rulebook, sections 1 ("Names", "Boxes"), 3 and 7.
"""

import pytest

from mentorsync_pipeline.sandbox.gb_model import Contact
from tests.mentors.memory_year import MemoryYear, memory_year

MN_ID = "MN9001"
PHONE, EMAIL = "+14045550123", "ann@mail.example"
Names = tuple[str | None, str | None]


def year_with(typed: Names, held: Names) -> tuple[MemoryYear, Contact]:
    """Return a year before its sync, with a sign-up and a contact with the same phone and email."""
    year = memory_year(1)
    names = {part: text for part, text in zip(("first", "last"), typed, strict=True) if text is not None}
    year.sign_up(MN_ID, fullName=names, mnPhone="404-555-0123", personalEmail=EMAIL)
    return year, year.store.create(first_name=held[0], last_name=held[1], phones=[PHONE], emails=[EMAIL])


def sent_names(year: MemoryYear) -> tuple[str | None, str | None]:
    cells = year.import_row(MN_ID).cells
    return cells["First Name"], cells["Last Name"]


def check_quiet(year: MemoryYear) -> None:
    """Import the file; a second round writes nothing."""
    assert year.import_file().rejected == 0
    year.sync()
    year.changes.clear()
    assert not year.import_file().updated
    year.sync()
    assert year.changes == []


def check_sent(typed: Names, held: Names, expected: Names) -> None:
    """The file has the expected names, without a question, and the contact has them after the import."""
    year, contact = year_with(typed, held)
    year.sync()
    assert year.conflicts(MN_ID) == []
    assert sent_names(year) == expected
    check_quiet(year)
    assert (contact.first_name, contact.last_name) == expected


@pytest.mark.parametrize("junk", ["/", "//", "|", "\\", "&", "+", " & ", "-/-"])
@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "held"])
def test_a_box_with_only_a_separator_is_blank(junk: str, *, is_typed: bool) -> None:
    names = (junk, "Rao"), ("Asha", "Rao")
    year, contact = year_with(*(names if is_typed else names[::-1]))
    year.sync()
    assert year.conflicts(MN_ID) == []
    assert year.mentor(MN_ID).gb_contact_id == contact.id
    assert sent_names(year) == ("Asha", "Rao")
    check_quiet(year)


@pytest.mark.parametrize(
    ("typed", "held", "expected"),
    [
        # The contact has the first name alone, which shows that the boxes are swapped
        (("Irons", "Marie"), ("Marie", None), ("Marie", "Irons")),
        (("TULL", "BEN"), ("Ben", None), ("Ben", "Tull")),
        (("Tull", "Ben"), ("Ben", "."), ("Ben", "Tull")),
        (("Tull", "Ben"), ("Ben", "n/a"), ("Ben", "Tull")),
        # One of the contact's names is in capitals or a placeholder
        (("Irons", "Marie"), ("Marie", "IRONS"), ("Marie", "Irons")),
        (("Irons", "Marie"), ("MARIE", "Irons"), ("Marie", "Irons")),
        (("IRONS", "MARIE"), ("marie", "irons"), ("Marie", "Irons")),
        (("Tull", "Ben"), (".", "Tull"), ("Ben", "Tull")),
        (("Tull", "Ben"), (None, "Tull"), ("Ben", "Tull")),
        (("Marie", "Irons"), ("Irons", None), ("Marie", "Irons")),
        # A last name that is a first name, too, beside a first name that cannot be compared
        (("Ji Hoon", "Kim"), ("지훈", None), ("Ji Hoon", "Kim")),
        (("Haruki", "Ryan"), ("春樹", None), ("Haruki", "Ryan")),
        (("Ji Hoon", "Kim"), ("김지훈", "."), ("Ji Hoon", "Kim")),
    ],
)
def test_no_name_is_sent_twice_beside_a_contact_of_which_a_name_is_missing(
    typed: Names, held: Names, expected: Names
) -> None:
    check_sent(typed, held, expected)


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        (("김지훈", None), ("Ji Hoon", "Kim")),
        ((None, "김지훈"), ("Ji Hoon", "Kim")),
        (("王伟", None), ("Wei", "Wang")),
        (("王伟", "."), ("Wei", "Wang")),
        (("田中花子", "n/a"), ("Hanako", "Tanaka")),
        (("김지훈", "김지훈"), ("Ji Hoon", "Kim")),
        (("김지훈", "김지훈"), ("지훈", "김")),
        (("王伟", "王伟"), ("伟", "王")),
        (("王伟", "王伟"), ("Wei", "Wang")),
        (("Владимир", None), ("Vladimir", "Petrov")),
    ],
)
def test_a_whole_name_in_one_box_in_another_script_does_not_replace_a_neat_name(typed: Names, held: Names) -> None:
    check_sent(typed, held, held)
