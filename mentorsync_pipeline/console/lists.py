"""Query parameters of each list and their database filters, shared by pages and API.

Parameters of all lists are in `list_query`; the columns of a page are in its module in `pages`.
"""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from mentorsync_pipeline.console.list_query import ListQuery, MnId, Typed, mn_id_of
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.paging import Listing, Order
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import Form
from mentorsync_pipeline.domain.vocabulary import (
    ChangeType,
    MentorStatus,
    PartnerState,
    Severity,
    SyncState,
    WarningType,
)
from mentorsync_pipeline.mentors import form_entries, history, mentor_list, partners
from mentorsync_pipeline.reports.queries import Gap, ReportFilter, list_phones
from mentorsync_pipeline.reports.registry import Report
from mentorsync_pipeline.review import error_list, warning_list

ErrorState = Literal["open", "resolved", "all"]
Seen = Literal["no", "yes", "all"]
Name = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z_0-9]*$")]


class Mentors(ListQuery):
    """Filters of mentors: by status, sync state, dropping out, and sign-up for and attendance of the training."""

    sort: mentor_list.Column | None = None
    status: MentorStatus | None = None
    sync_state: SyncState | None = None
    dropped: bool | None = None
    training_signup: bool | None = None
    attended_training: bool | None = None

    def listing(self, year: int) -> Listing:
        """Build the list of matching mentors."""
        return mentor_list.list_mentors(
            mentor_list.MentorFilter(
                year=year,
                status=self.status,
                sync_state=self.sync_state,
                dropped=self.dropped,
                training_signup=self.training_signup,
                attended_training=self.attended_training,
                search=self.search_text,
            )
        )


class Partners(ListQuery):
    """Filters of wishes for partners: by state (default: without mentors who have none)."""

    sort: partners.Column | None = None
    state: PartnerState | None = None

    def listing(self, year: int) -> Listing:
        """Build the list of matching wishes."""
        return partners.list_partner_matches(
            partners.PartnerFilter(year=year, state=self.state, search=self.search_text)
        )


class FormEntries(ListQuery):
    """Filters of a form's entries: by whether they are linked to a mentor."""

    sort: Name | None = Field(None, description="A column of the form's answers, created_at or mentor.")
    linked: bool | None = None

    def listing(self, year: int, form: Form) -> Listing:
        """Build the list of matching entries. Raises ColumnUnknownError if it cannot be sorted by `sort`."""
        if self.sort is not None:
            form_entries.require_column(form, self.sort)
        return form_entries.list_entries(
            form_entries.EntryFilter(year=year, form=form, linked=self.linked, search=self.search_text)
        )


class _Mentors(ListQuery):
    """Filters of the mentors who have not dropped out."""

    missing: Gap | None = Field(None, description="What the mentors lack.")
    uga_class: Typed | None = Field(None, description="The mentors' class; none for mentors without one.")
    shift_preference: Typed | None = Field(None, description="The mentors' shift; none for mentors without one.")

    @property
    def filters(self) -> ReportFilter:
        """The filters for the database."""
        return ReportFilter(
            missing=self.missing,
            uga_class=self.uga_class,
            shift_preference=self.shift_preference,
            search=self.search_text,
        )


class ReportRows(_Mentors):
    """Filters of a report's rows; a report refuses those that it does not have."""

    sort: Name | None = Field(None, description="A column of the report.")

    def listing(self, report: Report, config: CampaignConfig) -> Listing:
        """Build the list of matching rows. Raises ReportOptionError."""
        return report.list_rows(config, self.filters, sort=self.sort)


class CardMentors(_Mentors):
    """Filters of the mentors whose cards are printed."""

    def listing(self, config: CampaignConfig) -> Listing:
        """Build the list of matching mentors, by shift and name."""
        return list_phones(config, self.filters)


class Changes(ListQuery):
    """Filters of changes: between two syncs (numbers or run ids), all changes or only the difference."""

    sort: history.Column | None = None
    from_sync: Typed | None = Field(None, description="Exclude the changes of this and all earlier syncs.")
    to_sync: Typed | None = Field(None, description="The last sync to include.")
    net: bool = Field(False, description="Only the difference between the first and the last moment.")
    mn_id: MnId | None = None
    change_type: ChangeType | None = None
    field: Name | None = Field(None, description="The field of the mentor, such as phone.")

    @property
    def order(self) -> Order:
        """The requested order, by default newest first."""
        return super().order if self.sort else Order(descending=not self.descending)

    def listing(self, conn: sa.Connection, year: int) -> Listing:
        """Build the list of matching changes. Raises SyncNotFoundError."""
        return history.list_changes(
            history.ChangeFilter(
                year=year,
                after=history.find_sync_id(conn, self.from_sync.strip()) if self.from_sync else None,
                upto=history.find_sync_id(conn, self.to_sync.strip()) if self.to_sync else None,
                mn_id=mn_id_of(self.mn_id),
                change_type=self.change_type,
                field=self.field,
                search=self.search_text,
                net=self.net,
            )
        )


class Syncs(ListQuery):
    """Filters of runs: by status, job and an asset in the run."""

    sort: sync_history.Column | None = None
    status: sync_history.Status | None = None
    job: Name | None = Field(None, description="The job of the run, such as sync.")
    asset: Name | None = Field(None, description="An asset in the run, such as mentors.")

    def listing(self, year: int) -> Listing:
        """Build the list of matching runs."""
        return sync_history.listing(
            sync_history.SyncFilter(
                year=year, job=self.job, asset=self.asset, status=self.status, search=self.search_text
            )
        )


class Errors(ListQuery):
    """Filters of errors: by state (default: open), code, severity and mentor."""

    sort: error_list.Column | None = None
    state: ErrorState = "open"
    error_code: Name | None = Field(None, description="Such as INVALID_MN_ID.")
    severity: Severity | None = None
    mn_id: MnId | None = None

    def listing(self, year: int) -> Listing:
        """Build the list of matching errors of the year and of all years."""
        return error_list.list_errors(
            error_list.ErrorFilter(
                year=year,
                or_no_year=True,
                error_code=self.error_code.upper() if self.error_code else None,
                severity=self.severity,
                mn_id=mn_id_of(self.mn_id),
                resolved={"open": False, "resolved": True, "all": None}[self.state],
                search=self.search_text,
            )
        )


class Warnings(ListQuery):
    """Filters of warnings whose cause remains: by acknowledgement (default: unacknowledged), type and mentor."""

    sort: warning_list.Column | None = None
    seen: Seen = "no"
    warning_type: WarningType | None = None
    kind: Name | None = Field(None, description="The kind of warning, such as phone (`GET /warnings` names it).")
    needs_person: bool | None = Field(None, description="Only warnings that need a person, or only the others.")
    mn_id: MnId | None = None

    def to_filter(self, year: int) -> warning_list.WarningFilter:
        """Convert to a filter of the database."""
        return warning_list.WarningFilter(
            year=year,
            warning_type=self.warning_type,
            kind=self.kind,
            needs_person=self.needs_person,
            mn_id=mn_id_of(self.mn_id),
            acknowledged={"no": False, "yes": True, "all": None}[self.seen],
            search=self.search_text,
        )

    def listing(self, year: int) -> Listing:
        """Build the list of matching warnings."""
        return warning_list.list_warnings(self.to_filter(year))
