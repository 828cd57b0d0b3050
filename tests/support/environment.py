"""The sandbox environment of the tests: the two services, a database, a Dagster instance and one clock."""

import os
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.automation.jobs import CONTACTS, DUPLICATES, ETL, FILE, MEMBERS, PLAN, RAW_FORMS
from mentorsync_pipeline.build import build_defs
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db import list_write
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.db.diff_write import sync_rows
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables.raw import FORM_TABLES
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import FORMS, SIGNUP, Form
from mentorsync_pipeline.domain.record_fields import read_records
from mentorsync_pipeline.matching.table_rows import to_signup_row
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import decision_store
from mentorsync_pipeline.review.decision_store import Answer
from mentorsync_pipeline.runtime.engine import get_engine
from mentorsync_pipeline.runtime.in_process import RunReport, run_job
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_json import submission_json
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY, Options
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox import Sandbox
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from mentorsync_pipeline.signups import queries as signup_queries
from mentorsync_pipeline.signups.rules.deduplication import deduplicate
from mentorsync_pipeline.signups.rules.jotform_answers import parse_submission
from tests.support.steps import run_assets, run_job_steps

Row = dict[str, Any]
# The sandbox allows any number of calls here; the services' own resources are tested elsewhere.
OPTIONS = Options(requests_per_minute=None)
# Columns that differ between runs with equal results: numbers, the run, and (`_TIME_COLUMNS`) the time of writing.
RUN_COLUMNS = ("id", "sync_log_id", "load_id", "run_id")
_TIME_COLUMNS = ("created_at", "updated_at", "closed_at", "cleared_at", "decision_id")
ZONE = ZoneInfo("America/New_York")
# The assets that store the records of the services for a year.
RAW_OF_A_YEAR = (*RAW_FORMS, MEMBERS)
# The tables that hold the results of a year.
RESULTS = (
    t.deduplicated_signups,
    t.contact_candidates,
    t.winner_contacts,
    t.duplicate_contacts,
    t.mentors,
    t.mentor_bases,
    t.partner_matches,
    t.mentor_gaps,
    t.message_campaigns,
    t.campaign_messages,
    t.mn_gb_import,
    t.sync_conflicts,
    t.sync_decisions,
    t.sync_errors,
    t.sync_warnings,
    t.mn_changes,
)


_ENVIRONMENTS: WeakValueDictionary[str, "SandboxEnvironment"] = WeakValueDictionary()


class _Clock(ClockResource):
    """The current time of an environment; its code location is built once."""

    of: str

    def now(self) -> datetime:
        return _ENVIRONMENTS[self.of].now


