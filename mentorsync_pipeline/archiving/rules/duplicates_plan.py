"""Plan which losers are archived, need approval or are kept, each with a reason (rulebook, section 10).

A loser is archived only after contact data confirms its values on the winner, so that an interrupted transfer, import
or archive loses nothing. A loser that holds the External ID which the winner needs would keep the winner's row out of
the import; until its values are confirmed, only the External ID is released.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mentorsync_pipeline.archiving.rules.plan_records import (
    Action,
    PastAction,
    PlanKey,
    PlanRow,
    PlanState,
    Release,
    UnconfirmedValues,
)
from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.givebutter_values import is_importable_phone
from mentorsync_pipeline.domain.records import Approval, Approvals, Contact, Winner
from mentorsync_pipeline.domain.tags import has_tag
from mentorsync_pipeline.domain.team_time import format_day
from mentorsync_pipeline.domain.vocabulary import PlanReason
from mentorsync_pipeline.mentors.rules.carry_over import KEY_FUNCTIONS, CarryOver
from mentorsync_pipeline.mentors.rules.losers import Cause, Loser, join_causes
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData

_KINDS = ("emails", "phones", "tags")
# Fields that an import row takes from the winner alone; a loser's values stay in the archive.
_LEFT_BEHIND = (
    *("address_line_1", "notes", "date_of_birth", "gender", "pronouns", "employer", "title", "middle_name"),
    *("twitter", "linkedin", "facebook", "tiktok", "household"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContext:
    """Inputs of a plan besides the losers.

    Attributes:
        winners: winning contacts by contact id.
        carried: values that the winners still lack, by submission id (`mentors.rules.carry_over`).
        external_ids: the mentors' External IDs by submission id.
        approvals: by contact id and input fingerprint.
        past: last action in the ledger by contact id.

    """

    winners: Mapping[int, Contact]
    carried: Mapping[str, CarryOver]
    external_ids: Mapping[str, str]
    approvals: Approvals
    past: Mapping[int, PastAction]
    dropped_tags: tuple[str, ...]


def plan_year(
    losers: Sequence[Loser],
    data: YearData,
    carried: Mapping[str, CarryOver],
    *,
    approvals: Approvals,
    past: Mapping[int, PastAction],
) -> tuple[PlanRow, ...]:
    """Plan the losers of a year and the External IDs that people decided to release, sorted by contact id.

    Args:
        data: the year's data with the losers whose values are carried over.
        carried: values that the winners still lack by the bases after the merge, by submission id.

    """
    context = PlanContext(
        winners=data.contacts,
        carried=carried,
        external_ids={signup.submission_id: signup.external_id for signup in data.signups},
        approvals=approvals,
        past=past,
        dropped_tags=data.config.dropped_tags,
    )
    releases = find_decided_releases(losers, data.winners, context.external_ids)
    rows = plan_losers([loser for loser in losers if loser.contact.contact_id not in releases], context)
    return tuple(sorted((*rows, *plan_releases(releases, context)), key=lambda row: row.contact_id))


def plan_losers(losers: Sequence[Loser], context: PlanContext) -> tuple[PlanRow, ...]:
    """Plan the losers of a year's mentors (`mentors.rules.losers.find_losers`)."""
    return tuple(_plan_loser(loser, context) for loser in losers)


def plan_fingerprint(rows: Iterable[PlanKey]) -> str:
    """Return a hash of the rows that are planned or need approval; kept rows do not count."""
    return fingerprint(
        sorted(
            (row.contact_id, row.purpose, row.action, row.plan_state, row.input_fingerprint)
            for row in rows
            if row.plan_state != "kept"
        )
    )


def plan_releases(releases: Mapping[int, Release], context: PlanContext) -> tuple[PlanRow, ...]:
    """Plan the External IDs that a person decided to release (section 4, step 2), sorted by contact id.

    The decision counts as approval. The contacts are not archived.
    """
    rows = []
    for contact_id, release in sorted(releases.items()):
        past = context.past.get(contact_id)
        if past is not None and past.status == "cleared" and not past.is_loaded:
            verdict = _Verdict("kept", _RELEASED)
        elif past is not None and past.status == "restored":
            verdict = _Verdict("kept", Cause("restored", "Its External ID was restored."))
        else:
            verdict = _Verdict("planned", Cause("release", "A person decided to remove its External ID."))
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


