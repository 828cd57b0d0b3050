"""Read the state of a year's loop. The navigation, the overview and the API show these numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_listing import count_settled
from mentorsync_pipeline.contacts.label_lookup import find_labels
from mentorsync_pipeline.contacts.queries import read_last_as_of
from mentorsync_pipeline.db.filters import runs_with_changes
from mentorsync_pipeline.db.tables import (
    archive_plan,
    audit_log,
    gb_import_files,
    mentors,
    raw_mn_signups,
    sync_conflicts,
    sync_decisions,
    sync_log,
)
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED
from mentorsync_pipeline.import_file.row_previews import preview_next_file
from mentorsync_pipeline.import_file.rules.preview import Kind, RowPreview, count_kinds
from mentorsync_pipeline.loop.rules.next_step import FileFacts, Loop, LoopFacts, find_next_step
from mentorsync_pipeline.review.pending_counts import PendingCounts, read_pending_counts

_MOST_CACHED = 8
_UNLINKED = f'"{LEAVE_UNLINKED}"'  # as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedMentors:
    """Mentors who are left out of the import file, by what they wait for; each is counted once.

    Attributes:
        open: an open question.
        skipped: a question that somebody skipped.
        answered: an answer that the next run applies.
        unlinked: left without a contact by a decision.
        other: none of these; the next run decides.

    """

    open: int
    skipped: int
    answered: int
    unlinked: int
    other: int

    @property
    def total(self) -> int:
        """Number of blocked mentors."""
        return self.open + self.skipped + self.answered + self.unlinked + self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopState:
    """The loop of a year with the facts that decide it, and what is open."""

    loop: Loop
    facts: LoopFacts
    pending: PendingCounts
    blocked: BlockedMentors
    preview: Mapping[Kind, int]


class PreviewCache:
    """The last previews, so that pages do not compare every row again while nothing has changed."""

    def __init__(self) -> None:
        self._previews: dict[tuple[object, ...], list[RowPreview]] = {}
        self._lock = Lock()

    def read(self, conn: sa.Connection, config: CampaignConfig) -> list[RowPreview]:
        """Return the preview of the year's next file (`row_previews.preview_next_file`)."""
        # Runs and people change rows only with an entry in one of the two logs.
        last = conn.execute(
            sa.select(
                sa.select(sa.func.max(sync_log.c.id)).scalar_subquery(),
                sa.select(sa.func.max(audit_log.c.id)).scalar_subquery(),
                sa.select(sa.func.count(sync_log.c.finished_at)).scalar_subquery(),
            )
        ).one()
        key = (str(conn.engine.url), config.campaign_year, *last)
        with self._lock:
            if key in self._previews:
                return self._previews[key]
        preview = preview_next_file(conn, find_labels(conn, config).config)
        with self._lock:
            self._previews[key] = preview
            while len(self._previews) > _MOST_CACHED:
                self._previews.pop(next(iter(self._previews)))
        return preview


def read_loop(conn: sa.Connection, config: CampaignConfig, previews: PreviewCache, *, now: datetime) -> LoopState:
    """Read where the loop of a year stands at `now`."""
    year = config.campaign_year
    pending = read_pending_counts(conn, year)
    preview = count_kinds(previews.read(conn, config))
    facts = LoopFacts(
        now=now,
        contacts_as_of=read_last_as_of(conn),
        stale_after=timedelta(days=config.thresholds.contacts_stale_days),
        has_signups=_has_signups(conn, year),
        open_questions=pending.open_questions,
        unapplied_answers=pending.unapplied_answers,
        changed_rows=preview["changed"],
        new_rows=preview["new"],
        file=read_newest_file(conn, year),
        to_approve=pending.approvals,
        to_archive=_count_planned(conn, year) - count_settled(conn, year, "duplicates"),
    )
    return LoopState(
        loop=find_next_step(facts),
        facts=facts,
        pending=pending,
        blocked=count_blocked_mentors(conn, year),
        preview=preview,
    )


def count_blocked_mentors(conn: sa.Connection, year: int) -> BlockedMentors:
    """Count the blocked mentors by what they wait for: the first of open, skipped, answered and unlinked."""
    c, conflict, decision = mentors.c, sync_conflicts.c, sync_decisions.c
    states = (
        sa.select(
            conflict.mn_id,
            sa.func.bool_or(conflict.status == "pending").label("open"),
            sa.func.bool_or(conflict.status == "skipped").label("skipped"),
            sa.func.bool_or(sa.and_(conflict.status == "decided", sa.cast(decision.value, sa.Text) != _UNLINKED)).label(
                "answered"
            ),
            sa.func.bool_or(conflict.status == "decided").label("decided"),
        )
        .select_from(sa.outerjoin(sync_conflicts, sync_decisions, decision.id == conflict.decision_id))
        .where(conflict.campaign_year == year, conflict.blocking, conflict.status != "obsolete")
        .group_by(conflict.mn_id)
        .subquery("states")
    )
    kind = sa.case(
        (states.c.open, "open"),
        (states.c.skipped, "skipped"),
        (states.c.answered, "answered"),
        (states.c.decided, "unlinked"),
        else_="other",
    )
    rows = conn.execute(
        sa.select(kind.label("kind"), sa.func.count().label("number"))
        .select_from(sa.outerjoin(mentors, states, states.c.mn_id == c.mn_id))
        .where(c.campaign_year == year, c.sync_state == "blocked")
        .group_by(kind)
    )
    counts = {"open": 0, "skipped": 0, "answered": 0, "unlinked": 0, "other": 0}
    counts |= {row.kind: row.number for row in rows}
    return BlockedMentors(**counts)


def read_newest_file(conn: sa.Connection, year: int) -> FileFacts | None:
    """Read the year's newest import file, whether it was downloaded and whether import rows have changed since."""
    file, log, act = gb_import_files.c, sync_log.c, audit_log.c
    fetched_at = (
        sa.select(sa.func.max(act.done_at))
        .where(act.act == "file_fetched", act.campaign_year == year, act.subject == file.sha256)
        .scalar_subquery()
    )
    is_outdated = sa.exists().where(
        log.campaign_year == year,
        log.asset == "mn_gb_import",
        log.status == "success",
        log.id > file.sync_log_id,
        runs_with_changes(),
    )
    row = conn.execute(
        sa.select(file.id, file.created_at, file.contacts_as_of, fetched_at.label("at"), is_outdated.label("outdated"))
        .where(file.campaign_year == year)
        .order_by(file.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return FileFacts(
        file_id=row.id,
        created_at=row.created_at,
        contacts_as_of=row.contacts_as_of,
        fetched_at=row.at,
        is_outdated=row.outdated,
    )


def _has_signups(conn: sa.Connection, year: int) -> bool:
    log = sync_log.c
    query = sa.select(
        sa.exists().where(log.campaign_year == year, log.asset == raw_mn_signups.name, log.status == "success")
    )
    return bool(conn.execute(query).scalar_one())


def _count_planned(conn: sa.Connection, year: int) -> int:
    c = archive_plan.c
    query = sa.select(sa.func.count()).where(
        c.campaign_year == year, c.purpose == "duplicates", c.plan_state == "planned"
    )
    return int(conn.execute(query).scalar_one())
