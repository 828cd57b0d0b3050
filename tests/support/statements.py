"""The tables that SQL statements read and write, recorded as psycopg sends them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import SCHEMA, metadata

TABLES = frozenset(table.name for table in metadata.tables.values())
# A table of ours by its full name, unless a column follows: `mentorsync.mentors`, `"mentorsync"."mentors"`.
_TABLE = re.compile(rf'"?\b{SCHEMA}\b"?\."?(\w+)\b"?(?!\s*\.)')
_WRITTEN = re.compile(
    r"(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|COPY|ALTER\s+TABLE)(?:\s+ONLY)?\s+\Z",
    re.IGNORECASE,
)
_COPY_OUT = re.compile(r"\bCOPY\b.*\bTO\s+STDOUT\b", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"'(?:[^']|'')*'")


def tables_of(statement: str) -> tuple[set[str], set[str]]:
    """Return the tables of our schema that a statement reads, and those that it writes.

    Table names are found by the schema in front of them, which all our SQL has, so that subqueries, common table
    expressions, `INSERT … SELECT`, temporary tables and COPY need no parser. Text in quotes is passed over.
    """
    text = _QUOTED.sub("''", statement)
    reads, writes = set(), set()
    for found in _TABLE.finditer(text):
        name = found[1]
        if name in TABLES:
            written = _WRITTEN.search(text, 0, found.start()) and not _COPY_OUT.search(text)
            (writes if written else reads).add(name)
    return reads, writes


@dataclass
class Recorder:
    """The statements of each step of a run; `step` is the current one."""

    step: str = ""
    reads: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    writes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, statement: Any) -> None:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        reads, writes = tables_of(text)
        self.reads[self.step] |= reads
        self.writes[self.step] |= writes

    def begin(self, step: str) -> None:
        """Set the current step."""
        self.step = step


@contextmanager
def recording(engine: sa.Engine) -> Iterator[Recorder]:
    """Record every statement on new connections of an engine, including those sent without SQLAlchemy."""
    recorder = Recorder()

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **options: Any) -> Any:
            recorder.take(query)
            return super().execute(query, *args, **options)

        def executemany(self, query: Any, *args: Any, **options: Any) -> Any:
            recorder.take(query)
            return super().executemany(query, *args, **options)

        def copy(self, statement: Any, *args: Any, **options: Any) -> Any:
            recorder.take(statement)
            return super().copy(statement, *args, **options)

    class ServerCursor(psycopg.ServerCursor[Any]):
        def execute(self, query: LiteralString, *args: Any, **options: Any) -> Any:
            recorder.take(query)
            return super().execute(query, *args, **options)

    def connected(connection: Any, _: Any) -> None:
        connection.cursor_factory, connection.server_cursor_factory = Cursor, ServerCursor

    engine.dispose()
    sa.event.listen(engine, "connect", connected)
    try:
        yield recorder
    finally:
        sa.event.remove(engine, "connect", connected)
        engine.dispose()
