"""Copy contacts into a table, with the format options of COPY."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.copy_rows import NO_MEMBERS, Converted

if TYPE_CHECKING:
    from psycopg import Connection as PsycopgConnection

# An empty cell is NULL, because no text of a contact is the empty string.
_FORMAT = "FORMAT text, NULL ''"
# An empty list or object is the default of its column, which is much faster than parsing it.
_DEFAULT = f"DEFAULT '{NO_MEMBERS}'"
_DEFAULT_SINCE = 160000


def copy_contacts(
    conn: sa.Connection, table: str, parts: Iterable[Converted], *, frozen: bool = False
) -> list[Converted]:
    """Copy the parts into the table in their order, in the transaction of `conn`; return them without their text.

    `frozen` is for a table that is new in this transaction: its rows are written only once.
    """
    driver = cast("PsycopgConnection[Any]", conn.connection.driver_connection)
    conn.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))  # times are written without a zone
    options = [_FORMAT]
    if driver.info.server_version >= _DEFAULT_SINCE:
        options.append(_DEFAULT)
    if frozen:
        options.append("FREEZE")
    done = []
    with driver.cursor() as cursor:
        filled = (part for part in parts if part.rows)
        for columns, group in groupby(filled, key=attrgetter("columns")):
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN ({', '.join(options)})".encode()) as copy:
                for part in group:
                    copy.write(part.text)
                    done.append(part.without_text())
    return done
