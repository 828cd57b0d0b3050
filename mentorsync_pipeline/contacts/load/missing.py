"""What an export leaves out: archived contacts. Which of them are no loss, and which still hold an External ID.

Everything happens in the caller's transaction, before the new table takes the old one's place.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.tables import archived_duplicates, raw_gb_full_contacts

_OLD = raw_gb_full_contacts
_LEDGER = archived_duplicates
# Export and API may round a moment to the second differently.
_ROUNDING = timedelta(seconds=2)


def missing_contacts(conn: sa.Connection, new: sa.Table) -> list[int]:
    """The persons who are alive in the old table and not so in the `new` one; those that we archived are no loss."""
    lives = sa.exists().where(new.c.contact_id == _OLD.c.contact_id, new.c.archived_at.is_(None))
    query = sa.select(_OLD.c.contact_id).where(active_individuals(_OLD), ~lives, _OLD.c.contact_id.not_in(_archived()))
    return list(conn.execute(query).scalars())


def changed_back(conn: sa.Connection, new: sa.Table, *, now: datetime) -> int:
    """How many persons the `new` table has in an earlier state than the old one: at Givebutter no change goes back.

    An old row that was changed later than `now`, as it says, proves nothing.
    """
    query = (
        sa.select(sa.func.count())
        .select_from(_OLD)
        .join(new, new.c.contact_id == _OLD.c.contact_id)
        .where(new.c.last_modified < _OLD.c.last_modified - _ROUNDING, _OLD.c.last_modified <= now)
    )
    return int(conn.execute(query).scalar_one())


def keep_as_they_were(conn: sa.Connection, new: sa.Table, contact_ids: Collection[int] | None) -> int:
    """Copy old rows that the `new` table lacks into it unchanged; returns how many. None stands for all of them."""
    old = sa.select(_OLD).where(~sa.exists().where(new.c.contact_id == _OLD.c.contact_id))
    if contact_ids is not None:
        old = old.where(_OLD.c.contact_id.in_(contact_ids))
    copied = conn.execute(
        sa.insert(new).from_select(_OLD.columns.keys(), old), execution_options={"preserve_rowcount": True}
    )
    return copied.rowcount


def most_archived_by_us(conn: sa.Connection) -> int:
    """The same for any new table: how many of the living our ledger says are archived."""
    query = sa.select(sa.func.count()).where(active_individuals(_OLD), _OLD.c.contact_id.in_(_archived()))
    return int(conn.execute(query).scalar_one())


def known_archived(conn: sa.Connection, contact_ids: Collection[int]) -> int:
    """How many of these contacts our ledger says are archived."""
    query = sa.select(sa.func.count()).where(_LEDGER.c.contact_id.in_(contact_ids), _LEDGER.c.status == "archived")
    return int(conn.execute(query).scalar_one())


def keep_external_id_holders(
    conn: sa.Connection, new: sa.Table, *, as_of: datetime, loaded_at: datetime, load_id: int
) -> int:
    """Copy the old rows that hold an External ID and that the export lacks into `new`; returns how many.

    A person who is not in an export is archived, and Givebutter rejects an id that an archived contact holds. An id
    that a contact of the export holds, that we took off over the API, or whose contact the API did not know any more,
    is not held by the missing one.
    """
    marks = {"archived_at": ":as_of", "observed_at": ":loaded_at", "load_id": ":load_id"}
    names = _OLD.columns.keys()
    living = active_individuals(_OLD).compile(compile_kwargs={"literal_binds": True})
    cells = (f"CASE WHEN {living} THEN {marks[name]} ELSE {name} END" if name in marks else name for name in names)
    copied = conn.execute(
        sa.text(
            f"INSERT INTO {new} ({', '.join(names)}) SELECT {', '.join(cells)} FROM {_OLD} "
            "WHERE external_id IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM {new} new WHERE new.contact_id = {_OLD.c.contact_id}) "
            f"AND NOT EXISTS (SELECT FROM {new} new WHERE upper(new.external_id) = upper({_OLD.c.external_id})) "
            f"AND NOT EXISTS (SELECT FROM {_LEDGER} ledger WHERE ledger.contact_id = {_OLD.c.contact_id} "
            "AND status <> 'restored' AND (outcome = 'missing' "
            f'OR upper(cleared_external_id COLLATE "C") = upper({_OLD.c.external_id})))'
        ),
        {"as_of": as_of, "loaded_at": loaded_at, "load_id": load_id},
        execution_options={"preserve_rowcount": True},
    )
    return copied.rowcount


def _archived() -> sa.Select[tuple[int]]:
    return sa.select(_LEDGER.c.contact_id).where(_LEDGER.c.status == "archived")
