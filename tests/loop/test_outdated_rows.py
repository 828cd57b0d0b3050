"""No file is made from import rows that are older than the loaded contacts (rulebook 7 and 9)."""

from typing import Any

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.charity import Charity


@pytest.fixture(scope="module")
def charity(past, start) -> Charity:
    """A mentor's contact was edited in Givebutter after the import of a file, and the contacts were loaded since."""
    charity = start(past["synced"])
    charity.import_file(past["synced"].syncs[0])
    charity.server.dashboard.edit(linked_mentor(charity)[1], first_name="Robertina")
    charity.upload()
    return charity


def linked_mentor(charity: Charity) -> tuple[str, int]:
    """MN id and contact id of a mentor."""
    rows = sorted(charity.by_mn_id(tables.mentors).items())
    return next((mn_id, row["gb_contact_id"]) for mn_id, row in rows if row["gb_contact_id"])


def write_file_alone(charity: Charity, **options: Any) -> None:
    """Materialise the file without the steps before it, as Dagster's UI can."""
    charity.later()
    config = {"ops": {"gb_import_file": {"config": options}}}
    charity.run("export", year=charity.year, assets=("gb_import_file",), config=config)


@pytest.mark.parametrize("options", [{}, {"forced_by": "Ann"}])
def test_a_file_of_rows_older_than_the_contacts_is_refused(charity: Charity, options: dict[str, str]) -> None:
    files = charity.rows(tables.gb_import_files)
    with pytest.raises(MentorSyncError, match=f"mentorsync export --year {charity.year}") as refused:
        write_file_alone(charity, **options)
    assert refused.value.code == "ROWS_OUTDATED"
    assert charity.rows(tables.gb_import_files) == files


def test_every_step_must_have_seen_the_contacts(charity: Charity) -> None:
    charity.later()
    charity.run("etl", year=charity.year, assets=("contact_candidates", "mn_gb_import"))
    with pytest.raises(MentorSyncError, match="after duplicate_contacts, mentors, winner_contacts had been calculated"):
        write_file_alone(charity)


def test_the_next_step_calculates_the_rows_again_and_the_edit_stays(charity: Charity) -> None:
    mn_id, contact_id = linked_mentor(charity)
    charity.export()
    assert charity.by_mn_id(tables.mn_gb_import)[mn_id]["First Name"] == "Robertina"
    charity.server.dashboard.import_csv(charity.newest_file().read_bytes())
    assert charity.server.sandbox.contacts.get(contact_id).first_name == "Robertina"
    charity.upload()
    charity.run("etl", year=charity.year)
    write_file_alone(charity)
