"""conflicts, changes, trace, errors, warnings and rejected rows on the command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.review.findings import record_errors
from tests.support.cli import InProcess
from tests.support.databases import Databases
from tests.support.house import SandboxEnvironment


@pytest.fixture
def command(busy_house: SandboxEnvironment, new_database: Databases, monkeypatch, capfd) -> InProcess:
    """Run `mentorsync` on the busy house's database."""
    url = busy_house.engine.url.render_as_string(hide_password=False)
    monkeypatch.chdir(busy_house.folder)
    return InProcess(
        monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": url, "DAGSTER_PG_URL": new_database(migrated=False)}
    )


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(done: subprocess.CompletedProcess[str], code: str) -> str:
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{code}: ")
    return line


def test_conflicts_are_found_by_what_one_knows_of_them(command: InProcess, busy_house: SandboxEnvironment) -> None:
    everything = told(command("conflicts", "list", "--year", "2025", "--json"))["conflicts"]
    assert [one["severity"] for one in everything] == sorted(one["severity"] for one in everything)
    assert len(everything) == len(busy_house.conflicts())
    kinds = told(command("conflicts", "list", "--type", "contact_selection", "--json"))["conflicts"]
    assert {one["conflict_type"] for one in kinds} == {"contact_selection"}
    name = kinds[0]["option_a"]["metadata"]["last_name"]
    found = told(command("conflicts", "list", "--search", name.upper(), "--json"))["conflicts"]
    assert kinds[0]["id"] in {one["id"] for one in found}
    assert len(found) < len(everything)
    assert told(command("conflicts", "list", "--mentor", kinds[0]["mn_id"].lower(), "--json"))["conflicts"]
    assert told(command("conflicts", "list", "--severity", "low", "--json"))["conflicts"] == []
    assert told(command("conflicts", "list", "--status", "decided", "--json"))["conflicts"] == []
    assert told(command("conflicts", "list", "--older-than", "100000", "--json"))["conflicts"] == []
    assert command("conflicts", "list", "--type", "nonsense").returncode == 2
    assert f"{len(everything)} conflicts" in command("conflicts", "list").stdout


def test_a_conflict_shows_both_options_and_how_their_scores_came_about(
    command: InProcess, busy_house: SandboxEnvironment
) -> None:
    rival = next(one for one in busy_house.conflicts() if isinstance(one["option_b"]["value"], int))
    text = command("conflicts", "show", str(rival["id"])).stdout
    assert str(rival["option_a"]["value"]) in text
    assert str(rival["option_b"]["value"]) in text
    assert "Score of A: +" in text
    assert "+50 phone" in text
    assert "≠" in text
    assert rival["recommendation_reason"] in text
    whole = told(command("conflicts", "show", str(rival["id"]), "--json"))
    assert {fact["name"] for fact in whole["facts"] if fact["differs"]} >= {"contact_id"}
    refused(command("conflicts", "show", "9999"), "CONFLICT_NOT_FOUND")


def test_an_answer_is_recorded_refused_the_second_time_applied_and_taken_back(
    command: InProcess, busy_house: SandboxEnvironment
) -> None:
    asked = next(one for one in busy_house.conflicts() if one["conflict_type"] == "contact_selection")
    number = str(asked["id"])
    stale = command("conflicts", "resolve", number, "--choice", "a", "--seen", "something else")
    refused(stale, "ALREADY_DECIDED")
    refused(command("conflicts", "resolve", number, "--choice", "custom", "--value", "none"), "DECISION_INVALID")
    done = told(
        command("conflicts", "resolve", number, "--choice", "a", "--by", "Robin", "--reason", "I asked her.", "--json")
    )
    assert (done["status"], done["decision"]["decided_by"]) == ("decided", "Robin")
    assert "by Robin" in refused(command("conflicts", "resolve", number, "--choice", "b"), "ALREADY_DECIDED")
    assert "I asked her." in command("conflicts", "show", number).stdout

    told(command("etl", "--year", "2025", "--json"))
    traced = told(command("trace", "--year", "2025", asked["mn_id"], "gb_contact_id", "--json"))
    (cell,) = traced["fields"]
    assert (cell["value"], cell["rule"]) == (asked["option_a"]["value"], "human")
    assert cell["decision"]["decided_by"] == "Robin"
    assert "I asked her." in command("trace", "--year", "2025", asked["mn_id"], "gb_contact_id").stdout

    told(command("conflicts", "undo", number, "--json"))
    assert "Taken back" in command("conflicts", "show", number).stdout
    refused(command("conflicts", "undo", number), "DECISION_INVALID")


