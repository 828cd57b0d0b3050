"""No file is created from import rows older than the loaded contacts (rulebook, sections 7 and 9)."""

from typing import Any

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def env(rounds, start_shared) -> SandboxEnvironment:
    """A mentor's contact was edited in Givebutter after the import of a file, and the contacts were loaded since."""
    env = start_shared(rounds["synced"])
    env.import_file(rounds["synced"].syncs[0])
    env.server.dashboard.edit(linked_mentor(env)[1], first_name="Robertina")
    env.upload()
    return env


def linked_mentor(env: SandboxEnvironment) -> tuple[str, int]:
    """MN id and contact id of a mentor whose first name was seen to be the same on both sides."""
    agreed = {row["mn_id"] for row in env.rows(tables.mentor_bases, year=env.year) if row["field"] == "first_name"}
    rows = sorted(env.by_mn_id(tables.mentors).items())
    return next((mn_id, row["gb_contact_id"]) for mn_id, row in rows if row["gb_contact_id"] and mn_id in agreed)


def write_file_alone(env: SandboxEnvironment, **options: Any) -> None:
    """Materialise the file without the steps before it, as Dagster's UI can."""
    env.later()
    config = {"ops": {"gb_import_file": {"config": options}}}
    env.run("export", year=env.year, assets=("gb_import_file",), config=config)


@pytest.mark.parametrize("options", [{}, {"forced_by": "Ann"}])
def test_a_file_of_rows_older_than_the_contacts_is_refused(env: SandboxEnvironment, options: dict[str, str]) -> None:
    files = env.rows(tables.gb_import_files)
    with pytest.raises(MentorSyncError, match=f"mentorsync export --year {env.year}") as refused:
        write_file_alone(env, **options)
    assert refused.value.code == "ROWS_OUTDATED"
    assert env.rows(tables.gb_import_files) == files


def test_every_step_must_have_seen_the_contacts(env: SandboxEnvironment) -> None:
    env.later()
    env.run("etl", year=env.year, assets=("contact_candidates", "mn_gb_import"))
    with pytest.raises(MentorSyncError, match="after duplicate_contacts, mentors, winner_contacts had been calculated"):
        write_file_alone(env)


def test_the_next_step_calculates_the_rows_again_and_the_edit_stays(env: SandboxEnvironment) -> None:
    mn_id, contact_id = linked_mentor(env)
    env.export()
    assert env.by_mn_id(tables.mn_gb_import)[mn_id]["First Name"] == "Robertina"
    env.server.dashboard.import_csv(env.newest_file().read_bytes())
    assert env.server.sandbox.contacts.get(contact_id).first_name == "Robertina"
    env.upload()
    env.run("etl", year=env.year)
    write_file_alone(env)
