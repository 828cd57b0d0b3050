"""Format archive plans and the results of archiving for the command line, with the next command.

Names are shown on the terminal and nowhere else.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mentorsync_pipeline.archiving.rules.guard import Guard
    from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
    from mentorsync_pipeline.domain.records import Contact

COMMAND = "mentorsync archive"
_SHOWN = 20
_GROUPS = (
    ("planned", "archive", "planned", "the next apply archives them"),
    ("planned", "release", "planned", "the next apply takes their External ID off, and nothing else"),
    ("needs_approval", "archive", "needs_approval", "each needs approval"),
    ("kept", "archive", "kept", "they stay as they are"),
    ("kept", "release", "kept", "they keep what they have"),
)


def options(year: int, *, mass_email: bool) -> str:
    """The options that the next command needs."""
    return f"--year {year}" + (" --mass-email" if mass_email else "")


def format_plan(
    rows: "Sequence[PlanRow]",
    guard: "Guard",
    ledger: Mapping[str, int],
    shown: Mapping[str, Any],
    gone: Collection[int],
) -> str:
    """Format a plan: counts by state and reason, and the guard's result. `gone`: contacts archived already."""
    given = options(shown["campaign_year"], mass_email=shown["purpose"] == "mass_email")
    if not rows:
        return f"There is no plan, or nothing in it. Make one with: {COMMAND} plan {given}"
    lines = [f"The plan of {shown['campaign_year']}: {len(rows)} contacts"]
    for state, action, name, meaning in _GROUPS:
        reasons = Counter(
            row.reason_code
            for row in rows
            if (row.plan_state, row.action) == (state, action) and row.contact_id not in gone
        )
        if reasons:
            by_code = ", ".join(f"{count} {code}" for code, count in reasons.most_common())
            lines.append(f"{reasons.total():>6}  {name}: {meaning} ({by_code})")
    if gone:
        lines.append(f"{len(gone):>6}  archived since the plan was made")
    if ledger:
        lines.append("Ledger: " + ", ".join(f"{count} {status}" for status, count in ledger.items()))
    if guard.stops and guard.is_first:
        lines.append(
            f"It is the first plan of {shown['campaign_year']}: it archives {guard.archiving} of {guard.active} active "
            "contacts, for these reasons:"
        )
        for cause in shown["guard"]["causes"]:
            examples = ", ".join(str(contact_id) for contact_id in cause["examples"])
            lines.append(f"{cause['count']:>6}  {cause['code']}: {cause['reason']} For example: {examples}.")
        lines.append("Check some of them in Givebutter. If they are right, approve the year's first plan once:")
        lines.append(f"  {COMMAND} approve {given} --by NAME --plan {shown['plan_fingerprint']}")
    elif guard.stops:
        lines.append(f"The guard stops the plan: {guard.explanation}. If the plan is right, approve it:")
        lines.append(f"  {COMMAND} approve {given} --by NAME --plan {shown['plan_fingerprint']}")
    elif guard.reasons:
        lines.append(f"The guard's limit is exceeded, and the plan is approved: {guard.explanation}.")
    return "\n".join(lines)


def format_plan_rows(
    rows: "Sequence[PlanRow]", contacts: "Mapping[int, Contact]", state: str | None, given: str
) -> Iterator[str]:
    """Format the rows of one state; without a state, the first rows that need approval and the command for it."""
    chosen = [row for row in rows if row.plan_state == (state or "needs_approval")]
    if chosen and not state:
        yield f"To approve single contacts: {COMMAND} approve {given} --by NAME --contact ID"
    for row in chosen if state else chosen[:_SHOWN]:
        yield f"  {row.contact_id}  {_whose(row, contacts)}"
        yield f"      {row.reason}{_handed_on(row.carried_over)}"
    if not state and len(chosen) > _SHOWN:
        yield f"  … and {len(chosen) - _SHOWN} more: {COMMAND} show {given} --state needs_approval"


def format_approval(count: int, *, contacts: bool, given: str) -> str:
    """Format what an approval changes, and when."""
    if contacts:
        return f"{count} contacts approved. The next plan applies it: {COMMAND} plan {given}"
    return f"{count} contacts may be archived, as they are now. Archive them with: {COMMAND} apply {given}"


def format_apply_result(done: Mapping[str, Any], *, year: int, given: str) -> str:
    """Format the result of an apply, and the command that undoes it."""
    kinds = ("archived", "archived before", "released", "failed", "not tried")
    counts = [f"{done[kind]} {kind}" for kind in kinds if done.get(kind)]
    lines = [f"{', '.join(counts)}." if counts else "No planned contacts are left to archive."]
    if done.get("failed"):
        lines.append("Failures and next steps: mentorsync errors list")
    if done.get("new since the plan was made"):
        lines.append(f"{done['new since the plan was made']} contacts were not in the plan: {COMMAND} plan {given}")
    elif not counts:
        lines.append(f"Contacts that are kept, with reasons: {COMMAND} plan {given}")
    if done.get("archived") or done.get("released"):
        lines.append(f"To undo all of it: {COMMAND} restore --year {year} --by NAME --run {done['run_id']}")
    return "\n".join(lines)


def format_restore_result(done: Mapping[str, Any]) -> str:
    """Format the result of a restore."""
    kinds = ("restored", "External IDs given back", "failed")
    counts = ", ".join(f"{done[kind]} {kind}" for kind in kinds if done.get(kind))
    more = " Failures and next steps: mentorsync errors list" if done.get("failed") else ""
    return f"{counts}.{more} Restored contacts are archived again only if a person approves it."


def _whose(row: "PlanRow", contacts: "Mapping[int, Contact]") -> str:
    parts = [_name(contacts.get(row.contact_id)), row.mn_id]
    contact = contacts.get(row.contact_id)
    if contact is not None and contact.total_contributions:
        parts.append(f"has given {contact.total_contributions}")
    owner = ", ".join(filter(None, parts)) or "no mentor"
    if row.winner_contact_id is None:
        return owner
    return f"{owner}; kept instead: {row.winner_contact_id} {_name(contacts.get(row.winner_contact_id))}".rstrip()


def _name(contact: "Contact | None") -> str:
    return "" if contact is None else " ".join(filter(None, (contact.first_name, contact.last_name)))


def _handed_on(carried: Mapping[str, Any]) -> str:
    """Format what is on the kept contact, what the next import adds there, and what is only in the archive."""
    parts = []
    for kind, words in (("on_winner", "On the kept contact"), ("waiting", "Not yet there")):
        if carried.get(kind):
            parts.append(f"{words}: " + ", ".join(_counted(name, carried[kind][name]) for name in carried[kind]))
    stays = [*(_counted(name, values) for name, values in carried.get("not_carried", {}).items())]
    stays += carried.get("left_behind", ())
    if stays:
        parts.append("Only in the archive: " + ", ".join(stays))
    return "".join(f" {part}." for part in parts)


def _counted(kind: str, values: Sequence[str]) -> str:
    return f"{len(values)} {kind if len(values) != 1 else kind.removesuffix('s')}"