def test_accepting_all_shows_first_what_it_would_do(command: InProcess, busy_house: SandboxEnvironment) -> None:
    before = busy_house.picture(t.sync_conflicts, t.sync_decisions)
    recommended = [one["id"] for one in busy_house.conflicts() if one["recommended_option"]]
    preview = told(command("conflicts", "accept-all", "--year", "2025", "--json"))
    assert sorted(preview["would_accept"]) == recommended
    assert preview["accepted"] == []
    assert preview["without_recommendation"] == len(busy_house.conflicts()) - len(recommended)
    assert "add --yes to answer them" in command("conflicts", "accept-all").stdout
    assert busy_house.picture(t.sync_conflicts, t.sync_decisions) == before

    done = told(command("conflicts", "accept-all", "--type", "shared_phone", "--yes", "--by", "Robin", "--json"))
    decided = busy_house.conflicts(status="decided")
    assert sorted(done["accepted"]) == [one["id"] for one in decided]
    assert {one["conflict_type"] for one in decided} == {"shared_phone"}


def test_what_changed_between_two_syncs(command: InProcess, busy_house: SandboxEnvironment) -> None:
    mn_id = next(row["mn_id"] for row in busy_house.rows(t.mentors) if row["sync_state"] == "matched")
    contact = busy_house.mentor(mn_id)["gb_contact_id"]
    first, *_ = told(command("changes", "--syncs", "--json"))["syncs"]
    values = [busy_house.mentor(mn_id)["tags"]]
    for tags in (["Alumni"], ["Alumni", "Board"]):
        busy_house.edit(contact, tags=tags)
        busy_house.sync()
        values.append(busy_house.mentor(mn_id)["tags"])
    syncs = told(command("changes", "--syncs", "--json"))["syncs"]
    assert len(syncs) == 3
    assert syncs[-1]["id"] == first["id"]

    (last,) = told(command("changes", "--json"))["changes"]
    assert (last["mn_id"], last["old_value"], last["new_value"]) == (mn_id, values[1], values[2])
    (both,) = told(command("changes", "--from", str(first["id"]), "--json"))["changes"]
    assert (both["old_value"], both["new_value"]) == (values[0], values[2])
    (middle,) = told(command("changes", "--from", str(first["id"]), "--to", str(syncs[1]["id"]), "--json"))["changes"]
    assert (middle["old_value"], middle["new_value"]) == (values[0], values[1])
    every = told(command("changes", "--from", str(first["id"]), "--every", "--json"))["changes"]
    assert len(every) == 2
    assert "tags" in command("changes", "--mentor", mn_id).stdout
    refused(command("changes", "--from", "999999"), "SYNC_NOT_FOUND")

    (cell,) = told(command("trace", "--year", "2025", mn_id, "tags", "--json"))["fields"]
    assert [one["old_value"] for one in cell["earlier"]] == [values[1], values[0]]
    assert [one["sync_log_id"] for one in cell["earlier"]] == [syncs[0]["id"], syncs[1]["id"]]


def test_every_value_of_a_mentor_is_explained(command: InProcess, busy_house: SandboxEnvironment) -> None:
    for row in busy_house.rows(t.mentors)[:3]:
        found = told(command("trace", "--year", "2025", row["mn_id"], "--json"))
        assert {one["field"] for one in found["fields"]} >= set(row) - {
            "campaign_year",
            "provenance",
            "sync_log_id",
            "sync_state",
        }
        assert all(one["source_table"] and one["rule"] and one["reason"] for one in found["fields"])
    assert "raw_gb_campaign_members" in command("trace", "--year", "2025", row["mn_id"], "amount_raised").stdout
    refused(command("trace", "--year", "2025", "MN9999"), "MENTOR_NOT_FOUND")
    refused(command("trace", "--year", "2025", row["mn_id"], "shoe_size"), "FIELD_UNKNOWN")


