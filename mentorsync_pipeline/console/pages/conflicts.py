"""Conflicts: the queue, one conflict with both options, answering and undoing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Form, Path, Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.console import conflict_answers
from mentorsync_pipeline.console.apply_answers import apply_answers
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep, known_year
from mentorsync_pipeline.console.conflict_effects import describe_effects
from mentorsync_pipeline.console.conflict_evidence import read_question
from mentorsync_pipeline.console.conflict_filter import STATUSES, ConflictPageFilter, Filtered
from mentorsync_pipeline.console.conflict_text import KINDS, VALUES
from mentorsync_pipeline.console.conflict_view import find_same_answer, view
from mentorsync_pipeline.console.dependencies import DbConn, Services, ServicesDep
from mentorsync_pipeline.console.option_names import name_options
from mentorsync_pipeline.console.pages.mentor import safe_url
from mentorsync_pipeline.console.record_links import RecordLinks
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.contacts.search import search_contacts
from mentorsync_pipeline.db.step_inputs import find_missing_decisions
from mentorsync_pipeline.db.versioned_cache import YearCache
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.domain.vocabulary import SEVERITIES
from mentorsync_pipeline.loop.queries import read_loop
from mentorsync_pipeline.review import conflict_detail, conflict_queue, decision_store, service
from mentorsync_pipeline.review.validation import DecisionInvalidError

router = APIRouter()
_ON_A_PAGE = 50
_FIRST_AGES = (1, 3, 7, 14, 30)
_PLACE = ("severity", "created_at", "id")
"""Columns by which a conflict has its place in the queue."""

ConflictId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The number of the conflict.")]
Was = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
Typed = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]


class Answered(BaseModel):
    """Form of an answer; `seen` is the fingerprint of the shown conflict."""

    choice: Literal["a", "b", "custom", "skipped"]
    seen: Annotated[str, StringConstraints(max_length=200)]
    value: Typed = ""
    reason: Typed = ""
    skipped_until: date | Literal[""] = ""


@router.get("/{year}/conflicts")
def queue_page(  # each comes from the request
    request: Request,
    year: Year,
    page_filter: Filtered,
    services: ServicesDep,
    conn: DbConn,
    cache: YearCacheDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    was: Was = None,
) -> Response:
    """Show matching conflicts, most severe first."""
    queue = cache.read(_read_queue, page_filter.criteria, page)
    counts = cache.read(_count_queue, page_filter.criteria)
    return render(
        request,
        "conflicts.html",
        rows=queue.rows,
        names=queue.names,
        answers=queue.answers,
        total=counts.total,
        page=page,
        pages=-(-counts.total // _ON_A_PAGE),
        kinds=counts.conflict_type,
        severities=counts.severity,
        statuses=counts.status,
        ages=_FIRST_AGES,
        was=_find_previous_answer(conn, year, was),
        state=None if queue.rows or page_filter.query.keys() - {"status"} else read_loop(cache, now=services.now()),
        **_labels(page_filter),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Queue:
    """A page of the queue: conflicts, names of mentors by MN id, and answers by their ids."""

    rows: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    answers: Mapping[int, Mapping[str, Any]]


def _read_queue(conn: sa.Connection, year: int, criteria: conflict_queue.ConflictFilter, page: int) -> _Queue:
    rows = conflict_queue.list_conflicts(conn, criteria, limit=_ON_A_PAGE, offset=(page - 1) * _ON_A_PAGE)
    return _Queue(
        rows=rows,
        names=conflict_detail.read_mentor_names(conn, year, [row["mn_id"] for row in rows]),
        answers=conflict_detail.read_current_answers(conn, year, [row["decision_id"] for row in rows]),
    )


def _count_queue(conn: sa.Connection, _: int, criteria: conflict_queue.ConflictFilter) -> conflict_queue.ConflictCounts:
    return conflict_queue.count_by_filter(conn, criteria)


@router.get("/{year}/conflicts/{conflict_id}")
def conflict_page(  # each comes from the request
    request: Request,
    year: Year,
    conflict_id: ConflictId,
    page_filter: Filtered,
    services: ServicesDep,
    cache: YearCacheDep,
    was: Was = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show a conflict with all details."""
    before = _find_previous_answer(cache.conn, year, was)
    return _render_conflict(request, cache, services, page_filter, conflict_id, was=before, searched=q)


@router.post("/{year}/conflicts/{conflict_id}", dependencies=[Depends(apply_answers)])
def resolve(
    request: Request,
    year: Year,
    conflict_id: ConflictId,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    form: Annotated[Answered, Form()],
) -> Response:
    """Answer a conflict and go to the next one; show it again if it was answered by another person."""
    answer = decision_store.Answer(
        choice=form.choice,
        by=person.name,
        value=form.value.strip() if form.choice == "custom" else None,
        reason=form.reason.strip() or None,
        skipped_until=(form.skipped_until or None) if form.choice == "skipped" else None,
    )
    try:
        next_id = conflict_answers.answer_and_go_on(
            services, person, year, conflict_id, answer, seen=form.seen, queue=page_filter.criteria
        )
    except (decision_store.AlreadyDecidedError, DecisionInvalidError) as problem:
        with services.reading() as conn:
            cache = services.cache.of_year(conn, year)
            return _render_conflict(request, cache, services, page_filter, conflict_id, problem=problem)
    next_path = f"/{year}/conflicts/{next_id}" if next_id is not None else f"/{year}/conflicts"
    return RedirectResponse(page_filter.address(next_path, was=conflict_id), status_code=303)


