"""Rulebook, section 9: values that are copied from losers to the winner."""

from datetime import timedelta

from mentorsync_pipeline.mentors.rules.bases import BaseKey
from tests.support.mentors_stage import SHIRT, START, MentorsStage, contact, phone, signup


def test_an_older_export_forgets_nothing_that_was_removed() -> None:
    stage = MentorsStage.of_one(
        signup(), contact(tags=("Alumni",)), contact(20, tags=("Alumni",), custom_fields={SHIRT: "M"})
    )
    stage.sync()
    past, before = stage.as_of, stage.bases
    stage.as_of = START - timedelta(days=30)
    stage.edit(10, tags=())
    stage.sync()
    key = BaseKey(signup().submission_id, "tags", 10)
    assert stage.bases[key] == before[key]
    stage.as_of = past
    stage.sync()
    assert stage.mentor().tags == ("Mentors 2025",)
    assert stage.mentor().phone == phone(1)


def test_values_of_two_losers_in_two_spellings_are_copied_once() -> None:
    emails = ("robin.lee@gmail.com", "robinlee@gmail.com")
    losers = (
        contact(20, external_id=None, tags=("Alumni",), emails=emails[:1], phones=(phone(1),)),
        contact(21, external_id=None, tags=("alumni",), emails=emails[1:], phones=(phone(1),)),
    )
    stage = MentorsStage.of_one(signup(), contact(), *losers)
    stage.sync()
    (built,) = stage.rows()
    assert built.row is not None
    assert built.row.cells["Tags"] == "Mentors 2025, Alumni"
    assert (built.row.cells["Email Addresses"] or "").split(", ").count(emails[0]) == 1
    assert emails[1] not in (built.row.cells["Email Addresses"] or "")
    stage.import_file()
    stage.sync()
    (again,) = stage.rows()
    assert again.row is not None
    assert again.row.cells == built.row.cells
