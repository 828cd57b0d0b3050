"""The plan of what is archived, what needs a person's yes and what is kept, each with its reason (rulebook 10).

Who loses is judged in `mentors.rules.losers`, how much may go at once in `archiving.rules.guard`. So whichever of
transfer, import and archive is interrupted, nothing is lost. A loser that holds the External ID that the winner needs
would keep the winner's row out of the import for ever; until its data has arrived it is planned for a release of the
id alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mentorsync_pipeline.archiving.rules.records import (
    Action,
    Past,
    PlanMark,
    PlanRow,
    PlanState,
    Release,
    Waiting,
)
from mentorsync_pipeline.domain.approvals import Approval, Approvals
from mentorsync_pipeline.domain.clean_text import same_id
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.records import Contact, Winner
from mentorsync_pipeline.domain.tags import has_tag
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver, year_carry_overs
from mentorsync_pipeline.mentors.rules.losers import Cause, Loser, joined
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData

_KINDS = ("emails", "phones", "tags")
# What an import row takes from the winner alone: of a loser it stays in the archive.
_LEFT_BEHIND = (
    *("address_line_1", "notes", "date_of_birth", "gender", "pronouns", "employer", "title", "middle_name"),
    *("twitter", "linkedin", "facebook", "tiktok", "household"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContext:
    """What the plan goes by beside the losers themselves.

    `winners` are the kept contacts by contact id, `carried` what the winners still lack by submission id
    (`mentors.rules.carry_over`), `external_ids` the mentors' External IDs by submission id, `past` the ledger by
    contact id, `as_of` when the contact data was taken.
    """

    winners: Mapping[int, Contact]
    carried: Mapping[str, CarryOver]
    external_ids: Mapping[str, str]
    approvals: Approvals
    past: Mapping[int, Past]
    dropped_tag: str
    as_of: datetime


def plan_year(
    losers: Sequence[Loser], data: YearData, *, approvals: Approvals, past: Mapping[int, Past]
) -> tuple[PlanRow, ...]:
    """Plan every loser of a year, and the External IDs that people decided to take off a contact, by contact id.

    `data` holds those of the losers that hand something on, and the bases that hold after the mentors were made.
    """
    known = PlanContext(
        winners=data.contacts,
        carried=year_carry_overs(data, data.bases),
        external_ids={signup.submission_id: signup.external_id for signup in data.signups},
        approvals=approvals,
        past=past,
        dropped_tag=data.config.givebutter_dropped_tag,
        as_of=data.as_of,
    )
    releases = decided_releases(losers, data.winners, known.external_ids)
    rows = plan_losers([loser for loser in losers if loser.contact.contact_id not in releases], known)
    return tuple(sorted((*rows, *plan_releases(releases, known)), key=lambda row: row.contact_id))


def plan_losers(losers: Sequence[Loser], known: PlanContext) -> tuple[PlanRow, ...]:
    """Plan every loser of a year's mentors (`mentors.rules.losers.find_losers`), by contact id."""
    return tuple(_plan(loser, known) for loser in losers)


def plan_fingerprint(rows: Iterable[PlanMark]) -> str:
    """A hash of all that the plan would do or asks for; what is merely kept does not count."""
    return fingerprint(
        sorted(
            (row.contact_id, row.purpose, row.action, row.plan_state, row.input_fingerprint)
            for row in rows
            if row.plan_state != "kept"
        )
    )


