"""The asset checks: what they find in rows, what they leave in Dagster and in `sync_warnings`."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.checks.factory import build_check, check_specs, judge_asset
from mentorsync_pipeline.checks.model import TableChecks, judge_looks, judge_structure
from mentorsync_pipeline.checks.raw_schemas import CONTACTS, FORMS, MEMBERS
from mentorsync_pipeline.checks.schemas import ALL, CANDIDATES, IMPORT_ROWS, MENTORS, SIGNUP_CHECKS, WINNERS
from mentorsync_pipeline.db.tables import sync_conflicts, sync_warnings
from mentorsync_pipeline.definitions import defs
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.in_process import run_job

YEAR = int(YEARS.get_first_partition_key() or 0)
WHEN = datetime(2025, 9, 1, tzinfo=UTC)
# What a column gets when a test does not care.
PLAIN: dict[str, Any] = {
    "campaign_year": YEAR,
    "mn_id": "MN0001",
    "submission_id": "1001",
    "external_id": "MN0001",
    "contact_id": 7,
    "form_id": "2001",
    "status": "ACTIVE",
    "created_at": WHEN,
    "created_at_raw": "2025-09-01 00:00:00",
    "observed_at": WHEN,
    "origin": "api",
    "payload": {},
    "load_id": 1,
    "viability": "viable",
    "viability_reason": "same names",
    "name_agreement": "agree",
    "matched_on": ["phone"],
    "score": 10,
    "decision": "only_candidate",
    "reason": "the only one",
    "member_id": 5,
    "campaign_id": 3,
    "raised": 10,
    "email_key": "a@mail.example",
    "sync_state": "matched",
    "last_name": "Zephyr",
    "rank": 1,
}


def put(engine: sa.Engine, checks: TableChecks, **values: Any) -> None:
    row = {name: value for name, value in PLAIN.items() if name in checks.table.columns} | values
    if checks is MENTORS:
        row = {"gb_contact_id": 7} | row | {"status": values.get("status", "needs_setup")}
    with engine.begin() as conn:
        conn.execute(sa.insert(checks.table).values({checks.table.c[name]: value for name, value in row.items()}))


def found(engine: sa.Engine, checks: TableChecks) -> tuple[list[str], list[str]]:
    """The structural rules that are broken, and the reasons to look."""
    with engine.connect() as conn:
        rows = checks.frame(conn.execute(checks.query(YEAR if checks.per_year else None)).all())
    return [b.rule for b in judge_structure(checks, rows)], [b.rule for _, b in judge_looks(checks, rows)]


@pytest.mark.parametrize("checks", ALL, ids=lambda checks: checks.table.name)
def test_an_empty_table_is_as_it_should_be(engine, checks):
    assert found(engine, checks) == ([], [])


def test_good_rows_are_as_they_should_be(engine):
    for checks in (FORMS[0], MEMBERS, CONTACTS, SIGNUP_CHECKS, CANDIDATES, WINNERS, MENTORS):
        put(engine, checks)
    put(engine, IMPORT_ROWS, **{"Contact External ID": "MN0001", "Primary Email": "a@mail.example"})
    for checks in ALL:
        assert found(engine, checks) == ([], []), checks.table.name


@pytest.mark.parametrize(
    ("checks", "values", "rule"),
    [
        (SIGNUP_CHECKS, {"mn_id": "mn12"}, "MN and four or more digits"),
        (SIGNUP_CHECKS, {"phone": "(706) 555-0100"}, "E.164"),
        (SIGNUP_CHECKS, {"uga_email": "Zed@uga.edu"}, "casefolded"),
        (SIGNUP_CHECKS, {"superseded_submission_ids": ["1001"]}, "supersede itself"),
        (CANDIDATES, {"rank": None}, "viable candidates have a rank"),
        (CANDIDATES, {"matched_on": []}, "at least one key"),
        (CANDIDATES, {"submission_id": "9999"}, "sign-up is one of the year"),
        (CANDIDATES, {"contact_id": 9}, "there and not archived"),
        (WINNERS, {"contact_id": 9}, "one of the mentor's candidates"),
        (WINNERS, {"contact_id": None}, "new and blocked mentors have no winner"),
        (MENTORS, {"gb_contact_id": None}, "a matched mentor has a contact"),
        (MENTORS, {"amount_raised": -1}, "not negative"),
        (MEMBERS, {"raised": -1}, "not negative"),
        (FORMS[0], {"submission_id": "x"}, "digits"),
        (FORMS[0], {"updated_at": datetime(2024, 1, 1, tzinfo=UTC)}, "created before it is edited"),
        (CONTACTS, {"contact_id": -1}, "positive"),
        (CONTACTS, {"phone_keys": ["+17065550100", "706"]}, "E.164"),
        (CONTACTS, {"email_keys": ["A@mail.example"]}, "casefolded"),
    ],
)
def test_a_broken_row_breaks_the_rule(engine, checks, values, rule):
    for other in (CONTACTS, SIGNUP_CHECKS, CANDIDATES):
        if other is not checks:
            put(engine, other)
    put(engine, checks, **values)
    structure, _ = found(engine, checks)
    assert any(rule in broken for broken in structure), structure


def test_import_rows_are_unique_and_never_of_a_blocked_mentor(engine):
    put(engine, MENTORS, sync_state="blocked")
    for number in (1, 2):
        put(engine, IMPORT_ROWS, mn_id=f"MN000{number}", **{"Contact External ID": "MN0001"})
    structure, looks = found(engine, IMPORT_ROWS)
    assert "the value occurs in one row only" in structure
    assert "a blocked mentor is not in the import" in structure
    assert any("neither email nor phone" in look for look in looks)


@pytest.mark.parametrize(
    ("checks", "values", "reason"),
    [
        (SIGNUP_CHECKS, {"last_name": None}, "no last name"),
        (SIGNUP_CHECKS, {"uga_email": "zed@mail.example"}, "@uga.edu"),
        (FORMS[0], {"status": "CUSTOM", "first_name": "Zed"}, "not known here"),
        (MEMBERS, {"email_key": None}, "cannot be linked"),
        (MENTORS, {"dropped": True, "amount_raised": 5}, "dropped has raised"),
    ],
)
def test_an_unusual_row_is_worth_a_look_and_breaks_nothing(engine, checks, values, reason):
    put(engine, checks, **values)
    structure, looks = found(engine, checks)
    assert structure == []
    assert any(reason in look for look in looks), looks


def defs_for(checks: TableChecks, warehouse: Any, clock: Any) -> dg.Definitions:
    """A code location with one asset, which makes nothing, and the checks of its table."""

    @dg.asset(name=checks.table.name, partitions_def=YEARS)
    def asset() -> None: ...

    return dg.Definitions(
        assets=[asset],
        asset_checks=[build_check(checks, YEARS)],
        jobs=[dg.define_asset_job("check", selection=[asset])],
        resources={"warehouse": warehouse, "clock": clock},
        executor=dg.in_process_executor,
    )


def test_results_are_kept_by_year_in_words_and_ids(engine, warehouse, clock, instance):
    put(engine, SIGNUP_CHECKS, phone="+17065550100", uga_email="zed.private@mail.example")
    put(engine, SIGNUP_CHECKS, campaign_year=YEAR + 1, mn_id="wrong", phone="7065550100")
    defs = defs_for(SIGNUP_CHECKS, warehouse, clock)
    good, bad = (run_job(instance, defs, "check", year=year) for year in (YEAR, YEAR + 1))
    assert good.success
    assert not bad.success
    assert bad.failures[0].code == "CHECK_FAILED"
    history = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("deduplicated_signups"), "structure"), limit=10
    )
    assert {(record.partition, record.status.value) for record in history} == {
        (str(YEAR), "SUCCEEDED"),
        (str(YEAR + 1), "FAILED"),
    }
    (said,) = [check for check in bad.checks if check.check == "structure"]
    assert "1 rows checked; an MN id is MN and four or more digits: 1" in said.description
    kept = json.dumps([str(entry) for run in (good, bad) for entry in instance.all_logs(run.run_id)])
    assert "zed.private" not in kept
    assert "5550100" not in kept


def test_a_row_worth_a_look_lands_once_in_the_warnings_until_it_is_gone(engine, warehouse, clock, instance):
    put(engine, SIGNUP_CHECKS, uga_email="zed@mail.example")
    defs = defs_for(SIGNUP_CHECKS, warehouse, clock)
    for _ in range(2):
        assert run_job(instance, defs, "check", year=YEAR).success

    def standing() -> list[Any]:
        with engine.connect() as conn:
            return list(conn.execute(sa.select(sync_warnings).where(sync_warnings.c.cleared_at.is_(None))))

    (warning,) = standing()
    assert (warning.mn_id, warning.warning_type) == ("MN0001", "unusual_value")
    with engine.begin() as conn:
        conn.execute(sa.update(SIGNUP_CHECKS.table).values(uga_email="zz-zed@uga.edu"))
    assert run_job(instance, defs, "check", year=YEAR).success
    assert standing() == []


# In the step of the asset


@pytest.fixture(scope="module")
def synced(past):
    return past.look("synced"), past["synced"].syncs[0]


def test_open_conflicts_are_a_check_of_their_own_with_counts_and_a_link(synced):
    charity, report = synced
    checks = {(check.asset, check.check): check for check in report.checks}
    for asset in ("winner_contacts", "mentors"):
        pending = [
            row["conflict_type"]
            for row in charity.rows(sync_conflicts, year=charity.year)
            if row["status"] == "pending" and row["source_table"] == asset
        ]
        assert pending
        found = checks[asset, "conflicts"]
        assert found.severity == "WARN"
        assert found.description.startswith(f"{len(pending)} open conflicts: ")
        assert {kind: found.metadata[kind] for kind in set(pending)} == Counter(pending)
        assert found.metadata["answer them"].endswith(f"/{charity.year}/conflicts")
    assert report.success


def test_an_asset_whose_rules_warned_is_not_called_as_it_should_be(synced):
    charity, report = synced
    warned = Counter(
        row["warning_type"]
        for row in charity.rows(sync_warnings, year=charity.year)
        if row["source_table"] == "mentors" and row["cleared_at"] is None
    )
    found = next((check for check in report.checks if (check.asset, check.check) == ("mentors", "warnings")), None)
    assert (found is not None) == bool(warned)
    for kind, count in warned.items():
        assert found.metadata[f"{kind} warnings"] == count


def test_checks_take_no_step_of_their_own_but_for_the_ledger():
    steps = {op.name for job in defs.get_repository_def().get_all_jobs() for op in job.graph.node_defs}
    assert {name for name in steps if name.startswith("check_")} == {"check_archived_duplicates"}


def test_damage_found_in_a_step_stops_what_follows_and_is_not_tried_again(engine, warehouse, clock, instance):
    @dg.asset(
        partitions_def=YEARS,
        check_specs=check_specs("deduplicated_signups", SIGNUP_CHECKS, YEARS),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=60),
    )
    def deduplicated_signups(warehouse: WarehouseResource) -> dg.MaterializeResult:
        with warehouse.engine.begin() as conn:
            results = judge_asset(conn, SIGNUP_CHECKS, year=YEAR, log_id=None, now=WHEN)
        return dg.MaterializeResult(check_results=results)

    @dg.asset(partitions_def=YEARS, deps=[deduplicated_signups])
    def follows() -> None: ...

    defs = dg.Definitions(
        assets=[deduplicated_signups, follows],
        jobs=[dg.define_asset_job("both", selection=["deduplicated_signups", "follows"])],
        resources={"warehouse": warehouse},
    )
    put(engine, SIGNUP_CHECKS, mn_id="wrong", uga_email="zed@mail.example")
    report = run_job(instance, defs, "both", year=YEAR)
    assert (report.success, [failure.code for failure in report.failures]) == (False, ["CHECK_FAILED"])
    assert set(report.assets) == {"deduplicated_signups"}, "it is made, and nothing follows"
    assert {(check.check, check.severity) for check in report.checks} == {("structure", "ERROR"), ("warnings", "WARN")}