class SandboxEnvironment:
    """A campaign year of a world. `now` is the time of services and runs; each action advances it by ten minutes.

    Jobs that call the services do so over HTTP, inside `with environment.server`. `fetch` reads their stores. With
    `runs_jobs`, jobs are real runs on `instance`, as are `fetch`, `upload`, `etl`, `plan_archive` and `new_file`;
    otherwise the same steps run without a Dagster run, in half of the time.
    """

    def __init__(
        self,
        world: World,
        url: str,
        folder: Path,
        *,
        now: datetime,
        instance: dg.DagsterInstance,
        options: Options = OPTIONS,
        service_options: Mapping[str, Mapping[str, Any]] | None = None,
        sandbox: Sandbox | None = None,
        runs_jobs: bool = False,
    ) -> None:
        """Create the environment of a world on a migrated database.

        Exports and import files are in `folder`. `service_options` has options of the resources `jotform` and
        `givebutter`; `sandbox` is an existing sandbox.
        """
        self.url = url
        self.folder = folder
        self.now = now
        self.instance = instance
        self.service_options = dict(service_options or {})
        self.runs_jobs = runs_jobs
        self.server = SandboxServer(world, options=options, clock=lambda: self.now)
        self.sandbox = sandbox or self.server.sandbox
        self.world = world
        self.year = world.year
        self._clock = _Clock(of=uuid4().hex)
        _ENVIRONMENTS[self._clock.of] = self
        # Code locations by the arguments of `definitions`; building one takes long.
        self._definitions: dict[str, dg.Definitions] = {}

    @property
    def engine(self) -> sa.Engine:
        return get_engine(self.url)

    @property
    def config(self) -> CampaignConfig:
        """The year's configuration."""
        with self.engine.connect() as conn:
            return configuration.read_config(conn, self.year)

    def later(self, **interval: float) -> None:
        self.now += timedelta(**(interval or {"minutes": 10}))

    # --- runs

    def run(self, job: str, *, expect: bool = True, **options: Any) -> RunReport:
        """Run a job, or its steps alone; raise its failure if `expect`."""
        run = run_job if self.runs_jobs else run_job_steps
        report = run(self.instance, self.definitions(), job, **options)
        if expect:
            report.raise_on_failure()
        return report

    def definitions(self, **more: Any) -> dg.Definitions:
        """Return the code location at the environment's time; `more` are additional resources."""
        services = (self.server.jotform_url, self.server.givebutter_url)
        key = repr((services, self.service_options, more))
        if key not in self._definitions:
            self._definitions[key] = definitions(
                self.url, self.now, self.folder, *services, self.service_options, clock=self._clock, **more
            )
        return self._definitions[key]

    def configure(self) -> None:
        """Store the configuration of this year and last year, and last year's sign-ups with their ids."""
        last_year = self.year - 1
        with self.engine.begin() as conn:
            for previous in (True, False):
                settings = campaign_settings(self.world.config, self.year, previous=previous)
                configuration.save_config(conn, configuration.validate_config(settings, where="the test"))
            config = configuration.read_config(conn, last_year)
            self._write_form(conn, SIGNUP, config, last_year)
            # Last year may be no partition of the code location, so the asset cannot run.
            signups = deduplicate(signup_queries.read_submissions(conn, last_year), config).signups
            rows = map(to_signup_row, signups)
            sync_rows(conn, t.deduplicated_signups, rows, scope={"campaign_year": last_year}, log_id=0)

    def load_configuration(self, year: int, values: Mapping[str, Any]) -> None:
        self.run("configure", year=year, config={"ops": {"sync_configs": {"config": {"values": dict(values)}}}})

    def change_setting(self, key: str, text: str, year: int | None = None) -> None:
        """Store another value of a key of the configuration, without a run."""
        with self.engine.begin() as conn:
            configuration.save_config(conn, configuration.with_changed_value(conn, year or self.year, key, text))

    def upload(self, **options: Any) -> None:
        """Export the contacts in Givebutter's dashboard and load the file."""
        self.later()
        self.load_file(self.sandbox.dashboard.export_to(self.folder), **options)

    def load_file(self, path: Path, **options: Any) -> None:
        """Load an export that was downloaded now."""
        os.utime(path, (self.now.timestamp(),) * 2)
        config = {"mode": "file", "path": str(path), **options}
        if self.runs_jobs:
            self.load_contacts("upload_contacts", **config)
        else:
            run_assets(self.definitions(), [CONTACTS], year=None, config=config)

    def refresh(self, mode: str = "api_full", **options: Any) -> RunReport:
        """Load contacts over Givebutter's API."""
        self.later()
        return self.load_contacts("refresh_contacts", mode=mode, **options)

    def load_contacts(self, job: str, **options: Any) -> RunReport:
        return self.run(job, config={"ops": {"raw_gb_full_contacts": {"config": options}}})

    def fetch(self) -> None:
        """Load the year's current forms and members."""
        if self.runs_jobs:
            self.run("sync", year=self.year, assets=RAW_OF_A_YEAR)
            return
        config = self.config
        with self.engine.begin() as conn:
            for form in FORMS:
                if config.form_id(form) is not None:
                    self._write_form(conn, form, config, self.year)
            rows = self._member_rows()
            list_write.write_members(conn, t.raw_gb_campaign_members, rows, year=self.year, log_id=0, now=self.now)

    def etl(self, *, until: str = ETL[-1]) -> None:
        """Recalculate the year, from the raw tables to the import rows, or until an earlier step."""
        self.later()
        if self.runs_jobs:
            self.run("etl", year=self.year)
        else:
            run_assets(self.definitions(), ETL[: ETL.index(until) + 1], year=self.year)

    def plan_archive(self) -> None:
        """Plan the archiving of duplicates."""
        if self.runs_jobs:
            self.run("plan_archive", year=self.year)
        else:
            run_assets(self.definitions(), (DUPLICATES, PLAN), year=self.year)

    def sync(self, year: int | None = None, **options: Any) -> RunReport:
        """Run a sync over HTTP, including the import file and the archive plan."""
        self.later()
        return self.run("sync", year=year or self.year, **options)

    def upload_and_recalculate(self) -> None:
        """Load an export and the services' forms and members, and recalculate the year; no file is written."""
        self.upload()
        self.fetch()
        self.etl()

    def round(self) -> ImportResult:
        """Load everything, recalculate, write the import file and import it."""
        self.upload_and_recalculate()
        return self.import_file(self.new_file())

    def messages(self, *, by: str | None = "Robin", **order: str) -> RunReport:
        """Run the job `messages` with an order, such as `apply_file="x.md"`."""
        self.later()
        config = {"ops": {"campaign_messages": {"config": {**order, **({"by": by} if by else {})}}}}
        return self.run("messages", year=self.year, config=config)

    def export(self, **options: Any) -> RunReport:
        """Recalculate the import rows and write the import file."""
        config = {"ops": {"gb_import_file": {"config": options}}}
        return self.run("export", year=self.year, config=config)

    def new_file(self, **options: Any) -> bytes:
        """Write an import file from the import rows as they are, and return its content."""
        self.later()
        if self.runs_jobs:
            config = {"ops": {FILE: {"config": options}}}
            self.run("export", year=self.year, assets=(FILE,), config=config)
        else:
            run_assets(self.definitions(), [FILE], year=self.year, config=options)
        return self.newest_file().read_bytes()

    def newest_file(self, year: int | None = None) -> Path:
        """The year's last import file."""
        name: str = self.rows(t.gb_import_files, year=year or self.year)[-1]["file_name"]
        return self.folder / name

    def record_rejected(self, result: ImportResult) -> None:
        """Upload the file of rejected rows that an import gave back."""
        self.later()
        assert result.failed_csv is not None
        path = self.folder / str(result.failed_name)
        path.write_bytes(result.failed_csv)
        self.run("rejected_rows", year=self.year, config={"ops": {"gb_failed_rows": {"config": {"path": str(path)}}}})

    # --- what people do

    def change_context(self, by: str = "Ann") -> ChangeContext:
        """Return the context of a person's change at the environment's time (`db.audited_change`)."""
        instance = self.instance
        return ChangeContext(
            engine=self.engine,
            actor=Actor(name=by, via="local"),
            now=lambda: self.now,
            instance=lambda: nullcontext(instance),
        )

    def import_file(self, file: bytes | RunReport) -> ImportResult:
        """Import a file into Givebutter: its content, or the file of a run."""
        self.later()
        content = file_of(file).read_bytes() if isinstance(file, RunReport) else file
        return self.sandbox.dashboard.import_csv(content)

    def edit(self, contact_id: int, **changes: object) -> Contact:
        """Edit a contact by hand in Givebutter."""
        self.later()
        return self.sandbox.dashboard.edit(contact_id, **changes)

    def edit_signup(self, mn_id: str, **answers: Any) -> None:
        """Edit a mentor's sign-up in Jotform; keys are the names of the questions."""
        self.later()
        submission_id = self.mentor(mn_id)["submission_id"]
        self.sandbox.forms.edit(self.config.jotform_signup_form_id, submission_id, answers)

    def submit(self, form_id: str, **answers: Any) -> None:
        """Submit another form."""
        self.later()
        self.sandbox.forms.submit(form_id, answers)

    def sign_up(self, mn_id: str, first: str, last: str, **answers: Any) -> str:
        """Submit a sign-up and return the submission's id. Keys are the names of the questions."""
        self.later()
        all_answers = {"mnid": mn_id, "fullName": {"first": first, "last": last}, **answers}
        return self.sandbox.forms.submit(self.config.jotform_signup_form_id, all_answers).id

    def decide(self, conflict_id: int, choice: Any, value: Any = None, by: str = "Robin") -> None:
        self.later()
        with self.engine.begin() as conn:
            decision_store.record_answer(conn, conflict_id, Answer(choice=choice, by=by, value=value), now=self.now)

    def undo(self, conflict_id: int) -> None:
        self.later()
        with self.engine.begin() as conn:
            decision_store.undo_answer(conn, conflict_id, by="Robin", now=self.now)

    # --- what is in the tables

    def rows(
        self, table: sa.Table, *where: sa.ColumnElement[bool], year: int | None = None, without: Iterable[str] = ()
    ) -> list[Row]:
        """Return a table's rows by primary key, of one year or of all, without these columns."""
        query = sa.select(*(column for column in table.columns if column.name not in without)).where(*where)
        if year is not None:
            query = query.where(table.c.campaign_year == year)
        with self.engine.connect() as conn:
            return [dict(row) for row in conn.execute(query.order_by(*table.primary_key.columns)).mappings()]

    def by_mn_id(self, table: sa.Table) -> dict[str, Row]:
        """Return this year's rows by MN id."""
        return {row["mn_id"]: row for row in self.rows(table, year=self.year)}

    def mentor(self, mn_id: str) -> Row:
        return self.by_mn_id(t.mentors)[mn_id]

    def import_row(self, mn_id: str) -> Row:
        return self.by_mn_id(t.mn_gb_import)[mn_id]

    def conflicts(self, *where: sa.ColumnElement[bool], status: str = "pending") -> list[Row]:
        return self.rows(t.sync_conflicts, t.sync_conflicts.c.status == status, *where, year=self.year)

    def changes(self, *where: sa.ColumnElement[bool]) -> list[Row]:
        return self.rows(t.mn_changes, *where, year=self.year)

    def contact_of(self, mn_id: str) -> Contact:
        contact = self.sandbox.contacts.get(self.mentor(mn_id)["gb_contact_id"])
        assert contact is not None
        return contact

    def results(self, *tables: sa.Table) -> dict[str, list[Row]]:
        """Return the year's rows of these tables (default: all results), without columns of the run."""
        without = (*RUN_COLUMNS, *_TIME_COLUMNS)
        return {
            table.name: sorted(self.rows(table, year=self.year, without=without), key=repr)
            for table in tables or RESULTS
        }

    # --- the stores of the services

    def _write_form(self, conn: sa.Connection, declared: Form, config: CampaignConfig, year: int) -> None:
        table, field_map = FORM_TABLES[declared.name], config.field_map(declared)
        form = self.sandbox.forms.forms[config.form_id(declared)]
        unanswered = dict.fromkeys(declared.columns)

        def read(submission: Mapping[str, Any]) -> Row:
            row = parse_submission(submission, field_map, ZONE)
            require_fitting(table, row, field_map)
            return unanswered | row

        listed = [submission_json(form, submission) for submission in form.submissions.values()]
        rows, unreadable = read_records(listed, lambda submission: submission["id"], read)
        list_write.write_submissions(conn, table, rows, year=year, log_id=0, now=self.now, unreadable=unreadable)

    def _member_rows(self) -> list[Row]:
        campaign = next(campaign for campaign in self.world.campaigns if campaign.slug == self.world.campaign_slug)
        empty = dict.fromkeys(column.name for column in t.raw_gb_campaign_members.columns)
        return [
            empty
            | {
                "campaign_year": self.year,
                "member_id": member.id,
                "campaign_id": campaign.id,
                "first_name": member.first_name,
                "last_name": member.last_name,
                "email_key": normalize.email(member.email),
                "phone_key": normalize.phone(member.phone),
                "raised": Decimal(str(member.raised)),
                "url": member.url,
                "updated_at": member.updated_at,
                "payload": {},
            }
            for member in self.world.members[campaign.id]
        ]


def definitions(
    url: str,
    now: datetime,
    folder: Path,
    jotform_url: str,
    givebutter_url: str,
    options: Mapping[str, Mapping[str, Any]],
    **more: Any,
) -> dg.Definitions:
    """Return the code location with the resources of a sandbox, a database and a folder, at a fixed time."""
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
            **more,
        }
    )


def file_of(report: RunReport) -> Path:
    """The import file that a run wrote."""
    return Path(report.assets["gb_import_file"]["path"])
