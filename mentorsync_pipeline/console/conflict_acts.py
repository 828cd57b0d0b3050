"""What a person does to conflicts, each in one transaction and told in Dagster's UI: pages and API share it."""

from collections.abc import Mapping

from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.review import conflict_detail, conflict_queue, decisions
from mentorsync_pipeline.review.conflict_queue import ConflictFilter
from mentorsync_pipeline.review.decisions import Answer

_TABLE = "sync_decisions"


def resolve(
    services: Services, year: int, conflict_id: int, answer: Answer, *, seen: str | None, queue: ConflictFilter
) -> int | None:
    """Answer a conflict of the year and return the next one of the queue, from its head again after the last.

    Raises ConflictNotFoundError, AlreadyDecidedError and DecisionInvalidError.
    """
    now = services.now()
    with services.audited_change(_TABLE) as change:
        conflict_detail.require_year(change.conn, year, [conflict_id])
        decisions.resolve(change.conn, conflict_id, answer, now=now, seen=seen)
        place = conflict_detail.conflict(change.conn, conflict_id)
        following = conflict_queue.neighbours(change.conn, queue, place, now=now).next_id
        following = following or conflict_queue.first(change.conn, queue, now=now)
        change.record("answered", {year}, conflict=conflict_id, choice=answer.choice)
    return None if following == conflict_id else following


def undo(services: Services, year: int, conflict_id: int, *, by: str, decision_id: int | None) -> None:
    """Take an answer back; the conflict waits again.

    Raises ConflictNotFoundError, AlreadyDecidedError and DecisionInvalidError.
    """
    with services.audited_change(_TABLE) as change:
        conflict_detail.require_year(change.conn, year, [conflict_id])
        decisions.undo(change.conn, conflict_id, by=by, now=services.now(), decision_id=decision_id)
        change.record("answer taken back", {year}, conflict=conflict_id)


def accept(services: Services, year: int, asked: Mapping[int, str], *, by: str, reason: str | None) -> list[int]:
    """Answer these conflicts of the year as recommended, all or none; `asked` says what was seen of each.

    Returns the ids of those that were answered. Raises ConflictNotFoundError and AlreadyDecidedError.
    """
    with services.audited_change(_TABLE) as change:
        conflict_detail.require_year(change.conn, year, asked)
        ids = decisions.accept_recommendations(change.conn, asked, by=by, reason=reason, now=services.now())
        change.record("recommendations accepted", {year}, conflicts=len(ids))
    return ids
