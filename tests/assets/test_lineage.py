"""The declared dependencies and outputs of every asset are the tables that its SQL statements use."""

import os
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import mentorsync_pipeline
from mentorsync_pipeline.assets.column_lineage import duplicate_columns, import_columns, mentor_columns, signup_columns
from mentorsync_pipeline.assets.lineage import BOOKKEEPING, EARLIER_RUNS
from mentorsync_pipeline.assets.metadata import list_written_tables
from mentorsync_pipeline.automation.jobs import PLAN, READ_MENTORS
from mentorsync_pipeline.build import ASSETS
from mentorsync_pipeline.db.step_inputs import CALCULATION
from mentorsync_pipeline.db.tables import SCHEMA, metadata
from mentorsync_pipeline.definitions import defs
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from tests.support.archiving import approve, archived
from tests.support.statements import TABLES, Recorder, recording, tables_of

GRAPH = defs.resolve_asset_graph()
EXECUTABLE = sorted(key.to_user_string() for key in GRAPH.get_all_asset_keys() if GRAPH.get(key).is_executable)
# Sources of data that are not tables of this database.
SERVICES = {key.to_user_string() for key in GRAPH.get_all_asset_keys()} - TABLES - set(EXECUTABLE)


def deps_of(asset: str) -> set[str]:
    (node,) = (GRAPH.get(key) for key in GRAPH.get_all_asset_keys() if key.to_user_string() == asset)
    return {key.to_user_string() for key in node.parent_keys}


def outputs_of(asset: str) -> set[str]:
    """The tables that an asset declares: its own and those that it also writes."""
    (node,) = (GRAPH.get(key) for key in GRAPH.get_all_asset_keys() if key.to_user_string() == asset)
    return set(list_written_tables(node.metadata))


@pytest.fixture(scope="module")
def recorded(rounds, start_shared) -> Recorder:
    """The tables that the statements of every asset read and write in a year on the sandbox."""
    moment = rounds["synced"]
    env = start_shared(moment)
    env.import_file(moment.syncs[0])
    export = env.server.dashboard.export_to(env.folder)
    os.utime(export, (env.now.timestamp(),) * 2)
    failed = env.folder / "contacts-failed.csv"
    failed.write_text('"ERRORS","external_id","id","last_name"\n"The phone number is invalid.","MN0001","",""\n')
    with recording(env.engine) as recorder:

        def run(job, asset=None, options=None, *, year=env.year, expect=True):
            env.later()
            config = {"ops": {asset: {"config": options}}} if asset else None
            env.run(job, year=year, config=config, before_step=recorder.begin, expect=expect)
            recorder.begin("a person")

        run("configure", "sync_configs", {"values": campaign_settings(env.server.world.config, env.year)})
        run("upload_contacts", "raw_gb_full_contacts", {"mode": "file", "path": str(export)}, year=None)
        for options in ({"mode": "api_mentors", "year": env.year}, {"mode": "api_changes"}):
            run("refresh_contacts", "raw_gb_full_contacts", options, year=None)
        run("sync")
        approve(env)
        run("archive")
        run("restore_archived", "restored_duplicates", {"by": "Ann", "contact_id": min(archived(env))})
        run("plan_mass_email")
        approve(env, purpose="mass_email")
        run("mass_email_cleanup")
        run("rejected_rows", "gb_failed_rows", {"path": str(failed)})
        env.now += timedelta(days=30)
        run("export", expect=False)  # refused: the contact data is too old
    return recorder


def owners() -> dict[str, set[str]]:
    assets_by_table = defaultdict(set)
    for asset in EXECUTABLE:
        for table in outputs_of(asset):
            assets_by_table[table].add(asset)
    for table in TABLES:
        assets_by_table[table].add(table)  # an external asset has the name of its table
    return assets_by_table


@pytest.mark.parametrize("asset", EXECUTABLE)
def test_an_asset_depends_on_exactly_the_tables_that_it_reads(recorded, asset):
    own, declared = outputs_of(asset), deps_of(asset)
    read = recorded.reads[asset]
    assert read, "the asset ran"
    allowed = own | set(BOOKKEEPING) | {table for name, table in EARLIER_RUNS if name == asset}
    undeclared = {table for table in read - allowed if not owners()[table] & declared}
    assert not undeclared, f"{asset} reads {undeclared}: declare them in its deps"
    unread = {dep for dep in declared - SERVICES if not any(dep in owners()[table] for table in read)}
    assert not unread, f"{asset} declares {unread} and does not read them"


@pytest.mark.parametrize("asset", EXECUTABLE)
def test_an_asset_writes_exactly_the_tables_that_it_declares(recorded, asset):
    written = recorded.writes[asset] - set(BOOKKEEPING)
    assert written <= outputs_of(asset)


def test_every_exempt_table_is_read_and_has_a_reason(recorded):
    for (asset, table), reason in EARLIER_RUNS.items():
        assert table in recorded.reads[asset], f"{asset} does not read {table}"
        assert reason
        assert not owners()[table] & deps_of(asset), f"{asset} depends on {table} anyway"
    assert all(BOOKKEEPING.values())