@router.post("/{year}/conflicts/{conflict_id}/undo", dependencies=[Depends(apply_answers)])
def undo(
    request: Request,
    year: Year,
    conflict_id: ConflictId,
    page_filter: Filtered,
    services: ServicesDep,
    person: CurrentUser,
    decision: Annotated[int, Form(ge=1, le=2**63 - 1)],
) -> Response:
    """Undo an answer and show its conflict, which is open again."""
    try:
        service.undo_answer(services.change_context(person), conflict_id, decision_id=decision, year=year)
    except (decision_store.AlreadyDecidedError, DecisionInvalidError) as problem:
        with services.reading() as conn:
            cache = services.cache.of_year(conn, year)
            return _render_conflict(request, cache, services, page_filter, conflict_id, problem=problem)
    return RedirectResponse(page_filter.address(f"/{year}/conflicts/{conflict_id}", was=conflict_id), status_code=303)


@router.get("/{year}/conflicts/{conflict_id}/answer")
def answer_part(request: Request, year: Year, conflict_id: ConflictId, page_filter: Filtered, conn: DbConn) -> Response:
    """Live part: the notice of an answer, which says when a run has applied it."""
    was = _with_answer_state(conn, year, conflict_detail.read_conflict(conn, conflict_id, year=year))
    return render(request, "conflict_answer.html", was=was, **_labels(page_filter))


@router.get("/{year}/contacts", dependencies=[Depends(known_year)])
def contacts_found(
    request: Request, services: ServicesDep, conn: DbConn, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Part of the page: matching contacts to choose from."""
    return render(request, "contacts_found.html", contacts=search_contacts(conn, q, services.cache), searched=q)


def _render_conflict(
    request: Request,
    cache: YearCache,
    services: Services,
    page_filter: ConflictPageFilter,
    conflict_id: int,
    *,
    was: dict[str, Any] | None = None,
    searched: str = "",
    problem: MentorSyncError | None = None,
) -> Response:
    conn = cache.conn
    question = cache.read(read_question, conflict_id)
    conflict, evidence, names = question.conflict, question.evidence, question.names
    page_view = view(question)
    config = cache.read(configuration.read_config)
    options = config.custom_field_options if page_view.words.own == "text" else {}
    return render(
        request,
        "conflict.html",
        status_code={"ALREADY_DECIDED": 409}.get(problem.code, 422) if problem else 200,
        conflict=conflict,
        view=page_view,
        evidence=evidence,
        rivals=[(rival, names.get(rival.mn_id, rival.mn_id)) for rival in question.rivals],
        effects=describe_effects(conflict, evidence, str(page_view.names["mentor"])),
        links=RecordLinks(services.settings, config.form_id(SIGNUP)),
        fundraising_page=safe_url(question.fundraising_url),
        safe_url=safe_url,
        same_as_before=find_same_answer(conflict),
        beside=cache.read(_find_neighbours, page_filter.criteria, *(conflict[name] for name in _PLACE)),
        options=options.get(conflict["subject"], ()),
        was=was,
        tomorrow=services.now().astimezone(TEAM_ZONE).date() + timedelta(days=1),
        problem=problem,
        searched=searched,
        contacts=search_contacts(conn, searched, services.cache) if searched else (),
        **_labels(page_filter),
    )


def _find_neighbours(
    conn: sa.Connection, _: int, criteria: conflict_queue.ConflictFilter, *place: Any
) -> conflict_queue.Neighbours:
    return conflict_queue.find_neighbours(conn, criteria, dict(zip(_PLACE, place, strict=True)))


def _find_previous_answer(conn: sa.Connection, year: int, conflict_id: int | None) -> dict[str, Any] | None:
    """Return the conflict that the person answered before; None for an unknown id."""
    if conflict_id is None:
        return None
    try:
        return _with_answer_state(conn, year, conflict_detail.read_conflict(conn, conflict_id, year=year))
    except decision_store.ConflictNotFoundError:
        return None


def _with_answer_state(conn: sa.Connection, year: int, conflict: dict[str, Any]) -> dict[str, Any]:
    """Add the mentor's name, and whether a run has applied the answer."""
    decision = conflict["decision"]
    return {
        **conflict,
        "mentor": conflict_detail.read_mentor_names(conn, year, [conflict["mn_id"]]).get(conflict["mn_id"]),
        "is_applied": decision is not None and decision["id"] not in find_missing_decisions(conn, year),
    }


def _labels(page_filter: ConflictPageFilter) -> dict[str, Any]:
    return {
        "page_filter": page_filter,
        "kind_names": KINDS,
        "value_names": VALUES,
        "name_options": name_options,
        "all_severities": SEVERITIES,
        "all_statuses": STATUSES,
    }
