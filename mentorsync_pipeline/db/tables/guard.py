"""What a session that writes messages may change, enforced by PostgreSQL itself (rulebook section 13).

A transaction that says `SET LOCAL mentorsync.writer = 'messages'` (see `messages.write_guard`) can change nothing but
the two message columns of existing rows of `mn_gb_import` and the messages' own records; whatever else it tries is
refused with `insufficient_privilege`, whoever it is connected as. Triggers do it, because they need nothing but the
ownership of the tables: a server of the user's own may allow no further roles.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import SCHEMA, metadata
from mentorsync_pipeline.db.tables.gb_import import mn_gb_import
from mentorsync_pipeline.db.tables.messages import campaign_messages, message_campaigns
from mentorsync_pipeline.db.tables.operations import sync_log
from mentorsync_pipeline.db.tables.review import sync_errors, sync_warnings
from mentorsync_pipeline.domain.import_columns import MESSAGE_COLUMNS

SETTING = "mentorsync.writer"
MESSAGES = "messages"
# The asset in whose name messages may record what they found.
SOURCE_TABLE = campaign_messages.name

_ON = f"current_setting('{SETTING}', true) = '{MESSAGES}'"
_OWN = frozenset({message_campaigns, campaign_messages})
_FINDINGS = frozenset({sync_errors, sync_warnings})
_COLUMNS = ", ".join(f"'{name}'" for name in MESSAGE_COLUMNS)

_FUNCTIONS = (
    f"""
    CREATE OR REPLACE FUNCTION {SCHEMA}.refuse_messages() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'messages may not do this: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION {SCHEMA}.refuse_other_columns() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
        RAISE EXCEPTION 'messages may change no other column of %', TG_TABLE_NAME
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN NEW;
    END $$
    """,
)


def install(conn: sa.Connection) -> None:
    """Put the guard on every table of ours that exists; what is there already is replaced by itself."""
    for function in _FUNCTIONS:
        conn.execute(sa.text(function))
    present = set(sa.inspect(conn).get_table_names(schema=SCHEMA))
    for table in metadata.sorted_tables:
        if table.name in present:
            for statement in triggers(table):
                conn.execute(sa.text(statement))


def triggers(table: sa.Table) -> Iterator[str]:
    """The statements that put the guard on one table, such as one that takes another's place."""
    whole, events = "refuse_messages()", "INSERT OR UPDATE OR DELETE OR TRUNCATE"
    if table in _OWN:
        return
    if table is mn_gb_import:
        yield _trigger(table, "only_message_columns", "UPDATE", "ROW", _ON, f"refuse_other_columns({_COLUMNS})")
        events = "INSERT OR DELETE OR TRUNCATE"
    elif table in _FINDINGS:
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("UPDATE", "OLD")):
            others = f"{_ON} AND {row}.source_table <> '{SOURCE_TABLE}'"
            yield _trigger(table, f"only_of_messages_{event}_{row}".lower(), event, "ROW", others, whole)
        events = "DELETE OR TRUNCATE"
    elif table is sync_log:
        events = "DELETE OR TRUNCATE"
    yield _trigger(table, "not_by_messages", events, "STATEMENT", _ON, whole)


def _trigger(table: sa.Table, name: str, events: str, level: str, when: str, call: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {events} ON {table} FOR EACH {level} "
        f"WHEN ({when}) EXECUTE FUNCTION {SCHEMA}.{call}"
    )
