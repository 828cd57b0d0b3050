"""Which rows of an archive plan a page is about, as its address says it; the filter goes along from page to page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from mentorsync_pipeline.archiving.plan_listing import PlanFilter
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.console.years import Year

STATES = ("needs_approval", "planned", "kept")
_Typed = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class ChosenPlan:
    """A filter: as the database takes it, and as query parameters (those that are set)."""

    wanted: PlanFilter
    query: Mapping[str, str]

    @property
    def purpose(self) -> Purpose:
        """Whose plan it is: the mentors' duplicates, or all mass-email stubs."""
        return self.wanted.purpose

    def address(self, rest: str = "", **more: int | str | None) -> str:
        """An address of the year's archive with this filter, and more parameters."""
        parameters = {**self.query, **{name: value for name, value in more.items() if value is not None}}
        path = f"/{self.wanted.year}/archive{rest}"
        return f"{path}?{urlencode(parameters)}" if parameters else path


def _chosen(
    year: Year, plan: _Typed = "", state: _Typed = "", reason: _Typed = "", donors: _Typed = "", search: _Typed = ""
) -> ChosenPlan:
    given = {
        "plan": "mass_email" if plan == "mass_email" else "",
        "state": state if state in STATES else "",
        "reason": reason if reason.replace("_", "").isascii() else "",
        "donors": donors if donors in {"yes", "no"} else "",
        "search": search.replace("\x00", "").strip(),
    }
    query = {name: value.replace("\x00", "") for name, value in given.items() if value}
    wanted = PlanFilter(
        year=year,
        purpose="mass_email" if "plan" in query else "duplicates",
        state=query.get("state"),
        reason=query.get("reason"),
        donors={"yes": True, "no": False}.get(given["donors"]),
        search=query.get("search"),
    )
    return ChosenPlan(wanted, query)


Filtered = Annotated[ChosenPlan, Depends(_chosen)]
