"""Send contacts to a table: what their text means to PostgreSQL is said here alone."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

import sqlalchemy as sa
from psycopg import Connection as PsycopgConnection

from mentorsync_pipeline.contacts.load.copy_rows import NO_MEMBERS, Converted

# Blank is NULL: no text of a contact is ever the empty string.
_FORMAT = "FORMAT text, NULL ''"
# An empty list or object is the default of its column. To take that is much less work than to read it.
_DEFAULT = f"DEFAULT '{NO_MEMBERS}'"
_DEFAULT_SINCE = 160000


def copy_contacts(
    conn: sa.Connection, table: str, parts: Iterable[Converted], *, frozen: bool = False
) -> list[Converted]:
    """Copy the parts into the table, in their order, in the transaction of `conn`; they come back without their text.

    `frozen` is for a table that is new in this transaction: its rows need not be touched a second time.
    """
    driver = cast("PsycopgConnection[Any]", conn.connection.driver_connection)
    conn.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))  # moments are written without a zone
    options = [_FORMAT]
    if driver.info.server_version >= _DEFAULT_SINCE:
        options.append(_DEFAULT)
    if frozen:
        options.append("FREEZE")
    done = []
    with driver.cursor() as cursor:
        filled = (part for part in parts if part.rows)
        for columns, alike in groupby(filled, key=attrgetter("columns")):
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN ({', '.join(options)})".encode()) as copy:
                for part in alike:
                    copy.write(part.text)
                    done.append(part.without_text())
    return done
