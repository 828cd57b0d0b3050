"""How an archive plan, and what was done with it, is told on the command line, and which command comes next.

Names are shown on the terminal and nowhere else.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mentorsync_pipeline.archiving.rules.guard import Guard
    from mentorsync_pipeline.archiving.rules.records import PlanRow
    from mentorsync_pipeline.domain.records import Contact

COMMAND = "mentorsync archive"
_SHOWN = 20
_GROUPS = (
    ("planned", "archive", "planned", "the next apply archives them"),
    ("planned", "release", "planned", "the next apply takes their External ID off, and nothing else"),
    ("needs_approval", "archive", "needs_approval", "each waits for a person's yes"),
    ("kept", "archive", "kept", "they stay as they are"),
    ("kept", "release", "kept", "they keep what they have"),
)


def options(year: int, *, mass_email: bool) -> str:
    """What the next command has to be given."""
    return f"--year {year}" + (" --mass-email" if mass_email else "")


def format_plan(
    rows: "Sequence[PlanRow]",
    guard: "Guard",
    ledger: Mapping[str, int],
    shown: Mapping[str, Any],
    gone: Collection[int],
) -> str:
    """The plan as `shown` as JSON: how many of each kind and why, what the guard says; `gone` are archived already."""
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
            told = ", ".join(f"{count} {code}" for code, count in reasons.most_common())
            lines.append(f"{reasons.total():>6}  {name}: {meaning} ({told})")
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
        lines.append("Look at some of them in Givebutter. If they are right, say yes once for the year's first plan:")
        lines.append(f"  {COMMAND} approve {given} --by NAME --plan {shown['plan_fingerprint']}")
    elif guard.stops:
        lines.append(f"The guard stops it: {guard.why}. If it is right:")
        lines.append(f"  {COMMAND} approve {given} --by NAME --plan {shown['plan_fingerprint']}")
    elif guard.reasons:
        lines.append(f"The guard lets it through, for somebody approved it: {guard.why}.")
    return "\n".join(lines)


def format_plan_rows(
    rows: "Sequence[PlanRow]", contacts: "Mapping[int, Contact]", state: str | None, given: str
) -> Iterator[str]:
    """The rows of one state, or without one the first of those that wait for a yes, and how to say it."""
    chosen = [row for row in rows if row.plan_state == (state or "needs_approval")]
    if chosen and not state:
        yield f"These wait for a yes: {COMMAND} approve {given} --by NAME --contact ID"
    for row in chosen if state else chosen[:_SHOWN]:
        yield f"  {row.contact_id}  {_whose(row, contacts)}"
        yield f"      {row.reason}{_handed_on(row.carried_over)}"
    if not state and len(chosen) > _SHOWN:
        yield f"  … and {len(chosen) - _SHOWN} more: {COMMAND} show {given} --state needs_approval"


def format_approval(count: int, *, contacts: bool, given: str) -> str:
    """What a yes changes, and when."""
    if contacts:
        return f"{count} approved. The next plan goes by it: {COMMAND} plan {given}"
    return f"{count} contacts may go, as they are now. Archive them with: {COMMAND} apply {given}"


def format_apply_result(done: Mapping[str, Any], *, year: int, given: str) -> str:
    """What an apply came to, and how to undo it."""
    kinds = ("archived", "archived before", "released", "failed", "not tried")
    told = [f"{done[kind]} {kind}" for kind in kinds if done.get(kind)]
    lines = [f"{', '.join(told)}." if told else "Nothing that was planned is left to archive."]
    if done.get("failed"):
        lines.append("What failed, and what to do: mentorsync errors list")
    if done.get("new since the plan was made"):
        lines.append(f"{done['new since the plan was made']} contacts were not in the plan: {COMMAND} plan {given}")
    elif not told:
        lines.append(f"What stays, and why: {COMMAND} plan {given}")
    if done.get("archived") or done.get("released"):
        lines.append(f"To undo all of it: {COMMAND} restore --year {year} --by NAME --run {done['run_id']}")
    return "\n".join(lines)


def format_restore_result(done: Mapping[str, Any]) -> str:
    """What a restore came to."""
    kinds = ("restored", "External IDs given back", "failed")
    told = ", ".join(f"{done[kind]} {kind}" for kind in kinds if done.get(kind))
    more = " What failed, and what to do: mentorsync errors list" if done.get("failed") else ""
    return f"{told}.{more} They are not archived again unless somebody approves it."


def _whose(row: "PlanRow", contacts: "Mapping[int, Contact]") -> str:
    parts = [_name(contacts.get(row.contact_id)), row.mn_id]
    contact = contacts.get(row.contact_id)
    if contact is not None and contact.total_contributions:
        parts.append(f"has given {contact.total_contributions}")
    told = ", ".join(filter(None, parts)) or "of nobody"
    if row.winner_contact_id is None:
        return told
    return f"{told}; kept instead: {row.winner_contact_id} {_name(contacts.get(row.winner_contact_id))}".rstrip()


def _name(contact: "Contact | None") -> str:
    return "" if contact is None else " ".join(filter(None, (contact.first_name, contact.last_name)))


def _handed_on(carried: Mapping[str, Any]) -> str:
    """What of it is on the kept contact, has yet to arrive there, and stays in the archive."""
    parts = []
    for kind, words in (("on_winner", "On the kept contact"), ("waiting", "Yet to arrive there")):
        if carried.get(kind):
            parts.append(f"{words}: " + ", ".join(_counted(name, carried[kind][name]) for name in carried[kind]))
    stays = [*(_counted(name, values) for name, values in carried.get("not_carried", {}).items())]
    stays += carried.get("left_behind", ())
    if stays:
        parts.append("Only in the archive: " + ", ".join(stays))
    return "".join(f" {part}." for part in parts)


def _counted(kind: str, values: Sequence[str]) -> str:
    return f"{len(values)} {kind if len(values) != 1 else kind.removesuffix('s')}"
