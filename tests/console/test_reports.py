"""The named reports: pages, CSV files, API, and figures that agree with the mentors."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.reports.registry import REPORTS
from tests.console.conftest import Console

NAMES = [report.name for report in REPORTS]
LACKS = ("lacks_setup", "lacks_page", "lacks_training", "lacks_partner")


@pytest.fixture(scope="module")
def client(shown: Console):
    return shown.client(shown.token("viewer"))


@pytest.fixture(scope="module")
def browser(shown: Console):
    return shown.browser("Vic Viewer", "viewer")


def rows_of(client, console: Console, name: str, **query) -> list[dict]:
    answer = client.get(f"/api/{console.year}/reports/{name}", params={"limit": 500, **query})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"])
    return answer.json()["items"]


def file_of(browser, console: Console, name: str) -> list[dict[str, str]]:
    text = browser.get(f"/{console.year}/reports/{name}.csv").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def taking_part(console: Console) -> dict[str, sa.RowMapping]:
    query = sa.select(t.mentors).where(t.mentors.c.campaign_year == console.year, ~t.mentors.c.dropped)
    with console.services.reading() as conn:
        return {row["mn_id"]: row for row in conn.execute(query).mappings()}


def test_every_report_is_listed_with_its_page_and_file(shown, browser, client):
    summaries = client.get(f"/api/{shown.year}/reports").json()
    assert [summary["name"] for summary in summaries] == NAMES
    page = browser.get(f"/{shown.year}/reports").text
    for summary in summaries:
        assert f'href="/{shown.year}/reports/{summary["name"]}"' in page
        assert f'href="/{shown.year}/reports/{summary["name"]}.csv"' in page
        assert summary["description"] in page
    assert f'href="/{shown.year}/reports"' in browser.get(f"/{shown.year}/mentors").text, "it is in the navigation"


@pytest.mark.parametrize("name", NAMES)
def test_page_file_and_api_of_a_report_have_the_same_rows(shown, browser, client, name):
    rows = rows_of(client, shown, name)
    assert rows
    assert len(file_of(browser, shown, name)) == len(rows)
    page = browser.get(f"/{shown.year}/reports/{name}?limit=500")
    assert page.status_code == 200
    assert page.text.partition("<tbody>")[2].count("<tr>") == len(rows)
    (first, *_), (last, *_) = rows, rows_of(client, shown, name, descending=True)
    assert len(rows) == 1 or first != last
    for column in rows[0]:
        for way in ("", "&descending=true"):
            assert browser.get(f"/{shown.year}/reports/{name}?limit=2&sort={column}{way}").status_code == 200, column


def test_the_gaps_are_those_of_the_mentors_who_have_not_dropped_out(shown, client):
    mentors = taking_part(shown)
    rows = {row["mn_id"]: row for row in rows_of(client, shown, "gaps")}
    assert {mn_id for mn_id, mentor in mentors.items() if not mentor["campaign_member"]} == {
        mn_id for mn_id, row in rows.items() if row["lacks_page"]
    }
    assert {mn_id for mn_id, mentor in mentors.items() if not mentor["attended_training"]} == {
        mn_id for mn_id, row in rows.items() if row["lacks_training"]
    }
    needs_setup = {mn_id for mn_id, mentor in mentors.items() if mentor["status"] == "needs_setup"}
    assert needs_setup == {mn_id for mn_id, row in rows.items() if row["lacks_setup"]}
    for row in rows.values():
        assert len(row["missing"]) == sum(row[name] for name in LACKS) > 0
        assert row["lacks_partner"] == (row["partner_state"] not in ("matched", "different_shifts"))


def test_gaps_are_filtered_and_counted_by_class_and_shift(shown, browser, client):
    counts = rows_of(client, shown, "gap-counts")
    assert sum(row["mentors"] for row in counts) == len(taking_part(shown))
    for group in counts:
        query = {"uga_class": group["uga_class"] or "none", "shift_preference": group["shift_preference"] or "none"}
        for gap in ("setup", "page", "training", "partner"):
            rows = rows_of(client, shown, "gaps", missing=gap, **query)
            assert len(rows) == group[f"lack_{gap}"]
            assert all(row[f"lacks_{gap}"] for row in rows)
    shifts = [row["shift_preference"] for row in counts if row["uga_class"] == "Senior" and row["shift_preference"]]
    assert shifts == [shift for shift in shown.env.config.custom_field_options["shift_preference"] if shift in shifts]
    assert len(shifts) > 1
    page = browser.get(f"/{shown.year}/reports/gaps?uga_class=Senior&missing=&shift_preference=").text
    assert '<option value="Senior" selected>' in page
    assert '<option value="none">' in page


def test_the_phone_list_has_everybody_by_shift_in_the_order_of_the_options(shown, browser, client):
    rows = rows_of(client, shown, "phone-list")
    assert {row["mn_id"]: row["phone"] for row in rows} == {
        mn_id: mentor["phone"] for mn_id, mentor in taking_part(shown).items()
    }
    options = [*shown.env.config.custom_field_options["shift_preference"], None]
    places = [options.index(row["shift_preference"]) for row in rows]
    assert places == sorted(places)
    someone = next(row for row in rows if row["phone"])
    assert someone["mn_id"] in {row["mn_id"] for row in rows_of(client, shown, "phone-list", search=someone["phone"])}
    assert someone["phone"] in {row["Phone"] for row in file_of(browser, shown, "phone-list")}


def test_funds_by_week_are_the_amounts_of_the_last_sync_of_each_week(console):
    client = console.client(console.token("viewer"))
    monday = datetime(2025, 9, 1, 4, tzinfo=UTC)  # midnight in the team's time zone
    syncs = [(-timedelta(minutes=1), "10.00", 1), (timedelta(), "30.00", 1), (timedelta(days=6), "75.50", 2)]
    syncs += [(timedelta(days=14), "70.25", 2)]
    with console.services.engine.begin() as conn:
        log = t.sync_log.c
        conn.execute(sa.update(t.sync_log).where(log.asset == "mentors").values(status="failed"))
        template = conn.execute(sa.select(t.sync_log).where(log.asset == "mentors").limit(1)).mappings().one()
        for after, raised, complete in syncs:
            at = monday + after
            details = {"raised": raised, "status complete": complete}
            row = {name: value for name, value in template.items() if name != "id"}
            row |= {"status": "success", "started_at": at, "finished_at": at, "rows_out": 9, "details": details}
            conn.execute(sa.insert(t.sync_log).values(row))
    rows = rows_of(client, console, "funds-by-week")
    assert [(row["week"], row["raised_in_week"], row["raised"], row["completed_in_week"]) for row in rows] == [
        ("2025-09-15", "-5.25", "70.25", 0),
        ("2025-09-01", "65.50", "75.50", 1),
        ("2025-08-25", "10.00", "10.00", 1),
    ]


def test_the_newest_week_has_the_money_of_the_present_mentors(shown, client):
    with shown.services.reading() as conn:
        query = sa.select(sa.func.sum(t.mentors.c.amount_raised)).where(t.mentors.c.campaign_year == shown.year)
        assert rows_of(client, shown, "funds-by-week")[0]["raised"] == str(conn.execute(query).scalar_one())


def test_a_formula_in_a_name_is_a_text_in_the_file(console):
    with console.services.engine.begin() as conn:
        conn.execute(sa.update(t.mentors).values(first_name="=1+1", phone="+17065550101"))
    rows = file_of(console.browser(), console, "phone-list")
    assert {row["First name"] for row in rows} == {"'=1+1"}
    assert {row["Phone"] for row in rows} == {"+17065550101"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing", 404, "REPORT_NOT_FOUND"),
        ("nothing.csv", 404, "REPORT_NOT_FOUND"),
        ("gaps?sort=provenance", 422, "REPORT_OPTION"),
        ("gaps.csv?sort=password", 422, "REPORT_OPTION"),
        ("funds-by-week?uga_class=Senior", 422, "REPORT_OPTION"),
        ("phone-list?missing=page", 422, "REPORT_OPTION"),
        ("gap-counts?search=ann", 422, "REPORT_OPTION"),
        ("gaps?missing=everything", 422, "REQUEST_INVALID"),
        ("gaps?uga_class=%00", 422, "REQUEST_INVALID"),
    ],
)
def test_unknown_reports_columns_and_filters_are_refused(shown, browser, client, path, status, code):
    page = browser.get(f"/{shown.year}/reports/{path}")
    assert page.status_code == status
    assert code in page.text
    if ".csv" not in path:
        answer = client.get(f"/api/{shown.year}/reports/{path}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_year_without_mentors_has_empty_reports(shown, browser):
    for name in NAMES:
        assert browser.get(f"/{shown.year - 1}/reports/{name}").status_code == 200
        assert browser.get(f"/{shown.year - 1}/reports/{name}.csv").text.count("\n") == 1
