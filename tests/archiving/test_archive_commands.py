"""`mentorsync archive` from plan to restore: plan, show, approve, reject, apply, restore."""

import json
import re

import pytest

from mentorsync_pipeline.db.tables import archived_duplicates
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY
from tests.support.archiving import gone
from tests.support.cli import InProcess


@pytest.fixture
def env(rounds, start):
    return start(rounds["settled"])


@pytest.fixture
def archive(env, new_database, monkeypatch, capfd, tmp_path):
    """Return a function that runs `mentorsync archive` and returns exit code, JSON result and stderr."""
    monkeypatch.chdir(tmp_path)
    command = InProcess(
        monkeypatch,
        capfd,
        {
            "MENTORSYNC_DATABASE_URL": env.url,
            "DAGSTER_PG_URL": new_database.dagster(),
            "GIVEBUTTER_API_URL": env.server.givebutter_url,
            "GIVEBUTTER_API_KEY": GIVEBUTTER_KEY,
            "GIVEBUTTER_REQUESTS_PER_MINUTE": "500",
        },
    )

    def run(*words):
        done = command("archive", *words, "--year", str(env.year), "--json")
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}, done.stderr.strip()

    return run


def test_the_commands_plan_approve_archive_and_restore(env, archive):
    code, planned, _ = archive("plan")
    assert code == 0
    assert planned["planned"] > 10
    code, shown, _ = archive("show")
    assert shown["guard"]["stops"] is True
    assert len(shown["rows"]) == planned["rows read"]
    code, _, error = archive("apply")
    assert code == 1
    assert re.match(r"ARCHIVE_GUARD.*first plan of the year.*approve --year .* --by NAME", error.splitlines()[-1])
    assert (env.rows(archived_duplicates), gone(env)) == ([], set())
    code, _, error = archive("approve", "--by", "Ann", "--plan", "another")
    assert code == 1
    assert error.splitlines()[-1].startswith("ARCHIVE_APPROVAL")
    contact_id = str(next(row["contact_id"] for row in shown["rows"] if row["plan_state"] == "planned"))
    assert archive("reject", "--by", "Ann", "--contact", contact_id, "--reason", "Her mother.")[1]["contacts"] == 1
    kept = archive("show", "--state", "kept")[1]["rows"]
    assert {int(contact_id)} <= {row["contact_id"] for row in kept if row["status"] == "kept"}
    assert len(kept) == sum(row["status"] == "kept" for row in archive("show")[1]["rows"])
    assert archive("reject", "--by", "Ann", "--contact", contact_id, "--take-back")[1]["contacts"] == 1
    assert archive("reject", "--by", "Ann", "--contact", contact_id, "--take-back")[0] == 1
    code, approved, _ = archive("approve", "--by", "Ann", "--plan", shown["plan_fingerprint"])
    assert approved["approved"] == planned["planned"]
    ids = [row["contact_id"] for row in shown["rows"] if row["plan_state"] == "planned"]
    contact_options = [
        word for contact_id in ids[4:] for word in ("--contact", str(contact_id))
    ]  # each call takes its time
    code, rejected, _ = archive("reject", "--by", "Ann", *contact_options)
    assert (code, rejected["contacts"]) == (0, len(ids) - 4)
    code, planned, _ = archive("plan")
    assert (code, planned["planned"], planned["kept: rejected"]) == (0, 4, len(ids) - 4)
    code, applied, _ = archive("apply")
    assert (code, applied["archived"]) == (0, 4)
    _, shown, _ = archive("show")
    assert shown["ledger"] == {"archived": applied["archived"]}
    contact = env.rows(archived_duplicates)[0]["contact_id"]
    code, restored, _ = archive("restore", "--by", "Ann", "--contact", str(contact))
    assert (code, restored["restored"]) == (0, 1)
    code, restored, _ = archive("restore", "--by", "Ann", "--run", applied["run_id"])
    assert (code, restored["restored"]) == (0, applied["archived"] - 1)
    code, _, error = archive("restore", "--by", "Ann", "--run", applied["run_id"])
    assert code == 1
    assert error.splitlines()[-1].startswith("NOTHING_TO_RESTORE")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["restore", "--by", "Ann"], "--contact, --mentor and --run"),
        (["restore", "--by", " ", "--contact", "1"], "enter the name of the person"),
        (["approve", "--by", ""], "enter the name of the person"),
        (["show", "--state", "bogus"], "is not one of"),
    ],
)
def test_invalid_options_are_refused(monkeypatch, capfd, words, expected):
    done = InProcess(monkeypatch, capfd, {})("archive", *words, "--year", "2025")
    assert done.returncode == 2
    assert expected in " ".join(done.stderr.replace("│", " ").split())
