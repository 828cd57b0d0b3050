"""Conflicts, changes, traces, errors, warnings and rejected rows on the command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.review.finding_store import record_errors
from tests.support.cli import InProcess
from tests.support.databases import Databases
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture
def command(busy_env: SandboxEnvironment, new_database: Databases, monkeypatch, capfd) -> InProcess:
    """Run `mentorsync` on the busy environment's database."""
    url = busy_env.engine.url.render_as_string(hide_password=False)
    monkeypatch.chdir(busy_env.folder)
    return InProcess(monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": url, "DAGSTER_PG_URL": new_database.dagster()})


def json_output(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_refused(done: subprocess.CompletedProcess[str], code: str) -> str:
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{code}: ")
    return line


def test_conflicts_can_be_filtered_and_searched(command: InProcess, busy_env: SandboxEnvironment) -> None:
    all_conflicts = json_output(command("conflicts", "list", "--year", "2025", "--json"))["conflicts"]
    assert [row["severity"] for row in all_conflicts] == sorted(row["severity"] for row in all_conflicts)
    assert len(all_conflicts) == len(busy_env.conflicts())
    selected = json_output(command("conflicts", "list", "--type", "contact_selection", "--json"))["conflicts"]
    assert {row["conflict_type"] for row in selected} == {"contact_selection"}
    name = selected[0]["option_a"]["metadata"]["last_name"]
    result = json_output(command("conflicts", "list", "--search", name.upper(), "--json"))["conflicts"]
    assert selected[0]["id"] in {row["id"] for row in result}
    assert len(result) < len(all_conflicts)
    assert json_output(command("conflicts", "list", "--mentor", selected[0]["mn_id"].lower(), "--json"))["conflicts"]
    assert json_output(command("conflicts", "list", "--severity", "low", "--json"))["conflicts"] == []
    assert json_output(command("conflicts", "list", "--status", "decided", "--json"))["conflicts"] == []
    assert json_output(command("conflicts", "list", "--older-than", "100000", "--json"))["conflicts"] == []
    assert command("conflicts", "list", "--type", "nonsense").returncode == 2
    assert f"{len(all_conflicts)} conflicts" in command("conflicts", "list").stdout


def test_a_conflict_shows_both_options_and_their_scores(command: InProcess, busy_env: SandboxEnvironment) -> None:
    rival = next(row for row in busy_env.conflicts() if isinstance(row["option_b"]["value"], int))
    text = command("conflicts", "show", str(rival["id"])).stdout
    assert str(rival["option_a"]["value"]) in text
    assert str(rival["option_b"]["value"]) in text
    assert "Score of A: +" in text
    assert "+50 phone" in text
    assert "≠" in text
    assert rival["recommendation_reason"] in text
    detail = json_output(command("conflicts", "show", str(rival["id"]), "--json"))
    assert {fact["name"] for fact in detail["facts"] if fact["differs"]} >= {"contact_id"}
    assert_refused(command("conflicts", "show", "9999"), "CONFLICT_NOT_FOUND")


def test_a_decision_is_recorded_once_applied_and_undone(command: InProcess, busy_env: SandboxEnvironment) -> None:
    conflict = next(row for row in busy_env.conflicts() if row["conflict_type"] == "contact_selection")
    number = str(conflict["id"])
    stale = command("conflicts", "resolve", number, "--choice", "a", "--seen", "something else")
    assert_refused(stale, "ALREADY_DECIDED")
    assert_refused(command("conflicts", "resolve", number, "--choice", "custom", "--value", "none"), "DECISION_INVALID")
    done = json_output(
        command("conflicts", "resolve", number, "--choice", "a", "--by", "Robin", "--reason", "I asked her.", "--json")
    )
    assert (done["status"], done["decision"]["decided_by"]) == ("decided", "Robin")
    assert "by Robin" in assert_refused(command("conflicts", "resolve", number, "--choice", "b"), "ALREADY_DECIDED")
    assert "I asked her." in command("conflicts", "show", number).stdout

    json_output(command("etl", "--year", "2025", "--json"))
    traced = json_output(command("trace", "--year", "2025", conflict["mn_id"], "gb_contact_id", "--json"))
    (cell,) = traced["fields"]
    assert (cell["value"], cell["rule"]) == (conflict["option_a"]["value"], "human")
    assert cell["decision"]["decided_by"] == "Robin"
    assert "I asked her." in command("trace", "--year", "2025", conflict["mn_id"], "gb_contact_id").stdout

    json_output(command("conflicts", "undo", number, "--json"))
    assert "Undone or replaced" in command("conflicts", "show", number).stdout
    assert_refused(command("conflicts", "undo", number), "DECISION_INVALID")


def test_accept_all_only_lists_without_yes(command: InProcess, busy_env: SandboxEnvironment) -> None:
    before = busy_env.results(t.sync_conflicts, t.sync_decisions)
    recommended = [row["id"] for row in busy_env.conflicts() if row["recommended_option"]]
    preview = json_output(command("conflicts", "accept-all", "--year", "2025", "--json"))
    assert sorted(preview["would_accept"]) == recommended
    assert preview["accepted"] == []
    assert preview["without_recommendation"] == len(busy_env.conflicts()) - len(recommended)
    assert "add --yes to decide them" in command("conflicts", "accept-all").stdout
    assert busy_env.results(t.sync_conflicts, t.sync_decisions) == before

    done = json_output(command("conflicts", "accept-all", "--type", "shared_phone", "--yes", "--by", "Robin", "--json"))
    decided = busy_env.conflicts(status="decided")
    assert sorted(done["accepted"]) == [row["id"] for row in decided]
    assert {row["conflict_type"] for row in decided} == {"shared_phone"}


def test_changes_between_two_syncs(command: InProcess, busy_env: SandboxEnvironment) -> None:
    mn_id = next(row["mn_id"] for row in busy_env.rows(t.mentors) if row["sync_state"] == "matched")
    contact = busy_env.mentor(mn_id)["gb_contact_id"]
    first, *_ = json_output(command("changes", "--syncs", "--json"))["syncs"]
    values = [busy_env.mentor(mn_id)["tags"]]
    for tags in (["Alumni"], ["Alumni", "Board"]):
        busy_env.edit(contact, tags=tags)
        busy_env.upload_and_recalculate()
        values.append(busy_env.mentor(mn_id)["tags"])
    syncs = json_output(command("changes", "--syncs", "--json"))["syncs"]
    assert len(syncs) == 3
    assert syncs[-1]["id"] == first["id"]

    (last,) = json_output(command("changes", "--json"))["changes"]
    assert (last["mn_id"], last["old_value"], last["new_value"]) == (mn_id, values[1], values[2])
    (both,) = json_output(command("changes", "--from", str(first["id"]), "--json"))["changes"]
    assert (both["old_value"], both["new_value"]) == (values[0], values[2])
    (middle,) = json_output(command("changes", "--from", str(first["id"]), "--to", str(syncs[1]["id"]), "--json"))[
        "changes"
    ]
    assert (middle["old_value"], middle["new_value"]) == (values[0], values[1])
    every = json_output(command("changes", "--from", str(first["id"]), "--every", "--json"))["changes"]
    assert len(every) == 2
    assert "tags" in command("changes", "--mentor", mn_id).stdout
    assert_refused(command("changes", "--from", "999999"), "SYNC_NOT_FOUND")
    reversed_syncs = command("changes", "--from", str(syncs[1]["id"]), "--to", str(first["id"]))
    assert (reversed_syncs.returncode, "earlier sync first" in reversed_syncs.stderr) == (2, True)

    (cell,) = json_output(command("trace", "--year", "2025", mn_id, "tags", "--json"))["fields"]
    assert [row["old_value"] for row in cell["earlier"]] == [values[1], values[0]]
    assert [row["sync_log_id"] for row in cell["earlier"]] == [syncs[0]["id"], syncs[1]["id"]]


def test_every_value_of_a_mentor_is_explained(command: InProcess, busy_env: SandboxEnvironment) -> None:
    for row in busy_env.rows(t.mentors)[:3]:
        result = json_output(command("trace", "--year", "2025", row["mn_id"], "--json"))
        assert {row["field"] for row in result["fields"]} >= set(row) - {
            "campaign_year",
            "provenance",
            "sync_log_id",
            "sync_state",
        }
        assert all(row["source_table"] and row["rule"] and row["reason"] for row in result["fields"])
    assert "raw_gb_campaign_members" in command("trace", "--year", "2025", row["mn_id"], "amount_raised").stdout
    assert_refused(command("trace", "--year", "2025", "MN9999"), "MENTOR_NOT_FOUND")
    assert_refused(command("trace", "--year", "2025", row["mn_id"], "shoe_size"), "FIELD_UNKNOWN")


def test_a_short_list_can_be_accepted(command: InProcess, busy_env: SandboxEnvironment) -> None:
    short = build_error("LIST_SHRUNK", subject="raw_mn_signups", message="Short.", source_table="x", fingerprint="f")
    wrong = build_error("INVALID_MN_ID", subject="9", message="None.", source_table="x")
    with busy_env.engine.begin() as conn:
        record_errors(conn, 2025, [short, wrong], source_table="x", log_id=1, now=busy_env.now)
        ids = {row.error_code: row.id for row in conn.execute(sa.select(t.sync_errors)) if row.source_table == "x"}
    assert_refused(command("errors", "accept", str(ids["INVALID_MN_ID"])), "ERROR_NOT_ACCEPTABLE")
    shown = command("errors", "accept", str(ids["LIST_SHRUNK"]), "--by", "Robin")
    assert "mentorsync sync --year 2025" in shown.stdout
    with busy_env.engine.connect() as conn:
        (entry,) = conn.execute(sa.select(t.audit_log).where(t.audit_log.c.act == "list_accepted")).mappings()
    assert (entry["who"], entry["via"], entry["subject"], entry["campaign_year"]) == (
        "Robin",
        "local",
        "raw_mn_signups",
        2025,
    )


def test_errors_are_ignored_and_warnings_acknowledged(command: InProcess, busy_env: SandboxEnvironment) -> None:
    errors = json_output(command("errors", "list", "--year", "2025", "--json"))["errors"]
    assert errors
    assert errors[0]["what_to_do"] in command("errors", "list").stdout
    json_output(command("errors", "ignore", str(errors[0]["id"]), "--by", "Robin", "--json"))
    assert_refused(command("errors", "ignore", str(errors[0]["id"])), "ERROR_NOT_FOUND")
    busy_env.etl()
    remaining = json_output(command("errors", "list", "--year", "2025", "--json"))["errors"]
    assert len(remaining) == len(errors) - 1

    warnings = json_output(command("warnings", "list", "--year", "2025", "--json"))["warnings"]
    json_output(command("warnings", "ack", str(warnings[0]["id"]), "--json"))
    busy_env.etl()
    assert len(json_output(command("warnings", "list", "--json"))["warnings"]) == len(warnings) - 1
    kind = warnings[-1]["warning_type"]
    json_output(command("warnings", "ack", "--all", "--type", kind, "--json"))
    assert kind not in {row["warning_type"] for row in json_output(command("warnings", "list", "--json"))["warnings"]}
    assert_refused(command("warnings", "ack", "9999"), "WARNING_NOT_FOUND")
    assert command("warnings", "ack").returncode == 2


def test_a_failed_retry_is_counted_and_explained(command: InProcess, busy_env: SandboxEnvironment) -> None:
    (error,) = json_output(command("errors", "list", "--year", "2025", "--json"))["errors"]
    done = command("errors", "retry", str(error["id"]), "--by", "Robin")
    assert done.returncode == 1
    assert "SERVICE_KEY_MISSING: " in done.stderr.strip().splitlines()[-1]
    assert "0 resolved, 1 still open" in done.stdout
    (retried,) = json_output(command("errors", "list", "--year", "2025", "--json"))["errors"]
    assert (retried["retry_count"], retried["resolved"]) == (1, False)
    assert json_output(command("errors", "retry", "--due", "--json")) == {"tried": [], "resolved": [], "still_open": []}
    assert command("errors", "retry").returncode == 2


def test_upload_recognises_a_file_of_rejected_rows(
    command: InProcess, busy_env: SandboxEnvironment, tmp_path: Path
) -> None:
    mn_id = busy_env.rows(t.mentors)[0]["mn_id"]
    file = tmp_path / "contacts-2025-10-02-1759400000-failed.csv"
    file.write_text(f'"ERRORS","id","external_id"\n"The phone number is invalid.","","{mn_id}"\n', encoding="utf-8")
    done = json_output(command("upload", str(file), "--json"))
    assert (done["campaign_year"], done["errors"]) == (2025, 1)
    (error,) = json_output(command("errors", "list", "--mentor", mn_id, "--json"))["errors"]
    assert error["error_code"] == "GB_PHONE_INVALID"


def test_partners_are_listed_by_state_and_forms_with_their_counts(
    command: InProcess, busy_env: SandboxEnvironment
) -> None:
    wishes = json_output(command("partners", "--year", "2025", "--json"))["partners"]
    assert len(wishes) == len({wish["mn_id"] for wish in wishes}) > 0
    unknown = json_output(command("partners", "--year", "2025", "--state", "partner_unknown", "--json"))["partners"]
    assert [wish for wish in wishes if wish["state"] == "partner_unknown"] == unknown
    assert unknown[0]["mn_id"] in command("partners", "--year", "2025").stdout
    wrong = command("partners", "--year", "2025", "--state", "lonely")
    assert wrong.returncode == 2
    assert "partner_unknown" in wrong.stderr

    forms = json_output(command("forms", "--year", "2025", "--json"))["forms"]
    assert [form["form"] for form in forms] == ["setup", "training", "partner"]
    living = busy_env.rows(t.raw_mn_partner_preference, t.raw_mn_partner_preference.c.status != "DELETED", year=2025)
    assert forms[2]["entries"] == len(living)


def test_reports_are_listed_printed_and_written(
    command: InProcess, busy_env: SandboxEnvironment, tmp_path: Path
) -> None:
    reports = json_output(command("reports", "--year", "2025", "--json"))["reports"]
    assert {report["name"] for report in reports} >= {"gaps", "phone-list", "funds-by-week"}
    assert "phone-list" in command("reports", "--year", "2025").stdout

    rows = json_output(command("reports", "gaps", "--year", "2025", "--missing", "page", "--json"))["rows"]
    assert rows
    assert all(row["lacks_page"] for row in rows)
    seniors = json_output(
        command("reports", "gaps", "--year", "2025", "--missing", "page", "--class", "Senior", "--json")
    )
    assert seniors["rows"] == [row for row in rows if row["uga_class"] == "Senior"]
    assert f"Rows: {len(rows)}." in command("reports", "gaps", "--year", "2025", "--missing", "page").stdout

    file = tmp_path / "phones.csv"
    everybody = busy_env.rows(t.mentors, ~t.mentors.c.dropped, year=2025)
    written = command("reports", "phone-list", "--year", "2025", "--csv", str(file)).stdout
    assert f"Rows: {len(everybody)}, written to" in written
    assert len(file.read_text("utf-8-sig").splitlines()) == len(everybody) + 1
    assert file.stat().st_mode & 0o077 == 0, "only its owner can read it"

    assert_refused(command("reports", "nothing", "--year", "2025"), "REPORT_NOT_FOUND")
    assert_refused(command("reports", "funds-by-week", "--year", "2025", "--shift", "none"), "REPORT_OPTION")
    assert command("reports", "gaps", "--year", "2025", "--missing", "hope").returncode == 2
    misspelt = command("reports", "gaps", "--year", "2025", "--class", "Senoir")
    assert misspelt.returncode == 2
    assert "Freshman, Sophomore" in misspelt.stderr
    nowhere = str(tmp_path / "no" / "gaps.csv")
    assert_refused(command("reports", "gaps", "--year", "2025", "--csv", nowhere), "FILE_NOT_WRITTEN")
