"""The command line: help, wrong usage, the loop on the sandbox, and no personal data in logs and events."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer
import typer.main
import yaml
from psycopg.errors import DiskFull

from mentorsync_pipeline.campaigns.configuration import shipped_campaigns
from mentorsync_pipeline.cli.output import CommandGroup
from mentorsync_pipeline.db.tables import SCHEMA, raw_gb_full_contacts, raw_mn_signups
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY
from mentorsync_pipeline.sandbox.population import generate
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.support.cli import InProcess
from tests.support.sources import HEADER, export_cells, write_export

YEAR = 2025
HEAVY = {
    "dagster",
    "pydantic",
    "pandas",
    "pandera",
    "numpy",
    "sqlalchemy",
    "fastapi",
    "pyarrow",
    "httpx",
    "psycopg",
    "jinja2",
}
# Names of at least this length are searched alone; shorter ones occur in other words.
LONG_NAME = 8


@pytest.fixture
def databases(new_database) -> dict[str, str]:
    """Two databases; without them, the command would start an embedded server."""
    return {"MENTORSYNC_DATABASE_URL": new_database(), "DAGSTER_PG_URL": new_database.dagster()}


@pytest.fixture
def command(tmp_path: Path, databases: dict[str, str], monkeypatch, capfd) -> InProcess:
    """Run `mentorsync` on these databases, with the test's folder as working folder."""
    monkeypatch.chdir(tmp_path)
    return InProcess(monkeypatch, capfd, databases)


RUN_AND_LIST_MODULES = """
import json, sys
from mentorsync_pipeline.cli import app
for arguments in json.loads(sys.argv[1]):
    try:
        app(arguments)
    except SystemExit as ended:
        assert not ended.code, arguments
    print(*sys.modules, file=sys.stderr)
"""


def _run_and_list_modules(databases: dict[str, str], *commands: list[str]) -> subprocess.CompletedProcess[str]:
    """Run commands in one process; its standard error has a line with the imported modules after each command."""
    return subprocess.run(
        [sys.executable, "-c", RUN_AND_LIST_MODULES, json.dumps(commands)],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")} | databases,
        capture_output=True,
        text=True,
        check=True,
    )


def test_help_imports_no_heavy_libraries():
    result = _run_and_list_modules({}, ["--help"])
    assert HEAVY.isdisjoint(result.stderr.split())
    for name in ("sync", "etl", "upload", "refresh-contacts", "export", "validate", "config", "status", "db", "up"):
        assert name in result.stdout


def test_commands_that_start_no_run_do_not_import_dagster(databases):
    commands = ["status"], ["conflicts", "list", "--year", "2025"], ["errors", "list", "--year", "2025"]
    lines = _run_and_list_modules(databases, *commands).stderr.splitlines()
    assert len(lines) == len(commands)
    for command, line in zip(commands, lines, strict=True):
        imported = line.split()
        assert "sqlalchemy" in imported
        assert "dagster" not in imported, command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sync",), "--year"),
        (("etl", "--year", "soon"), "--year"),
        (("upload", "nothing.csv"), "nothing.csv"),
        (("upload", "/dev/null"), "device"),
        (("validate", "/dev/null"), "device"),
        (("refresh-contacts", "--full", "--mentors", "--year", "2025"), "choose one"),
        (("refresh-contacts", "--mentors"), "--year"),
        (("config", "set", "fundraising_goal"), "value"),
        (("unknown",), "unknown"),
        (("sync", "--year", "9" * 20), "too large"),
        (("errors", "list", "--year=99999"), "too large"),
        (("conflicts", "show", "9" * 20), "too large"),
        (("trace", "--year", "2025", "MN\udcff"), "UTF-8"),
    ],
)
def test_wrong_usage_is_explained_and_starts_nothing(tmp_path, monkeypatch, capfd, arguments, message):

    monkeypatch.chdir(tmp_path)
    result = InProcess(monkeypatch, capfd, {})(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert not Path(os.environ["MENTORSYNC_HOME"]).exists()


def assert_fails(result: subprocess.CompletedProcess[str], code: str, *texts: str) -> None:
    """Check that the command failed with one line on stderr that has the code and the texts."""
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode == 1, result
    assert last.startswith(f"{code}: "), result.stderr
    assert "Traceback" not in result.stderr
    for text in texts:
        assert text in last


def test_a_full_disk_is_one_line_with_a_code(monkeypatch, capfd):
    app = typer.Typer(cls=CommandGroup)

    @app.command()
    def act() -> None:
        raise sa.exc.OperationalError("INSERT", {"name": "Jane"}, DiskFull("no"))

    app.callback()(lambda: None)
    result = InProcess(monkeypatch, capfd, {}, lambda: typer.main.get_command(app))("act")
    assert_fails(result, "DISK_FULL")
    assert "Jane" not in result.stderr


@pytest.mark.slow
def test_failures_are_one_line_with_a_code(command, tmp_path):
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump({"campaign_year": YEAR, "fundraising_gaol": 75}))
    assert_fails(command("config", "load", "missing.yaml"), "CONFIG_INVALID", "missing.yaml")
    assert_fails(command("config", "load", "wrong.yaml"), "CONFIG_INVALID", "fundraising_gaol: unknown key")
    assert_fails(command("config", "show", "--year", "2025"), "CONFIG_MISSING", "mentorsync config load 2025.yaml")
    assert_fails(command("etl", "--year", "2025"), "CONFIG_MISSING", "mentorsync config load 2025.yaml", "step")
    assert_fails(command("etl", "--year", "1999"), "YEAR_UNKNOWN", "MENTORSYNC_FIRST_YEAR")
    assert_fails(command("status", MENTORSYNC_UI_PORT="x"), "SETTINGS_INVALID", "MENTORSYNC_UI_PORT")
    assert command("config", "load", "2025.yaml").returncode == 0
    assert_fails(command("config", "set", "fundraising_goal", "many", "--year", "2025"), "CONFIG_INVALID", "number")
    assert_fails(
        command("config", "set", "2025", "active", "[true]"), "CONFIG_INVALID", "active of 2025 is not true or false"
    )
    assert_fails(command("sync", "--year", "2025"), "SERVICE_KEY_MISSING", "_API_KEY")
    (tmp_path / "contacts.csv").write_text("a,b\n1,2\n")
    assert_fails(command("validate", "contacts.csv"), "EXPORT_WRONG_FILE", "contacts.csv")
    assert_fails(command("upload", "contacts.csv"), "EXPORT_WRONG_FILE", "contacts.csv")


