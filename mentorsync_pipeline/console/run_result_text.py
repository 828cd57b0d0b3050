"""Describe the result of a run in people, questions and files, for its page and for the lists of runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.console.translation import NN_
from mentorsync_pipeline.loop.run_results import RunPlan, RunResult

_LOADED = {
    "api_changes": NN_("%(count)s changed contact loaded", "%(count)s changed contacts loaded"),
    "api_mentors": NN_("%(count)s mentor's contact loaded", "%(count)s mentors' contacts loaded"),
}
_ALL_LOADED = NN_("%(count)s contact loaded", "%(count)s contacts loaded")
_PLAN_PATHS: Mapping[Purpose, str] = {"duplicates": "/archive", "mass_email": "/archive?plan=mass_email"}


@dataclass(frozen=True, slots=True)
class ResultPart:
    """A part of a result.

    Attributes:
        texts: the text for gettext, for one and for several.
        path: path after the year of the list that shows them.
        is_plan: counts contacts of an archive plan, which is no change yet.

    """

    texts: tuple[str, str]
    count: int
    path: str | None = None
    is_plan: bool = False


def list_brief_parts(result: RunResult | None, run_id: str) -> list[ResultPart]:
    """List the parts of a result for a list of runs: a plan only if the run has no other result."""
    parts = list_result_parts(result, run_id)
    return [part for part in parts if not part.is_plan] or parts


def list_result_parts(result: RunResult | None, run_id: str) -> list[ResultPart]:
    """List the parts of a result, those that matter most first. A result without parts has changed nothing."""
    if result is None:
        return []
    parts = [
        *_list_contacts(result),
        *_list_archiving(result, run_id),
        *_list_people(result),
        *_list_rows(result),
        *_list_sources(result),
    ]
    return [part for part in parts if part.count or part.texts in (*_LOADED.values(), _ALL_LOADED)]


def _list_contacts(result: RunResult) -> Iterator[ResultPart]:
    if result.contacts_loaded is not None:
        yield ResultPart(_LOADED.get(result.contacts_origin or "", _ALL_LOADED), result.contacts_loaded)


def _list_people(result: RunResult) -> Iterator[ResultPart]:
    span = {"from_sync": result.changes_after, "to_sync": result.changes_upto}
    changes = urlencode({name: number for name, number in span.items() if number is not None})
    yield ResultPart(
        NN_("%(count)s new mentor", "%(count)s new mentors"),
        result.new_mentors,
        f"/changes?{changes}&change_type=new_mentor",
    )
    yield ResultPart(
        NN_("%(count)s mentor updated", "%(count)s mentors updated"), result.updated_mentors, f"/changes?{changes}"
    )
    yield ResultPart(
        NN_("%(count)s answer applied", "%(count)s answers applied"),
        result.applied_answers,
        "/conflicts?status=decided",
    )
    yield ResultPart(NN_("%(count)s new question", "%(count)s new questions"), result.new_questions, "/conflicts")
    yield ResultPart(
        NN_("%(count)s question asked again", "%(count)s questions asked again"), result.asked_again, "/conflicts"
    )
    yield ResultPart(
        NN_("%(count)s question settled by new data", "%(count)s questions settled by new data"),
        result.settled_questions,
        "/conflicts?status=obsolete",
    )
    yield ResultPart(
        NN_("%(count)s rejected row", "%(count)s rejected rows"), result.rejected_rows or 0, "/errors?state=all"
    )
    if not result.rejected_rows:  # its errors are the rejected rows
        yield ResultPart(NN_("%(count)s new error", "%(count)s new errors"), result.new_errors, "/errors")
    yield ResultPart(
        NN_("%(count)s message written", "%(count)s messages written"), result.written_messages, "/messages"
    )


def _list_archiving(result: RunResult, run_id: str) -> Iterator[ResultPart]:
    ledger = f"/archive/ledger?run={run_id}"
    yield ResultPart(NN_("%(count)s contact archived", "%(count)s contacts archived"), result.archived, ledger)
    yield ResultPart(
        NN_("%(count)s External ID removed", "%(count)s External IDs removed"), result.external_ids_removed, ledger
    )
    yield ResultPart(
        NN_("%(count)s contact not changed", "%(count)s contacts not changed"), result.not_archived, "/errors?state=all"
    )
    yield ResultPart(
        NN_("%(count)s contact restored", "%(count)s contacts restored"), result.restored, "/archive/ledger"
    )
    yield ResultPart(
        NN_("%(count)s External ID restored", "%(count)s External IDs restored"),
        result.external_ids_restored,
        "/archive/ledger",
    )


def _list_rows(result: RunResult) -> Iterator[ResultPart]:
    yield ResultPart(
        NN_("Import file with %(count)s row", "Import file with %(count)s rows"), result.file_rows or 0, "/files"
    )
    if result.plan is not None:
        yield from _list_plan(result.plan)


def _list_plan(plan: RunPlan) -> Iterator[ResultPart]:
    path = _PLAN_PATHS[plan.purpose]
    approvals = f"{path}{'&' if '?' in path else '?'}state=needs_approval"
    for texts, count, list_path in (
        (NN_("%(count)s contact to archive", "%(count)s contacts to archive"), plan.duplicates_to_archive, path),
        (NN_("%(count)s External ID to remove", "%(count)s External IDs to remove"), plan.external_ids_to_remove, path),
        (
            NN_("%(count)s duplicate needs approval", "%(count)s duplicates need approval"),
            plan.duplicates_to_approve,
            approvals,
        ),
    ):
        yield ResultPart(texts, count, list_path, is_plan=True)


def _list_sources(result: RunResult) -> Iterator[ResultPart]:
    yield ResultPart(NN_("%(count)s new sign-up", "%(count)s new sign-ups"), result.new_signups, "/forms")
    yield ResultPart(NN_("%(count)s new form entry", "%(count)s new form entries"), result.new_entries, "/forms")
    yield ResultPart(
        NN_("%(count)s form entry changed", "%(count)s form entries changed"), result.changed_entries, "/forms"
    )
    yield ResultPart(NN_("%(count)s new fundraising page", "%(count)s new fundraising pages"), result.new_pages)
    yield ResultPart(
        NN_("%(count)s fundraising page changed", "%(count)s fundraising pages changed"), result.changed_pages
    )
    yield ResultPart(NN_("%(count)s setting changed", "%(count)s settings changed"), result.changed_settings)
