"""Count the unusable cells of contacts, for the comparison of two loads (rulebook section 2)."""

import sqlalchemy as sa

from mentorsync_pipeline.domain.list_guard import CellCounts

_ZIP = r"^[0-9]{5}(-[0-9]{4})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
# Sample size: enough for shares that differ by ten points. Checking a million rows would take seconds.
_SAMPLE_ROWS = 50_000
_US_NAMES = ("", "us", "usa", "united states", "united states of america")


def count_cells(conn: sa.Connection, table: sa.Table, *, rows: int) -> dict[str, CellCounts]:
    """Count filled and unusable cells of active contacts by kind.

    Unusable are phones and emails without a normal form, invalid US postal codes, and days that are not `YYYY-MM-DD`.
    Of many `rows` a sample is counted, always of the same contacts.
    """
    c = table.c
    no_phone = sa.func.cardinality(c.phone_keys) == 0
    no_email = sa.func.cardinality(c.email_keys) == 0
    no_zip = sa.and_(
        sa.func.lower(sa.func.coalesce(c.country, "")).in_(_US_NAMES), c.zip_code.regexp_match(_ZIP).is_(False)
    )
    cells = {
        "phones": (c.primary_phone, no_phone),
        "emails": (c.primary_email, no_email),
        "postal codes": (c.zip_code, no_zip),
        "dates": (c.date_of_birth, c.date_of_birth.regexp_match(_DAY).is_(False)),
    }
    counted = [
        count
        for column, is_unusable in cells.values()
        for count in (
            sa.func.count(column),
            sa.func.count().filter(column.is_not(None), is_unusable),
        )
    ]
    query = sa.select(*counted).where(c.archived_at.is_(None))
    skipped = max(rows // _SAMPLE_ROWS, 1).bit_length() - 1
    if skipped:
        query = query.where(sa.func.hashint8(c.contact_id).bitwise_and((1 << skipped) - 1) == 0)
    numbers = iter(conn.execute(query).one())
    return {kind: CellCounts(filled=next(numbers), unusable=next(numbers)) for kind in cells}