def plan_releases(decided: Mapping[int, Release], known: PlanContext) -> tuple[PlanRow, ...]:
    """Plan the External IDs that a person decided to take off a contact (section 4, step 2), by contact id.

    The decision itself is the yes; nothing is archived.
    """
    rows = []
    for contact_id, release in sorted(decided.items()):
        past = known.past.get(contact_id)
        if past is not None and past.status == "cleared" and known.as_of <= past.at:
            verdict = _Verdict("kept", _RELEASED)
        elif past is not None and past.status == "restored":
            verdict = _Verdict("kept", Cause("restored", "Its External ID was given back to it."))
        else:
            verdict = _Verdict("planned", Cause("release", "A person decided to take the External ID off it."))
        rows.append(
            PlanRow(
                contact_id=contact_id,
                purpose="duplicates",
                action="release",
                mn_id=release.mn_id,
                winner_contact_id=None,
                plan_state=verdict.state,
                reason_code=verdict.cause.code,
                reason=verdict.cause.reason,
                has_donations=release.has_donations,
                clears_external_id=release.external_id,
                input_fingerprint=fingerprint("release", contact_id, release.external_id, release.mn_id),
            )
        )
    return tuple(rows)


def decided_releases(
    losers: Iterable[Loser], winners: Mapping[str, Winner], external_ids: Mapping[str, str]
) -> dict[int, Release]:
    """The External IDs that people decided to take off a contact, by contact id.

    `winners` and `external_ids` go by submission id. A contact that does not hold the id any more is left out.
    """
    contacts = {loser.contact.contact_id: loser.contact for loser in losers}
    found = {}
    for winner in winners.values():
        holder = contacts.get(winner.release_contact_id or 0)
        if (
            holder is not None
            and holder.external_id is not None
            and same_id(holder.external_id, external_ids[winner.submission_id])
        ):
            found[holder.contact_id] = Release(
                external_id=holder.external_id, mn_id=winner.mn_id, has_donations=holder.total_contributions > 0
            )
    return found


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: PlanState
    cause: Cause
    action: Action = "archive"


_NOT_LINKED = Cause(
    "winner_not_linked",
    "The contact that is kept does not carry the mentor's External ID yet: import the file, then refresh the contacts.",
)
_OPT_OUT_NOT_CONFIRMED = Cause(
    "opt_out_not_confirmed",
    "It is unsubscribed and the contact that is kept is still subscribed: import the file, then refresh the contacts.",
)
_RELEASED = Cause("released", "Its External ID was taken off. Import the file, then refresh the contacts.")


def _plan(loser: Loser, known: PlanContext) -> PlanRow:
    contact_id = loser.contact.contact_id
    winner = known.winners.get(loser.winner_contact_id or 0)
    approval = known.approvals.get((contact_id, loser.input_fingerprint))
    waiting = _waiting(loser, known)
    verdict = _judge(loser, winner, approval, waiting, known)
    return PlanRow(
        contact_id=contact_id,
        purpose="duplicates",
        action=verdict.action,
        mn_id=loser.mn_id,
        winner_contact_id=loser.winner_contact_id,
        plan_state=verdict.state,
        reason_code=verdict.cause.code,
        reason=verdict.cause.reason,
        carried_over=_transfer(loser, winner, waiting),
        has_donations=loser.contact.total_contributions > 0,
        clears_external_id=loser.clears,
        input_fingerprint=loser.input_fingerprint,
        approved_by=approval.by if approval else None,
        approved_at=approval.at if approval else None,
    )


def _judge(
    loser: Loser, winner: Contact | None, approval: Approval | None, waiting: Waiting, known: PlanContext
) -> _Verdict:
    past = known.past.get(loser.contact.contact_id)
    stop = loser.kept or stopped_by_past(past, approval, known.as_of)
    if stop or winner is None:
        return _Verdict("kept", stop or Cause("no_winner_yet", "The kept contact is not in the contact data."))
    doubts = (*loser.doubts, *_would_be_lost(loser.contact, winner, known.dropped_tag))
    if doubts and approval is None:
        return _Verdict("needs_approval", joined(doubts))
    if loser.clears and waiting:
        if past is not None and known.as_of <= past.at:
            return _Verdict("kept", _RELEASED)
        cause = Cause("release", "It holds the External ID that the mentor's contact needs for its import.")
        return _Verdict("planned", cause, "release")
    if waiting:
        return _Verdict("kept", _not_confirmed(waiting))
    if _has_unsent_opt_out(loser.contact, winner):
        return _Verdict("kept", _OPT_OUT_NOT_CONFIRMED)
    if not loser.clears and not same_id(winner.external_id, known.external_ids[loser.submission_id]):
        return _Verdict("kept", _NOT_LINKED)
    return _Verdict("planned", _why(loser))