def test_a_calculation_is_a_chain_from_the_first_reader_of_answers_to_the_readers_of_the_mentors():
    assert all(step in deps_of(following) for step, following in pairwise(CALCULATION))
    assert all("mentors" in deps_of(reader) for reader in (*READ_MENTORS, PLAN, "mass_email_plan"))
    assert "sync_decisions" in deps_of(CALCULATION[0])
    assert not any(deps_of(reader) & {"sync_decisions", "archive_approvals"} for reader in READ_MENTORS)


def test_every_asset_of_the_code_location_is_tested():
    assert len(EXECUTABLE) == sum(hasattr(asset, "op") for asset in ASSETS)


@pytest.mark.parametrize(
    ("statement", "reads", "writes"),
    [
        ("SELECT mentorsync.mentors.mn_id FROM mentorsync.mentors", {"mentors"}, set()),
        ('SELECT t."x" FROM "mentorsync"."mentors" t', {"mentors"}, set()),
        ("INSERT INTO mentorsync.mentors (mn_id) SELECT 1 FROM mentorsync.sync_log", {"sync_log"}, {"mentors"}),
        ("UPDATE mentorsync.mentors SET dropped=true WHERE mentorsync.mentors.mn_id = 'x'", set(), {"mentors"}),
        ("DELETE FROM mentorsync.mentors USING mentorsync.sync_log s WHERE true", {"sync_log"}, {"mentors"}),
        ("UPDATE mentorsync.mentors m SET dropped=true FROM mentorsync.sync_log", {"sync_log"}, {"mentors"}),
        ("COPY mentorsync.mentors (mn_id) FROM STDIN", set(), {"mentors"}),
        ("COPY (SELECT * FROM mentorsync.mentors) TO STDOUT", {"mentors"}, set()),
        ("COPY mentorsync.mentors TO STDOUT", {"mentors"}, set()),
        ("WITH a AS (DELETE FROM mentorsync.mentors RETURNING 1) SELECT 1 FROM a", set(), {"mentors"}),
        ("SELECT 'FROM mentorsync.mentors'", set(), set()),
        ("CREATE TEMP TABLE staged AS SELECT * FROM ONLY mentorsync.mentors", {"mentors"}, set()),
    ],
)
def test_tables_are_found_in_statements(statement, reads, writes):
    assert tables_of(statement) == (reads, writes)


def columns_of(asset: str, column: str) -> set[str]:
    """Sources of a column, from the column lineage that the asset reports."""
    lineage_by_asset = {
        "deduplicated_signups": signup_columns(),
        "duplicate_contacts": duplicate_columns(),
        "mentors": mentor_columns(),
        "mn_gb_import": import_columns(),
    }
    deps = lineage_by_asset[asset].deps_by_column[column]
    return {f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps}


@pytest.mark.parametrize(
    ("asset", "column", "sources"),
    [
        ("mn_gb_import", "First Name", {"mentors.first_name"}),
        ("mn_gb_import", "Prefix", {"raw_gb_full_contacts.prefix"}),
        ("mn_gb_import", "Tags", {"mentors.tags", "duplicate_contacts.tags"}),
        ("mn_gb_import", "Phone Numbers", {"duplicate_contacts.phones"}),
        ("mn_gb_import", "Contact External ID", {"mentors.mn_id"}),
        ("mentors", "first_name", {"deduplicated_signups.first_name", "raw_gb_full_contacts.first_name"}),
        ("mentors", "amount_raised", {"raw_gb_campaign_members.raised"}),
        ("duplicate_contacts", "emails", {"raw_gb_full_contacts.email_keys"}),
        ("deduplicated_signups", "first_name", {"raw_mn_signups.first_name"}),
        ("deduplicated_signups", "phone_raw", {"raw_mn_signups.phone"}),
    ],
)
def test_the_column_lineage_names_form_answers_and_contact_columns(asset, column, sources):
    assert columns_of(asset, column) == sources


def test_every_source_of_a_column_is_a_column_and_an_upstream_asset():
    lineages = (signup_columns(), duplicate_columns(), mentor_columns(), import_columns())
    assets = ("deduplicated_signups", "duplicate_contacts", "mentors", "mn_gb_import")
    for asset, lineage in zip(assets, lineages, strict=True):
        for column, deps in lineage.deps_by_column.items():
            assert column in table_named(asset).columns, (asset, column)
            for dep in deps:
                source = dep.asset_key.to_user_string()
                assert dep.column_name in table_named(source).columns, (asset, column)
                assert source in deps_of(asset), (asset, column)


def table_named(name: str):
    return metadata.tables[f"{SCHEMA}.{name}"]


def test_the_code_reference_of_every_asset_is_its_definition():
    root = Path(mentorsync_pipeline.__file__).parents[1]
    for asset in EXECUTABLE:
        (node,) = (GRAPH.get(key) for key in GRAPH.get_all_asset_keys() if key.to_user_string() == asset)
        (reference,) = node.metadata["dagster/code_references"].code_references
        assert not Path(reference.file_path).is_absolute(), asset
        line = (root / reference.file_path).read_text().splitlines()[reference.line_number - 1]
        assert line.strip().startswith("@"), asset
