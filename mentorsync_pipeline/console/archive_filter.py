"""Filters of the archive plan from query parameters, which links between pages keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from mentorsync_pipeline.archiving.plan_listing import PlanFilter
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.console.campaign_year import Year
from mentorsync_pipeline.domain.vocabulary import PLAN_STATUSES

_Typed = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class PlanPageFilter:
    """A filter as database criteria, and as the query parameters that are set."""

    criteria: PlanFilter
    query: Mapping[str, str]

    @property
    def purpose(self) -> Purpose:
        """Purpose of the plan: the mentors' duplicates, or all mass-email stubs."""
        return self.criteria.purpose

    @property
    def path(self) -> str:
        """Path of the year's archive page."""
        return f"/{self.criteria.year}/archive"

    def address(self, rest: str = "", **more: int | str | None) -> str:
        """Return a URL of the year's archive with this filter and more parameters."""
        parameters = {**self.query, **{name: value for name, value in more.items() if value is not None}}
        path = f"{self.path}{rest}"
        return f"{path}?{urlencode(parameters)}" if parameters else path


async def _read_filter(
    year: Year, plan: _Typed = "", state: _Typed = "", reason: _Typed = "", donors: _Typed = "", search: _Typed = ""
) -> PlanPageFilter:
    values = {
        "plan": "mass_email" if plan == "mass_email" else "",
        "state": state if state in PLAN_STATUSES else "",
        "reason": reason if reason.replace("_", "").isascii() else "",
        "donors": donors if donors in {"yes", "no"} else "",
        "search": search.replace("\x00", "").strip(),
    }
    query = {name: value.replace("\x00", "") for name, value in values.items() if value}
    criteria = PlanFilter(
        year=year,
        purpose="mass_email" if "plan" in query else "duplicates",
        status=query.get("state"),
        reason=query.get("reason"),
        donors={"yes": True, "no": False}.get(values["donors"]),
        search=query.get("search"),
    )
    return PlanPageFilter(criteria, query)


Filtered = Annotated[PlanPageFilter, Depends(_read_filter)]
