"""Count the unusable cells of contacts, for the comparison of two loads (rulebook section 2)."""

from typing import NamedTuple

import sqlalchemy as sa

from mentorsync_pipeline.contacts.load.missing import ROUNDING
from mentorsync_pipeline.contacts.rules.contact_rows import API_FIELDS
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, WRONGLY_DECODED
from mentorsync_pipeline.domain.list_guard import CellCounts

_ZIP = r"^[0-9]{5}(-[0-9]{4})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
# Sample size: enough for shares that differ by ten points. Checking a million rows would take seconds.
_SAMPLE_ROWS = 50_000
_US_NAMES = ("", "us", "usa", "united states", "united states of america")


# The columns of subscriptions and their names in an export.
_SUBSCRIPTIONS = {column: name for name, column in COLUMNS.items() if column.endswith("_subscribed")}
# What R, pandas, Power Query and databases write for a blank cell, in columns that are blank for most contacts.
_BLANK_SIGNS = ("NA", "<NA>", "#N/A", "nan", "NaN", "NaT", "null", "NULL", "(null)", "(NULL)", "<null>", "None", r"\N")
_SPARSE_COLUMNS = ("external_id", "prefix", "preferred_name", "middle_name", "suffix", "employer", "title")
_FORMULA_OR_QUOTE = r"""^[='"]"""
_LIST = r"""(^|,)\[["']"""


class _Cells(NamedTuple):
    """Conditions of one kind of cells, and `CellCounts.may_change`."""

    filled: sa.ColumnElement[bool]
    unusable: sa.ColumnElement[bool]
    may_change: bool = False


