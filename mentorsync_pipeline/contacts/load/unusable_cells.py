"""Count the cells of contacts that cannot be used, so that two loads can be compared (rulebook section 2)."""

import sqlalchemy as sa

from mentorsync_pipeline.domain.list_guard import CellCounts

_ZIP = r"^[0-9]{5}(-[0-9]{4})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
# Enough to tell shares that are ten points apart; a regular expression on every cell of a million takes seconds.
_COUNTED = 50_000
_HOME = ("", "us", "usa", "united states", "united states of america")


def cell_counts(conn: sa.Connection, table: sa.Table, *, rows: int) -> dict[str, CellCounts]:
    """Filled and unusable cells of the living contacts of a contact table, by kind.

    Unusable are a phone or an email without a normal form, a postal code of the US that is none, and a day that is not
    `YYYY-MM-DD`. Of many `rows` a part is counted, which is always the same contacts.
    """
    c = table.c
    no_phone = sa.func.cardinality(c.phone_keys) == 0
    no_email = sa.func.cardinality(c.email_keys) == 0
    no_zip = sa.and_(
        sa.func.lower(sa.func.coalesce(c.country, "")).in_(_HOME), c.zip_code.regexp_match(_ZIP).is_(False)
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
    skipped = max(rows // _COUNTED, 1).bit_length() - 1
    if skipped:
        query = query.where(sa.func.hashint8(c.contact_id).bitwise_and((1 << skipped) - 1) == 0)
    numbers = iter(conn.execute(query).one())
    return {kind: CellCounts(filled=next(numbers), unusable=next(numbers)) for kind in cells}
