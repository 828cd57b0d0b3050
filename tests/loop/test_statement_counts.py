"""Numbers of connections and statements of a year's sync, independent of the machine's speed."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY
from mentorsync_pipeline.sandbox.population import generate
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.support.cli import InProcess

pytestmark = pytest.mark.slow

YEAR = 2025
NOW = datetime(YEAR, 10, 1, 12, tzinfo=UTC)
CONNECTIONS, STATEMENTS = 60, 400
# A stage that finds nothing of a kind among few mentors may find some among many, with a statement to write them.
STAGES_WITH_FINDINGS = 4
IN_LIST = re.compile(r" IN \(.*?\)")
DAGSTER, MENTORSYNC = "psycopg2", "psycopg"


@contextmanager
def counted() -> Iterator[dict[str, Counter[str]]]:
    """The connections and statements of this process: those of Dagster's storage, and our statements."""
    counts: dict[str, Counter[str]] = {"connections": Counter(), DAGSTER: Counter(), MENTORSYNC: Counter()}

    def connected(connection: Any, _: Any) -> None:
        counts["connections"][type(connection).__module__.partition(".")[0]] += 1

    def executed(conn: sa.Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        text = IN_LIST.sub(" IN (…)", statement.partition(" VALUES ")[0])
        # The drivers send a statement with a list of rows once for each row.
        counts[conn.dialect.driver][text] += len(parameters) if isinstance(parameters, list) else 1

    sa.event.listen(sa.Pool, "connect", connected)
    sa.event.listen(sa.Engine, "before_cursor_execute", executed)
    try:
        yield counts
    finally:
        sa.event.remove(sa.Pool, "connect", connected)
        sa.event.remove(sa.Engine, "before_cursor_execute", executed)


@pytest.fixture
def sync(new_database, tmp_path: Path, monkeypatch, capfd):
    """Call it with a number of mentors for what the year's first and second sync count."""

    def count(mentors: int) -> list[dict[str, Counter[str]]]:
        folder = tmp_path / str(mentors)
        folder.mkdir()
        monkeypatch.chdir(folder)
        with SandboxServer(generate(7, mentors, 4 * mentors, year=YEAR, now=NOW, at_least=1)) as sandbox:
            command = InProcess(
                monkeypatch,
                capfd,
                {
                    "MENTORSYNC_DATABASE_URL": new_database(),
                    "DAGSTER_PG_URL": new_database.dagster(),
                    "JOTFORM_API_URL": sandbox.jotform_url,
                    "JOTFORM_API_KEY": JOTFORM_KEY,
                    "GIVEBUTTER_API_URL": sandbox.givebutter_url,
                    "GIVEBUTTER_API_KEY": GIVEBUTTER_KEY,
                    "GIVEBUTTER_REQUESTS_PER_MINUTE": "500",
                },
            )
            Path("campaign.yaml").write_text(yaml.safe_dump(campaign_settings(sandbox.world.config, YEAR)))
            counts = []
            for arguments in (
                ("config", "load", "campaign.yaml"),
                ("upload", str(sandbox.dashboard.export_to(folder))),
                ("sync", "--year", str(YEAR)),
                ("sync", "--year", str(YEAR)),
            ):
                with counted() as numbers:
                    done = command(*arguments)
                assert done.returncode == 0, done.stderr
                counts.append(numbers)
        return counts[2:]

    return count


def test_a_years_sync_needs_few_connections_and_statements_however_many_mentors_there_are(sync):
    small, large = sync(66), sync(132)
    for counts in (*small, *large):
        assert counts["connections"][DAGSTER] <= CONNECTIONS
        assert counts[DAGSTER].total() <= STATEMENTS
    for few, many in zip(small, large, strict=True):
        more = many[MENTORSYNC] - few[MENTORSYNC]
        assert {statement: count for statement, count in more.items() if count > STAGES_WITH_FINDINGS} == {}
