"""Describe a failed check of a run in the words of the pages; the text of Dagster's UI has codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mentorsync_pipeline.checks.factory import CONFLICTS, WARNINGS
from mentorsync_pipeline.checks.partner_wishes import FULFILLED, WISHES
from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.conflict_text import KINDS
from mentorsync_pipeline.console.translation import N_, words
from mentorsync_pipeline.runtime.run_report import CheckOutcome

_WARNINGS = " warnings"  # end of the names of the counts in the metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """A failed check: the asset, whether it stopped the run, its text, and the path after the year of its list."""

    asset: str
    stops: bool
    text: str
    path: str | None


def describe_check(check: CheckOutcome) -> CheckText:
    """Describe a failed check."""
    text, path = _describe(check.check, check.metadata, check.description)
    return CheckText(asset=check.asset, stops=check.severity == "ERROR", text=text, path=path)


def _describe(name: str, counts: Mapping[str, Any], description: str) -> tuple[str, str | None]:
    if name == CONFLICTS:
        return _list_counts(N_("open questions"), ((KINDS[kind], counts.get(kind)) for kind in KINDS)), "/conflicts"
    if name == WISHES:
        states = {state: text for state, (text, _) in labels.PARTNER_STATE.items() if state not in FULFILLED}
        wishes = ((text, counts.get(state.replace("_", " "))) for state, text in states.items())
        return _list_counts(N_("unfulfilled wishes for a partner"), wishes), "/partners"
    if name == WARNINGS:
        number = sum(value for key, value in counts.items() if key.endswith(_WARNINGS) or key == "rows found")
        text = words().ngettext("%(count)d warning", "%(count)d warnings", number) % {"count": number}
        return text, "/warnings"
    return description, None


def _list_counts(title: str, counts: Iterable[tuple[str, int | None]]) -> str:
    """Return a title and the counts with their names, without those of none."""
    listed = ", ".join(f"{words().gettext(name)} {count}" for name, count in counts if count)
    return f"{words().gettext(title)} ({listed})"
