"""Send contacts to a table: what their text means to PostgreSQL is said here alone.

How the text is made does not belong here; see `store.contacts_rows`.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

import sqlalchemy as sa
from psycopg import Connection as PsycopgConnection

from mentorsync_pipeline.store.contacts_rows import Converted

# Blank is NULL: no text of a contact is ever the empty string.
_FORMAT = "FORMAT text, NULL ''"


def copy_contacts(
    conn: sa.Connection, table: str, parts: Iterable[Converted], *, frozen: bool = False
) -> list[Converted]:
    """Copy the parts into the table, in their order, in the transaction of `conn`; they come back without their text.

    `frozen` is for a table that is new in this transaction: its rows need not be touched a second time.
    """
    driver = cast("PsycopgConnection[Any]", conn.connection.driver_connection)
    conn.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))  # moments are written without a zone
    options = f"{_FORMAT}, FREEZE" if frozen else _FORMAT
    done = []
    with driver.cursor() as cursor:
        filled = (part for part in parts if part.rows)
        for columns, alike in groupby(filled, key=attrgetter("columns")):
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN ({options})".encode()) as copy:
                for part in alike:
                    copy.write(part.text)
                    done.append(part.without_text())
    return done
