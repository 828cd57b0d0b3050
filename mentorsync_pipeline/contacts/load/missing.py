"""Compare the new contact table of a load with the old one: missing contacts, older states, kept rows.

All functions run in the caller's transaction, before the new table replaces the old one.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import active_individuals, is_any_of
from mentorsync_pipeline.db.tables import archived_duplicates, raw_gb_full_contacts
from mentorsync_pipeline.db.tables.raw import has_tidy_external_id

_OLD = raw_gb_full_contacts
_LEDGER = archived_duplicates
# Exports and the API may round times to the second differently.
ROUNDING = timedelta(seconds=2)


class Comparison(NamedTuple):
    """Differences of a new table from the old one.

    Attributes:
        missing: active individual contacts of the old table that the new one lacks, except those that we archived.
        older: number of contacts whose last change is earlier in the new table, which shows that it is older.
        newer: number of contacts whose last change is later in the new table.

    """

    missing: list[int]
    older: int
    newer: int

    @property
    def is_newer(self) -> bool:
        """Return whether the changes of the contacts show that the new table is newer."""
        return bool(self.newer) and not self.older


def compare_contacts(conn: sa.Connection, new: sa.Table, *, now: datetime) -> Comparison:
    """Compare the `new` table with the old one. Rows with a last change later than `now` are never newer."""
    is_missing = sa.and_(
        active_individuals(_OLD), new.c.contact_id.is_(None), _OLD.c.contact_id.not_in(_select_archived())
    )
    is_older = sa.and_(new.c.last_modified < _OLD.c.last_modified - ROUNDING, _OLD.c.last_modified <= now)
    is_newer = sa.and_(new.c.last_modified > _OLD.c.last_modified + ROUNDING, new.c.last_modified <= now)
    query = sa.select(
        sa.func.array_agg(_OLD.c.contact_id).filter(is_missing),
        sa.func.count().filter(is_older),
        sa.func.count().filter(is_newer),
    ).select_from(_OLD.outerjoin(new, sa.and_(new.c.contact_id == _OLD.c.contact_id, new.c.archived_at.is_(None))))
    missing, older, newer = conn.execute(query).one()
    return Comparison(list(missing or ()), older, newer)


def find_archived_elsewhere(conn: sa.Connection, new: sa.FromClause) -> list[int]:
    """Return the active individual contacts that `new` has as archived, except those that we archived."""
    query = (
        sa.select(_OLD.c.contact_id)
        .join(new, new.c.contact_id == _OLD.c.contact_id)
        .where(active_individuals(_OLD), new.c.archived_at.is_not(None), _OLD.c.contact_id.not_in(_select_archived()))
    )
    return list(conn.execute(query).scalars())


def copy_old_rows(conn: sa.Connection, new: sa.Table, contact_ids: Collection[int] | None) -> int:
    """Copy old rows that the `new` table lacks into it; return their number. None copies all of them."""
    old = sa.select(_OLD).where(~sa.exists().where(new.c.contact_id == _OLD.c.contact_id))
    if contact_ids is not None:
        old = old.where(is_any_of(_OLD.c.contact_id, contact_ids))
    copied = conn.execute(
        sa.insert(new).from_select(_OLD.columns.keys(), old), execution_options={"preserve_rowcount": True}
    )
    return copied.rowcount


def count_archived_by_us(conn: sa.Connection) -> int:
    """Count the active individual contacts that are archived by our ledger."""
    query = sa.select(sa.func.count()).where(active_individuals(_OLD), _OLD.c.contact_id.in_(_select_archived()))
    return int(conn.execute(query).scalar_one())


def count_archived_in_ledger(conn: sa.Connection, contact_ids: Collection[int]) -> int:
    """Count those contacts that are archived by our ledger."""
    query = sa.select(sa.func.count()).where(
        is_any_of(_LEDGER.c.contact_id, contact_ids), _LEDGER.c.status == "archived"
    )
    return int(conn.execute(query).scalar_one())


def copy_external_id_holders(
    conn: sa.Connection, new: sa.Table, *, as_of: datetime, loaded_at: datetime, load_id: int
) -> int:
    """Copy old rows with an External ID that the export lacks into `new`, as archived; return their number.

    A contact that an export lacks is archived, and Givebutter rejects External IDs of archived contacts. Rows are not
    copied if a contact of the export has the id without white space, if we cleared it over the API, or if the API no
    longer has the contact.
    """
    marks = {"archived_at": ":as_of", "observed_at": ":loaded_at", "load_id": ":load_id"}
    names = _OLD.columns.keys()
    is_active = active_individuals(_OLD).compile(compile_kwargs={"literal_binds": True})
    is_tidy = has_tidy_external_id(new.alias("new")).compile(conn, compile_kwargs={"literal_binds": True})
    cells = (f"CASE WHEN {is_active} THEN {marks[name]} ELSE {name} END" if name in marks else name for name in names)
    copied = conn.execute(
        sa.text(
            f"INSERT INTO {new} ({', '.join(names)}) SELECT {', '.join(cells)} FROM {_OLD} "
            "WHERE external_id IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM {new} new WHERE new.contact_id = {_OLD.c.contact_id}) "
            f"AND NOT EXISTS (SELECT FROM {new} new WHERE upper(new.external_id) = upper({_OLD.c.external_id}) "
            f"AND {is_tidy}) "
            f"AND NOT EXISTS (SELECT FROM {_LEDGER} ledger WHERE ledger.contact_id = {_OLD.c.contact_id} "
            "AND status <> 'restored' AND (outcome = 'missing' "
            f'OR upper(cleared_external_id COLLATE "C") = upper({_OLD.c.external_id})))'
        ),
        {"as_of": as_of, "loaded_at": loaded_at, "load_id": load_id},
        execution_options={"preserve_rowcount": True},
    )
    return copied.rowcount


def _select_archived() -> sa.Select[tuple[int]]:
    return sa.select(_LEDGER.c.contact_id).where(_LEDGER.c.status == "archived")
