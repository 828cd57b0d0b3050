"""Compare the numbers of a year on the pages and in the API with each other."""

import re
from typing import Any

from starlette.testclient import TestClient

from mentorsync_pipeline.db.plan_status import count_plan_statuses
from tests.console.conftest import Console

_CARDS = {"To archive": "to_archive", "Needs approval": "needs_approval", "Waiting": "waiting", "Kept": "kept"}
_CHIPS = {
    "needs approval": "needs_approval",
    "approved": "approved",
    "to archive": "to_archive",
    "External ID to remove": "to_release",
    "waiting": "waiting",
    "kept": "kept",
    "archived": "archived",
    "External ID removed": "released",
}


def assert_numbers_agree(console: Console) -> dict[str, Any]:
    """Compare overview, navigation, lists, archive, runs, closing and charts with the API; return its status."""
    client, year = console.browser("Nora Numbers", "viewer"), console.year
    status = client.get(f"/api/{year}/status").json()
    step, figures = status["next"], status["figures"]
    total = lambda path: client.get(f"/api/{year}{path}").json()["total"]  # noqa: E731

    contacts = client.get("/api/status").json()["contacts"]["rows"]
    assert status["fresh"]["contacts"] == contacts
    overview = client.get(f"/{year}").text
    assert f"{contacts:,} loaded" in overview
    assert step["open_questions"] == total("/conflicts?status=pending")
    assert step["open_errors"] == sum(status["open_errors"].values()) == total("/errors")
    assert step["warnings_to_check"] == total("/warnings?needs_person=true")
    assert figures["mentors"] == total("/mentors") == sum(status["mentors"].values())
    blocked = sum(step["blocked_mentors"].values())
    assert figures["blocked"] == blocked == total("/mentors?sync_state=blocked")
    assert figures["attended_training"] == total("/mentors?dropped=false&attended_training=true")
    assert {name: figures[name] for name in status["mentor_status"]} == status["mentor_status"]
    assert sum(status["mentor_status"].values()) == figures["taking_part"]

    assert _counts_in_rail(overview) == {
        name: count
        for name, count in {
            "To do": step["open_questions"] + step["open_errors"],
            "Mentors": figures["mentors"],
            "Archive": step["duplicates_to_approve"],
        }.items()
        if count
    }
    assert f">{figures['mentors']:,} mentors</a>" in overview
    assert f">{blocked} blocked</a>" in overview
    if step["action"] != "recalculate":
        _compare_rows(overview, step, figures["mentors"], blocked)
    _compare_archive(console, client, step, overview)
    _compare_charts(client.get(f"/{year}/now/charts").text, figures)
    return dict(status)


def _compare_rows(overview: str, step: dict[str, Any], mentors: int, blocked: int) -> None:
    """Each mentor is counted once: by a row of the next file, as blocked or as left out."""
    rows = step["import_rows"]
    text = overview.partition("<h1>")[2].partition("</div>")[0]
    assert f"{rows['unchanged']:,} of {mentors:,} mentor" in text
    sent = rows["changed"] + rows["new"]
    left_out = _number(r"(\d+) (?:is|are) left out", text)
    assert (_number(r"(\d+) (?:is|are) in the (?:next import|downloaded) file", text), blocked) == (
        sent,
        _number(r"(\d+) (?:is|are) blocked", text),
    )
    assert rows["unchanged"] + sent + blocked + left_out == mentors
    assert bool(left_out) <= bool(step["open_errors"])
    listed = "to confirm" if step["action"] == "upload_imported" else "to import into Givebutter"
    assert bool(sent) == (listed in overview)
    if step["action"] != "none":
        assert "Nothing is open." not in overview


