"""Messages to the mentors of an environment, read from its tables."""

from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, MESSAGE_COLUMNS, TEXT_MESSAGE
from tests.support.environment import SandboxEnvironment

# What messages may touch, and what every run moves.
TOUCHED = (t.campaign_messages, t.message_campaigns, t.sync_errors, t.sync_warnings, t.sync_log)


def messages_by_mn_id(env: SandboxEnvironment) -> dict[str, tuple[str | None, str | None]]:
    return {row["mn_id"]: (row[TEXT_MESSAGE], row[EMAIL_MESSAGE]) for row in env.rows(t.mn_gb_import)}


def texts(env: SandboxEnvironment) -> dict[str, str]:
    return {mn_id: text for mn_id, (text, _) in messages_by_mn_id(env).items() if text is not None}


def errors(env: SandboxEnvironment) -> list[tuple[str, str]]:
    return [
        (row["mn_id"], row["error_code"])
        for row in env.rows(t.sync_errors, ~t.sync_errors.c.resolved)
        if row["source_table"] == "campaign_messages"
    ]


def everything_else(env: SandboxEnvironment) -> dict[str, Any]:
    """Every cell of the tables and columns that messages do not write."""
    cells: dict[str, Any] = {}
    with env.engine.connect() as conn:
        for table in t.metadata.sorted_tables:
            if table in TOUCHED:
                continue
            columns = [column for column in table.columns if column.name not in MESSAGE_COLUMNS]
            order = list(table.primary_key.columns)
            cells[table.name] = conn.execute(sa.select(*columns).order_by(*order)).all()
    return cells
