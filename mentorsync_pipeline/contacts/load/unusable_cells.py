"""Count the unusable cells of contacts, for the comparison of two loads (rulebook section 2)."""

import sqlalchemy as sa

from mentorsync_pipeline.domain.list_guard import CellCounts

_ZIP = r"^[0-9]{5}(-[0-9]{4})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
# Sample size: enough for shares that differ by ten points. Checking a million rows would take seconds.
_SAMPLE_ROWS = 50_000
_US_NAMES = ("", "us", "usa", "united states", "united states of america")


def count_cells(
    conn: sa.Connection, table: sa.Table, *, rows: int, earlier: sa.Table | None = None
) -> dict[str, CellCounts]:
    """Count filled and unusable cells of active contacts by kind.

    Unusable are phones and emails without a normal form, invalid US postal codes, days that are not `YYYY-MM-DD`, and
    blank cells of contacts that have a usable one in the table `earlier`. Of many `rows` a sample is counted, always of
    the same contacts.
    """
    c = table.c
    no_zip = sa.and_(
        sa.func.lower(sa.func.coalesce(c.country, "")).in_(_US_NAMES), c.zip_code.regexp_match(_ZIP).is_(False)
    )
    unusable = {
        "phones": (c.primary_phone, sa.func.cardinality(c.phone_keys) == 0),
        "emails": (c.primary_email, sa.func.cardinality(c.email_keys) == 0),
        "postal codes": (c.zip_code, no_zip),
        "dates": (c.date_of_birth, c.date_of_birth.regexp_match(_DAY).is_(False)),
    }
    before = None if earlier is None else earlier.alias("before")
    counted = []
    for column, is_unusable in unusable.values():
        is_lost = sa.false() if before is None else _was_usable(before, column.name, table)
        counted += [
            sa.func.count().filter(sa.or_(column.is_not(None), is_lost)),
            sa.func.count().filter(sa.or_(sa.and_(column.is_not(None), is_unusable), is_lost)),
        ]
    source: sa.FromClause = table
    if before is not None:
        source = table.outerjoin(before, sa.and_(before.c.contact_id == c.contact_id, before.c.archived_at.is_(None)))
    query = sa.select(*counted).select_from(source).where(c.archived_at.is_(None))
    skipped = max(rows // _SAMPLE_ROWS, 1).bit_length() - 1
    if skipped:
        query = query.where(sa.func.hashint8(c.contact_id).bitwise_and((1 << skipped) - 1) == 0)
    numbers = iter(conn.execute(query).one())
    return {kind: CellCounts(filled=next(numbers), unusable=next(numbers)) for kind in unusable}


def _was_usable(before: sa.FromClause, column: str, present: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a cell is blank whose contact had a value before: for phones and emails, of any place."""
    keys = {"primary_phone": "phone_keys", "primary_email": "email_keys"}.get(column)
    if keys is None:
        return sa.and_(before.c[column].is_not(None), present.c[column].is_(None))
    return sa.and_(
        sa.func.cardinality(before.c[keys]) > 0, present.c[column].is_(None), sa.func.cardinality(present.c[keys]) == 0
    )
