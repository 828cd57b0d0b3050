"""Read mentors for the reports, and build the query of each report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.filters import calculations
from mentorsync_pipeline.db.paging import Listing, contains_text
from mentorsync_pipeline.db.row_records import read_dicts, record
from mentorsync_pipeline.db.tables import mentor_gaps, mentors, partner_matches, sync_log
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.reports.rules.gaps import Progress

Gap = Literal["setup", "page", "training", "partner"]
GAPS: Final[tuple[Gap, ...]] = get_args(Gap)
NOT_GIVEN = "none"
"""Value of a filter by class or shift for mentors who gave none."""

_GAP_NAMES = {"setup": "set-up"}
_NAMES = ("first_name", "last_name", "preferred_name", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """Filter of a report; a field that is None does not restrict.

    Attributes:
        missing: what the mentors lack.
        uga_class: an option of the class, or `NOT_GIVEN`.
        shift_preference: an option of the shift, or `NOT_GIVEN`.
        search: words that must each occur in an id, a name or a phone.

    """

    missing: Gap | None = None
    uga_class: str | None = None
    shift_preference: str | None = None
    search: str | None = None


def read_progress(conn: sa.Connection, year: int) -> list[Progress]:
    """Read the progress of each mentor of the year who has not dropped out."""
    c, match = mentors.c, partner_matches.c
    query = (
        sa.select(
            *(c.mn_id, c.uga_class, c.shift_preference, c.setup_submission_id, c.campaign_member),
            *(c.training_signup, c.attended_training, match.state.label("partner_state")),
        )
        .join_from(mentors, partner_matches, _is_same_mentor(match, c))
        .where(c.campaign_year == year)
        .order_by(c.mn_id)
    )
    return [record(Progress, row) for row in read_dicts(conn, query)]


def read_options(conn: sa.Connection, config: CampaignConfig, name: str) -> list[str]:
    """Read the classes or shifts that mentors of the year have, in the order of the field's options."""
    column = mentor_gaps.c[name]
    query = sa.select(column).where(mentor_gaps.c.campaign_year == config.campaign_year, column.is_not(None))
    order = _by_option(config, column)
    return list(conn.execute(query.group_by(column).order_by(*order)).scalars())


def list_gaps(config: CampaignConfig, filters: ReportFilter) -> Listing:
    """List the mentors who lack something, by class, shift and name."""
    gaps, mentor = mentor_gaps.c, mentors.c
    missing = [sa.case((gaps[f"lacks_{gap}"], _GAP_NAMES.get(gap, gap))) for gap in GAPS]
    query = _select_mentors(
        config,
        filters,
        sa.func.array_remove(pg.array(missing), sa.null()).label("missing"),
        *(gaps[f"lacks_{gap}"] for gap in GAPS),
        gaps.training_signup,
        gaps.partner_state,
        mentor.personal_email,
        mentor.uga_email,
    ).where(sa.or_(*(gaps[f"lacks_{gap}"] for gap in GAPS)))
    order = (*_by_option(config, gaps.uga_class), *_by_option(config, gaps.shift_preference), *_by_name())
    return Listing(query, order, (gaps.mn_id,))


def count_gaps(config: CampaignConfig, filters: ReportFilter) -> Listing:
    """List the classes and shifts with their numbers of mentors, and of those who lack each thing."""
    gaps = mentor_gaps.c
    groups = (gaps.uga_class, gaps.shift_preference)
    counts = (sa.func.count().filter(gaps[f"lacks_{gap}"]).label(f"lack_{gap}") for gap in GAPS)
    query = (
        sa.select(*groups, sa.func.count().label("mentors"), *counts)
        .where(*_conditions(config, filters))
        .group_by(*groups)
    )
    return Listing(query, (*_by_option(config, groups[0]), *_by_option(config, groups[1])), groups)


def list_phones(config: CampaignConfig, filters: ReportFilter) -> Listing:
    """List the mentors who have not dropped out, by shift and name."""
    gaps = mentor_gaps.c
    query = _select_mentors(config, filters)
    return Listing(query, (*_by_option(config, gaps.shift_preference), *_by_name()), (gaps.mn_id,))


def list_funds(config: CampaignConfig, _filters: ReportFilter) -> Listing:
    """List the weeks with a sync, latest first: the amount at the end of the week, and since the week before.

    Weeks begin on Monday in the team's time zone. The amounts are those that the last sync of each week recorded.
    """
    c = sync_log.c
    week = sa.cast(sa.func.date_trunc("week", sa.func.timezone(str(TEAM_ZONE), c.finished_at)), sa.Date).label("week")
    last_sync = (
        sa.select(
            week,
            c.rows_out.label("mentors"),
            sa.cast(c.details["status complete"].astext, sa.Integer).label("complete"),
            sa.cast(c.details["raised"].astext, sa.Numeric(12, 2)).label("raised"),
        )
        .ext(pg.distinct_on(week))
        .where(calculations(config.campaign_year))
        .where(c.details.has_key("raised"))
        .order_by(week, c.id.desc())
        .subquery()
    )
    last = last_sync.c
    complete = sa.func.coalesce(last.complete, 0)

    def since_last_week(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return column - sa.func.coalesce(sa.func.lag(column).over(order_by=last.week), 0)

    weeks = sa.select(
        last.week,
        since_last_week(last.raised).label("raised_in_week"),
        last.raised,
        since_last_week(complete).label("completed_in_week"),
        complete.label("complete"),
        last.mentors,
    ).subquery()
    return Listing(sa.select(weeks), (weeks.c.week.desc(),), (weeks.c.week,))


def _select_mentors(config: CampaignConfig, filters: ReportFilter, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    gaps, mentor = mentor_gaps.c, mentors.c
    shown = (gaps.mn_id, *(mentor[name] for name in _NAMES), gaps.uga_class, gaps.shift_preference)
    query = sa.select(*shown, *columns).join_from(mentor_gaps, mentors, _is_same_mentor(mentor, gaps))
    searched = (gaps.mn_id, *(mentor[name] for name in _NAMES))
    word_conditions = (contains_text(word, *searched) for word in (filters.search or "").split())
    return query.where(*_conditions(config, filters), *word_conditions)


def _conditions(config: CampaignConfig, filters: ReportFilter) -> Sequence[sa.ColumnElement[bool]]:
    gaps = mentor_gaps.c
    conditions = [gaps.campaign_year == config.campaign_year]
    for column, value in ((gaps.uga_class, filters.uga_class), (gaps.shift_preference, filters.shift_preference)):
        if value is not None:
            conditions.append(column.is_(None) if value == NOT_GIVEN else column == value)
    if filters.missing is not None:
        conditions.append(gaps[f"lacks_{filters.missing}"])
    return conditions


def _by_option(config: CampaignConfig, column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], ...]:
    """Order by the field's options as configured, then other texts, then mentors without one."""
    options = config.custom_field_options.get(str(column.key), ())
    place = sa.func.array_position(sa.cast(pg.array(options), pg.ARRAY(sa.Text)), column)
    return place.nulls_last(), column.nulls_last()


def _by_name() -> tuple[sa.ColumnElement[Any], ...]:
    return sa.func.lower(mentors.c.last_name), sa.func.lower(mentors.c.first_name)


def _is_same_mentor(one: Any, other: Any) -> sa.ColumnElement[bool]:
    return sa.and_(one.campaign_year == other.campaign_year, one.mn_id == other.mn_id)
