"""One question that waits for a person, with everything that is needed to answer it (rulebook sections 5 and 6)."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import deduplicated_signups, sync_conflicts, sync_decisions
from mentorsync_pipeline.domain.comparison import score_words, side_by_side
from mentorsync_pipeline.review.conflict_queue import COLUMNS
from mentorsync_pipeline.review.decisions import ConflictNotFoundError, as_seen


def conflict(conn: sa.Connection, conflict_id: int) -> dict[str, Any]:
    """One conflict with all that a person needs to answer it.

    Besides the columns of its row: `facts` (each with `name`, `mentor`, `a`, `b`, `differs`), `compared` (what `a` and
    `b` of the facts are), `score_a` and `score_b` in words where there are scores, `seen` (what an answer names, so
    that a question that has changed meanwhile is not answered), `decision` (the standing answer) and `history` (answers
    that were undone or replaced, oldest first).

    Raises ConflictNotFoundError.
    """
    table = sync_conflicts
    row = conn.execute(sa.select(*COLUMNS).where(table.c.id == conflict_id)).mappings().first()
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
        "seen": as_seen(row),
        "decision": next((one for one in answers if one["undone_at"] is None), None),
        "history": [one for one in answers if one["undone_at"] is not None],
    }


def require_year(conn: sa.Connection, year: int, conflict_ids: Iterable[int]) -> None:
    """Raise ConflictNotFoundError unless all of these are conflicts of the year."""
    table, wanted = sync_conflicts, set(conflict_ids)
    found = conn.execute(sa.select(table.c.id).where(table.c.campaign_year == year, table.c.id.in_(wanted))).scalars()
    missing = sorted(wanted.difference(found))
    if missing:
        raise ConflictNotFoundError(
            f"{year} has no conflict {missing[0]}.", f"List them with: mentorsync conflicts list --year {year}."
        )


def years_of(conn: sa.Connection, conflict_ids: Iterable[int]) -> set[int | None]:
    """The campaign years of these conflicts."""
    table = sync_conflicts
    return set(conn.execute(sa.select(table.c.campaign_year).where(table.c.id.in_(set(conflict_ids)))).scalars())


def mentor_names(conn: sa.Connection, year: int, mn_ids: Iterable[str]) -> dict[str, str]:
    """First and last name of these mentors as they signed up; the newest sign-up's where two have one id."""
    table = deduplicated_signups
    rows = conn.execute(
        sa.select(table.c.mn_id, table.c.first_name, table.c.last_name)
        .where(table.c.campaign_year == year, table.c.mn_id.in_(set(mn_ids)))
        .order_by(table.c.created_at)
    )
    named = {row.mn_id: " ".join(filter(None, (row.first_name, row.last_name))) for row in rows}
    return {mn_id: name for mn_id, name in named.items() if name}


def _answers(conn: sa.Connection, row: sa.RowMapping) -> list[dict[str, Any]]:
    table = sync_decisions
    same = (table.c[key] == row[key] for key in ("campaign_year", "mn_id", "conflict_type", "subject"))
    found = conn.execute(sa.select(table).where(*same).order_by(table.c.id)).mappings()
    return [dict(one) for one in found]
