"""A campaign year in this process, up to the point at which its duplicates can be archived."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import sqlalchemy as sa
from psycopg import sql

from benchmarks.common import YEAR
from mentorsync_pipeline.archiving import service
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.migrate import upgrade
from mentorsync_pipeline.db.tables import archived_duplicates
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.embedded import PORT, SUPERUSER, EmbeddedServer
from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.in_process import RunReport, run_job
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY, Options
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer

# The import of the code location creates the partitions.
os.environ["MENTORSYNC_FIRST_YEAR"] = str(YEAR - 1)
UNLIMITED = Options(requests_per_minute=None)


def resources(url: str, folder: str, jotform_url: str, givebutter_url: str, rate: int) -> dict[str, Any]:
    """The code location's resources, pointed at a sandbox and a database."""
    return {
        "warehouse": WarehouseResource(url=url),
        "out_folder": OutFolderResource(path=folder),
        "jotform": JotformResource(api_url=jotform_url, api_key=JOTFORM_KEY),
        "givebutter": GivebutterResource(
            api_url=givebutter_url,
            api_key=GIVEBUTTER_KEY,
            requests_per_minute=rate,
            first_wait=0.1,
            attempts=8,
            timeout=3.0,
        ),
    }


@dataclass
class Campaign:
    """A sandbox and a database; `rate` is the number of calls per minute."""

    server: SandboxServer
    url: str
    folder: Path
    rate: int = 60_000

    def place(self) -> tuple[str, str, str, str, int]:
        """Arguments of `resources` for another process."""
        return self.url, str(self.folder), self.server.jotform_url, self.server.givebutter_url, self.rate

    def run(self, job: str, *, expect: bool = True, **options: Any) -> RunReport:
        """Run a job of the code location."""
        from mentorsync_pipeline.build import build_defs  # noqa: PLC0415  # after the partitions' first year is set

        with dg.DagsterInstance.ephemeral() as instance:
            report = run_job(instance, build_defs(resources=resources(*self.place())), job, **options)
        if expect:
            report.raise_on_failure()
        return report

    def settle(self) -> None:
        """Sync, import the file, and sync again, so that the losers' data is confirmed."""
        config = self.server.world.config
        for year, previous in ((YEAR - 1, True), (YEAR, False)):
            values = campaign_settings(config, YEAR, previous=previous)
            self.run("configure", year=year, config=_of("sync_configs", values=values))
        self.run("sync", year=YEAR - 1, assets=["raw_mn_signups", "deduplicated_signups"])
        self._upload()
        first = self.run("sync", year=YEAR)
        self.server.dashboard.import_csv(Path(first.assets["gb_import_file"]["path"]).read_bytes())
        self._upload()
        self.run("sync", year=YEAR)

    def approve(self) -> None:
        """Approve the plan."""
        context = ChangeContext(
            engine=get_engine(self.url),
            actor=Actor(name="benchmark", via="local"),
            now=lambda: datetime.now(UTC),
            instance=dg.DagsterInstance.ephemeral,
        )
        service.approve_contacts(context, YEAR, "duplicates", (), seen=None)

    def ledger(self, *, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """The rows of the ledger, by contact."""
        table = archived_duplicates
        columns = [column for column in table.columns if column.name not in without]
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as conn:
            return [dict(row) for row in conn.execute(sa.select(*columns).order_by(table.c.contact_id)).mappings()]

    def _upload(self) -> None:
        path = self.server.dashboard.export_to(self.folder)
        self.run("upload_contacts", config=_of("raw_gb_full_contacts", mode="file", path=str(path)))


def _of(asset: str, **options: Any) -> dict[str, Any]:
    return {"ops": {asset: {"config": options}}}


class Bench:
    """A PostgreSQL server of its own, and campaigns on it."""

    def __init__(self, folder: Path, postgres: EmbeddedServer, socket: str) -> None:
        self._folder, self._postgres, self._socket = folder, postgres, socket
        self._made = 0

    @contextmanager
    def campaign(
        self, source: World | Campaign, *, options: Options = UNLIMITED, rate: int = 60_000
    ) -> Iterator[Campaign]:
        """Create a campaign with these people, or a copy of another campaign."""
        self._made += 1
        name, template = f"campaign_{self._made}", "template0"
        if isinstance(source, World):
            world = source
        else:
            world = replace(source.server.world, contacts=source.server.sandbox.contacts.all())
            template = str(sa.make_url(source.url).database)
            get_engine(source.url).dispose()  # a database with connections cannot be copied
        self._admin("CREATE DATABASE {} TEMPLATE {}", name, template)
        url = sa.URL.create(
            "postgresql+psycopg", username=SUPERUSER, port=PORT, database=name, query={"host": self._socket}
        ).render_as_string(hide_password=False)
        if template == "template0":
            upgrade(sa.create_engine(url, poolclass=sa.NullPool))
        folder = self._folder / name
        folder.mkdir()
        with SandboxServer(deepcopy(world), options=options) as server:
            yield Campaign(server, url, folder, rate)

    def _admin(self, statement: str, *names: str) -> None:
        with psycopg.connect(host=self._socket, user=SUPERUSER, dbname="postgres", autocommit=True) as admin:
            admin.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["MENTORSYNC_HOME"] = str(folder / "home")
        postgres = EmbeddedServer(folder / "postgres")
        try:
            yield Bench(folder, postgres, postgres.start())
        finally:
            postgres.leave()


def archived_by_scenario(campaign: Campaign) -> tuple[Counter[str], int, int]:
    """Return archived contacts by kind, those of other people, and unapproved donors."""
    truth = campaign.server.world.truth
    scenarios: Counter[str] = Counter()
    false = unapproved = 0
    for row in campaign.ledger():
        if row["status"] != "archived":
            continue
        contact_id = row["contact_id"]
        scenarios[truth.contacts[contact_id].scenario] += 1
        owners = [owner for owner in truth.by_mn_id.get(row["mn_id"], ()) if contact_id in owner.own_contacts]
        false += not any(owner.contact_id != contact_id for owner in owners)
        unapproved += _donations(row["before_image"]) > 0 and row["approved_by"] is None
    return scenarios, false, unapproved


def _donations(image: Mapping[str, Any]) -> float:
    return float((image.get("stats") or {}).get("total_contributions") or 0)
