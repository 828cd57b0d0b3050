"""Partners and form entries over the API."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from mentorsync_pipeline.console.api.pagination import Page, Pagination
from mentorsync_pipeline.console.campaign_year import Year, YearCacheDep
from mentorsync_pipeline.console.dependencies import DbConn
from mentorsync_pipeline.console.listing import read_list
from mentorsync_pipeline.console.lists import FormEntries, Partners
from mentorsync_pipeline.db.paging import read_page
from mentorsync_pipeline.domain.vocabulary import PartnerState
from mentorsync_pipeline.mentors.form_entries import count_entries, find_form, to_answers

router = APIRouter(tags=["forms"])


class PartnerEntry(BaseModel):
    """A mentor's wish for a partner; a pair is listed once, under the lower MN id. Phones are in E.164.

    `typed_partner` is the text on the form, `wished_by` are the other mentors who wish for this one, `source_table` is
    the partner's source, `shifts_agree` is None unless the shifts of both are known.
    """

    mn_id: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    state: PartnerState
    reason: str
    partner_mn_id: str | None
    partner_first_name: str | None
    partner_last_name: str | None
    partner_phone: str | None
    typed_partner: str | None
    shift_preference: str | None
    partner_shift_preference: str | None
    shifts_agree: bool | None
    wished_by: list[str]
    source_table: str | None
    partner_notes: str | None


class FormSummary(BaseModel):
    """A form and its counts. `form_id` None: the year does not use it. `mentors` and `missing` take part."""

    name: str
    title: str
    form_id: str | None
    entries: int
    unlinked: int
    mentors: int
    missing: int


class FormEntryOut(BaseModel):
    """An entry of a form. `mentor` None: not linked. `answers` go by column, as typed, without blank ones."""

    submission_id: str
    created_at: datetime
    mentor: str | None
    mentor_first_name: str | None
    mentor_last_name: str | None
    is_latest: bool | None
    answers: dict[str, str]


@router.get("/{year}/partners")
def list_partners(cache: YearCacheDep, query: Annotated[Partners, Query()], window: Pagination) -> Page[PartnerEntry]:
    """Matching wishes for partners, by MN id; by default without mentors who have none."""
    page = cache.read(read_list, query, window)
    return Page(items=[PartnerEntry(**row) for row in page.rows], total=page.total, **window.model_dump())


@router.get("/{year}/forms")
def list_forms(cache: YearCacheDep) -> list[FormSummary]:
    """The forms of the year after the sign-up form."""
    return [
        FormSummary(
            name=counts.form.name,
            title=counts.form.title,
            form_id=counts.form_id,
            entries=counts.entries,
            unlinked=counts.unlinked,
            mentors=counts.mentors,
            missing=counts.missing,
        )
        for counts in cache.read(count_entries)
    ]


@router.get("/{year}/forms/{name}")
def list_form_entries(
    year: Year,
    name: Annotated[str, Path(max_length=40, description="The form's name, such as training.")],
    conn: DbConn,
    query: Annotated[FormEntries, Query()],
    window: Pagination,
) -> Page[FormEntryOut]:
    """Matching entries of a form, newest first."""
    form = find_form(name)
    listing = query.listing(year, form)
    page = read_page(conn, listing, order=query.order, limit=window.limit, offset=window.offset)
    items = [FormEntryOut(**row, answers=to_answers(row, form)) for row in page.rows]
    return Page(items=items, total=page.total, **window.model_dump())
