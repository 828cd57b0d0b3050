"""Pages and API of archiving: plan, approval, rejection, apply, ledger, restore.

Dagster's web server is stood in for: it notes what it is asked to start, and the test runs that for real.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.loop.run_results import read_run_result
from tests.console.conftest import Console, console_on
from tests.console.fake_dagster import Started, fake_dagster
from tests.console.numbers import assert_numbers_agree
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

Row = dict[str, Any]


@pytest.fixture
def started() -> Iterator[tuple[Started, str]]:
    """A server that accepts runs like Dagster's GraphQL API; no run is ever in progress."""
    with fake_dagster() as noted_and_url:
        yield noted_and_url


@pytest.fixture
def live_console(rounds: Rounds, start: NewEnvironment, tmp_path: Path, started: tuple[Started, str]) -> Console:
    """A console whose Dagster accepts runs, on an environment with running services."""
    return console_on(start(rounds["settled"]), tmp_path, dagster_url=started[1])


def client_of_role(console: Console, role: str = "editor") -> TestClient:
    return console.client(console.services.users.add_token("Erin Editor", role, now=console.services.now()))


def plan(console: Console, **values: Any) -> list[Row]:
    rows = console.env.rows(t.archive_plan, year=console.year)
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def seen(console: Console) -> str:
    with console.services.reading() as conn:
        return plan_fingerprint(read_plan_rows(conn, console.year, "duplicates"))


def alive(console: Console, contact_id: int) -> bool:
    return (
        next(contact for contact in console.env.server.sandbox.contacts.all() if contact.id == contact_id).archived_at
        is None
    )


def test_the_plan_has_reasons_and_can_be_searched(rounds, start, tmp_path):
    console = console_on(rounds.read_only("settled"), tmp_path)
    client, base = client_of_role(console, "viewer"), f"/{console.year}/archive"
    page = client.get(base).text
    rows = plan(console)
    waiting = [row for row in rows if row["plan_state"] == "needs_approval"]
    assert waiting
    assert f">needs approval ({len(waiting)})<" in page
    assert 'name="contact"' not in page
    assert all(str(row["contact_id"]) in page for row in waiting)
    assert all(
        "donor" in client.get(f"{base}?search={row['contact_id']}").text for row in waiting if row["has_donations"]
    )
    listed = client.get(f"/api{base}/plan", params={"status": "needs_approval", "limit": 500}).json()
    assert {item["contact_id"] for item in listed["items"]} == {row["contact_id"] for row in waiting}
    whole = client.get(f"/api{base}").json()
    assert whole["plan_fingerprint"] == seen(console)
    assert sum(count["count"] for count in whole["counts"]) == len(rows)
    assert "No contact matches" in client.get(f"{base}?search=nobody%00&state=kept").text
    assert client.get(f"{base}?plan=mass_email&state=x&reason=%00&donors=maybe").status_code == 200
    assert client.get(f"{base}/ledger?status=nonsense&search=%00").status_code == 200


def test_an_approval_is_recorded_with_the_person_and_the_seen_plan(live_console, started):
    noted, _ = started
    client, base = client_of_role(live_console), f"/{live_console.year}/archive"
    chosen = [row["contact_id"] for row in plan(live_console, plan_state="needs_approval")]
    stale = client.post(base, data={"seen": "0" * 64, "approve": chosen[0]})
    assert stale.status_code == 409
    assert noted.runs == []

    answer = client.post(base, data={"seen": seen(live_console), "act": "approve", "contact": chosen})
    assert answer.headers["location"] == base
    assert [run["selector"]["jobName"] for run in noted.runs] == ["etl_to_plan"], "nothing else needs approval"
    assert "Erin Editor approved it" in client.get(f"{base}?state=approved").text
    assert "No contact needs approval." in client.get(f"{base}?state=needs_approval").text
    client.post(f"{base}/plan")
    assert noted.last[0] == "etl_to_plan", "the mentors lack the approval, too"
    noted.run(live_console)
    assert plan(live_console, plan_state="needs_approval") == []