def test_a_short_list_is_accepted_by_name(command: InProcess, busy_house: SandboxEnvironment) -> None:
    short = finding("LIST_SHRUNK", subject="raw_mn_signups", message="Short.", source_table="x", fingerprint="f")
    wrong = finding("INVALID_MN_ID", subject="9", message="None.", source_table="x")
    with busy_house.engine.begin() as conn:
        record_errors(conn, 2025, [short, wrong], source_table="x", log_id=1, now=busy_house.now)
        ids = {row.error_code: row.id for row in conn.execute(sa.select(t.sync_errors)) if row.source_table == "x"}
    refused(command("errors", "accept", str(ids["INVALID_MN_ID"])), "ERROR_NOT_ACCEPTABLE")
    shown = command("errors", "accept", str(ids["LIST_SHRUNK"]), "--by", "Robin")
    assert "mentorsync sync --year 2025" in shown.stdout
    with busy_house.engine.connect() as conn:
        (entry,) = conn.execute(sa.select(t.audit_log).where(t.audit_log.c.act == "list_accepted")).mappings()
    assert (entry["who"], entry["via"], entry["subject"], entry["campaign_year"]) == (
        "Robin",
        "local",
        "raw_mn_signups",
        2025,
    )


def test_errors_and_warnings_are_listed_and_put_away(command: InProcess, busy_house: SandboxEnvironment) -> None:
    errors = told(command("errors", "list", "--year", "2025", "--json"))["errors"]
    assert errors
    assert errors[0]["what_to_do"] in command("errors", "list").stdout
    told(command("errors", "ignore", str(errors[0]["id"]), "--by", "Robin", "--json"))
    refused(command("errors", "ignore", str(errors[0]["id"])), "ERROR_NOT_FOUND")
    busy_house.etl()
    left = told(command("errors", "list", "--year", "2025", "--json"))["errors"]
    assert len(left) == len(errors) - 1

    warnings = told(command("warnings", "list", "--year", "2025", "--json"))["warnings"]
    told(command("warnings", "ack", str(warnings[0]["id"]), "--json"))
    busy_house.etl()
    assert len(told(command("warnings", "list", "--json"))["warnings"]) == len(warnings) - 1
    kind = warnings[-1]["warning_type"]
    told(command("warnings", "ack", "--all", "--type", kind, "--json"))
    assert kind not in {one["warning_type"] for one in told(command("warnings", "list", "--json"))["warnings"]}
    refused(command("warnings", "ack", "9999"), "WARNING_NOT_FOUND")
    assert command("warnings", "ack").returncode == 2


def test_a_retry_that_fails_counts_and_says_why(command: InProcess, busy_house: SandboxEnvironment) -> None:
    (error,) = told(command("errors", "list", "--year", "2025", "--json"))["errors"]
    done = command("errors", "retry", str(error["id"]), "--by", "Robin")
    assert done.returncode == 1
    assert "SERVICE_KEY_MISSING: " in done.stderr.strip().splitlines()[-1]
    assert "0 resolved, 1 still open" in done.stdout
    (again,) = told(command("errors", "list", "--year", "2025", "--json"))["errors"]
    assert (again["retry_count"], again["resolved"]) == (1, False)
    assert told(command("errors", "retry", "--due", "--json")) == {"tried": [], "resolved": [], "still_open": []}
    assert command("errors", "retry").returncode == 2


def test_upload_knows_a_file_of_rejected_rows(
    command: InProcess, busy_house: SandboxEnvironment, tmp_path: Path
) -> None:
    mn_id = busy_house.rows(t.mentors)[0]["mn_id"]
    file = tmp_path / "contacts-2025-10-02-1759400000-failed.csv"
    file.write_text(f'"ERRORS","id","external_id"\n"The phone number is invalid.","","{mn_id}"\n', encoding="utf-8")
    done = told(command("upload", str(file), "--json"))
    assert (done["campaign_year"], done["errors"]) == (2025, 1)
    (error,) = told(command("errors", "list", "--mentor", mn_id, "--json"))["errors"]
    assert error["error_code"] == "GB_PHONE_INVALID"
