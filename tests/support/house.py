"""A charity's house for tests: its sandbox services, its database and its clock; a test does what its people do.

The assets run in this process, without their checks, so that a whole round takes a second. How the raw assets fetch
over HTTP is tested elsewhere; here the services' stores are read with the same reading of answers.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.assets.failed_rows import gb_failed_rows
from mentorsync_pipeline.assets.gb_import import gb_import_file, mn_gb_import
from mentorsync_pipeline.assets.matching import contact_candidates, deduplicated_signups, winner_contacts
from mentorsync_pipeline.assets.mentors import duplicate_contacts, mentors
from mentorsync_pipeline.assets.messages import campaign_messages
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts import write_listings
from mentorsync_pipeline.contacts.load.load_record import LoadRequest
from mentorsync_pipeline.contacts.load.replace_all import upload_export
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.diff_write import sync_rows
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.record_fields import read_records
from mentorsync_pipeline.matching.table_rows import to_signup_row
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource
from mentorsync_pipeline.resources.out_folder import OutFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import decisions
from mentorsync_pipeline.review.decisions import Answer
from mentorsync_pipeline.sandbox.campaign_file import campaign_settings
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_json import submission_json
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox import Sandbox
from mentorsync_pipeline.signups import queries as signup_queries
from mentorsync_pipeline.signups.rules.deduplication import deduplicate
from mentorsync_pipeline.signups.rules.jotform_answers import parse_submission

YEAR = 2025
START = datetime(2025, 10, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
STAGES = (
    deduplicated_signups,
    contact_candidates,
    winner_contacts,
    duplicate_contacts,
    mentors,
    campaign_messages,
    mn_gb_import,
)
# What moves with every run, whatever the data: numbers of rows and runs, and times of writing.
_MOVING = {"id", "sync_log_id", "created_at", "updated_at", "closed_at", "cleared_at", "decision_id"}


@dataclass
class SandboxEnvironment:
    """One charity. `now` goes on ten minutes with everything that somebody does."""

    world: World
    warehouse: WarehouseResource
    folder: Path
    now: datetime = START
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)
    sandbox: Sandbox = field(init=False)
    config: CampaignConfig = field(init=False)

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(self.world, clock=lambda: self.now)
        values = [campaign_settings(self.world.config, YEAR, previous=previous) for previous in (True, False)]
        with self.engine.begin() as conn:
            for one in values:
                self.config = configuration.validate_config(one, where="the test")
                configuration.save_config(conn, self.config)
        for name in ("drop", "messages"):
            (self.folder / name).mkdir(parents=True)

    @property
    def engine(self) -> sa.Engine:
        return self.warehouse.engine

    # What the machine does

    def fetch(self) -> None:
        """Read the forms and the members as they are now."""
        config, forms = self.config, self.sandbox.forms.forms
        listed = (
            (t.raw_mn_signups, config.jotform_signup_form_id, config.signup_field_map),
            (t.raw_mn_funds_setup, config.jotform_setup_form_id, config.setup_field_map),
            (t.raw_mn_training_signup, config.jotform_training_form_id, config.training_field_map),
        )
        with self.engine.begin() as conn:
            for table, form_id, field_map in listed:
                self._write_form(conn, table, forms[form_id], field_map, YEAR)
            campaign = next(one for one in self.world.campaigns if one.slug == self.world.campaign_slug)
            members = self.world.members[campaign.id]
            rows: list[dict[str, Any]] = [
                {
                    **dict.fromkeys(column.name for column in t.raw_gb_campaign_members.columns),
                    "campaign_year": YEAR,
                    "member_id": one.id,
                    "campaign_id": campaign.id,
                    "first_name": one.first_name,
                    "last_name": one.last_name,
                    "email_key": normalize.email(one.email),
                    "phone_key": normalize.phone(one.phone),
                    "raised": Decimal(str(one.raised)),
                    "url": one.url,
                    "updated_at": one.updated_at,
                    "payload": {},
                }
                for one in members
            ]
            write_listings.write_members(conn, t.raw_gb_campaign_members, rows, year=YEAR, log_id=0, now=self.now)

    def last_years_mentors(self) -> None:
        """Last year's sign-ups are in the tables, so that their ids are known."""
        form = self.sandbox.forms.forms[self.world.config.previous_signup_form_id]
        with self.engine.begin() as conn:
            self._write_form(conn, t.raw_mn_signups, form, self.config.signup_field_map, YEAR - 1)
            # Last year may be no partition of this code location, so its people are told apart without the asset.
            signups = deduplicate(
                signup_queries.read_submissions(conn, YEAR - 1), configuration.read_config(conn, YEAR - 1)
            ).signups
            rows = map(to_signup_row, signups)
            sync_rows(conn, t.deduplicated_signups, rows, scope={"campaign_year": YEAR - 1}, log_id=0)

    def etl(self) -> None:
        """From the raw tables to the import rows."""
        self._pass()
        self._run(*STAGES)

    def file(self, forced_by: str | None = None) -> bytes:
        """Let an import file leave."""
        self._pass()
        self._run(gb_import_file, gb_import_file={"forced_by": forced_by} if forced_by else {})
        return max((self.folder / "out").iterdir(), key=lambda path: path.name).read_bytes()

    def messages(self, **order: str) -> dg.ExecuteInProcessResult:
        """Carry out an order about messages, such as `apply_file="x.md"`."""
        self._pass()
        return self._run(campaign_messages, campaign_messages={"by": "Robin", **order})

    def record_rejected(self, result: ImportResult) -> None:
        """Upload the file of rejected rows that an import gave back."""
        self._pass()
        assert result.failed_csv is not None
        path = self.folder / "drop" / str(result.failed_name)
        path.write_bytes(result.failed_csv)
        self._run(gb_failed_rows, gb_failed_rows={"path": str(path)})

    def _run(self, *assets: dg.AssetsDefinition, **config: Any) -> dg.ExecuteInProcessResult:
        """Materialise assets in this process; what one raises is raised."""
        return dg.materialize(
            assets,
            partition_key=str(YEAR),
            instance=self.instance,
            resources={
                "warehouse": self.warehouse,
                "clock": ClockResource(fixed_at=self.now.isoformat()),
                "out_folder": OutFolderResource(path=str(self.folder / "out")),
                "messages_folder": MessagesFolderResource(path=str(self.folder / "messages")),
            },
            run_config={
                "ops": {name: {"config": values} for name, values in config.items()},
                "loggers": {"console": {"config": {"log_level": "ERROR"}}},
            },
        )

    def _write_form(
        self, conn: sa.Connection, table: sa.Table, form: Any, field_map: Mapping[str, str], year: int
    ) -> None:
        unanswered = {column.name: None for column in table.columns if column.info.get("answer")}

        def read(submission: Mapping[str, Any]) -> dict[str, Any]:
            row = parse_submission(submission, field_map, ZONE)
            require_fitting(table, row, field_map)
            return unanswered | row

        listed = [submission_json(form, one) for one in form.submissions.values()]
        rows, unreadable = read_records(listed, lambda submission: submission["id"], read)
        write_listings.write_submissions(conn, table, rows, year=year, log_id=0, now=self.now, unreadable=unreadable)

    # What people do

    def upload(self) -> None:
        """Download an export from Givebutter and upload it."""
        self._pass()
        path = self.sandbox.dashboard.export_to(self.folder / "drop")
        os.utime(path, (self.now.timestamp(),) * 2)
        request = LoadRequest(run_id="test", loaded_at=self.now, max_shrink=Decimal("0.2"))
        with self.engine.begin() as conn:
            upload_export(conn, path, request, zone=ZONE)

    def import_file(self, content: bytes) -> ImportResult:
        """Import a file into Givebutter."""
        self._pass()
        return self.sandbox.dashboard.import_csv(content)

    def edit(self, contact_id: int, **changes: object) -> Contact:
        """Edit a contact by hand in Givebutter."""
        self._pass()
        return self.sandbox.dashboard.edit(contact_id, **changes)

    def edit_signup(self, mn_id: str, **answers: Any) -> None:
        """A mentor edits the sign-up in Jotform; keys are the names of the questions."""
        self._pass()
        submission_id = self.mentor(mn_id)["submission_id"]
        self.sandbox.forms.edit(self.config.jotform_signup_form_id, submission_id, answers)

    def submit(self, form_id: str, **answers: Any) -> None:
        """Somebody fills one of the other forms in."""
        self._pass()
        self.sandbox.forms.submit(form_id, answers)

    def sign_up(self, mn_id: str, first: str, last: str, **answers: Any) -> str:
        """Somebody signs up; returns the submission's id. Keys are the names of the questions."""
        self._pass()
        given = {"mnid": mn_id, "fullName": {"first": first, "last": last}, **answers}
        return self.sandbox.forms.submit(self.config.jotform_signup_form_id, given).id

    def decide(self, conflict_id: int, choice: Any, value: Any = None, by: str = "Robin") -> None:
        self._pass()
        with self.engine.begin() as conn:
            decisions.record_answer(conn, conflict_id, Answer(choice=choice, by=by, value=value), now=self.now)

    def undo(self, conflict_id: int) -> None:
        self._pass()
        with self.engine.begin() as conn:
            decisions.undo_answer(conn, conflict_id, by="Robin", now=self.now)

    def sync(self) -> None:
        """Fresh contacts, fresh forms, everything worked out again."""
        self.upload()
        self.fetch()
        self.etl()

    def round(self) -> ImportResult:
        """Once around: fresh data, a file, its import."""
        self.sync()
        return self.import_file(self.file())

    # What a test looks at

    def rows(self, table: sa.Table, *where: sa.ColumnElement[bool], year: int = YEAR) -> list[dict[str, Any]]:
        with self.engine.connect() as conn:
            query = sa.select(table).where(table.c.campaign_year == year, *where).order_by(*table.primary_key.columns)
            return [dict(row) for row in conn.execute(query).mappings()]

    def mentor(self, mn_id: str) -> dict[str, Any]:
        (row,) = self.rows(t.mentors, t.mentors.c.mn_id == mn_id)
        return row

    def import_row(self, mn_id: str) -> dict[str, Any]:
        (row,) = self.rows(t.mn_gb_import, t.mn_gb_import.c.mn_id == mn_id)
        return row

    def conflicts(self, *where: sa.ColumnElement[bool], status: str = "pending") -> list[dict[str, Any]]:
        return self.rows(t.sync_conflicts, t.sync_conflicts.c.status == status, *where)

    def changes(self, *where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
        return self.rows(t.mn_changes, *where)

    def contact_of(self, mn_id: str) -> Contact:
        contact = self.sandbox.contacts.get(self.mentor(mn_id)["gb_contact_id"])
        assert contact is not None
        return contact

    def picture(self, *tables: sa.Table) -> dict[str, Any]:
        """The rows of these tables without what moves with every run, to compare two moments."""
        return {table.name: _still(self.rows(table)) for table in tables or RESULTS}

    def _pass(self) -> None:
        self.now += timedelta(minutes=10)


RESULTS = (
    t.deduplicated_signups,
    t.contact_candidates,
    t.winner_contacts,
    t.duplicate_contacts,
    t.mentors,
    t.mentor_bases,
    t.message_campaigns,
    t.campaign_messages,
    t.mn_gb_import,
    t.sync_conflicts,
    t.sync_decisions,
    t.sync_errors,
    t.sync_warnings,
    t.mn_changes,
)


def _still(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = [{name: value for name, value in row.items() if name not in _MOVING} for row in rows]
    return sorted(kept, key=repr)