def find_decided_releases(
    losers: Iterable[Loser], winners: Mapping[str, Winner], external_ids: Mapping[str, str]
) -> dict[int, Release]:
    """Find the External IDs that people decided to release, by contact id.

    Contacts that no longer hold the id are left out. `winners` and `external_ids` are by submission id.
    """
    contacts = {loser.contact.contact_id: loser.contact for loser in losers}
    releases = {}
    for winner in winners.values():
        holder = contacts.get(winner.release_contact_id or 0)
        if (
            holder is not None
            and holder.external_id is not None
            and is_same_id(holder.external_id, external_ids[winner.submission_id])
        ):
            releases[holder.contact_id] = Release(
                external_id=holder.external_id, mn_id=winner.mn_id, has_donations=holder.may_have_donations
            )
    return releases


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: PlanState
    cause: Cause
    action: Action = "archive"


_NOT_LINKED = Cause(
    "winner_not_linked",
    "The kept contact does not have the mentor's External ID yet. Import the file, then refresh the contacts.",
)
_OPT_OUT_NOT_CONFIRMED = Cause(
    "opt_out_not_confirmed",
    "It is unsubscribed and the kept contact is still subscribed. Import the file, then refresh the contacts.",
)
_RELEASED = Cause("released", "Its External ID was removed. Import the file, then refresh the contacts.")


def _plan_loser(loser: Loser, context: PlanContext) -> PlanRow:
    contact_id = loser.contact.contact_id
    winner = context.winners.get(loser.winner_contact_id or 0)
    approval = context.approvals.get((contact_id, loser.input_fingerprint))
    unconfirmed = _find_unconfirmed_values(loser, context)
    verdict = _decide(loser, winner, approval, unconfirmed, context)
    return PlanRow(
        contact_id=contact_id,
        purpose="duplicates",
        action=verdict.action,
        mn_id=loser.mn_id,
        winner_contact_id=loser.winner_contact_id,
        plan_state=verdict.state,
        reason_code=verdict.cause.code,
        reason=verdict.cause.reason,
        carried_over=_describe_carry_over(loser, winner, unconfirmed),
        has_donations=loser.contact.may_have_donations,
        clears_external_id=loser.clears,
        input_fingerprint=loser.input_fingerprint,
        approved_by=approval.by if approval else None,
        approved_at=approval.at if approval else None,
    )


def _decide(
    loser: Loser,
    winner: Contact | None,
    approval: Approval | None,
    unconfirmed: UnconfirmedValues,
    context: PlanContext,
) -> _Verdict:
    past = context.past.get(loser.contact.contact_id)
    stop = loser.kept or check_past_action(past, approval)
    if stop or winner is None:
        return _Verdict("kept", stop or Cause("no_winner_yet", "The kept contact is not in the contact data."))
    doubts = (*loser.doubts, *_find_uncarried_data(loser.contact, winner, context.dropped_tags))
    if doubts and approval is None:
        return _Verdict("needs_approval", join_causes(doubts))
    if loser.clears and unconfirmed:
        if past is not None and not past.is_loaded:
            return _Verdict("kept", _RELEASED)
        cause = Cause("release", "It holds the External ID that the kept contact needs for its import.")
        return _Verdict("planned", cause, "release")
    if unconfirmed:
        return _Verdict("kept", _unconfirmed_cause(unconfirmed))
    if _has_unsent_opt_out(loser.contact, winner):
        return _Verdict("kept", _OPT_OUT_NOT_CONFIRMED)
    if not loser.clears and not is_same_id(winner.external_id, context.external_ids[loser.submission_id]):
        return _Verdict("kept", _NOT_LINKED)
    return _Verdict("planned", _archive_cause(loser))


