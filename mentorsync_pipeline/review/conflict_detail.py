"""Read one conflict with the facts for its decision (rulebook sections 5 and 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.tables import deduplicated_signups, mentors, sync_conflicts, sync_decisions
from mentorsync_pipeline.domain.comparison import compare_options, describe_score
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.review.conflict_queue import COLUMNS
from mentorsync_pipeline.review.decision_store import ConflictNotFoundError, conflict_fingerprint, is_answer_to


def read_conflict(conn: sa.Connection, conflict_id: int, *, year: int | None = None) -> dict[str, Any]:
    """Read one conflict. Raises ConflictNotFoundError, also for a conflict of another year than `year`.

    Returns:
        The columns of `sync_conflicts`, and

        - `facts`: each with `name`, `mentor`, `a`, `b` and `differs`
        - `compared`: labels of `a` and `b`
        - `score_a`, `score_b`: score parts in words
        - `seen`: fingerprint for the answer, so that a changed conflict is not answered
        - `decision`: the answer in force, or None
        - `history`: answers that were undone or replaced, oldest first

    """
    table = sync_conflicts
    row = conn.execute(sa.select(*COLUMNS).where(table.c.id == conflict_id)).mappings().first()
    if row is None or year not in {None, row["campaign_year"]}:
        raise ConflictNotFoundError(
            f"There is no conflict {conflict_id}." if year is None else f"{year} has no conflict {conflict_id}.",
            f"List them with: mentorsync conflicts list --year {year or 'YEAR'}.",
        )
    a, b = row["option_a"]["metadata"], row["option_b"]["metadata"]
    compared = ("A", "B")
    if "kept" in a:  # both options compare the same two sign-ups
        a, b, compared = a["kept"], a["older"], ("newer sign-up", "older sign-up")
    facts = compare_options(a, b, mentor=row["context"].get("signup"))
    answers = _read_answers(conn, row)
    return {
        **row,
        "facts": [{**asdict(fact), "differs": fact.differs} for fact in facts],
        "compared": compared,
        "score_a": describe_score(a.get("score_parts", {})),
        "score_b": describe_score(b.get("score_parts", {})),
        "seen": conflict_fingerprint(row),
        "decision": next((answer for answer in answers if answer["undone_at"] is None), None),
        "history": [answer for answer in answers if answer["undone_at"] is not None],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another mentor's question about the same contact.

    Attributes:
        takes_contact: its answer in force gives the contact to that mentor.
        took_contact: so did the answer from before it was asked again.

    """

    conflict_id: int
    mn_id: str
    takes_contact: bool
    took_contact: bool


def read_rivals(conn: sa.Connection, conflict: Mapping[str, Any]) -> list[Rival]:
    """Read the questions of other mentors about the contact of a conflict; none for other kinds of conflicts."""
    if conflict["context"].get("kind") != "contested":
        return []
    c, decision, contact_id = sync_conflicts.c, sync_decisions.c, conflict["option_a"]["value"]
    query = (
        sa.select(c.id, c.mn_id, c.status, decision.value, c.previous_decision)
        .select_from(sa.outerjoin(sync_conflicts, sync_decisions, decision.id == c.decision_id))
        .where(
            *(c[key] == conflict[key] for key in ("campaign_year", "conflict_type", "subject")),
            c.mn_id != conflict["mn_id"],
            c.status != "obsolete",
        )
        .order_by(c.mn_id)
    )
    return [
        Rival(
            conflict_id=row.id,
            mn_id=row.mn_id,
            takes_contact=row.status == "decided" and row.value == contact_id,
            took_contact=row.status != "decided" and row.previous_decision.get("value") == contact_id,
        )
        for row in conn.execute(query)
    ]


def require_conflicts_of_year(conn: sa.Connection, year: int, conflict_ids: Iterable[int]) -> None:
    """Raise ConflictNotFoundError unless all of these are conflicts of the year."""
    table, expected_ids = sync_conflicts, set(conflict_ids)
    existing_ids = conn.execute(
        sa.select(table.c.id).where(table.c.campaign_year == year, table.c.id.in_(expected_ids))
    ).scalars()
    missing = sorted(expected_ids.difference(existing_ids))
    if missing:
        raise ConflictNotFoundError(
            f"{year} has no conflict {missing[0]}.", f"List them with: mentorsync conflicts list --year {year}."
        )


def find_conflict_years(conn: sa.Connection, conflict_ids: Iterable[int]) -> set[int | None]:
    """Return the campaign years of these conflicts."""
    table = sync_conflicts
    return set(conn.execute(sa.select(table.c.campaign_year).where(table.c.id.in_(set(conflict_ids)))).scalars())


def read_mentor_names(conn: sa.Connection, year: int, mn_ids: Iterable[str]) -> dict[str, str]:
    """Read the names by MN id: of the mentor, else of the newest sign-up with this id."""
    signup, mentor = deduplicated_signups.c, mentors.c
    is_mentor = sa.and_(mentor.campaign_year == signup.campaign_year, mentor.mn_id == signup.mn_id)
    rows = conn.execute(
        sa.select(signup.mn_id, signup.first_name, signup.last_name, mentor.first_name, mentor.last_name)
        .outerjoin_from(deduplicated_signups, mentors, is_mentor)
        .where(signup.campaign_year == year, signup.mn_id.in_(set(mn_ids)))
        .order_by(signup.created_at)
    )
    names = {
        mn_id: join_names(mentor_first, mentor_last) or join_names(first, last)
        for mn_id, first, last, mentor_first, mentor_last in rows
    }
    return {mn_id: name for mn_id, name in names.items() if name}


def read_current_answers(
    conn: sa.Connection, year: int, decision_ids: Iterable[int | None]
) -> dict[int, dict[str, Any]]:
    """Read answers by their ids."""
    c = sync_decisions.c
    ids = {decision_id for decision_id in decision_ids if decision_id is not None}
    rows = conn.execute(sa.select(sync_decisions).where(c.campaign_year == year, c.id.in_(ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def _read_answers(conn: sa.Connection, conflict: sa.RowMapping) -> list[dict[str, Any]]:
    table = sync_decisions
    answers = conn.execute(sa.select(table).where(is_answer_to(conflict)).order_by(table.c.id)).mappings()
    return [dict(row) for row in answers]
