"""A mentor: what happened, the values, and folded away all sources and related records."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from mentorsync_pipeline.attendance import service
from mentorsync_pipeline.attendance.service import Observation
from mentorsync_pipeline.console.api.attendance import DeviceId
from mentorsync_pipeline.console.auth.user import CurrentUser
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.conflict_reasons import read_reasons
from mentorsync_pipeline.console.conflict_text import KINDS, VALUES
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.console.list_query import MnId, mn_id_of
from mentorsync_pipeline.console.record_links import RecordLinks
from mentorsync_pipeline.console.rendering import render
from mentorsync_pipeline.contacts.label_lookup import read_present_config
from mentorsync_pipeline.domain.answers import PASS_THROUGH_NAMES
from mentorsync_pipeline.domain.forms import SIGNUP
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.mentors.detail import MentorRecord, MessageLabels, read_mentor_record
from mentorsync_pipeline.mentors.rules.provenance import RULE_DESCRIPTIONS
from mentorsync_pipeline.mentors.timeline_records import Timeline, read_timeline
from mentorsync_pipeline.mentors.trace import trace_mentor
from mentorsync_pipeline.review.conflict_detail import read_mentor_names

router = APIRouter()
_OPEN = ("pending", "skipped")
_EVENTS_SHOWN = 12
_MAIN_FIELDS = frozenset(
    {
        *("phone", "personal_email", "uga_email", "gb_contact_id", "fundraising_page_url", "training_signup"),
        *("attended_training", "partner_mn_id", "tags", "notes", *PASS_THROUGH_NAMES),
    }
)
# The URL comes from Givebutter; anything but a plain https URL is shown as text.
_LINK = re.compile(r"(https://[A-Za-z0-9.-]+|http://127\.0\.0\.1)(:\d+)?(/[^\s\"'<>\\]*)?", re.ASCII)


@router.get("/{year}/mentors/{mn_id}")
def mentor_page(
    request: Request, services: ServicesDep, cache: YearCacheDep, mn_id: Annotated[MnId, Path()]
) -> Response:
    """Show the page. Raises MentorNotFoundError, which names the new id of a former one."""
    config = cache.read(read_present_config)
    shown = cache.read(_read_mentor, mn_id_of(mn_id) or "", tuple(config.message_columns.items()))
    return render(
        request,
        "mentor.html",
        traced=shown.traced,
        record=shown.record,
        timeline=shown.timeline,
        partner_name=shown.partner_name,
        reasons=shown.reasons,
        shown=_EVENTS_SHOWN,
        main_fields=_MAIN_FIELDS,
        goal=config.fundraising_goal,
        links=RecordLinks(services.settings, config.form_id(SIGNUP)),
        kind_names=KINDS,
        value_names=VALUES,
        rules=RULE_DESCRIPTIONS,
        safe_url=safe_url,
        new_id=lambda: str(uuid.uuid4()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownMentor:
    record: MentorRecord
    traced: Mapping[str, Any]
    timeline: Timeline
    partner_name: str | None
    reasons: Mapping[int, str]


def _read_mentor(conn: sa.Connection, year: int, mn_id: str, message_labels: MessageLabels) -> _ShownMentor:
    record = read_mentor_record(conn, year, mn_id, message_labels)
    partner_id = record.row["partner_mn_id"]
    return _ShownMentor(
        record=record,
        traced=trace_mentor(conn, year, mn_id),
        timeline=read_timeline(conn, record),
        partner_name=read_mentor_names(conn, year, [partner_id]).get(partner_id) if partner_id else None,
        reasons=read_reasons(conn, year, [conflict for conflict in record.conflicts if conflict["status"] in _OPEN]),
    )


@router.post("/{year}/mentors/{mn_id}/cash")
def verify_cash(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    mn_id: Annotated[MnId, Path()],
    amount: Annotated[Decimal, Form(ge=0, le=1_000_000, decimal_places=2)],
    device_record_id: Annotated[DeviceId, Form()],
) -> Response:
    """Record counted cash."""
    observation = Observation(zone=TEAM_ZONE, device_record_id=device_record_id)
    service.verify_cash(services.change_context(person), year, mn_id, amount, observation)
    return _back_to(year, mn_id)


@router.post("/{year}/mentors/{mn_id}/notes")
def add_note(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    mn_id: Annotated[MnId, Path()],
    note: Annotated[str, Form(min_length=1, max_length=2_500)],
    device_record_id: Annotated[DeviceId, Form()],
) -> Response:
    """Record a note."""
    observation = Observation(zone=TEAM_ZONE, device_record_id=device_record_id)
    service.add_note(services.change_context(person), year, mn_id, note, observation)
    return _back_to(year, mn_id)


@router.post("/{year}/mentors/{mn_id}/undo")
def undo_record(
    year: Year,
    services: ServicesDep,
    person: CurrentUser,
    mn_id: Annotated[MnId, Path()],
    record_id: Annotated[int, Form(ge=1, le=2**63 - 1)],
) -> Response:
    """Undo a record."""
    service.undo_record(services.change_context(person), year, record_id=record_id)
    return _back_to(year, mn_id)


@router.post("/{year}/mentors/{mn_id}/withdraw-attendance")
def withdraw_attendance(
    year: Year, services: ServicesDep, person: CurrentUser, mn_id: Annotated[MnId, Path()]
) -> Response:
    """Record that the mentor did not attend, overriding Givebutter's checkbox."""
    service.withdraw_attendance(services.change_context(person), year, mn_id)
    return _back_to(year, mn_id)


def _back_to(year: int, mn_id: str) -> Response:
    return RedirectResponse(f"/{year}/mentors/{mn_id_of(mn_id)}#records", status_code=303)


def safe_url(url: str | None) -> str | None:
    """Return a URL if it is safe as a link: https, or the sandbox on this machine."""
    return url if url and _LINK.fullmatch(url) else None
