"""Plan the mass-email clean-up: all stubs of the account, not only the mentors' (rulebook section 10).

`archiving.rules.duplicates_plan` plans the mentors' own stubs.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mentorsync_pipeline.archiving.rules.duplicates_plan import check_past_action
from mentorsync_pipeline.archiving.rules.plan_records import PastAction, PlanRow
from mentorsync_pipeline.domain.conflicts import contact_inputs
from mentorsync_pipeline.domain.findings import fingerprint
from mentorsync_pipeline.domain.records import Approvals, Contact
from mentorsync_pipeline.matching.rules.scoring import CampaignMembers, is_mass_email
from mentorsync_pipeline.mentors.rules.losers import Cause, Protected, find_donations_cause, join_causes


def plan_stubs(
    contacts: Iterable[Contact],
    members: CampaignMembers,
    mentors_rows: Mapping[int, PlanRow],
    *,
    candidate_ids: Collection[int],
    protected: Protected,
    approvals: Approvals,
    past: Mapping[int, PastAction],
) -> tuple[PlanRow, ...]:
    """Plan every mass-email stub, sorted by contact id.

    Args:
        contacts: active individual contacts.
        mentors_rows: the year's duplicates plan by contact id; it decides about the stubs in it.
        candidate_ids: candidates of the mentors of all configured years; a candidate of another year is kept.

    """
    stubs = (contact for contact in contacts if is_mass_email(contact, campaign_member=members.include(contact)))
    rows = []
    for contact in sorted(stubs, key=lambda stub: stub.contact_id):
        mentor_row = mentors_rows.get(contact.contact_id)
        if mentor_row is not None:
            rows.append(replace(mentor_row, purpose="mass_email"))
        else:
            rows.append(_plan_stub(contact, candidate_ids, protected, approvals, past))
    return tuple(rows)


def _plan_stub(
    contact: Contact,
    candidate_ids: Collection[int],
    protected: Protected,
    approvals: Approvals,
    past: Mapping[int, PastAction],
) -> PlanRow:
    input_fingerprint = fingerprint("mass_email", contact_inputs(contact, campaign_member=False))
    approval = approvals.get((contact.contact_id, input_fingerprint))
    row = PlanRow(
        contact_id=contact.contact_id,
        purpose="mass_email",
        mn_id=None,
        winner_contact_id=None,
        plan_state="planned",
        reason_code="mass_email",
        reason="It is a mass-email stub: it has only a university email and belongs to no mentor.",
        has_donations=contact.may_have_donations,
        input_fingerprint=input_fingerprint,
        approved_by=approval.by if approval else None,
        approved_at=approval.at if approval else None,
    )
    stop = _find_keep_cause(contact, candidate_ids, protected, input_fingerprint) or check_past_action(
        past.get(contact.contact_id), approval
    )
    if stop:
        return replace(row, plan_state="kept", reason_code=stop.code, reason=stop.reason)
    doubts = tuple(_find_approval_causes(contact, protected))
    if doubts and approval is None:
        cause = join_causes(doubts)
        return replace(row, plan_state="needs_approval", reason_code=cause.code, reason=cause.reason)
    return row


def _find_keep_cause(
    contact: Contact, candidate_ids: Collection[int], protected: Protected, input_fingerprint: str
) -> Cause | None:
    if contact.contact_id in protected.winner_ids:
        return Cause("winner_elsewhere", "It is the contact that is kept for a mentor.")
    if contact.external_id_key in protected.external_ids:
        return Cause("other_mentors_id", "It holds the External ID of a mentor.")
    if contact.contact_id in protected.blocked_contact_ids:
        return Cause("blocked_mentor", "It may belong to a blocked mentor.")
    if contact.contact_id in candidate_ids:
        return Cause("mentors_candidate", "It may belong to a mentor. The archive plan of that mentor's year decides.")
    return protected.find_rejection(contact.contact_id, input_fingerprint)


def _find_approval_causes(contact: Contact, protected: Protected) -> Iterable[Cause]:
    if contact.may_have_donations:
        yield find_donations_cause(contact)
    if contact.external_id is not None:
        yield Cause("holds_external_id", "It holds an External ID.")
    if contact.contact_id in protected.declined_contact_ids:
        yield Cause("declined", "A person has decided about it before.")
    if (cause := protected.find_earlier_rejection(contact.contact_id)) is not None:
        yield cause
