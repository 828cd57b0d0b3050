"""Rulebook, section 9: no file is written from stale contact data; rejected rows become errors until they arrive."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.uploads.rejected_mentors import RejectedFileError, find_year_of_rows
from mentorsync_pipeline.uploads.rejected_rows import read_identities
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import YEAR

pytestmark = pytest.mark.slow

LATE = 29
LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


def sign_up_late_mentors(env: SandboxEnvironment) -> set[str]:
    """Sign up people without a contact: the next import creates their contacts and sets their External IDs."""
    mn_ids = {f"MN{4001 + number}" for number in range(LATE)}
    for number, mn_id in enumerate(sorted(mn_ids)):
        env.sign_up(
            mn_id,
            f"Late{LETTERS[number]}",
            f"Comer{LETTERS[number]}son",
            mnPhone={"full": f"(706) 555-0{100 + number}"},
            personalEmail=f"late{number}@mail.example",
        )
    env.fetch()
    env.etl()
    return mn_ids


def test_the_29_rejected_rows_of_a_forced_file_are_errors_until_they_arrive(env: SandboxEnvironment) -> None:
    mn_ids = sign_up_late_mentors(env)
    assert env.import_file(env.new_file()).rejected == 0
    with pytest.raises(MentorSyncError, match=r"DATA_STALE.* mentorsync refresh-contacts"):
        env.new_file()
    (conflict,) = env.conflicts()
    assert (conflict["conflict_type"], conflict["mn_id"], conflict["blocking"]) == ("data_staleness", "", True)
    reimport = env.import_file(env.new_file(forced_by="Robin"))
    assert reimport.rejected == LATE
    assert {f"A contact with External ID [{mn_id}] already exists." for mn_id in mn_ids} == {
        message for _, messages in reimport.errors for message in messages
    }
    (*_, forced) = env.rows(t.gb_import_files)
    assert forced["forced_by"] == "Robin"
    env.record_rejected(reimport)
    errors = env.rows(t.sync_errors, t.sync_errors.c.source_table == "gb_failed_rows")
    assert {error["mn_id"] for error in errors} == mn_ids
    assert not any(error["resolved"] for error in errors)
    assert {error["error_code"] for error in errors} == {"GB_EXTERNAL_ID_EXISTS"}
    assert all(error["can_retry"] and error["next_retry_at"] is not None for error in errors)
    with env.engine.connect() as conn:
        assert find_year_of_rows(conn, read_identities(reimport.failed_csv or b"")) == YEAR

    env.upload_and_recalculate()
    errors = env.rows(t.sync_errors, t.sync_errors.c.source_table == "gb_failed_rows")
    assert {(error["resolved"], error["resolution_method"]) for error in errors} == {(True, "auto_retry")}
    assert env.import_file(env.new_file()).rejected == 0, "a file from fresh contacts"
    assert env.conflicts() == []
    assert {row["status"] for row in env.rows(t.sync_conflicts)} == {"obsolete"}


def test_a_file_by_a_clock_that_was_ahead_blocks_only_until_the_next_load(env: SandboxEnvironment) -> None:
    env.import_file(env.new_file())
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.gb_import_files).values(created_at=env.now + timedelta(days=400)))
    with pytest.raises(MentorSyncError, match="DATA_STALE"):
        env.new_file()
    env.upload_and_recalculate()
    env.new_file()


def test_a_rejected_rows_file_without_known_mentors_is_refused(env: SandboxEnvironment) -> None:
    content = b'"ERRORS","id","external_id"\n"The phone number is invalid.","1","MN9999"\n'
    with env.engine.connect() as conn, pytest.raises(RejectedFileError, match="--year"):
        find_year_of_rows(conn, read_identities(content))


def test_a_decision_to_use_the_data_as_it_is_holds_for_one_file_and_one_to_refresh_blocks_it(
    env: SandboxEnvironment,
) -> None:
    env.import_file(env.new_file())
    with pytest.raises(MentorSyncError, match="DATA_STALE"):
        env.new_file()
    (conflict,) = env.conflicts()
    env.decide(conflict["id"], "b", by="Robin")
    env.new_file()
    (*_, file) = env.rows(t.gb_import_files)
    assert file["forced_by"] == "Robin"
    assert [row["id"] for row in env.conflicts(status="decided")] == [conflict["id"]]

    with pytest.raises(MentorSyncError, match="DATA_STALE"):
        env.new_file()
    (reopened,) = env.conflicts()
    assert (reopened["id"], reopened["previous_decision"]["choice"]) == (conflict["id"], "b")

    env.decide(reopened["id"], "a")
    with pytest.raises(MentorSyncError, match="DATA_STALE"):
        env.new_file()
    env.upload_and_recalculate()
    env.new_file()
