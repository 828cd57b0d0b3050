"""The questions that wait for a person, found and told with everything that is needed to answer them (rulebook 5, 6).

Answering does not belong here (`store.decisions`), nor how a question is shown: the command line and the console both
come through here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.rules.comparison import score_words, side_by_side
from mentorsync_pipeline.store.decisions import ConflictNotFoundError
from mentorsync_pipeline.tables import sync_conflicts, sync_decisions

OPEN = ("pending",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFilter:
    """Which conflicts to find; what is not given does not restrict.

    `statuses` empty means any. `older_than` is an age since the question was first asked. `search` is a text that
    occurs in the MN id, the subject, the reason or anything that an option or the context tells, whatever its case.
    """

    year: int | None = None
    conflict_type: str | None = None
    severity: str | None = None
    statuses: Sequence[str] = OPEN
    mn_id: str | None = None
    older_than: timedelta | None = None
    search: str | None = None
    recommended: bool | None = None


_SEVERITY_ORDER = sa.case({"high": 0, "medium": 1}, value=sync_conflicts.c.severity, else_=2)


def conflicts(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> list[dict[str, Any]]:
    """The rows of `sync_conflicts` that fit, the severest and then the oldest first."""
    table = sync_conflicts
    query = sa.select(table).where(*_conditions(wanted, now)).order_by(_SEVERITY_ORDER, table.c.created_at, table.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def conflict(conn: sa.Connection, conflict_id: int) -> dict[str, Any]:
    """One conflict with all that a person needs to answer it.

    Besides the columns of its row: `facts` (each with `name`, `mentor`, `a`, `b`, `differs`), `compared` (what `a` and
    `b` of the facts are), `score_a` and `score_b` in words where there are scores, `decision` (the standing answer)
    and `history` (answers that were undone or replaced, oldest first).

    Raises ConflictNotFoundError.
    """
    table = sync_conflicts
    row = conn.execute(sa.select(table).where(table.c.id == conflict_id)).mappings().first()
    if row is None:
        raise ConflictNotFoundError(
            f"There is no conflict {conflict_id}.", "List them with: mentorsync conflicts list --year YEAR."
        )
    a, b = row["option_a"]["metadata"], row["option_b"]["metadata"]
    compared = ("A", "B")
    if "kept" in a:  # both options are about the same two sign-ups
        a, b, compared = a["kept"], a["older"], ("newer sign-up", "older sign-up")
    facts = side_by_side(a, b, mentor=row["context"].get("signup"))
    answers = _answers(conn, row)
    return {
        **row,
        "facts": [{**asdict(one), "differs": one.differs} for one in facts],
        "compared": compared,
        "score_a": score_words(a.get("score_parts", {})),
        "score_b": score_words(b.get("score_parts", {})),
        "decision": next((one for one in answers if one["undone_at"] is None), None),
        "history": [one for one in answers if one["undone_at"] is not None],
    }


def acceptable(conn: sa.Connection, wanted: ConflictFilter, *, now: datetime) -> tuple[list[dict[str, Any]], int]:
    """What *accept all recommendations* would answer: the open conflicts that fit and have a recommendation.

    Also how many it would leave because they have none.
    """
    found = [one for one in conflicts(conn, wanted, now=now) if one["status"] == "pending"]
    with_one = [one for one in found if one["recommended_option"] is not None]
    return with_one, len(found) - len(with_one)


def _conditions(wanted: ConflictFilter, now: datetime) -> list[sa.ColumnElement[bool]]:
    c = sync_conflicts.c
    equal = {
        c.campaign_year: wanted.year,
        c.conflict_type: wanted.conflict_type,
        c.severity: wanted.severity,
        c.mn_id: wanted.mn_id,
    }
    found: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if wanted.statuses:
        found.append(c.status.in_(wanted.statuses))
    if wanted.older_than is not None:
        found.append(c.created_at < now - wanted.older_than)
    if wanted.search:
        texts = (c.mn_id, c.subject, c.recommendation_reason, c.option_a, c.option_b, c.context)
        found.append(sa.or_(*(sa.cast(text, sa.Text).icontains(wanted.search, autoescape=True) for text in texts)))
    if wanted.recommended is not None:
        found.append(c.recommended_option.is_not(None) if wanted.recommended else c.recommended_option.is_(None))
    return found


def _answers(conn: sa.Connection, row: sa.RowMapping) -> list[dict[str, Any]]:
    table = sync_decisions
    same = (table.c[key] == row[key] for key in ("campaign_year", "mn_id", "conflict_type", "subject"))
    found = conn.execute(sa.select(table).where(*same).order_by(table.c.id)).mappings()
    return [dict(one) for one in found]