def stopped_by_past(past: Past | None, approval: Approval | None, as_of: datetime) -> Cause | None:
    """Why a contact with this past is left alone, if it is: it is archived already, or a person brought it back."""
    if past is None or past.status == "cleared":
        return None
    if past.status == "archived" and as_of <= past.at:
        return Cause("archived", f"It was archived on {past.at:%Y-%m-%d}; the contact data is older than that.")
    if approval is not None and approval.at > past.at:
        return None
    return Cause(
        "restored",
        f"It was archived before and brought back ({past.at:%Y-%m-%d}): it is archived again only if a person asks.",
    )


def _waiting(loser: Loser, known: PlanContext) -> Waiting:
    """The loser's values that the winner shall get and that contact data does not show there yet."""
    carried = known.carried.get(loser.submission_id, CarryOver())
    found = {kind: set(getattr(loser.contact, kind)).intersection(getattr(carried, kind)) for kind in _KINDS}
    return {kind: sorted(values) for kind, values in found.items() if values}


def _transfer(loser: Loser, winner: Contact | None, waiting: Waiting) -> dict[str, Any]:
    """What of the loser is on the winner, on its way, and not carried over (values, and names of fields)."""
    if winner is None:
        return {}
    there, missing = {}, {}
    for kind in _KINDS:
        values, on_winner = set(getattr(loser.contact, kind)), set(getattr(winner, kind))
        there[kind] = sorted(values & on_winner)
        missing[kind] = sorted(values - on_winner - set(waiting.get(kind, ())))
    fields = [name for name in _LEFT_BEHIND if getattr(loser.contact, name) and not getattr(winner, name)]
    labels = sorted(set(loser.contact.custom_fields) - set(winner.custom_fields))
    parts = {
        "on_winner": {kind: values for kind, values in there.items() if values},
        "waiting": dict(waiting),
        "not_carried": {kind: values for kind, values in missing.items() if values},
        "left_behind": [*fields, *labels],
    }
    return {name: part for name, part in parts.items() if part}


def _would_be_lost(contact: Contact, winner: Contact, dropped_tag: str) -> tuple[Cause, ...]:
    """Causes to ask for approval: data that the import cannot carry over (`mentors.rules.carry_over`)."""
    causes = []
    if has_tag(contact.tags, dropped_tag) and not has_tag(winner.tags, dropped_tag):
        causes.append(Cause("dropped_tag", "It has the dropped tag, and the kept contact does not."))
    if any(not is_importable_phone(phone) and phone not in winner.phones for phone in contact.phones):
        causes.append(Cause("foreign_phone", "It has a foreign phone, which Givebutter's import does not take."))
    return tuple(causes)


def _why(loser: Loser) -> Cause:
    code, kind = ("mass_email", "mass-email stub") if loser.is_mass_email else ("duplicate", "contact")
    first = " Its External ID is taken off first, for the kept contact needs it." if loser.clears else ""
    return Cause(code, f"It is another {kind} of the mentor; what it hands on is on the kept contact.{first}")


def _has_unsent_opt_out(contact: Contact, winner: Contact) -> bool:
    """Whether a duplicate's email or phone is unsubscribed while the kept contact is still subscribed.

    The import row says No (`import_file.rules.rows`); once the duplicate is archived, nothing would say it any more.
    """
    return bool(
        (contact.emails and not contact.email_subscribed and winner.email_subscribed)
        or (contact.phones and not contact.phone_subscribed and winner.phone_subscribed)
    )


def _not_confirmed(waiting: Waiting) -> Cause:
    named = ", ".join(f"{len(values)} {kind}" for kind, values in waiting.items())
    return Cause(
        "not_confirmed", f"Not yet on the contact that is kept: {named}. Import the file, then refresh the contacts."
    )