def test_kept_contacts_are_not_archived_and_archived_contacts_can_be_restored(live_console, started):
    """The rejection comes after the plan was made and approved, and just before it is applied."""
    noted, _ = started
    client, base = client_of_role(live_console), f"/{live_console.year}/archive"
    going = [row["contact_id"] for row in plan(live_console, plan_state="planned", action="archive")]
    page = client.get(base).text
    assert "Approve archiving" in page
    assert client.post(f"{base}/apply").status_code == 409
    client.post(f"{base}/let-through", data={"seen": seen(live_console)})
    assert "Approve archiving" not in client.get(base).text

    kept = going[0]
    done = client.post(base, data={"seen": seen(live_console), "reject": kept, "reason": "That is her mother."})
    assert done.headers["location"] == base
    page = client.get(f"{base}?search={kept}").text
    assert "kept" in page
    assert "That is her mother." in page

    assert client.post(f"{base}/apply").headers["location"] == base
    assert noted.last == ("archive", {})
    noted.run(live_console)
    page = client.get(base).text
    assert f"{len(going) - 1} contacts archived, " in page
    assert_numbers_agree(live_console)
    assert '<p class="figure">0</p>' in page
    assert alive(live_console, kept)
    assert not any(alive(live_console, contact_id) for contact_id in going[1:])
    ledger = client.get(f"/api{base}/ledger", params={"status": "archived", "limit": 1}).json()
    assert ledger["total"] == len(going) - 1
    assert ">Restore<" in client.get(f"{base}/ledger?status=archived").text
    with live_console.services.reading() as conn:
        result = read_run_result(conn, ledger["items"][0]["run_id"])
    with live_console.env.engine.connect() as conn:  # while the next step is running; rolled back
        step = {"asset": "mentors", "run_id": ledger["items"][0]["run_id"], "started_at": live_console.env.now}
        conn.execute(sa.insert(t.sync_log).values(**step, status="running", campaign_year=live_console.year))
        assert read_run_result(conn, step["run_id"]) == result
    assert (result.archived, result.updated_mentors, result.plan) == (len(going) - 1, 0, None)

    entry = ledger["items"][0]
    contacts = t.raw_gb_full_contacts
    with live_console.env.engine.begin() as conn:  # as after a fresh export, which has no archived contacts
        conn.execute(sa.delete(contacts).where(contacts.c.contact_id == entry["contact_id"]))
    found = client.get(f"/api{base}/ledger", params={"search": entry["last_name"]}).json()["items"]
    assert entry["first_name"] in {row["first_name"] for row in found if row["contact_id"] == entry["contact_id"]}
    assert client.post(f"{base}/restore", data={"contact_id": kept}).status_code == 409
    assert client.post(f"/api{base}/restore", json={"contact_id": kept, "mn_id": "MN0001"}).status_code == 422
    answer = client.post(f"/api{base}/restore", json={"contact_id": entry["contact_id"]})
    assert (answer.status_code, answer.json()["job"]) == (202, "restore_archived")
    noted.run(live_console)
    assert alive(live_console, entry["contact_id"])
    client.post(f"{base}/restore", data={"run_id": entry["run_id"]})
    noted.run(live_console)
    assert all(alive(live_console, contact_id) for contact_id in going)
    assert_numbers_agree(live_console)


def test_a_decision_to_keep_is_valid_until_it_is_withdrawn(live_console, started):
    noted, _ = started
    client, base = client_of_role(live_console), f"/{live_console.year}/archive"
    struck = [row["contact_id"] for row in plan(live_console, plan_state="planned")][:2]
    waiting = plan(live_console, plan_state="needs_approval")[0]["contact_id"]
    both = {"contact_ids": [*struck, waiting], "reason": "Leave them."}
    assert client.post(f"/api{base}/reject", json=both).json() == {"contacts": 3}
    assert client.post(f"/api{base}/reject", json={"contact_ids": [1]}).json()["code"] == "ARCHIVE_APPROVAL"

    client.post(f"/api{base}/plan", json={})
    noted.run(live_console)
    for contact_id in (*struck, waiting):
        (row,) = plan(live_console, contact_id=contact_id)
        assert (row["plan_state"], row["reason_code"]) == ("kept", "rejected")

    back = client.post(base, data={"seen": seen(live_console), "take_back": struck[0]})
    assert back.headers["location"] == base
    assert client.post(f"/api{base}/reject/undo", json={"contact_ids": [struck[0]]}).status_code == 409
    client.post(base, data={"seen": seen(live_console), "approve": struck[1]})
    client.post(f"{base}/plan")
    noted.run(live_console)
    assert [plan(live_console, contact_id=contact_id)[0]["plan_state"] for contact_id in struck] == [
        "planned",
        "planned",
    ]
    assert plan(live_console, contact_id=waiting)[0]["plan_state"] == "kept"


def test_a_viewer_cannot_make_changes(rounds, start, tmp_path):
    console = console_on(rounds.read_only("settled"), tmp_path)
    client, base = client_of_role(console, "viewer"), f"/{console.year}/archive"
    for path in ("", "/plan", "/apply", "/let-through", "/restore"):
        assert client.post(base + path).status_code == 403