@pytest.mark.slow
def test_a_year_without_partner_form_is_configured(command, tmp_path):
    settings = yaml.safe_load(shipped_campaigns()[YEAR].read_text(encoding="utf-8"))
    del settings["jotform_partner_form_id"]
    (tmp_path / "without.yaml").write_text(yaml.safe_dump(settings))
    for arguments in (
        ("load", "without.yaml"),
        ("load", "2025.yaml"),
        ("set", "jotform_partner_form_id", "", "--year", "2025"),
    ):
        result = command("config", *arguments)
        assert result.returncode == 0, result.stderr
    stored = json.loads(command("config", "show", "--year", "2025", "--json").stdout)
    assert stored["jotform_partner_form_id"] is None


@pytest.mark.slow
def test_validate_and_upload_refuse_an_export_alike(command, tmp_path):
    good = [export_cells(n) for n in range(1, 4)]
    labels = ("Zip Code", "Email Addresses", "Primary Phone Number")
    files = {
        "contacts-2025-10-01-1.csv": (good, None),
        "contacts-2025-10-02-1.csv": ([cells | dict.fromkeys(labels, "1") for cells in good], None),
        "twice.csv": ([*good, *good], "EXPORT_DUPLICATE_IDS"),
        "none.csv": ([], "EXPORT_EMPTY"),
        "phones.csv": ([export_cells(1, primary_phone="1.40756E+13")], "EXPORT_REWRITTEN"),
        "older.csv": ([export_cells(1, last_modified="2024-02-01 00:00:00")], "EXPORT_OLDER"),
    }
    for name, (contacts, code) in files.items():
        write_export(
            tmp_path / name, contacts, dict.fromkeys((*HEADER, *(name for cells in contacts for name in cells)))
        )
        validated, uploaded = command("validate", name), command("upload", name)
        assert validated.returncode == uploaded.returncode == (1 if code else 0)
        if code:
            assert_fails(validated, code, name)
            output = validated.stderr.strip().splitlines()[-1]
            assert_fails(uploaded, code, output)  # plus the id of the run
    assert command("upload", "older.csv", "--force-by", "Dana Quill").returncode == 0
    refused = command("upload", "older.csv", "--as-of", "yesterday")
    assert (refused.returncode, "is not a time" in refused.stderr) == (2, True)
    write_export(tmp_path / "unnamed.csv", good)
    uploaded = command("upload", "unnamed.csv", "--as-of", "2025-10-03 09:30", "--json")
    assert json.loads(uploaded.stdout)["as of"] == "2025-10-03T13:30:00+00:00"


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    now = datetime(YEAR, 10, 1, 12, tzinfo=UTC)
    with SandboxServer(generate(7, 66, 200, year=YEAR, now=now, at_least=1)) as server:
        yield server


