"""Answer conflicts in the order of a queue, for the pages."""

from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.review import conflict_queue, service
from mentorsync_pipeline.review.conflict_queue import ConflictFilter
from mentorsync_pipeline.review.decision_store import Answer


def answer_and_go_on(
    services: Services,
    person: Person,
    year: int,
    conflict_id: int,
    answer: Answer,
    *,
    seen: str | None,
    queue: ConflictFilter,
) -> int | None:
    """Answer a conflict and return the id of the next one in the queue; after the last, the first one.

    Raises ConflictNotFoundError, AlreadyDecidedError and DecisionInvalidError (`review.service.answer_conflict`).
    """
    decided = service.answer_conflict(
        services.change_context(person),
        conflict_id,
        answer.choice,
        value=answer.value,
        reason=answer.reason,
        skipped_until=answer.skipped_until,
        seen=seen,
        year=year,
    )
    with services.reading() as conn:
        following = conflict_queue.find_neighbours(conn, queue, decided).next_id
        following = following or conflict_queue.find_first_conflict(conn, queue)
    return None if following == conflict_id else following