def check_past_action(past: PastAction | None, approval: Approval | None) -> Cause | None:
    """Return why a contact is kept because of its past: already archived or restored by a person. Else None.

    A contact that is active in newer data than an archive whose answer is not known may have been restored.
    """
    if past is None or past.status == "cleared" or (past.status == "archiving" and not past.is_loaded):
        return None
    if past.status == "archived" and not past.is_loaded:
        return Cause("archived", f"It was archived on {format_day(past.at)}; the contact data is older than that.")
    if approval is not None and approval.id > past.last_approval_id:
        return None
    what = (
        f"The archive of {format_day(past.at)} was interrupted, and it is active: perhaps a person restored it."
        if past.status == "archiving"
        else f"It was archived before and restored ({format_day(past.at)})."
    )
    return Cause("restored", f"{what} It is archived again only after an approval.")


def _find_unconfirmed_values(loser: Loser, context: PlanContext) -> UnconfirmedValues:
    """Return the loser's values, by kind, that the winner gets and that contact data does not confirm yet.

    The winner may get another spelling of a value, from another duplicate.
    """
    carried = context.carried.get(loser.submission_id, CarryOver())
    unconfirmed = {}
    for kind in _KINDS:
        key_of = KEY_FUNCTIONS[kind]
        carried_keys = set(map(key_of, getattr(carried, kind)))
        unconfirmed[kind] = sorted({value for value in getattr(loser.contact, kind) if key_of(value) in carried_keys})
    return {kind: values for kind, values in unconfirmed.items() if values}


def _describe_carry_over(loser: Loser, winner: Contact | None, unconfirmed: UnconfirmedValues) -> dict[str, Any]:
    """Return `PlanRow.carried_over`: values by kind, and names of fields that stay in the archive."""
    if winner is None:
        return {}
    carried, missing = {}, {}
    for kind in _KINDS:
        values, on_winner = set(getattr(loser.contact, kind)), set(getattr(winner, kind))
        carried[kind] = sorted(values & on_winner)
        missing[kind] = sorted(values - on_winner - set(unconfirmed.get(kind, ())))
    fields = [name for name in _LEFT_BEHIND if getattr(loser.contact, name) and not getattr(winner, name)]
    labels = sorted(set(loser.contact.custom_fields) - set(winner.custom_fields))
    parts = {
        "on_winner": {kind: values for kind, values in carried.items() if values},
        "waiting": dict(unconfirmed),
        "not_carried": {kind: values for kind, values in missing.items() if values},
        "left_behind": [*fields, *labels],
    }
    return {name: part for name, part in parts.items() if part}


def _find_uncarried_data(contact: Contact, winner: Contact, dropped_tags: tuple[str, ...]) -> tuple[Cause, ...]:
    """Return causes that need approval: data that the import cannot carry over (`mentors.rules.carry_over`)."""
    causes = []
    if has_tag(contact.tags, *dropped_tags) and not has_tag(winner.tags, *dropped_tags):
        causes.append(Cause("dropped_tag", "It has the dropped tag, and the kept contact does not."))
    if any(not is_importable_phone(phone) and phone not in winner.phones for phone in contact.phones):
        causes.append(Cause("foreign_phone", "It has a foreign phone, which Givebutter's import rejects."))
    return tuple(causes)


def _archive_cause(loser: Loser) -> Cause:
    kind = "mass-email stub" if loser.is_mass_email else "contact"
    release = " Its External ID is removed first, because the kept contact needs it." if loser.clears else ""
    code: PlanReason = "mass_email" if loser.is_mass_email else "duplicate"
    return Cause(code, f"It is another {kind} of the mentor, and its data is on the kept contact.{release}")


def _has_unsent_opt_out(contact: Contact, winner: Contact) -> bool:
    """Return whether a duplicate's emails, phones or address are unsubscribed, and those of the kept contact are not.

    The import row is No because of the duplicate (`import_file.rules.import_rows`), and would be Yes after its archive.
    """
    return bool(
        (contact.emails and not contact.email_subscribed and winner.email_subscribed)
        or (contact.phones and not contact.phone_subscribed and winner.phone_subscribed)
        or (contact.has_address and not contact.address_subscribed and winner.address_subscribed)
    )


def _unconfirmed_cause(unconfirmed: UnconfirmedValues) -> Cause:
    counts = ", ".join(
        f"{len(values)} {kind if len(values) > 1 else kind.removesuffix('s')}" for kind, values in unconfirmed.items()
    )
    return Cause("not_confirmed", f"Not yet on the kept contact: {counts}. Import the file, then refresh the contacts.")
