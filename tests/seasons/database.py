"""The same season through the database: the assets and the tables beside the calculation in memory.

After every sync the tables must say what the calculation in memory says, and every file must hold the same cells.
So the invariants, which are checked in memory, hold for the tables too.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import dagster as dg
import pytest

from mentorsync_pipeline.archiving import service as archiving
from mentorsync_pipeline.archiving.approvals import approve, find_rows_to_approve
from mentorsync_pipeline.archiving.plan_inputs import PlanOutdatedError, is_plan_current
from mentorsync_pipeline.archiving.plan_store import read_plan_rows
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.attendance import service as attendance
from mentorsync_pipeline.attendance.service import Observation
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.domain.vocabulary import RecordKind
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from tests.seasons.damages import Damage
from tests.seasons.memory import MemorySync
from tests.seasons.simulated_services import Town
from tests.support import archiving as archive_runs
from tests.support.answers import Choice
from tests.support.environment import SandboxEnvironment
from tests.support.feeds import ZONE
from tests.support.pure_review import Key, StoredConflict
from tests.support.pure_year import Feed

_TEN_MINUTES = timedelta(minutes=10)
_MENTOR_COLUMNS = ("mn_id", "sync_state", "first_name", "last_name", "phone", "personal_email", "uga_email")
_MORE_COLUMNS = ("shirt_size", "gb_contact_id", "gb_member_id", "amount_raised", "status", "dropped")
_TRAINING_COLUMNS = ("attended_training", "training_at")


class DatabaseSync(MemorySync):
    """MentorSync with its tables. The two must agree; `AssertionError` says where they do not."""

    def __init__(self, town: Town, url: str, folder: Path, instance: dg.DagsterInstance) -> None:
        super().__init__(town)
        self.env = SandboxEnvironment(town.world, url, folder, now=town.now, instance=instance, sandbox=town.sandbox)
        self.env.server.sandbox = town.sandbox
        self.env.configure()
        self.exports: dict[datetime, bytes] = {}
        self._is_loaded_since = False

    def sync(self, feed: Feed, *, killed: bool = False) -> YearResult:
        """Sync both, and compare the results."""
        with self._env_clock():
            self.env.upload()
        self.exports[feed.taken_at] = self._export()
        self._is_loaded_since = True
        return super().sync(feed, killed=killed)

    def take_forms(self, feed: Feed) -> None:
        """Load the forms and members into both."""
        super().take_forms(feed)
        with self._env_clock(), _as_listed(self.town, feed):
            self.env.fetch()

    def load_contacts(self, feed: Feed) -> None:
        """Load the contacts alone into both."""
        with self._env_clock():
            self.env.upload()
        self._is_loaded_since = True
        super().load_contacts(feed)

    def upload(self, feed: Feed, file_name: str) -> bool:
        """Load an export of `sync` into both, under another name."""
        is_taken = super().upload(feed, file_name)
        assert self._load(self.exports[feed.taken_at], file_name) == is_taken, f"{file_name} is taken by one only"
        return is_taken

    def upload_mangled(self, feed: Feed, damage: Damage, place: int, file_name: str) -> bool:
        """Load a mangled export into both."""
        content = damage.apply_to_file(self._export(), feed.contacts, place)
        is_taken = super().upload(damage.apply(feed, place, self.contacts), file_name)
        assert self._load(content, file_name) == is_taken, f"an export {damage.what} is taken by one only"
        return is_taken

    def upload_part(self, feed: Feed, file_name: str) -> bool:
        """Load an export from which contacts are missing into both."""
        rows = _table(self._export())
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if int(row["Givebutter Contact ID"]) in feed.contacts)
        is_taken = super().upload_part(feed, file_name)
        assert self._load(text.getvalue().encode(), file_name) == is_taken, "a short export is taken by one only"
        return is_taken

    def calculate(self) -> YearResult:
        """Calculate both, and compare the results."""
        with self._env_clock():
            self.env.etl()
        self.env.plan_archive()
        self._is_loaded_since = False
        result = super().calculate()
        self._compare(result)
        return result

    def calculate_until(self, step: str) -> None:
        """Run the steps of both up to this one."""
        with self._env_clock():
            self.env.etl(until=step)
        super().calculate_until(step)

    def has_outdated_rows(self) -> bool:
        """Whether contacts were loaded after the rows were calculated; the tables do not compare them."""
        return self._is_loaded_since or super().has_outdated_rows()

    def add_record(self, kind: RecordKind, mn_id: str, submission_id: str, **values: Any) -> None:
        """Record an observation in both."""
        super().add_record(kind, mn_id, submission_id, **values)
        record = self.records[-1]
        seen = Observation(zone=ZONE, observed_at=record.observed_at, device_record_id=record.device_record_id)
        year, context = self.env.year, self._change_context()
        if kind == "attended_training":
            attendance.check_in(context, year, mn_id, seen)
        elif kind == "note":
            attendance.add_note(context, year, mn_id, values["note"], seen)
        else:
            attendance.verify_cash(context, year, mn_id, values["amount"], seen)

    def undo_record(self, record_id: int) -> None:
        """Undo a record in both."""
        super().undo_record(record_id)
        device_record_id = next(record.device_record_id for record in self.records if record.id == record_id)
        attendance.undo_record(self._change_context(), self.env.year, device_record_id=device_record_id)

    def import_file(self, rows: Sequence[ImportRow] | None = None) -> bytes:
        """The file, which both must make alike."""
        content = super().import_file(rows)
        with self._env_clock():
            written = self.env.new_file()
        _require_equal("the file", _table(written), _table(content))
        return content

    def record_rejected(self, result: ImportResult) -> None:
        """Record the rejected rows in both."""
        super().record_rejected(result)
        if result.failed_csv is not None:
            with self._env_clock():
                self.env.record_rejected(result)

    def decide(self, stored: StoredConflict, choice: Choice, value: Any = None) -> None:
        """Answer the question in both."""
        super().decide(stored, choice, value)
        with self._env_clock():
            self.env.decide(self._conflict_id(stored.key), choice, value)

    def undo(self, key: Key) -> None:
        """Take the answer back in both."""
        super().undo(key)
        with self._env_clock():
            self.env.undo(self._conflict_id(key))

    def approve(self, row: PlanRow) -> None:
        """Approve archiving of a contact in both."""
        super().approve(row)
        self._approve_in_tables([row.contact_id])

    def withdraw_approval(self, key: tuple[int, str]) -> None:
        """Withdraw an approval in both."""
        approved_at = self.approvals[key].at
        super().withdraw_approval(key)
        archiving.undo_answers(self._change_context(), self.env.year, at=approved_at)

    def reject(self, row: PlanRow) -> None:
        """Keep a contact in both."""
        super().reject(row)
        archiving.keep_contacts(self._change_context(), self.env.year, "duplicates", [row.contact_id])

    def apply(
        self,
        look: Callable[[int], Mapping[str, Any] | None],
        archive: Callable[[int], None],
        clear: Callable[[int], None],
        *,
        killed_at: tuple[str, int] | None = None,
    ) -> list[PlanRow]:
        """Archive over the sandbox's API, then apply the plan in memory to the contacts as they were before.

        A killed apply is a test of its own, because the calls of several mentors are made at once.
        """
        assert killed_at is None, "a killed apply runs in memory only"
        if self.result is None or self.has_outdated_rows() or not self._has_current_plan():
            return []
        known = {contact_id for row in self.result.plan for contact_id in (row.contact_id, row.winner_contact_id)}
        before = {contact_id: look(contact_id) for contact_id in known if contact_id is not None}
        self._apply_over_the_api()
        done = super().apply(before.get, archive, clear)
        ours = {(row.contact_id, row.action) for row in done}
        archived = {key for key, entry in self.ledger.items() if entry.status == "archived"}
        ledger = {row["contact_id"]: row["status"] for row in self.env.rows(t.archived_duplicates)}
        theirs = {key for key, status in ledger.items() if status == "archived"}
        assert theirs == archived, f"the ledger differs from the one in memory, which has just archived {ours}"
        return done

    def restore(self, contact_id: int, unarchive: Callable[[], object]) -> None:
        """Restore a contact over the sandbox's API, and in memory."""
        with self._env_clock():
            archive_runs.restore(self.env, contact_id=contact_id)
        super().restore(contact_id, unarchive)

    def _apply_over_the_api(self) -> None:
        """Run the job, with an approval of the year's first plan."""
        with self._env_clock():
            report = archive_runs.apply(self.env, expect=False)
        if [failure.code for failure in report.failures] == ["ARCHIVE_GUARD"]:
            self._approve_in_tables([])
            with self._env_clock():
                report = archive_runs.apply(self.env)
        report.raise_on_failure()

    def _has_current_plan(self) -> bool:
        """Return whether the plan has the last answers, which the calculation in memory does not compare."""
        with self.env.engine.connect() as conn:
            is_current = is_plan_current(conn, self.env.year, "duplicates")
        if not is_current:
            with pytest.raises(PlanOutdatedError):
                archiving.approve_contacts(self._change_context(), self.env.year, "duplicates", [], seen=None)
        return is_current

    def _approve_in_tables(self, contact_ids: Sequence[int]) -> None:
        year = self.env.year
        with self.env.engine.begin() as conn:
            plan = read_plan_rows(conn, year, "duplicates")
            rows = find_rows_to_approve(plan, contact_ids, seen=None, year=year, purpose="duplicates")
            scope: Literal["contact", "plan"] = "contact" if contact_ids else "plan"
            approve(conn, year, rows, scope=scope, by="Robin", now=self.town.now)

    def _export(self) -> bytes:
        return self.town.sandbox.dashboard.export_csv()

    def _load(self, content: bytes, file_name: str) -> bool:
        """Upload a file; False when it is refused as older or much shorter than the loaded contacts."""
        path = self.env.folder / file_name
        path.write_bytes(content)
        self.env.now = self.town.now
        try:
            self.env.load_file(path)
        except dg.Failure as failure:
            if not any(code in str(failure.description) for code in ("EXPORT_OLDER", "LIST_SHRUNK")):
                raise
            return False
        return True

    def _change_context(self) -> ChangeContext:
        return ChangeContext(
            engine=self.env.engine,
            actor=Actor(name="Robin", via="local"),
            now=lambda: self.town.now,
            instance=lambda: nullcontext(self.env.instance),
        )

    def _conflict_id(self, key: Key) -> int:
        table = t.sync_conflicts
        found = self.env.rows(
            table, table.c.mn_id == key[0], table.c.conflict_type == key[1], table.c.subject == key[2]
        )
        # After a second sign-up, the question has the newer submission, and the answer may be the older one's.
        own = [row for row in found if row["submission_id"] == key[3]]
        return max(row["id"] for row in own or found)  # type: ignore[no-any-return]

    @contextmanager
    def _env_clock(self) -> Iterator[None]:
        """What the environment does happens at the town's time: it moves its clock ten minutes before it acts."""
        self.env.now = self.town.now - _TEN_MINUTES
        yield

    def _compare(self, result: YearResult) -> None:
        names = (*_MENTOR_COLUMNS, *_MORE_COLUMNS, *_TRAINING_COLUMNS)
        ours = [{name: getattr(mentor, name) for name in names} for mentor in result.mentors.mentors]
        theirs = [{name: row[name] for name in names} for row in self.env.rows(t.mentors)]
        _require_equal("the mentors", theirs, ours)
        asked = sorted(
            (open_conflict.conflict.conflict_type, open_conflict.conflict.subject)
            for open_conflict in self.open_conflicts()
        )
        rows = self.env.rows(t.sync_conflicts, t.sync_conflicts.c.status.in_(("pending", "skipped")))
        stored = sorted((row["conflict_type"], row["subject"]) for row in rows)
        _require_equal("the open questions", stored, asked)
        plan = sorted((row.contact_id, row.action, row.plan_state) for row in result.plan)
        planned = sorted((row["contact_id"], row["action"], row["plan_state"]) for row in self.env.rows(t.archive_plan))
        _require_equal("the archive plan", planned, plan)
        bases = {
            (key.submission_id, key.field, key.contact_id or 0): plain(base.value)
            for key, base in result.mentors.bases.items()
        }
        kept = {
            (row["submission_id"], row["field"], row["contact_id"]): row["value"]
            for row in self.env.rows(t.mentor_bases)
        }
        _require_equal("the bases", kept.items(), bases.items())
        records = {
            record.device_record_id: (record.kind, record.mn_id, record.undone_at is None) for record in self.records
        }
        recorded = {
            row["device_record_id"]: (row["kind"], row["mn_id"], row["undone_at"] is None)
            for row in self.env.rows(t.mentor_records)
        }
        _require_equal("the records of staff", recorded.items(), records.items())


