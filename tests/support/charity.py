"""A charity for tests of the whole loop: sandbox services, our database, and one clock."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.build import build_defs
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource, get_engine
from mentorsync_pipeline.runtime.in_process import RunReport, run_job
from mentorsync_pipeline.sandbox.campaign_file import campaign_settings
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY, Options
from mentorsync_pipeline.sandbox.server import SandboxServer

Row = dict[str, Any]
# The sandbox allows any number of calls here; the services' own resources are tested elsewhere.
OPTIONS = Options(requests_per_minute=None)
# What makes the ids of last year's mentors known.
EARLIER = ("raw_mn_signups", "deduplicated_signups")
# What one run has and its repetition has not: running numbers, the run itself, and when the database wrote a row.
OF_THE_RUN = ("id", "sync_log_id", "load_id", "run_id")


@dataclass
class Charity:
    """Everything of one charity. `now` is the moment for the services and for us; `later` moves it on."""

    server: SandboxServer
    url: str
    folder: Path
    now: datetime
    instance: dg.DagsterInstance
    service_options: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def year(self) -> int:
        return self.server.world.year

    @property
    def engine(self) -> sa.Engine:
        return get_engine(self.url)

    def later(self, **interval: float) -> None:
        self.now += timedelta(**(interval or {"minutes": 10}))

    # --- what people do

    def configure(self) -> None:
        """Load last year's configuration and this year's, and make last year's ids known."""
        for year, previous in ((self.year - 1, True), (self.year, False)):
            self.load_configuration(year, campaign_settings(self.server.world.config, self.year, previous=previous))
        self.run("sync", year=self.year - 1, assets=EARLIER)

    def load_configuration(self, year: int, values: Mapping[str, Any]) -> None:
        self.run("configure", year=year, config={"ops": {"sync_configs": {"config": {"values": dict(values)}}}})

    def upload(self, **options: Any) -> RunReport:
        """Export the contacts in Givebutter's dashboard and load the file."""
        self.later()
        path = self.server.dashboard.export_to(self.folder)
        os.utime(path, (self.now.timestamp(),) * 2)
        return self.load_contacts("upload_contacts", mode="file", path=str(path), **options)

    def refresh(self, mode: str = "api_full", **options: Any) -> RunReport:
        """Load contacts over Givebutter's API."""
        self.later()
        return self.load_contacts("refresh_contacts", mode=mode, **options)

    def load_contacts(self, job: str, **options: Any) -> RunReport:
        return self.run(job, config={"ops": {"raw_gb_full_contacts": {"config": options}}})

    def sync(self, year: int | None = None, **options: Any) -> RunReport:
        """The year's whole loop up to the import file."""
        self.later()
        return self.run("sync", year=year or self.year, **options)

    def export(self, **options: Any) -> RunReport:
        config = {"ops": {"gb_import_file": {"config": options}}}
        return self.run("export", year=self.year, config=config)

    def newest_file(self, year: int | None = None) -> Path:
        """The year's last import file."""
        name: str = self.rows(tables.gb_import_files, year=year or self.year)[-1]["file_name"]
        return self.folder / name

    def import_file(self, report: RunReport) -> ImportResult:
        """Import the file of a sync into Givebutter."""
        self.later()
        return self.server.dashboard.import_csv(file_of(report).read_bytes())

    # --- how it is run

    def run(self, job: str, *, expect: bool = True, **options: Any) -> RunReport:
        """Run a job; with `expect`, a failure of it is raised."""
        report = run_job(self.instance, self.definitions(), job, **options)
        if expect:
            report.raise_on_failure()
        return report

    def definitions(self) -> dg.Definitions:
        return definitions(
            self.url, self.now, self.folder, self.server.jotform_url, self.server.givebutter_url, self.service_options
        )

    # --- what is in the tables

    def rows(self, table: sa.Table, *, year: int | None = None, without: Iterable[str] = ()) -> list[Row]:
        """A table's rows, in order, of one year or of all; without some columns."""
        query = sa.select(*(column for column in table.columns if column.name not in without))
        if year is not None:
            query = query.where(table.c.campaign_year == year)
        with self.engine.connect() as conn:
            return [dict(row) for row in conn.execute(query.order_by(*table.primary_key.columns)).mappings()]

    def by_mn_id(self, table: sa.Table) -> dict[str, Row]:
        """This year's rows by MN id."""
        return {row["mn_id"]: row for row in self.rows(table, year=self.year)}


def definitions(
    url: str,
    now: datetime,
    folder: Path,
    jotform_url: str,
    givebutter_url: str,
    options: Mapping[str, Mapping[str, Any]],
) -> dg.Definitions:
    """The real code location, pointed at a sandbox and a database, at one moment."""
    jotform = {"api_url": jotform_url, "api_key": JOTFORM_KEY, "first_wait": 0.01}
    givebutter = {
        "api_url": givebutter_url,
        "api_key": GIVEBUTTER_KEY,
        "requests_per_minute": 60_000,
        "first_wait": 0.01,
    }
    return build_defs(
        resources={
            "warehouse": WarehouseResource(url=url),
            "clock": ClockResource(fixed_at=now.isoformat()),
            "out_folder": OutFolderResource(path=str(folder)),
            "jotform": JotformResource(**{**jotform, **options.get("jotform", {})}),
            "givebutter": GivebutterResource(**{**givebutter, **options.get("givebutter", {})}),
        }
    )


def file_of(report: RunReport) -> Path:
    """The import file that a run wrote."""
    return Path(report.assets["gb_import_file"]["path"])
