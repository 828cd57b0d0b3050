"""Format archive plans and results of archiving for the command line, with the next command.

The texts contain names, so they are printed only on the terminal.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.vocabulary import PLAN_STATUSES, PlanStatus
from mentorsync_pipeline.runtime.formatting import format_count

if TYPE_CHECKING:
    from mentorsync_pipeline.archiving.rules.archive_guard import Guard
    from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
    from mentorsync_pipeline.domain.records import Contact

COMMAND = "mentorsync archive"
_MAX_ROWS = 20
_MEANINGS: Mapping[PlanStatus, str] = {
    "needs_approval": "archived only after approval",
    "approved": "the next plan includes them",
    "to_archive": "the next apply archives them",
    "to_release": "the next apply removes only their External ID",
    "waiting": "archived after an import, an export or an answer",
    "kept": "not archived",
    "archived": "already in Givebutter's archive",
    "released": "their External ID was removed",
}


def options(year: int, *, mass_email: bool) -> str:
    """Return the options that repeat this year and plan in the next command."""
    return f"--year {year}" + (" --mass-email" if mass_email else "")


def format_plan(
    rows: "Sequence[PlanRow]",
    statuses: Mapping[int, PlanStatus],
    guard: "Guard",
    ledger: Mapping[str, int],
    result: Mapping[str, Any],
) -> str:
    """Format a plan: counts by status and reason, and the guard's result.

    Args:
        statuses: status by contact id (`db.plan_status`).
        result: the plan as a JSON object, as printed with `--json`.

    """
    options_text = options(result["campaign_year"], mass_email=result["purpose"] == "mass_email")
    if not rows:
        return f"The plan is empty or was not created yet. Create it with: {COMMAND} plan {options_text}"
    lines = [f"The plan of {result['campaign_year']}: {format_count(len(rows), 'contact')}"]
    for status in PLAN_STATUSES:
        reasons = Counter(row.reason_code for row in rows if statuses.get(row.contact_id) == status)
        if reasons:
            by_code = ", ".join(f"{count} {code}" for code, count in reasons.most_common())
            lines.append(f"{reasons.total():>6}  {status}: {_MEANINGS[status]} ({by_code})")
    if ledger:
        lines.append("Ledger: " + ", ".join(f"{count} {status}" for status, count in ledger.items()))
    if guard.stops and guard.is_first:
        lines.append(
            f"This is the first plan of {result['campaign_year']}: it archives {guard.archiving} of {guard.active} "
            "active contacts for these reasons:"
        )
        for cause in result["guard"]["causes"]:
            examples = ", ".join(str(contact_id) for contact_id in cause["examples"])
            lines.append(f"{cause['count']:>6}  {cause['code']}: {cause['reason']} For example: {examples}.")
        lines.append("Check some of them in Givebutter. If they are correct, approve the year's first plan once:")
        lines.append(f"  {COMMAND} approve {options_text} --by NAME --plan {result['plan_fingerprint']}")
    elif guard.stops:
        lines.append(f"The guard stops the plan: {guard.explanation}. If the plan is correct, approve it:")
        lines.append(f"  {COMMAND} approve {options_text} --by NAME --plan {result['plan_fingerprint']}")
    elif guard.reasons:
        lines.append(f"The guard's limit is exceeded, and the plan is approved: {guard.explanation}.")
    return "\n".join(lines)


def format_plan_rows(
    rows: "Sequence[PlanRow]",
    statuses: Mapping[int, PlanStatus],
    contacts: "Mapping[int, Contact]",
    state: PlanStatus | None,
    options_text: str,
) -> Iterator[str]:
    """Format the rows of one status; without it, the first rows that need approval and the command for it."""
    selected = [row for row in rows if statuses.get(row.contact_id) == (state or "needs_approval")]
    if selected and not state:
        yield f"To approve single contacts: {COMMAND} approve {options_text} --by NAME --contact ID"
    for row in selected if state else selected[:_MAX_ROWS]:
        yield f"  {row.contact_id}  {_owner_text(row, contacts)}"
        yield f"      {row.reason}{_carried_text(row.carried_over)}"
    if not state and len(selected) > _MAX_ROWS:
        yield f"  … and {len(selected) - _MAX_ROWS} more: {COMMAND} show {options_text} --state needs_approval"


def format_approval(count: int, *, contacts: bool, options_text: str) -> str:
    """Format the result of an approval, with the next command."""
    if contacts:
        return f"{format_count(count, 'contact')} approved. The next plan applies it: {COMMAND} plan {options_text}"
    command = f"{COMMAND} apply {options_text}"
    return f"{format_count(count, 'contact')} approved for archiving in the current state. Archive them with: {command}"


def format_apply_result(result: Mapping[str, Any], *, year: int, options_text: str) -> str:
    """Format the result of an apply, with the command that undoes it."""
    outcomes = ("archived", "archived before", "released", "failed", "not tried")
    counts = [f"{result[outcome]} {outcome}" for outcome in outcomes if result.get(outcome)]
    lines = [f"{', '.join(counts)}." if counts else "No planned contacts to archive."]
    if result.get("failed"):
        lines.append("Failures and next steps: mentorsync errors list")
    if result.get("new since the plan was created"):
        lines.append(
            f"{result['new since the plan was created']} contacts were not in the plan: {COMMAND} plan {options_text}"
        )
    elif not counts:
        lines.append(f"Contacts that are kept, with reasons: {COMMAND} plan {options_text}")
    if result.get("archived") or result.get("released"):
        lines.append(f"To undo this run: {COMMAND} restore --year {year} --by NAME --run {result['run_id']}")
    return "\n".join(lines)


def format_restore_result(result: Mapping[str, Any]) -> str:
    """Format the result of a restore."""
    outcomes = ("restored", "External IDs restored", "failed")
    counts = ", ".join(f"{result[outcome]} {outcome}" for outcome in outcomes if result.get(outcome))
    failures = " Failures and next steps: mentorsync errors list" if result.get("failed") else ""
    return f"{counts}.{failures} Restored contacts are archived again only if a person approves it."


def _owner_text(row: "PlanRow", contacts: "Mapping[int, Contact]") -> str:
    parts = [_full_name(contacts.get(row.contact_id)), row.mn_id]
    contact = contacts.get(row.contact_id)
    if contact is not None and contact.may_have_donations:
        total = contact.total_contributions
        given = "donations unknown" if total is None else f"donated {total}"
        parts.append("recurring donations" if contact.has_recurring_donations and not total else given)
    owner = ", ".join(filter(None, parts)) or "no mentor"
    if row.winner_contact_id is None:
        return owner
    return f"{owner}; kept instead: {row.winner_contact_id} {_full_name(contacts.get(row.winner_contact_id))}".rstrip()


def _full_name(contact: "Contact | None") -> str:
    return "" if contact is None else join_names(contact.first_name, contact.last_name)


def _carried_text(carried: Mapping[str, Any]) -> str:
    """Format the counts of values on the kept contact, of values still to import, and of values in the archive only."""
    parts = []
    for status, label in (("on_winner", "On the kept contact"), ("waiting", "Not yet on it")):
        if carried.get(status):
            parts.append(f"{label}: " + ", ".join(_count_text(name, carried[status][name]) for name in carried[status]))
    archive_only = [*(_count_text(name, values) for name, values in carried.get("not_carried", {}).items())]
    archive_only += carried.get("left_behind", ())
    if archive_only:
        parts.append("Only in the archive: " + ", ".join(archive_only))
    return "".join(f" {part}." for part in parts)


def _count_text(noun: str, values: Sequence[str]) -> str:
    return format_count(len(values), noun.removesuffix("s"))
