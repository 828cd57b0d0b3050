"""Asset checks: broken rules, unusual rows, and their results in Dagster and in `sync_warnings`."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.assets.partitions import YEARS
from mentorsync_pipeline.checks.factory import build_check, check_specs
from mentorsync_pipeline.checks.model import TableChecks, find_broken_rules, find_unusual_rows
from mentorsync_pipeline.checks.raw_schemas import CONTACTS, FORMS, MEMBERS
from mentorsync_pipeline.checks.rules import CONDITION, ONCE, Rule, optional, required
from mentorsync_pipeline.checks.schemas import ALL, CANDIDATES, IMPORT_ROWS, MENTORS, SIGNUP_CHECKS, WINNERS
from mentorsync_pipeline.checks.table_run import run_table_checks
from mentorsync_pipeline.db.tables import sync_conflicts, sync_warnings
from mentorsync_pipeline.definitions import defs
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.in_process import run_job

YEAR = int(YEARS.get_first_partition_key() or 0)
WHEN = datetime(2025, 9, 1, tzinfo=UTC)
# Default values of the columns.
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


def insert_row(engine: sa.Engine, checks: TableChecks, **values: Any) -> None:
    row = {name: value for name, value in PLAIN.items() if name in checks.table.columns} | values
    if checks is MENTORS:
        row = {"gb_contact_id": 7} | row | {"status": values.get("status", "needs_setup")}
    with engine.begin() as conn:
        conn.execute(sa.insert(checks.table).values({checks.table.c[name]: value for name, value in row.items()}))


def broken_rules_and_warnings(engine: sa.Engine, checks: TableChecks) -> tuple[list[str], list[str]]:
    """Return the texts of the broken rules and of the warnings."""
    with engine.connect() as conn:
        rows = conn.execute(checks.query(YEAR if checks.per_year else None)).all()
    return [b.rule for b in find_broken_rules(checks, rows)], [b.rule for _, b in find_unusual_rows(checks, rows)]


@pytest.mark.parametrize("checks", ALL, ids=lambda checks: checks.table.name)
def test_an_empty_table_passes(engine, checks):
    assert broken_rules_and_warnings(engine, checks) == ([], [])


def test_valid_rows_pass(engine):
    for checks in (FORMS[0], MEMBERS, CONTACTS, SIGNUP_CHECKS, CANDIDATES, WINNERS, MENTORS):
        insert_row(engine, checks)
    insert_row(engine, IMPORT_ROWS, **{"Contact External ID": "MN0001", "Primary Email": "a@mail.example"})
    for checks in ALL:
        assert broken_rules_and_warnings(engine, checks) == ([], []), checks.table.name


@pytest.mark.parametrize(
    ("checks", "values", "rule"),
    [
        (SIGNUP_CHECKS, {"mn_id": "mn12"}, "MN and four or more digits"),
        (SIGNUP_CHECKS, {"phone": "(706) 555-0100"}, "E.164"),
        (SIGNUP_CHECKS, {"uga_email": "Zed@uga.edu"}, "lower case"),
        (SIGNUP_CHECKS, {"superseded_submission_ids": ["1001"]}, "supersede itself"),
        (CANDIDATES, {"rank": None}, "viable candidates have a rank"),
        (CANDIDATES, {"matched_on": []}, "at least one key"),
        (CANDIDATES, {"submission_id": "9999"}, "sign-up is in deduplicated_signups"),
        (CANDIDATES, {"contact_id": 9}, "exists and is not archived"),
        (WINNERS, {"contact_id": 9}, "one of the mentor's viable candidates"),
        (WINNERS, {"contact_id": None}, "new and blocked mentors have no winner"),
        (MENTORS, {"gb_contact_id": None}, "a matched mentor has a contact"),
        (MENTORS, {"amount_raised": -1}, "not negative"),
        (MEMBERS, {"raised": -1}, "not negative"),
        (FORMS[0], {"submission_id": "x"}, "digits"),
        (CONTACTS, {"contact_id": -1}, "positive"),
        (CONTACTS, {"phone_keys": ["+17065550100", "706"]}, "E.164"),
        (CONTACTS, {"email_keys": ["A@mail.example"]}, "lower case"),
    ],
)
def test_an_invalid_row_breaks_the_rule(engine, checks, values, rule):
    for other in (CONTACTS, SIGNUP_CHECKS, CANDIDATES):
        if other is not checks:
            insert_row(engine, other)
    insert_row(engine, checks, **values)
    structure, _ = broken_rules_and_warnings(engine, checks)
    assert any(rule in broken for broken in structure), structure


def test_import_rows_are_unique_and_exclude_blocked_mentors(engine):
    insert_row(engine, MENTORS, sync_state="blocked")
    for number in (1, 2):
        insert_row(engine, IMPORT_ROWS, mn_id=f"MN000{number}", **{"Contact External ID": "MN0001"})
    structure, warnings = broken_rules_and_warnings(engine, IMPORT_ROWS)
    assert "the value occurs in one row only" in structure
    assert "a blocked mentor has no import row" in structure
    assert any("neither email nor phone" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("checks", "values", "reason"),
    [
        (MENTORS, {"last_name": None}, "last name is empty"),
        (SIGNUP_CHECKS, {"uga_email": "zed@mail.example"}, "@uga.edu"),
        (FORMS[0], {"status": "CUSTOM", "first_name": "Zed"}, "status is unknown"),
        (FORMS[0], {"updated_at": datetime(2024, 1, 1, tzinfo=UTC)}, "edited before it was created"),
        (MEMBERS, {"email_key": None}, "cannot be linked"),
        (MENTORS, {"dropped": True, "amount_raised": 5}, "dropped out has raised"),
    ],
)
def test_an_unusual_row_is_a_warning_and_breaks_no_rule(engine, checks, values, reason):
    insert_row(engine, checks, **values)
    structure, warnings = broken_rules_and_warnings(engine, checks)
    assert structure == []
    assert any(reason in warning for warning in warnings), warnings


def test_a_blocked_mentor_without_names_is_no_warning(engine):
    insert_row(engine, MENTORS, sync_state="blocked", last_name=None)
    assert broken_rules_and_warnings(engine, MENTORS) == ([], [])


TEXTS = [
    *(
        "",
        " ",
        "MN0001",
        "MN12",
        "xMN0001",
        "MN0001\n",
        "MN٠٠٠١",
        "MN0001 ",
        "+17065550100",
        "+1٧٠٦٥٥٥٠١٠٠",
        "+0706555010",
        "706",
    ),
    *(
        "a@mail.example",
        "A@mail.example",
        "a@mail",
        "a b@mail.example",
        "a\u00a0b@mail.example",
        "a\u2003@mail.example",
        "é@mail.example",
    ),
    *(
        "a@@mail.example",
        "a@mail.example\n",
        "É@mail.example",
        "z@uga.edu",
        "z@UGA.EDU",
        "z@uga.edu ",
        "https://a",
        "HTTPS://a",
        "ftp://a",
    ),
    *(
        "ACTIVE",
        "active",
        "complete",
        "text",
        "text_2",
        "text_1",
        "text_2\n",
        "0" * 64,
        "matched",
        "%",
        "_",
        "\\",
        "'",
        None,
    ),
]
NUMBERS = [-1, 0, 1, 2, 3, 8, 9, 9_999, 10_000, 10_001, 2**31 - 1, None]


def value_rules(kind: type) -> list[Rule]:
    """Return the rules of all tables for values of a type."""
    columns = [*(column for checks in ALL for column in (*checks.structure.values(), *checks.unusual_columns.values()))]
    rules = dict.fromkeys(rule for column in columns for rule in column.rules if rule.kind not in {CONDITION, "unique"})
    numeric = {rule for rule in rules if rule.kind in {"ge", "gt", "le", "lt"}}
    return [ONCE, *(rule for rule in rules if (rule in numeric) == (kind is int))]


@pytest.mark.parametrize(("column_type", "values"), [(sa.Text, [*TEXTS, "706"]), (sa.Integer, [*NUMBERS, 9])])
def test_every_value_that_breaks_a_rule_is_selected(engine, column_type, values):
    table = sa.Table(
        "hostile_values",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("value", column_type),
        prefixes=["TEMPORARY"],
    )
    with engine.connect() as conn:
        table.create(conn)
        conn.execute(sa.insert(table), [{"id": number, "value": value} for number, value in enumerate(values)])
        everything = conn.execute(sa.select(table, sa.true().label("may_break"))).all()
        for rule in value_rules(column_type().python_type):
            for column in (required(rule), optional(rule)):
                checks = TableChecks(table, structure={"value": column}, key="id", mn_id=None)
                selected = find_broken_rules(checks, conn.execute(checks.query(None)).all())
                assert selected == find_broken_rules(checks, everything)
                assert selected


def definitions_with(checks: TableChecks, warehouse: Any, clock: Any) -> dg.Definitions:
    """A code location with one asset, which does nothing, and the checks of its table."""

    @dg.asset(name=checks.table.name, partitions_def=YEARS)
    def asset() -> None: ...

    return dg.Definitions(
        assets=[asset],
        asset_checks=[build_check(checks, YEARS)],
        jobs=[dg.define_asset_job("check", selection=[asset])],
        resources={"warehouse": warehouse, "clock": clock},
        executor=dg.in_process_executor,
    )


def test_results_are_stored_by_year_without_personal_data(engine, warehouse, clock, instance):
    insert_row(engine, SIGNUP_CHECKS, phone="+17065550100", uga_email="zed.private@mail.example")
    insert_row(engine, SIGNUP_CHECKS, campaign_year=YEAR + 1, mn_id="wrong", phone="7065550100")
    defs = definitions_with(SIGNUP_CHECKS, warehouse, clock)
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
    (structure_check,) = [check for check in bad.checks if check.check == "structure"]
    assert "1 row checked; an MN id is MN and four or more digits: 1" in structure_check.description
    events = json.dumps([str(entry) for run in (good, bad) for entry in instance.all_logs(run.run_id)])
    assert "zed.private" not in events
    assert "5550100" not in events


def test_an_unusual_row_has_one_warning_until_it_is_corrected(engine, warehouse, clock, instance):
    insert_row(engine, SIGNUP_CHECKS, uga_email="zed@mail.example")
    defs = definitions_with(SIGNUP_CHECKS, warehouse, clock)
    for _ in range(2):
        assert run_job(instance, defs, "check", year=YEAR).success

    def open_warnings() -> list[Any]:
        with engine.connect() as conn:
            return list(conn.execute(sa.select(sync_warnings).where(sync_warnings.c.cleared_at.is_(None))))

    (warning,) = open_warnings()
    assert (warning.mn_id, warning.warning_type) == ("MN0001", "unusual_value")
    with engine.begin() as conn:
        conn.execute(sa.update(SIGNUP_CHECKS.table).values(uga_email="zz-zed@uga.edu"))
    assert run_job(instance, defs, "check", year=YEAR).success
    assert open_warnings() == []


# Checks in the step of the asset


@pytest.fixture(scope="module")
def synced(rounds):
    return rounds.read_only("synced"), rounds["synced"].syncs[0]


def test_open_conflicts_are_a_separate_check_with_counts_and_a_link(synced):
    env, report = synced
    checks = {(check.asset, check.check): check for check in report.checks}
    open_conflicts = [row for row in env.rows(sync_conflicts, year=env.year) if row["status"] == "pending"]
    assets = {row["source_table"] for row in open_conflicts}
    assert "winner_contacts" in assets
    assert {asset for asset, name in checks if name == "conflicts"} == assets
    for asset in assets:
        pending = [row["conflict_type"] for row in open_conflicts if row["source_table"] == asset]
        check = checks[asset, "conflicts"]
        assert check.severity == "WARN"
        assert check.description.startswith(f"{len(pending)} open conflicts: ")
        assert {kind: check.metadata[kind] for kind in set(pending)} == Counter(pending)
        assert check.metadata["answer them"].endswith(f"/{env.year}/conflicts")
    assert report.success


def test_warnings_of_the_asset_itself_fail_the_warnings_check(synced):
    env, report = synced
    warning_counts = Counter(
        row["warning_type"]
        for row in env.rows(sync_warnings, year=env.year)
        if row["source_table"] == "mentors" and row["cleared_at"] is None
    )
    unusual = any(row["source_table"] == "mentors (check)" for row in env.rows(sync_warnings, year=env.year))
    check = next((check for check in report.checks if (check.asset, check.check) == ("mentors", "warnings")), None)
    assert (check is not None) == (bool(warning_counts) or unusual)
    for kind, count in warning_counts.items():
        assert check.metadata[f"{kind} warnings"] == count


def test_only_the_checks_of_the_ledger_have_a_separate_step():
    steps = {op.name for job in defs.get_repository_def().get_all_jobs() for op in job.graph.node_defs}
    assert {name for name in steps if name.startswith("check_")} == {"check_archived_duplicates"}


def test_a_broken_rule_stops_downstream_assets_without_a_retry(engine, warehouse, clock, instance):
    @dg.asset(
        partitions_def=YEARS,
        check_specs=check_specs("deduplicated_signups", SIGNUP_CHECKS, YEARS),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=60),
    )
    def deduplicated_signups(warehouse: WarehouseResource) -> dg.MaterializeResult:
        with warehouse.engine.begin() as conn:
            results = run_table_checks(conn, SIGNUP_CHECKS, year=YEAR, log_id=None, now=WHEN)
        return dg.MaterializeResult(check_results=results)

    @dg.asset(partitions_def=YEARS, deps=[deduplicated_signups])
    def downstream() -> None: ...

    defs = dg.Definitions(
        assets=[deduplicated_signups, downstream],
        jobs=[dg.define_asset_job("both", selection=["deduplicated_signups", "downstream"])],
        resources={"warehouse": warehouse},
    )
    insert_row(engine, SIGNUP_CHECKS, mn_id="wrong", uga_email="zed@mail.example")
    report = run_job(instance, defs, "both", year=YEAR)
    assert (report.success, [failure.code for failure in report.failures]) == (False, ["CHECK_FAILED"])
    assert set(report.assets) == {"deduplicated_signups"}, "only the first asset runs"
    assert {(check.check, check.severity) for check in report.checks} == {("structure", "ERROR"), ("warnings", "WARN")}
