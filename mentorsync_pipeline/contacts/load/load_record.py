"""Record loads of contacts (`gb_contact_loads`) and serialise them with a lock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.load.copy_rows import UnusualContact
from mentorsync_pipeline.contacts.rules.export_columns import ExportError
from mentorsync_pipeline.db.asset_run import LOCK_CLASS
from mentorsync_pipeline.db.filters import active_individuals
from mentorsync_pipeline.db.tables import gb_contact_loads, raw_gb_full_contacts
from mentorsync_pipeline.domain.config import Thresholds
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.list_findings import ListLimits
from mentorsync_pipeline.domain.record_fields import UnreadableRecord


class ListRefusedError(ExportError):
    """A list of contacts was refused. `finding` is the error that a person may accept."""

    def __init__(self, message: str, what_to_do: str, *, finding: ErrorFinding, code: str) -> None:
        super().__init__(message, what_to_do, code=code)
        self.finding = finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """Request for a load of contacts.

    Attributes:
        max_shrink: share by which the number of contacts may fall.
        forced_by: name of the person who forces the load despite its size or age.
        accepted: fingerprints that a person accepted after an earlier load was refused.

    """

    run_id: str
    loaded_at: datetime
    max_shrink: Decimal
    forced_by: str | None = None
    accepted: Collection[str] = ()

    @property
    def limits(self) -> ListLimits:
        """Return the limits of missing records and unusable cells."""
        return ListLimits(Thresholds(list_shrink_share=self.max_shrink), self.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Result of a load.

    Attributes:
        rows: number of loaded contacts.
        previous_rows: number of active individual contacts before the load.
        changed: number of contacts that differ from those before; None for a load that replaced all contacts.
        unusual: contacts from whose texts characters were dropped.
        unreadable: contacts that could not be read; their rows are not changed.
        contact_ids: contacts of a load of some contacts; None for a load of all.
        future: contacts whose last change is later than now.
        labels: labels of the custom fields; None for a load of some contacts that has no new label.

    """

    load_id: int
    origin: str
    as_of: datetime
    rows: int
    previous_rows: int
    changed: int | None = None
    file_name: str | None = None
    sha256: str | None = None
    details: Mapping[str, int] = field(default_factory=dict)
    unusual: tuple[UnusualContact, ...] = ()
    unreadable: tuple[UnreadableRecord, ...] = ()
    contact_ids: tuple[int, ...] | None = None
    future: tuple[int, ...] = ()
    labels: tuple[str, ...] | None = None


def lock_contacts(conn: sa.Connection) -> None:
    """Lock loads of contacts until this transaction ends; waits for a running load."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_CLASS, 0)))


def count_active_individuals(conn: sa.Connection) -> int:
    """Count the active individual contacts, which an export contains."""
    table = raw_gb_full_contacts
    return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(active_individuals())).scalar_one())


def read_max_shrink(conn: sa.Connection) -> Decimal:
    """Return the share by which contacts may fall: the strictest of all active years."""
    shares = [
        configuration.read_config(conn, year).thresholds.contacts_shrink_share
        for year in configuration.read_configured_years(conn)
    ]
    return min(shares, default=Thresholds().contacts_shrink_share)


def read_labels(conn: sa.Connection) -> tuple[str, ...]:
    """Return the labels of custom fields as of the last load."""
    load = gb_contact_loads
    query = (
        sa.select(load.c.custom_field_labels)
        .where(load.c.custom_field_labels.is_not(None))
        .order_by(load.c.id.desc())
        .limit(1)
    )
    return tuple(conn.execute(query).scalar_one_or_none() or ())


def start_load(conn: sa.Connection, request: LoadRequest, *, origin: str, file_name: str | None = None) -> int:
    """Record the start of a load and return its id. `finish_load` adds the result."""
    values = {
        "origin": origin,
        "file_name": file_name,
        "row_count": 0,
        "as_of": request.loaded_at,
        "loaded_at": request.loaded_at,
        "run_id": request.run_id,
        "forced_by": request.forced_by,
    }
    return int(conn.execute(sa.insert(gb_contact_loads).values(values).returning(gb_contact_loads.c.id)).scalar_one())


def finish_load(conn: sa.Connection, loaded: Loaded) -> Loaded:
    """Record the result of a load."""
    conn.execute(
        sa.update(gb_contact_loads)
        .where(gb_contact_loads.c.id == loaded.load_id)
        .values(
            row_count=loaded.rows,
            previous_row_count=loaded.previous_rows,
            changed_count=loaded.changed,
            as_of=loaded.as_of,
            sha256=loaded.sha256,
            notes=dict(loaded.details) or None,
            custom_field_labels=None if loaded.labels is None else list(loaded.labels),
        )
    )
    return loaded
