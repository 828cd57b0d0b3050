"""The reading API: status, mentors, sources of values, changes, syncs, errors and warnings."""

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.review.finding_store import record_errors
from tests.console.conftest import Console


@pytest.fixture(scope="module")
def client(shown: Console):
    return shown.client(shown.token("viewer"))


@pytest.fixture(scope="module")
def api(client):
    def get(path: str, **query: object) -> dict:
        answer = client.get(f"/api/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


def row(console: Console, table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.RowMapping:
    with console.services.reading() as conn:
        return conn.execute(sa.select(table).where(*where).limit(1)).mappings().one()


def test_the_status_of_all_years_and_of_one_agree(api, shown):
    whole, of_year = api("status"), api(f"{shown.year}/status")
    counts = {name: value for name, value in of_year.items() if name not in ("figures", "fresh", "next")}
    assert counts == next(year for year in whole["years"] if year["campaign_year"] == shown.year)
    assert sum(of_year["mentors"].values()) == of_year["figures"]["mentors"]
    assert whole["contacts"]["rows"] == of_year["fresh"]["contacts"]
    assert of_year["last_file"]["row_count"] > 0
    assert next(year for year in whole["years"] if year["campaign_year"] != shown.year)["last_file"] is None


def test_pages_of_mentors_have_no_gaps(api, shown):
    first = api(f"{shown.year}/mentors", limit=7)
    seen = [mentor["mn_id"] for mentor in first["items"]]
    while len(seen) < first["total"]:
        seen += [mentor["mn_id"] for mentor in api(f"{shown.year}/mentors", limit=50, offset=len(seen))["items"]]
    assert len(set(seen)) == first["total"]
    complete = api(f"{shown.year}/mentors", status="complete", sort="amount_raised", descending=True)
    amounts = [float(mentor["amount_raised"]) for mentor in complete["items"]]
    assert amounts == sorted(amounts, reverse=True)


def test_one_mentor_has_all_details(api, shown):
    conflict = row(shown, t.sync_conflicts, t.sync_conflicts.c.conflict_type == "contact_selection")
    details = api(f"{shown.year}/mentors/{conflict['mn_id'].lower()}")
    assert details["mentor"]["mn_id"] == conflict["mn_id"]
    assert details["mentor"]["sync_state"] == "blocked"
    assert conflict["id"] in {item["id"] for item in details["conflicts"]}
    assert [signup["counts"] for signup in details["signups"]].count(True) == 1
    assert any(question == "Phone Number" for question, _ in details["signups"][0]["answers"])
    assert len(details["contacts"]) >= 1
    assert not any(contact["chosen"] for contact in details["contacts"])

    linked = row(shown, t.mentors, t.mentors.c.sync_state == "matched")
    details = api(f"{shown.year}/mentors/{linked['mn_id']}")
    (kept,) = [contact for contact in details["contacts"] if contact["chosen"]]
    assert kept["contact_id"] == linked["gb_contact_id"]
    assert kept["score_in_words"].endswith(f"= {float(kept['score']):.0f}")


def test_a_person_who_signed_up_twice_has_both_sign_ups(api, shown):
    used = t.deduplicated_signups.c
    signup = row(shown, t.deduplicated_signups, sa.func.cardinality(used.superseded_submission_ids) > 0)
    details = api(f"{shown.year}/mentors/{signup['mn_id']}")
    assert {signup["submission_id"], *signup["superseded_submission_ids"]} <= {
        s["submission_id"] for s in details["signups"]
    }
    assert next(s for s in details["signups"] if s["counts"])["submission_id"] == signup["submission_id"]


def test_every_value_is_traced(api, client, shown):
    mentor = row(shown, t.mentors, t.mentors.c.sync_state == "matched")
    whole = api(f"{shown.year}/mentors/{mentor['mn_id']}/trace")
    assert {"phone", "status", "gb_contact_id", "mn_id"} <= {field["field"] for field in whole["fields"]}
    (phone,) = api(f"{shown.year}/mentors/{mentor['mn_id']}/trace", field="phone")["fields"]
    assert phone["value"] == mentor["phone"]
    for path, code in (
        (f"mentors/{mentor['mn_id']}/trace?field=nonsense", "FIELD_UNKNOWN"),
        ("mentors/MN9999999", "MENTOR_NOT_FOUND"),
        ("mentors/MN9999999/trace", "MENTOR_NOT_FOUND"),
    ):
        answer = client.get(f"/api/{shown.year}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_changes_are_those_between_the_named_syncs(api, shown):
    syncs = [sync for sync in api(f"{shown.year}/syncs")["items"] if sync["changes"]]
    for sync in syncs:
        bounds = {"to_sync": sync["run_id"]} | ({"from_sync": sync["since"]} if sync["since"] else {})
        page = api(f"{shown.year}/changes", **bounds)
        assert page["total"] == sync["changes"]
        assert {change["sync_log_id"] for change in page["items"]} == {sync["upto"]}
    assert sum(sync["changes"] for sync in syncs) == api(f"{shown.year}/changes")["total"]
    dates = [change["detected_at"] for change in api(f"{shown.year}/changes", limit=500)["items"]]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize(
    "path",
    ["mentors?sort=nonsense", "mentors?status=nonsense", "errors?severity=none", "changes?mn_id=7", "syncs?limit=0"],
)
def test_invalid_parameters_are_refused_with_the_reason(client, shown, path):
    answer = client.get(f"/api/{shown.year}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


def test_changes_of_errors_and_warnings_are_recorded_with_the_token(console):
    held = build_error(
        "EXTERNAL_ID_HELD", subject="MN1", message="Held.", source_table="gb_import_file", mn_id="MN0001"
    )
    with console.services.engine.begin() as conn:
        record_errors(conn, console.year, [held], source_table="gb_import_file", log_id=1, now=console.services.now())
    client, base = console.client(console.token()), f"/api/{console.year}"
    (error,) = client.get(f"{base}/errors", params={"error_code": "external_id_held"}).json()["items"]
    assert client.post(f"{base}/errors/retry", json={"ids": [error["id"]]}).status_code == 503  # Dagster is not there
    (same,) = client.get(f"{base}/errors", params={"search": "held"}).json()["items"]
    assert same["retry_count"] == 0
    assert client.post(f"{base}/errors/ignore", json={"ids": [error["id"]]}).json() == {"ids": [error["id"]]}
    (closed,) = client.get(f"{base}/errors", params={"state": "resolved", "mn_id": "mn0001"}).json()["items"]
    assert (closed["resolution_method"], closed["resolved_by"]) == ("ignored", "a editor's program")
    answer = client.post(f"{base}/errors/ignore", json={"ids": [error["id"]]})
    assert (answer.status_code, answer.json()["code"]) == (404, "ERROR_NOT_FOUND")

    before = client.get(f"{base}/warnings").json()
    ids = [item["id"] for item in before["items"][:2]]
    assert client.post(f"{base}/warnings/acknowledge", json={"ids": ids}).status_code == 200
    assert client.get(f"{base}/warnings").json()["total"] == before["total"] - 2
    assert client.get(f"{base}/warnings", params={"seen": "yes"}).json()["total"] == 2
    answer = client.post(f"{base}/warnings/acknowledge", json={"ids": [*ids, 10**9]})
    assert (answer.status_code, answer.json()["code"]) == (404, "WARNING_NOT_FOUND")
    assert client.post(f"{base}/warnings/acknowledge", json={"ids": []}).status_code == 422


def test_accepting_a_short_list_is_recorded_with_the_token(console):
    short = build_error("LIST_SHRUNK", subject="raw_mn_signups", message="Short.", source_table="x", fingerprint="f")
    with console.services.engine.begin() as conn:
        record_errors(conn, console.year, [short], source_table="x", log_id=1, now=console.services.now())
    client, base = console.client(console.token()), f"/api/{console.year}"
    (error,) = client.get(f"{base}/errors", params={"error_code": "list_shrunk"}).json()["items"]
    assert client.post(f"{base}/errors/accept", json={"ids": [error["id"]]}).json() == {"ids": [error["id"]]}
    with console.services.engine.connect() as conn:
        query = sa.select(t.audit_log.c.who, t.audit_log.c.via).where(t.audit_log.c.act == "list_accepted")
        assert conn.execute(query).all() == [("a editor's program", "token")]
    (held,) = [error for error in client.get(f"{base}/errors").json()["items"] if error["error_code"] != "LIST_SHRUNK"][
        :1
    ]
    answer = client.post(f"{base}/errors/accept", json={"ids": [held["id"]]})
    assert (answer.status_code, answer.json()["code"]) == (422, "ERROR_NOT_ACCEPTABLE")