def count_cells(
    conn: sa.Connection,
    table: sa.FromClause,
    *,
    rows: int,
    earlier: sa.Table | None = None,
    only_changes: bool = False,
) -> dict[str, CellCounts]:
    """Count filled and unusable cells of active contacts by kind.

    Unusable are phones and emails without a normal form, invalid US postal codes, days that are not `YYYY-MM-DD`,
    names whose letters beyond ASCII were decoded wrongly or replaced by `?`, a program's sign for a blank cell (`NA`),
    External IDs and tags in a program's notation (`="MN0123"`, `["Donor"]`), and what contacts in the table `earlier`
    had and lost: a usable cell that is blank, letters beyond ASCII, a subscription whose cell is blank, a name, the
    time of the last change, donations, tags. Also cells that seem to be another contact's: another time of creation,
    another name, no email or phone as before. Of many `rows` a sample is counted, always of the same contacts.

    Args:
        only_changes: the table has changed contacts only, of which many have another name, email or phone; these are
            not counted.

    """
    before = None if earlier is None else earlier.alias("before")
    kinds = _find_kinds(table, before, only_changes=only_changes)
    counted = [
        column
        for cells in kinds.values()
        for column in (
            sa.func.count().filter(cells.filled),
            sa.func.count().filter(sa.and_(cells.filled, cells.unusable)),
        )
    ]
    skipped = max(rows // _SAMPLE_ROWS, 1).bit_length() - 1
    source: sa.FromClause = table
    if before is not None:
        # The sample on both sides: otherwise all contacts of the other table would be hashed for the join.
        is_same = sa.and_(before.c.contact_id == table.c.contact_id, _is_sampled(before, skipped))
        source = table.outerjoin(before, sa.and_(is_same, before.c.archived_at.is_(None)))
    query = sa.select(*counted).select_from(source).where(table.c.archived_at.is_(None), _is_sampled(table, skipped))
    numbers = iter(conn.execute(query).one())
    return {
        kind: CellCounts(filled=next(numbers), unusable=next(numbers), may_change=cells.may_change)
        for kind, cells in kinds.items()
    }


def _is_sampled(table: sa.FromClause, skipped: int) -> sa.ColumnElement[bool]:
    """Whether a contact is in the sample of one in 2 to the power of `skipped`."""
    if not skipped:
        return sa.true()
    return sa.func.hashint8(table.c.contact_id).bitwise_and((1 << skipped) - 1) == 0


def _find_kinds(table: sa.FromClause, before: sa.FromClause | None, *, only_changes: bool) -> dict[str, _Cells]:
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
    kinds = {}
    for kind, (column, is_unusable) in unusable.items():
        is_lost = sa.false() if before is None else _was_usable(before, column.name, table)
        kinds[kind] = _Cells(sa.or_(column.is_not(None), is_lost), sa.or_(is_unusable, is_lost))
    kinds |= {
        "names": _find_damaged_names(table, before),
        "blank cells": _find_blank_signs(table),
        "External IDs": _Cells(c.external_id.is_not(None), c.external_id.regexp_match(_FORMULA_OR_QUOTE)),
        "tags": _Cells(sa.func.cardinality(c.tags) > 0, sa.func.array_to_string(c.tags, ",").regexp_match(_LIST)),
        "subscriptions": _find_lost_subscriptions(table, before),
    }
    if before is not None:
        kinds |= _find_lost(table, before)
        kinds |= {} if only_changes else _find_mixed_up(table, before)
    return kinds


def _find_blank_signs(table: sa.FromClause) -> _Cells:
    """Contacts with a sign for a blank cell, of those that have a value in one of the columns that are mostly blank."""
    columns = [table.c[name] for name in _SPARSE_COLUMNS]
    return _Cells(
        sa.or_(*(column.is_not(None) for column in columns)), sa.or_(*(column.in_(_BLANK_SIGNS) for column in columns))
    )


def _find_lost(table: sa.FromClause, before: sa.FromClause) -> dict[str, _Cells]:
    """Values that a contact keeps, as a rule, and that are blank or zero: a column was emptied."""
    return {
        "blank names": _Cells(_full_name(before) != "", _full_name(table) == ""),
        "blank times of the last change": _Cells(before.c.last_modified.is_not(None), table.c.last_modified.is_(None)),
        "lost donations": _Cells(before.c.total_contributions > 0, table.c.total_contributions == 0),
        "lost tags": _Cells(
            sa.func.cardinality(before.c.tags) > 0, sa.func.cardinality(table.c.tags) == 0, may_change=True
        ),
    }


def _find_mixed_up(table: sa.FromClause, before: sa.FromClause) -> dict[str, _Cells]:
    """Values that few contacts change at once: a spreadsheet sorted some of the columns only."""
    names = [(before.c[name], table.c[name]) for name in ("first_name", "last_name")]
    kinds = {
        "changed names": _Cells(
            sa.and_(*(cell.is_not(None) for pair in names for cell in pair)),
            sa.or_(*(sa.func.lower(was) != sa.func.lower(cell) for was, cell in names)),
            may_change=True,
        ),
        "changed times of creation": _Cells(
            sa.and_(before.c.date_created.is_not(None), table.c.date_created.is_not(None)),
            sa.not_(table.c.date_created.between(before.c.date_created - ROUNDING, before.c.date_created + ROUNDING)),
        ),
    }
    for kind, keys in (("changed emails", "email_keys"), ("changed phones", "phone_keys")):
        was, present = before.c[keys], table.c[keys]
        kinds[kind] = _Cells(
            sa.and_(sa.func.cardinality(was) > 0, sa.func.cardinality(present) > 0),
            sa.not_(was.overlap(present)),
            may_change=True,
        )
    return kinds


def _was_usable(before: sa.FromClause, column: str, present: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a cell is blank whose contact had a value before: for phones and emails, of any place."""
    keys = {"primary_phone": "phone_keys", "primary_email": "email_keys"}.get(column)
    if keys is None:
        return sa.and_(before.c[column].is_not(None), present.c[column].is_(None))
    return sa.and_(
        sa.func.cardinality(before.c[keys]) > 0, present.c[column].is_(None), sa.func.cardinality(present.c[keys]) == 0
    )


def _find_damaged_names(table: sa.FromClause, before: sa.FromClause | None) -> _Cells:
    """Names that have letters beyond ASCII, or had them; a question mark may stand for one."""
    name = _full_name(table)
    has_letters = _is_beyond_ascii(name)
    had_letters = sa.false() if before is None else _is_beyond_ascii(_full_name(before))
    has_mark = sa.func.strpos(name, "?") > 0
    is_damaged = sa.case((has_letters, name.regexp_match(WRONGLY_DECODED)), else_=True)
    return _Cells(sa.or_(has_letters, had_letters, has_mark), is_damaged)


def _full_name(contacts: sa.FromClause) -> sa.ColumnElement[str]:
    return sa.func.concat_ws(" ", contacts.c.first_name, contacts.c.last_name)


def _is_beyond_ascii(text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.func.octet_length(text) != sa.func.char_length(text)


def _find_lost_subscriptions(table: sa.FromClause, before: sa.FromClause | None) -> _Cells:
    """Subscriptions of the contacts before; the payload shows a cell that is blank, or a field that the API lacks."""
    if before is None:
        return _Cells(sa.false(), sa.false())
    payload, is_of_api = table.c.payload, sa.func.coalesce(table.c.origin, "") != "export"
    lost = [
        sa.and_(
            before.c[column],
            sa.or_(
                payload[name].as_string() == "",
                sa.and_(is_of_api, sa.func.coalesce(payload[API_FIELDS[column]].as_string(), "") == ""),
            ),
        )
        for column, name in _SUBSCRIPTIONS.items()
    ]
    return _Cells(sa.or_(*(before.c[column] for column in _SUBSCRIPTIONS)), sa.or_(*lost))
