"""The filters of each list, as an address gives them, and what they ask the tables for; pages and the API share them.

What every list has is in `asking`; the columns of a page are in its module under `pages`.
"""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from mentorsync_pipeline.console.list_query import ListQuery, MnId, Typed, mn_id_of
from mentorsync_pipeline.db import sync_history
from mentorsync_pipeline.db.paging import Listing, Order
from mentorsync_pipeline.domain.vocabulary import ChangeType, MentorStatus, Severity, SyncState, WarningType
from mentorsync_pipeline.mentors import history, mentor_list
from mentorsync_pipeline.review import errors, warnings

ErrorState = Literal["open", "resolved", "all"]
Seen = Literal["no", "yes", "all"]
Name = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z_0-9]*$")]


class Mentors(ListQuery):
    """Which mentors: by status, by what is known of their contact, whether they dropped or signed up for training."""

    sort: mentor_list.Column | None = None
    status: MentorStatus | None = None
    sync_state: SyncState | None = None
    dropped: bool | None = None
    training_signup: bool | None = None

    def listing(self, year: int) -> Listing:
        """The mentors that are asked for."""
        return mentor_list.listing(
            mentor_list.MentorFilter(
                year=year,
                status=self.status,
                sync_state=self.sync_state,
                dropped=self.dropped,
                training_signup=self.training_signup,
                search=self.searched,
            )
        )


class Changes(ListQuery):
    """Which changes: between two syncs, each by its number or its run id; one by one, or only the difference."""

    sort: history.Column | None = None
    from_sync: Typed | None = Field(None, description="Leave out what this sync and those before it changed.")
    to_sync: Typed | None = Field(None, description="The last sync to look at.")
    net: bool = Field(False, description="Only the difference between the first and the last moment.")
    mn_id: MnId | None = None
    change_type: ChangeType | None = None
    field: Name | None = Field(None, description="The field of the mentor, such as phone.")

    @property
    def order(self) -> Order:
        """The newest first, unless another order is asked for."""
        return super().order if self.sort else Order(descending=not self.descending)

    def listing(self, conn: sa.Connection, year: int) -> Listing:
        """The changes that are asked for. Raises SyncNotFoundError."""
        return history.listing(
            history.ChangeFilter(
                year=year,
                after=history.sync_number(conn, self.from_sync.strip()) if self.from_sync else None,
                upto=history.sync_number(conn, self.to_sync.strip()) if self.to_sync else None,
                mn_id=mn_id_of(self.mn_id),
                change_type=self.change_type,
                field=self.field,
                search=self.searched,
                net=self.net,
            )
        )


class Syncs(ListQuery):
    """Which runs: by how they went, and by an asset that they made."""

    sort: sync_history.Column | None = None
    status: sync_history.Status | None = None
    asset: Name | None = Field(None, description="A table that the run made, such as mentors.")

    def listing(self, year: int) -> Listing:
        """The runs that are asked for."""
        return sync_history.listing(
            sync_history.SyncFilter(year=year, asset=self.asset, status=self.status, search=self.searched)
        )


class Errors(ListQuery):
    """Which errors: open ones unless others are asked for, by code and severity, and of one mentor."""

    sort: errors.Column | None = None
    state: ErrorState = "open"
    error_code: Name | None = Field(None, description="Such as INVALID_MN_ID.")
    severity: Severity | None = None
    mn_id: MnId | None = None

    def listing(self, year: int) -> Listing:
        """The errors of the year that are asked for, and those that belong to no one year."""
        return errors.list_errors(
            errors.ErrorFilter(
                year=year,
                or_no_year=True,
                error_code=self.error_code.upper() if self.error_code else None,
                severity=self.severity,
                mn_id=mn_id_of(self.mn_id),
                resolved={"open": False, "resolved": True, "all": None}[self.state],
                search=self.searched,
            )
        )


class Warnings(ListQuery):
    """Which warnings, of those whose cause is still there: unseen ones unless others are asked for."""

    sort: warnings.Column | None = None
    seen: Seen = "no"
    warning_type: WarningType | None = None
    mn_id: MnId | None = None

    def wanted(self, year: int) -> warnings.WarningFilter:
        """What is asked for."""
        return warnings.WarningFilter(
            year=year,
            warning_type=self.warning_type,
            mn_id=mn_id_of(self.mn_id),
            acknowledged={"no": False, "yes": True, "all": None}[self.seen],
            search=self.searched,
        )

    def listing(self, year: int) -> Listing:
        """The warnings that are asked for."""
        return warnings.list_warnings(self.wanted(year))
