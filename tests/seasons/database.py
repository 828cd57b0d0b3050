"""The same season through the database: the assets and the tables beside the calculation in memory.

After every sync the tables must say what the calculation in memory says, and every file must hold the same cells.
So the invariants, which are checked in memory, hold for the tables too.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.json_values import plain
from mentorsync_pipeline.import_file.rules.cells import ImportRow
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from mentorsync_pipeline.sandbox.csv_import import ImportResult
from tests.seasons.memory import MemorySync
from tests.seasons.simulated_services import Town
from tests.support.environment import SandboxEnvironment
from tests.support.pure_year import Choice, Feed, Key, StoredConflict

_TEN_MINUTES = timedelta(minutes=10)
_MENTOR_COLUMNS = ("mn_id", "sync_state", "first_name", "last_name", "phone", "personal_email", "uga_email")
_MORE_COLUMNS = ("shirt_size", "gb_contact_id", "gb_member_id", "amount_raised", "status", "dropped")


class DatabaseSync(MemorySync):
    """MentorSync with its tables. The two must agree; `AssertionError` says where they do not."""

    def __init__(self, town: Town, url: str, folder: Path, instance: dg.DagsterInstance) -> None:
        super().__init__(town)
        self.env = SandboxEnvironment(town.world, url, folder, now=town.now, instance=instance, sandbox=town.sandbox)
        self.env.configure()

    def sync(self, feed: Feed, *, killed: bool = False) -> YearResult:
        """Sync both, and compare what they say."""
        with self._env_clock(), _as_listed(self.town, feed):
            self.env.upload()
            self.env.fetch()
            if not killed:
                self.env.etl()
        result = super().sync(feed, killed=killed)
        self._compare(result)
        return result

    def import_file(self, rows: Sequence[ImportRow] | None = None) -> bytes:
        """The file, which both must make alike."""
        content = super().import_file(rows)
        with self._env_clock():
            written = self.env.new_file()
        assert _table(written) == _table(content), "the file differs from the calculation in memory"
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

    def _conflict_id(self, key: Key) -> int:
        table = t.sync_conflicts
        found = self.env.rows(
            table, table.c.mn_id == key[0], table.c.conflict_type == key[1], table.c.subject == key[2]
        )
        return max(row["id"] for row in found)  # type: ignore[no-any-return]

    @contextmanager
    def _env_clock(self) -> Iterator[None]:
        """What the environment does happens at the town's time: it moves its clock ten minutes before it acts."""
        self.env.now = self.town.now - _TEN_MINUTES
        yield

    def _compare(self, result: YearResult) -> None:
        names = (*_MENTOR_COLUMNS, *_MORE_COLUMNS)
        ours = [{name: getattr(mentor, name) for name in names} for mentor in result.mentors.mentors]
        theirs = [{name: row[name] for name in names} for row in self.env.rows(t.mentors)]
        assert theirs == ours, "the mentors differ from the calculation in memory"
        asked = sorted((one.conflict.conflict_type, one.conflict.subject) for one in self.open_conflicts())
        rows = self.env.rows(t.sync_conflicts, t.sync_conflicts.c.status.in_(("pending", "skipped")))
        stored = sorted((row["conflict_type"], row["subject"]) for row in rows)
        assert stored == asked, "the open questions differ from the calculation in memory"
        bases = {
            (key.submission_id, key.field, key.contact_id or 0): plain(base.value)
            for key, base in result.mentors.bases.items()
        }
        kept = {
            (row["submission_id"], row["field"], row["contact_id"]): row["value"]
            for row in self.env.rows(t.mentor_bases)
        }
        assert kept == bases, "the bases differ from the calculation in memory"


def _table(content: bytes) -> list[dict[str, str]]:
    """The rows of a file by column; JSON in the database does not keep the order of the configured columns."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@contextmanager
def _as_listed(town: Town, feed: Feed) -> Iterator[None]:
    """The form lists only what the feed has: an answer that came short."""
    whole = dict(town.form.submissions)
    members = list(town.members)
    listed = {member.member_id for member in feed.members}
    for key in whole.keys() - feed.submissions.keys():
        del town.form.submissions[key]
    town.members[:] = [member for member in members if member.id in listed]
    try:
        yield
    finally:
        town.form.submissions.clear()
        town.form.submissions.update(whole)
        town.members[:] = members
