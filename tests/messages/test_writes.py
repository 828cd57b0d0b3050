"""Messages change only the message columns of import rows and their own records (rulebook, section 13)."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

import mentorsync_pipeline.messages
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.import_columns import MESSAGE_COLUMNS
from mentorsync_pipeline.sandbox.gb_model import CustomField
from tests.messages.conftest import WriteFile
from tests.messages.reading import everything_else, messages_by_mn_id, texts
from tests.support.environment import SandboxEnvironment
from tests.support.statements import tables_of

# Tables that a run of the job `messages` writes: the messages' tables, their findings, and the log of the run.
OWN = {"message_campaigns", "campaign_messages", "sync_errors", "sync_warnings", "sync_log"}
TEXT_3 = "📱Custom Text Message 3️⃣"


@dataclass
class Statements:
    """The writing statements within a block, as the database received them."""

    writes: list[str] = field(default_factory=list)

    def tables(self) -> set[str]:
        return set().union(*(tables_of(statement)[1] for statement in self.writes))

    def of_import_rows(self) -> list[str]:
        return [statement for statement in self.writes if "mn_gb_import" in tables_of(statement)[1]]


@contextmanager
def recorded() -> Iterator[Statements]:
    """Record the writing statements of every connection of this process, those of runs included."""
    statements = Statements()

    def note(_conn, _cursor, statement: str, *_: object) -> None:
        if tables_of(statement)[1]:
            statements.writes.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def set_columns(statement: str) -> set[str]:
    """The columns that an UPDATE sets."""
    assignments = re.sub(r"\(.*?\)(?=,|\s+WHERE)", "", statement[statement.index(" SET ") + 5 :], flags=re.DOTALL)
    return {name.strip('" ') for name in re.findall(r"([^,=]+)=", assignments.partition(" WHERE ")[0])}


def further_column(env: SandboxEnvironment) -> None:
    """Give the year a fourth message column."""
    columns = {**env.config.message_columns, "text_3": TEXT_3}
    env.change_setting("message_columns", json.dumps(columns))


def test_apply_refresh_and_clear_write_only_campaign_records_and_message_columns(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    file = write_file(email="Dear {{ last_name }}")
    before = everything_else(env)
    with recorded() as statements:
        env.messages(apply_file=file)
        env.messages()
        with pytest.raises(MentorSyncError):
            env.messages(clear_campaign="other")
        env.messages(clear_campaign="hello")
    assert statements.tables() - {"mn_gb_import"} <= OWN
    # The year's column text_2 stands among the custom fields.
    allowed = {*MESSAGE_COLUMNS, "custom_fields"}
    updates = statements.of_import_rows()
    assert updates
    for statement in updates:
        assert statement.startswith("UPDATE mentorsync.mn_gb_import SET ")
        assert set_columns(statement) == allowed
    assert everything_else(env) == before
    assert set(messages_by_mn_id(env).values()) == {(None, None)}


def test_the_messages_package_updates_import_rows_in_one_place() -> None:
    package = Path(mentorsync_pipeline.messages.__file__).parent
    sources = {path.name: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    pattern = r"sa\.(?:update|insert|delete)\((\w+)\)|sync_rows\(conn, (\w+)"
    written = [(name, match[1] or match[2]) for name, text in sources.items() for match in re.finditer(pattern, text)]
    # `rows` is mn_gb_import in `fill_import_rows`, `table` is campaign_messages in `write_messages`.
    assert sorted(written) == [
        ("queries.py", "message_campaigns"),
        ("queries.py", "rows"),
        ("queries.py", "table"),
        ("queries.py", "table"),
    ]
    imports = re.compile(r"import .*mn_gb_import|^    mn_gb_import,", re.MULTILINE)
    assert [name for name, text in sources.items() if imports.search(text)] == ["queries.py"]


def test_a_third_message_column_is_filled_sent_and_cleared_like_the_first_two(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    path = env.folder / "messages" / "second.md"
    content = "---\nname: second\nyear: 2025\naudience: everyone\ninclude: [dropped]\ncolumns: [text_3]\n---\n"
    path.write_text(content + "# text_3\nSecond for {{ first_name }}, {{ status }}\n", encoding="utf-8")
    with pytest.raises(MentorSyncError, match="line 6: `columns` may only contain text, text_2 and email"):
        env.messages(apply_file="second.md")
    further_column(env)
    env.messages(apply_file=write_file())
    env.messages(apply_file="second.md")
    rows = env.rows(t.mn_gb_import)
    assert all(row["custom_fields"][TEXT_3].startswith("Second for ") for row in rows)
    assert texts(env).keys() == messages_by_mn_id(env).keys()

    before = env.results()
    env.upload_and_recalculate()
    assert env.results() == before
    env.sandbox.contacts.custom_fields[TEXT_3] = CustomField(7_001, TEXT_3, "text", ())
    assert env.import_file(env.new_file()).rejected == 0
    mn_id = rows[0]["mn_id"]
    assert env.contact_of(mn_id).custom[TEXT_3].startswith("Second for ")
    env.upload_and_recalculate()
    env.messages(clear_campaign="second")
    env.import_file(env.new_file())
    assert env.contact_of(mn_id).custom[TEXT_3] == "(none)"
    assert not [row for row in env.rows(t.mn_gb_import) if TEXT_3 in row["custom_fields"]]
    assert texts(env).keys() == messages_by_mn_id(env).keys()