def personal_data(engine: sa.Engine) -> set[str]:
    """Emails, phones and names of all people in the database."""
    contact, signup = raw_gb_full_contacts.c, raw_mn_signups.c
    with engine.connect() as conn:
        people = conn.execute(
            sa.select(contact.first_name, contact.last_name, contact.email_keys, contact.phone_keys)
        ).all()
        mentors = conn.execute(
            sa.select(signup.first_name, signup.last_name, signup.personal_email, signup.uga_email, signup.phone)
        ).all()
    values = {text for person in people for text in (*person.email_keys, *(p[2:] for p in person.phone_keys))}
    values |= {
        text.strip() for mentor in mentors for text in (mentor.personal_email, mentor.uga_email, mentor.phone) if text
    }
    for person in (*people, *mentors):
        values |= {f"{person.first_name} {person.last_name}"} if person.first_name and person.last_name else set()
        values |= {name for name in (person.first_name, person.last_name) if name and len(name) >= LONG_NAME}
    return {text.casefold() for text in values if len(text) > 4}


def dagster_texts(url: str) -> str:
    """Every text in Dagster's own database."""
    engine = sa.create_engine(url.replace("psycopg2", "psycopg"), poolclass=sa.NullPool)
    with engine.connect() as conn:
        names = sa.inspect(conn).get_table_names()
        rows = [str(conn.execute(sa.text(f'SELECT t::text FROM "{name}" t')).all()) for name in names]
    return "\n".join(rows).casefold()


@pytest.mark.slow
def test_the_loop_leaves_no_personal_data_in_logs_and_events(command, databases, sandbox, tmp_path):
    services = {
        "JOTFORM_API_URL": sandbox.jotform_url,
        "JOTFORM_API_KEY": JOTFORM_KEY,
        "GIVEBUTTER_API_URL": sandbox.givebutter_url,
        "GIVEBUTTER_API_KEY": GIVEBUTTER_KEY,
        "GIVEBUTTER_REQUESTS_PER_MINUTE": "500",
    }
    output = ""

    def run(*arguments: str, **environment: str) -> dict:
        nonlocal output
        result = command(*arguments, "--json", **services, **environment)
        assert result.returncode == 0, result.stderr
        output += result.stdout + result.stderr
        return json.loads(result.stdout)

    settings = campaign_settings(sandbox.world.config, YEAR)
    (tmp_path / "campaign.yaml").write_text(yaml.safe_dump(settings))
    assert run("config", "load", "campaign.yaml")["rows added"] > 10
    export = sandbox.dashboard.export_to(tmp_path)
    assert run("validate", export.name)["kind"] == "export"
    uploaded = run("upload", export.name)
    assert uploaded["rows read"] > 100
    synced = run("sync", "--year", str(YEAR))
    assert synced["assets"]["mentors"]["dagster/partition_row_count"] > 50
    file = synced["assets"]["gb_import_file"]["path"]
    checked = run("validate", file, "--year", str(YEAR))
    assert (checked["kind"], checked["problems"]) == ("import", [])
    assert_fails(command("export", "--year", str(YEAR), **services), "DATA_STALE", "--force")
    assert run("export", "--year", str(YEAR), "--force-by", "a coordinator")["rows added"] > 30
    assert run("refresh-contacts")["origin"] == "api_changes"
    recalculated = run("etl", "--year", str(YEAR), "--every-step")["assets"]["mentors"]
    assert (recalculated["rows changed"], "rows kept" in recalculated) == (0, False)
    state = run("status")
    assert state["years"][0]["last_file"]["row_count"] > 30

    failing = command("sync", "--year", str(YEAR), **{**services, "GIVEBUTTER_API_KEY": "a-wrong-key"})
    assert_fails(failing, "SERVICE_KEY_REJECTED", "GIVEBUTTER_API_KEY")
    output += failing.stdout + failing.stderr

    events = dagster_texts(databases["DAGSTER_PG_URL"])
    assert "gb_import_file" in events
    private = personal_data(sa.create_engine(databases["MENTORSYNC_DATABASE_URL"], poolclass=sa.NullPool))
    assert len(private) > 300
    for place, text in (("Dagster", events), ("the terminal", output.casefold())):
        words = set(re.split(r"[^\w@.+-]+", text))
        leaked = {
            value
            for value in private
            if (value in text if " " in value or "@" in value or value.isdigit() else value in words)
        }
        assert not leaked, place
        for secret in (JOTFORM_KEY, GIVEBUTTER_KEY, "a-wrong-key"):
            assert secret not in text, place
    with sa.create_engine(databases["MENTORSYNC_DATABASE_URL"], poolclass=sa.NullPool).connect() as conn:
        log = conn.execute(sa.text(f"SELECT concat(details, error) FROM {SCHEMA}.sync_log")).scalars()
        assert not [value for value in private if "@" in value and value in "".join(log)]
