"""Fixture with a few mentors of a year in the tables, for records of staff; no sync is needed."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.attendance.service import Observation
from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from tests.console.conftest import _quick_passwords  # noqa: F401  # fixture
from tests.support.mentors_stage import CONFIG
from tests.support.small_year import env, settled_snapshot, start_small, take_snapshot  # noqa: F401  # fixtures

YEAR = 2025
ZONE = ZoneInfo("America/New_York")
NAMES = (("Robin", "Testwell"), ("Sasha", "Placeholder"), ("Kim", "Example"), ("Kim", "Sample"))


@dataclass
class Desk:
    """The check-in desk: actions of a person at a given time, and the tables' contents after them."""

    engine: sa.Engine
    instance: dg.DagsterInstance
    now: datetime = datetime(2025, 10, 4, 23, 30, tzinfo=UTC)
    actor_name: str = "Ann"
    year: int = YEAR
    folder: Path = Path()

    @property
    def context(self) -> ChangeContext:
        return ChangeContext(
            engine=self.engine,
            actor=Actor(name=self.actor_name, via="local"),
            now=lambda: self.now,
            instance=lambda: nullcontext(self.instance),
        )

    def later(self, **interval: float) -> None:
        self.now += timedelta(**(interval or {"minutes": 5}))

    def observed(self, device_record_id: str | None = None, at: Any = None) -> Observation:
        return Observation(zone=ZONE, observed_at=at, device_record_id=device_record_id)

    def rows(self, table: sa.Table = t.mentor_records) -> list[dict[str, Any]]:
        with self.engine.connect() as conn:
            return [dict(row) for row in conn.execute(sa.select(table).order_by(table.c.id)).mappings()]


def mentor_values(number: int) -> dict[str, Any]:
    first, last = NAMES[number - 1]
    return {
        "campaign_year": YEAR,
        "mn_id": f"MN{number:04d}",
        "submission_id": f"60{number:04d}",
        "first_name": first,
        "last_name": last,
        "phone": f"+1706555{number:04d}",
        "personal_email": f"{first}.{last}@mail.example".lower(),
        "status": "needs_setup",
        "sync_state": "matched",
    }


@pytest.fixture
def desk(engine: sa.Engine, instance: dg.DagsterInstance, tmp_path: Path) -> Desk:
    """Four mentors: two are named Kim, and the first has a corrected id."""
    fill(engine)
    return Desk(engine, instance, folder=tmp_path)


def fill(engine: sa.Engine) -> None:
    """Write the mentors and the configuration of the year to an empty database."""
    signups = [
        {
            name: value
            for name, value in mentor_values(number).items()
            if name in t.deduplicated_signups.columns and name not in ("status", "sync_state")
        }
        | {
            "external_id": f"MN{number:04d}",
            "created_at": datetime(2025, 9, 1, tzinfo=UTC),
            "superseded_mn_ids": ["MN0900"] if number == 1 else [],
        }
        for number in range(1, 5)
    ]
    with engine.begin() as conn:
        conn.execute(sa.insert(t.mentors), [mentor_values(number) for number in range(1, 5)])
        conn.execute(sa.insert(t.deduplicated_signups), signups)
        configuration.save_config(conn, CONFIG)
