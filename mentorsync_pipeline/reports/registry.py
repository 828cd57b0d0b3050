"""The named reports. A new report is one row here with its query: page, CSV file, API and command show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mentorsync_pipeline.db.paging import Listing
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.reports.queries import ReportFilter, count_gaps, list_funds, list_gaps, list_phones

Kind = Literal["text", "word", "yes_no", "number", "money"]
FilterName = Literal["missing", "uga_class", "shift_preference", "search"]


class ReportNotFoundError(MentorSyncError):
    """There is no report with this name."""

    code = "REPORT_NOT_FOUND"


class ReportOptionError(MentorSyncError):
    """A report cannot be filtered or sorted in this way."""

    code = "REPORT_OPTION"


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of a report. `only_file`: in the file and for programs, but not on the page."""

    name: str
    label: str
    kind: Kind = "text"
    only_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A named query.

    Attributes:
        description: one sentence for the list of reports.
        filters: fields of `ReportFilter` that the report has.
        query: builds the list of matching rows, which has at least `columns`.

    """

    name: str
    title: str
    description: str
    columns: Sequence[ReportColumn]
    filters: Sequence[FilterName]
    query: Callable[[CampaignConfig, ReportFilter], Listing]

    def list_rows(self, config: CampaignConfig, filters: ReportFilter, *, sort: str | None = None) -> Listing:
        """Return the list of matching rows.

        Raises ReportOptionError for a filter, or a column to sort by, that the report does not have.
        """
        names: tuple[FilterName, ...] = ("missing", "uga_class", "shift_preference", "search")
        unknown = [name for name in names if getattr(filters, name) is not None and name not in self.filters]
        if unknown:
            known = ", ".join(self.filters)
            raise ReportOptionError(
                f"The report {self.name} cannot be filtered by {unknown[0]}.",
                f"Use {known}." if known else "Leave the filter out.",
            )
        columns = [column.name for column in self.columns]
        if sort is not None and sort not in columns:
            raise ReportOptionError(
                f"The report {self.name} has no column {sort}.", f"Use one of {', '.join(columns)}."
            )
        return self.query(config, filters)


_MENTOR = (
    ReportColumn("mn_id", "Mentor"),
    ReportColumn("first_name", "First name"),
    ReportColumn("last_name", "Last name"),
    ReportColumn("preferred_name", "Preferred name", only_file=True),
    ReportColumn("phone", "Phone"),
)
_CLASS = ReportColumn("uga_class", "Class")
_SHIFT = ReportColumn("shift_preference", "Shift")

REPORTS: Sequence[Report] = (
    Report(
        name="gaps",
        title="Who still lacks something",
        description="Mentors without set-up, page, training or partner, by class and shift.",
        columns=(
            *_MENTOR,
            _CLASS,
            _SHIFT,
            ReportColumn("missing", "Lacks"),
            ReportColumn("lacks_setup", "Lacks set-up", "yes_no", only_file=True),
            ReportColumn("lacks_page", "Lacks page", "yes_no", only_file=True),
            ReportColumn("lacks_training", "Lacks training", "yes_no", only_file=True),
            ReportColumn("lacks_partner", "Lacks partner", "yes_no", only_file=True),
            ReportColumn("training_signup", "Signed up for training", "yes_no"),
            ReportColumn("partner_state", "Partner", "word"),
            ReportColumn("personal_email", "Personal email", only_file=True),
            ReportColumn("uga_email", "UGA email", only_file=True),
        ),
        filters=("missing", "uga_class", "shift_preference", "search"),
        query=list_gaps,
    ),
    Report(
        name="gap-counts",
        title="Gaps by class and shift",
        description="How many mentors of each class and shift lack set-up, page, training or partner.",
        columns=(
            _CLASS,
            _SHIFT,
            ReportColumn("mentors", "Mentors", "number"),
            ReportColumn("lack_setup", "Lack set-up", "number"),
            ReportColumn("lack_page", "Lack page", "number"),
            ReportColumn("lack_training", "Lack training", "number"),
            ReportColumn("lack_partner", "Lack partner", "number"),
        ),
        filters=("uga_class", "shift_preference"),
        query=count_gaps,
    ),
    Report(
        name="phone-list",
        title="Phone list by shift",
        description="Names and phones of all mentors who have not dropped out, by shift.",
        columns=(*_MENTOR, _SHIFT, _CLASS),
        filters=("uga_class", "shift_preference", "search"),
        query=list_phones,
    ),
    Report(
        name="funds-by-week",
        title="Funds by week",
        description="Money raised in each week and until its end, as of the week's last sync; the first week includes "
        "everything raised before it.",
        columns=(
            ReportColumn("week", "Week from Monday"),
            ReportColumn("raised_in_week", "Raised in the week", "money"),
            ReportColumn("raised", "Raised until its end", "money"),
            ReportColumn("completed_in_week", "Newly complete", "number"),
            ReportColumn("complete", "Complete", "number"),
            ReportColumn("mentors", "Mentors", "number"),
        ),
        filters=(),
        query=list_funds,
    ),
)


def find_report(name: str) -> Report:
    """Return the report with this name. Raises ReportNotFoundError."""
    for report in REPORTS:
        if report.name == name:
            return report
    names = ", ".join(report.name for report in REPORTS)
    raise ReportNotFoundError(f"There is no report {name}.", f"Use one of {names}.")
