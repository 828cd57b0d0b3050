"""Rulebook, section 9: values that are copied from losers to the winner."""

from datetime import timedelta

from mentorsync_pipeline.mentors.rules.bases import BaseKey
from tests.support.loop import SHIRT, START, Loop, contact, phone, signup


def test_an_older_export_forgets_nothing_that_was_removed() -> None:
    loop = Loop.of_one(signup(), contact(tags=("Alumni",)), contact(20, tags=("Alumni",), custom_fields={SHIRT: "M"}))
    loop.sync()
    past, before = loop.as_of, loop.bases
    loop.as_of = START - timedelta(days=30)
    loop.edit(10, tags=())
    loop.sync()
    key = BaseKey(signup().submission_id, "tags", 10)
    assert loop.bases[key] == before[key]
    loop.as_of = past
    loop.sync()
    assert loop.mentor().tags == ("Mentors 2025",)
    assert loop.mentor().phone == phone(1)


def test_values_of_two_losers_in_two_spellings_are_copied_once() -> None:
    emails = ("robin.lee@gmail.com", "robinlee@gmail.com")
    losers = (
        contact(20, external_id=None, tags=("Alumni",), emails=emails[:1], phones=(phone(1),)),
        contact(21, external_id=None, tags=("alumni",), emails=emails[1:], phones=(phone(1),)),
    )
    loop = Loop.of_one(signup(), contact(), *losers)
    loop.sync()
    (built,) = loop.rows()
    assert built.row is not None
    assert built.row.cells["Tags"] == "Mentors 2025, Alumni"
    assert (built.row.cells["Email Addresses"] or "").split(", ").count(emails[0]) == 1
    assert emails[1] not in (built.row.cells["Email Addresses"] or "")
    loop.import_file()
    loop.sync()
    (again,) = loop.rows()
    assert again.row is not None
    assert again.row.cells == built.row.cells
