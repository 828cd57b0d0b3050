"""The same person written otherwise in Jotform and in Givebutter: link, import row, and a quiet second round.

Rulebook, sections 1 ("Names", "Boxes"), 3 and 7.
"""

import pytest

from mentorsync_pipeline.sandbox.gb_model import Contact
from tests.mentors.memory_year import MemoryYear, memory_year

MN_ID = "MN9001"
PHONE, EMAIL = "+14045550123", "ann@mail.example"
Names = tuple[str | None, str | None]


def year_with(typed: Names, held: Names | None, *, other_email: bool = False) -> tuple[MemoryYear, Contact | None]:
    """Return a year before its sync, with a sign-up and, unless `held` is None, a contact with the same keys.

    With `other_email`, they share the phone only.
    """
    year = memory_year(1)
    first, last = typed
    names = {part: text for part, text in (("first", first), ("last", last)) if text is not None}
    year.sign_up(MN_ID, fullName=names, mnPhone="404-555-0123", personalEmail=EMAIL)
    if held is None:
        return year, None
    emails = ["other@mail.example" if other_email else EMAIL]
    contact = year.store.create(first_name=held[0], last_name=held[1], phones=[PHONE], emails=emails)
    return year, contact


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


@pytest.mark.parametrize("junk", ["/", "//", "|", "\\", "&", "+", " & ", "-/-"])
@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "held"])
def test_a_box_with_only_a_separator_is_blank(junk: str, *, is_typed: bool) -> None:
    names = (junk, "Rao"), ("Asha", "Rao")
    year, contact = year_with(*(names if is_typed else names[::-1]))
    year.sync()
    assert contact is not None
    assert year.conflicts(MN_ID) == []
    assert year.mentor(MN_ID).gb_contact_id == contact.id
    assert sent_names(year) == ("Asha", "Rao")
    check_quiet(year)