def _compare_archive(console: Console, client: TestClient, step: dict[str, Any], overview: str) -> None:
    year = console.year
    with console.services.reading() as conn:
        plan = count_plan_statuses(conn, year)
    whole, page = client.get(f"/api/{year}/archive").json(), client.get(f"/{year}/archive").text
    assert whole["statuses"] == plan
    assert sum(plan.values()) == sum(entry["count"] for entry in whole["counts"])
    for status, count in plan.items():
        listed = client.get(f"/api/{year}/archive/plan", params={"status": status}).json()
        assert listed["total"] == count
        assert {row["status"] for row in listed["items"]} <= {status}
    names = ("duplicates_to_approve", "duplicates_approved", "duplicates_to_archive", "external_ids_to_remove")
    assert [step[name] for name in names] == [
        plan[status] for status in ("needs_approval", "approved", "to_archive", "to_release")
    ]
    assert (step["duplicates_waiting"], step["duplicates_kept"]) == (plan["waiting"], plan["kept"])
    cards = dict(re.findall(r'<h2>([^<]+)</h2><p class="figure">(\d+)</p>', page))
    assert {name: int(cards[name]) for name in _CARDS} == {name: plan[status] for name, status in _CARDS.items()}
    chips = dict(re.findall(r'<option value="\w+"[^>]*>([^<(]+) \((\d+)\)</option>', page.partition('name="state"')[2]))
    assert {name: int(chips[name]) for name in _CHIPS} == {name: plan[status] for name, status in _CHIPS.items()}

    is_current = whole["is_current"]
    assert step["archive_plan_is_current"] == is_current == ('id="outdated"' not in page)
    if not is_current:
        assert "Nothing is left to archive" not in page
        assert "The archive plan is out of date" in overview
    else:
        todo = overview.partition("<h2>To do")[2].partition("</section>")[0]
        for text, count in (("contact", plan["to_archive"]), ("External ID", plan["to_release"])):
            verb = "archive" if text == "contact" else "remove"
            assert _number(rf"(\d+) {text}s? to {verb}", todo) == count

    ledger = whole["ledger"]
    syncs = client.get(f"/api/{year}/syncs", params={"limit": 500}).json()["items"]
    runs = client.get(f"/{year}/runs", params={"limit": 500}).text
    for name, text in (("archived", "contact"), ("external_ids_removed", "External ID")):
        counts = [run[name] for run in syncs]
        verb = "archived" if text == "contact" else "removed"
        assert sum(counts) == sum(int(count) for count in re.findall(rf"(\d+) {text}s? {verb}", runs))
    assert sum(run["archived"] - run["restored"] for run in syncs) == ledger.get("archived", 0)
    assert sum(run["external_ids_removed"] - run["external_ids_restored"] for run in syncs) == ledger.get("cleared", 0)
    closing = client.get(f"/{year}/closing").text
    assert _number(r"(\d+) questions? (?:is|are) open", closing) == step["open_questions"]
    assert _number(r"(\d+) duplicate contacts? (?:is|are) planned", closing) == plan["to_archive"]
    assert _number(r"(\d+) External IDs? (?:is|are) to be removed", closing) == plan["to_release"]
    assert _number(r"(\d+) duplicate contacts? needs? approval", closing) == plan["needs_approval"]


def _compare_charts(charts: str, figures: dict[str, Any]) -> None:
    table = charts.partition('<table data-of="mentors">')[2].partition("</table>")[0]
    if table:
        last = [int(value) for value in re.findall(r'data-value="(\d+)"', table.rpartition("<tr>")[2])]
        assert last == [figures["mentors"], figures["complete"], figures["blocked"]]
    weeks = charts.partition('<table data-of="weekly_signups">')[2].partition("</table>")[0]
    assert all(week.startswith("Monday, ") for week in re.findall(r'title="([^"]+)"', weeks))


def _counts_in_rail(page: str) -> dict[str, int]:
    rail = page.partition('<nav class="rail"')[2].partition("</nav>")[0]
    counts = re.findall(r'class="label">([^<]+)</span> <span class="count">([\d,]+)<', rail)
    return {label: int(count.replace(",", "")) for label, count in counts}


def _number(pattern: str, text: str) -> int:
    """The number in the first match; 0 without one."""
    match = re.search(pattern, text)
    return int(match[1]) if match else 0
