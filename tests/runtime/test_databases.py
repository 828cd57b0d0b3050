"""The two databases, embedded and on an external server."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS
from mentorsync_pipeline.db.tables import raw_gb_full_contacts
from mentorsync_pipeline.runtime.databases import DatabaseUnavailableError, ensure_databases
from mentorsync_pipeline.runtime.settings import Settings, load_settings
from tests.support.cli import InProcess, free_port

DEBIAN = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "hush-hush"
CONTACT = {
    "Givebutter Contact ID": "17000001",
    "First Name": "Ava",
    "Last Name": "{}",
    "Primary Email": "ava@mail.example",
    "Date Created (UTC)": "2025-01-02 03:04:05",
    "Last Modified (UTC)": "2025-06-07 08:09:10",
}
EXPORT = "\n".join(
    ",".join(f'"{cell}"' for cell in cells) for cells in (COLUMNS, [CONTACT.get(n, "") for n in COLUMNS])
)


def settings(tmp_path: Path, **environment: str) -> Settings:
    return load_settings({"MENTORSYNC_HOME": str(tmp_path / "home"), **environment}, folder=tmp_path)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/name", "Use PostgreSQL"),
        ("nonsense", "postgresql://user:password@host"),
        ("postgresql://host/", "has no database name"),
        (f"postgresql://user:a@b:{PASSWORD}@host/name", "%40"),
        (f"postgresql://host:{PASSWORD}/name", "is not a database URL"),
        (f"postgresql://user:{PASSWORD}@127.0.0.1:1/name", "127.0.0.1:1"),
        (f"postgresql://user:{PASSWORD}@127.0.0.1:1/name?pgbouncer=true", "pgbouncer"),
        (f"postgresql://user:{PASSWORD}%00@127.0.0.1:1/name", "does not accept"),
        (f"postgresql://user:{PASSWORD}@no host/name", "does not accept"),
        (f"postgresql://user:{PASSWORD}@a..b/name", "does not accept"),
    ],
)
def test_an_invalid_url_is_explained_without_its_password(tmp_path, url, message):
    with pytest.raises(DatabaseUnavailableError, match="MENTORSYNC_DATABASE_URL") as caught:
        ensure_databases(settings(tmp_path, MENTORSYNC_DATABASE_URL=url))
    assert message in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert not (tmp_path / "home" / "pg").exists(), "no embedded server is started beside a URL"


def test_a_plain_url_gets_the_drivers_and_a_second_database_for_dagster(tmp_path, new_database):
    url = sa.make_url(new_database(migrated=False)).set(drivername="postgresql")
    urls = ensure_databases(settings(tmp_path, MENTORSYNC_DATABASE_URL=url.render_as_string(hide_password=False)))
    assert urls.warehouse.drivername == "postgresql+psycopg"
    assert urls.dagster.drivername == "postgresql+psycopg2"
    assert urls.dagster.database == f"{url.database}_dagster"
    assert not urls.embedded
    for environment_url in urls.environment().values():
        with sa.create_engine(environment_url, poolclass=sa.NullPool).connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    with sa.create_engine(url.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            sa.text(f'DROP DATABASE "{urls.dagster.database}"')
        )


@pytest.fixture
def debian_server() -> Iterator[str]:
    """A PostgreSQL 15 from Debian's packages with a password, like a user's own server."""
    if not (DEBIAN / "pg_ctl").exists():
        pytest.skip(f"no PostgreSQL 15 in {DEBIAN} (Debian's package postgresql-15)")
    folder = Path(tempfile.mkdtemp(prefix="pg15-"))
    is_root = folder.owner() == "root"
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root else {}
    (folder / "password").write_text(PASSWORD)
    if is_root:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    port = free_port()
    quiet = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **account}
    data = ("-D", str(folder / "data"))
    words = ("--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "-U", "postgres")
    subprocess.run([DEBIAN / "initdb", *data, *words], check=True, **quiet)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    subprocess.run([DEBIAN / "pg_ctl", *data, "-w", "-o", options, "start"], check=True, **quiet)
    try:
        yield f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/charity"
    finally:
        subprocess.run([DEBIAN / "pg_ctl", *data, "-w", "-m", "immediate", "stop"], check=True, **quiet)
        shutil.rmtree(folder)


@pytest.mark.slow
def test_an_external_server_works_from_empty_to_a_run(tmp_path, debian_server, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    mentorsync = InProcess(monkeypatch, capfd, {"MENTORSYNC_DATABASE_URL": debian_server})
    before = mentorsync("config", "load", "2025.yaml")
    assert before.returncode == 1
    assert "mentorsync db upgrade" in before.stderr
    (tmp_path / "contacts.csv").write_text(EXPORT)
    upload = ("upload", "contacts.csv")
    done = [
        mentorsync(*words)
        for words in (("db", "upgrade"), ("db", "upgrade"), ("config", "load", "2025.yaml"), upload, ("status",))
    ]
    assert [command.returncode for command in done] == [0] * 5, [command.stderr for command in done]
    assert "from schema none" in done[0].stdout
    assert "already" in done[1].stdout
    assert "is configured" in done[2].stdout
    url = sa.make_url(debian_server).set(drivername="postgresql+psycopg")
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        names = [raw_gb_full_contacts.c[name] for name in ("last_name", "tags", "custom_fields", "email_keys")]
        assert connection.execute(sa.select(*names)).all() == [("{}", [], {}, ["ava@mail.example"])]
    assert PASSWORD not in "".join(command.stdout + command.stderr for command in (before, *done))
    assert not (tmp_path / "home" / "pg").exists()
