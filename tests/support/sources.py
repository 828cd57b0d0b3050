"""Fixtures of the tests of the sources: a small sandbox world, the resources that read it, a configured year."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.load.load_record import LoadRequest
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.sandbox.csv_export import export_csv
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY, Options
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.support.snapshots import generated

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
YEAR = 2025
HEADER = tuple(COLUMNS)
PLAIN = {
    "First Name": "Ava",
    "Last Name": "Quill",
    "Total Contributions": "10.00",
    "Recurring Contributions": "0.00",
    "Engage Email Subscribed": "Yes",
    "Engage SMS Subscribed": "No",
    "Engage Mail Subscribed": "Yes",
    "Date Created (UTC)": "2024-01-02 03:04:05",
    "Last Modified (UTC)": "2025-06-07 08:09:10",
}


def export_cells(contact_id: int, **cells: str) -> dict[str, str]:
    """The cells of one contact of an export; keywords name our columns."""
    names = {target: name for name, target in COLUMNS.items()}
    return {**PLAIN, "Givebutter Contact ID": str(contact_id), **{names[key]: cell for key, cell in cells.items()}}


def write_export(path: Path, contacts: Sequence[dict[str, str]], header: Sequence[str] = HEADER) -> Path:
    """Write an export, all cells quoted."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([contact.get(name, "") for name in header] for contact in contacts)
    return path


def request(*, forced_by: str | None = None, run_id: str = "run-1") -> LoadRequest:
    return LoadRequest(run_id=run_id, loaded_at=NOW, max_shrink=Decimal("0.20"), forced_by=forced_by)


@pytest.fixture
def world() -> World:
    return generated(11, 66, 200, year=YEAR, now=NOW, at_least=1)


Serve = Callable[..., SandboxServer]


@pytest.fixture
def serve(world: World) -> Iterator[Serve]:
    """Call it, with options if need be, for a running server without a rate limit."""
    with ExitStack() as stack:

        def start(**options: object) -> SandboxServer:
            chosen = Options(**{"requests_per_minute": None, **options})
            return stack.enter_context(SandboxServer(world, options=chosen, clock=lambda: NOW))

        yield start


@pytest.fixture
def sandbox(serve: Serve) -> SandboxServer:
    return serve()


def jotform_of(server: SandboxServer, **options: object) -> JotformResource:
    return JotformResource(**{"api_url": server.jotform_url, "api_key": JOTFORM_KEY, "first_wait": 0.01, **options})


def givebutter_of(server: SandboxServer, **options: object) -> GivebutterResource:
    usual = {"api_url": server.givebutter_url, "api_key": GIVEBUTTER_KEY, "requests_per_minute": 60_000}
    return GivebutterResource(**{**usual, "first_wait": 0.01, **options})


@pytest.fixture
def jotform(sandbox: SandboxServer) -> JotformResource:
    return jotform_of(sandbox)


@pytest.fixture
def givebutter(sandbox: SandboxServer) -> GivebutterResource:
    return givebutter_of(sandbox)


@pytest.fixture
def export(sandbox: SandboxServer, tmp_path: Path) -> Path:
    """The sandbox's contacts as a person downloads them."""
    path = tmp_path / f"contacts-{NOW:%Y-%m-%d}-{int(NOW.timestamp())}.csv"
    path.write_bytes(b"".join(export_csv(sandbox.sandbox.contacts)))
    return path


@pytest.fixture
def configured(engine: sa.Engine) -> sa.Engine:
    """The engine, with the campaign year of the sandbox configured."""
    with engine.begin() as conn:
        configuration.save_config(conn, configuration.parse_yaml(configuration.shipped_campaigns()[YEAR]))
    return engine