def _require_equal(what: str, stored: Collection[Any], calculated: Collection[Any]) -> None:
    """Raise with the elements that only the tables or only the calculation in memory have."""
    if stored != calculated:
        differing = [row for row in stored if row not in calculated], [row for row in calculated if row not in stored]
        raise AssertionError("{} differ from the calculation in memory: {} instead of {}".format(what, *differing))


def _table(content: bytes) -> list[dict[str, str]]:
    """The rows of a file by column; JSON in the database does not keep the order of the configured columns."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@contextmanager
def _as_listed(town: Town, feed: Feed) -> Iterator[None]:
    """The forms list only what the feed has: an answer that came short."""
    forms = town.world.forms.values()
    whole = {form.id: dict(form.submissions) for form in forms}
    members = list(town.members)
    listed = {member.member_id for member in feed.members}
    entries = {entry.submission_id for listed_entries in feed.entries.values() for entry in listed_entries}
    missing = (town.form.submissions.keys() - feed.submissions.keys()) | {
        entry.submission_id for entry in town.living_entries() if entry.submission_id not in entries
    }
    for form in forms:
        form.submissions = {key: submission for key, submission in form.submissions.items() if key not in missing}
    town.members[:] = [member for member in members if member.id in listed]
    try:
        yield
    finally:
        for form in forms:
            form.submissions = whole[form.id]
        town.members[:] = members
