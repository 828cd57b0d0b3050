"""The plan of the mass-email clean-up: every stub of the account, not only the mentors' (rulebook section 10).

The mentors' own stubs are planned in `archiving.rules.plan`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from mentorsync_pipeline.archiving.rules.plan import stopped_by_past
from mentorsync_pipeline.archiving.rules.records import Past, PlanRow
from mentorsync_pipeline.domain.approvals import Approvals
from mentorsync_pipeline.domain.conflicts import contact_inputs
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers, is_mass_email
from mentorsync_pipeline.mentors.rules.losers import Cause, Protected, joined


def plan_stubs(
    contacts: Iterable[Contact],
    members: CampaignMembers,
    mentors_rows: Mapping[int, PlanRow],
    *,
    candidate_ids: Collection[int],
    protected: Protected,
    approvals: Approvals,
    past: Mapping[int, Past],
    as_of: datetime,
) -> tuple[PlanRow, ...]:
    """Plan every mass-email stub among `contacts` (living individuals), by contact id.

    `mentors_rows` is the year's plan of the mentors' losers by contact id: a stub in it goes when that plan lets it go.
    `candidate_ids` are the candidates of all mentors of every active year; one of another year is left to that year.
    """
    stubs = (one for one in contacts if is_mass_email(one, campaign_member=members.include(one)))
    rows = []
    for contact in sorted(stubs, key=lambda one: one.contact_id):
        of_mentor = mentors_rows.get(contact.contact_id)
        if of_mentor is not None:
            rows.append(replace(of_mentor, purpose="mass_email"))
        else:
            rows.append(_plan(contact, candidate_ids, protected, approvals, past, as_of))
    return tuple(rows)


def _plan(
    contact: Contact,
    candidate_ids: Collection[int],
    protected: Protected,
    approvals: Approvals,
    past: Mapping[int, Past],
    as_of: datetime,
) -> PlanRow:
    inputs = fingerprint("mass_email", contact_inputs(contact, campaign_member=False))
    approval = approvals.get((contact.contact_id, inputs))
    row = PlanRow(
        contact_id=contact.contact_id,
        purpose="mass_email",
        mn_id=None,
        winner_contact_id=None,
        plan_state="planned",
        reason_code="mass_email",
        reason="It is a mass-email stub: nothing but a university email, and no mentor's.",
        has_donations=contact.total_contributions > 0,
        input_fingerprint=inputs,
        approved_by=approval.by if approval else None,
        approved_at=approval.at if approval else None,
    )
    stop = _kept(contact, candidate_ids, protected, inputs) or stopped_by_past(
        past.get(contact.contact_id), approval, as_of
    )
    if stop:
        return replace(row, plan_state="kept", reason_code=stop.code, reason=stop.reason)
    doubts = tuple(_doubts(contact, protected))
    if doubts and approval is None:
        cause = joined(doubts)
        return replace(row, plan_state="needs_approval", reason_code=cause.code, reason=cause.reason)
    return row


def _kept(contact: Contact, candidate_ids: Collection[int], protected: Protected, seen: str) -> Cause | None:
    if contact.contact_id in protected.winner_ids:
        return Cause("winner_elsewhere", "It is the contact that is kept for a mentor.")
    if contact.external_id_key in protected.external_ids:
        return Cause("other_mentors_id", "It holds the External ID of a mentor.")
    if contact.contact_id in protected.blocked_contact_ids:
        return Cause("blocked_mentor", "It may be a blocked mentor's; answer the mentor's conflict first.")
    if contact.contact_id in candidate_ids:
        return Cause("mentors_candidate", "It may be a mentor's: the archive plan of that mentor's year decides.")
    return protected.no_to(contact.contact_id, seen)


def _doubts(contact: Contact, protected: Protected) -> Iterable[Cause]:
    if contact.total_contributions > 0:
        yield Cause("donor", "It has donations.")
    if contact.external_id is not None:
        yield Cause("holds_external_id", "It holds an External ID.")
    if contact.contact_id in protected.declined_contact_ids:
        yield Cause("declined", "A person decided about it.")
    if (no := protected.no_before(contact.contact_id)) is not None:
        yield no
