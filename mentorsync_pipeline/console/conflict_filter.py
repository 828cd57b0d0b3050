"""Filters of conflicts from query parameters, which links between pages keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.console.dependencies import ServicesDep
from mentorsync_pipeline.domain.vocabulary import CONFLICT_TYPES, SEVERITIES
from mentorsync_pipeline.review.conflict_queue import ConflictFilter

STATUSES = ("pending", "skipped", "decided", "obsolete")
_MOST_DAYS = 10_000
_Typed = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class ConflictPageFilter:
    """A filter as database criteria, and as the query parameters that are set."""

    criteria: ConflictFilter
    query: Mapping[str, str]

    def address(self, path: str, **more: int | str | None) -> str:
        """Return a URL with this filter and more parameters."""
        parameters = {**self.query, **{name: value for name, value in more.items() if value is not None}}
        return f"{path}?{urlencode(parameters)}" if parameters else path


async def _read_filter(  # each is a query parameter
    year: Year,
    services: ServicesDep,
    type: _Typed = "",  # noqa: A002  # its name in the address
    severity: _Typed = "",
    status: _Typed = "",
    days: _Typed = "",
    search: _Typed = "",
    advice: _Typed = "",
) -> ConflictPageFilter:
    values = {
        "type": type if type in CONFLICT_TYPES else "",
        "severity": severity if severity in SEVERITIES else "",
        "status": status if status in {*STATUSES, "any"} else "",
        "days": days if days.isascii() and days.isdecimal() and int(days) <= _MOST_DAYS else "",
        "search": search.replace("\x00", "").strip(),
        "advice": advice if advice in {"yes", "no"} else "",
    }
    query = {name: value for name, value in values.items() if value}
    criteria = ConflictFilter(
        year=year,
        conflict_type=query.get("type"),
        severity=query.get("severity"),
        statuses=() if status == "any" else (query.get("status", "pending"),),
        # To the minute, so that the results can be kept (`campaign_year.YearCacheDep`).
        asked_before=services.now().replace(second=0, microsecond=0) - timedelta(days=int(query["days"]))
        if "days" in query
        else None,
        search=query.get("search"),
        recommended={"yes": True, "no": False}.get(values["advice"]),
        about_mentors="type" not in query,
    )
    return ConflictPageFilter(criteria, query)


Filtered = Annotated[ConflictPageFilter, Depends(_read_filter)]
