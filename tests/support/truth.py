"""What a charity's tables say, held against the truth that the world knows. What must come of it, the tests say."""

from mentorsync_pipeline.db.tables import deduplicated_signups, winner_contacts
from tests.support.charity import Charity


def created_contacts(charity: Charity) -> dict[str, int]:
    """The contacts that imports have made, by External ID."""
    known = charity.server.world.truth.contacts
    return {
        contact.external_id: contact.id
        for contact in charity.server.sandbox.contacts.all()
        if contact.external_id is not None and contact.id not in known
    }


def wrongly_decided(charity: Charity) -> list[tuple[str, str]]:
    """The mentors, with their scenario, for whom another contact than the right one was chosen without a person."""
    winners = _winners(charity)
    created = created_contacts(charity)
    external_ids = {
        row["submission_id"]: row["external_id"] for row in charity.rows(deduplicated_signups, year=charity.year)
    }
    return [
        (one.mn_id, one.scenario)
        for one in charity.server.world.truth.mentors
        if winners[one.submission_id]["decision"] != "blocked"
        and winners[one.submission_id]["contact_id"] != (one.contact_id or created.get(external_ids[one.submission_id]))
    ]


def blocked(charity: Charity) -> dict[str, str]:
    """The scenarios of the mentors who wait for a person, by submission id."""
    winners = _winners(charity)
    return {
        one.submission_id: one.scenario
        for one in charity.server.world.truth.mentors
        if winners[one.submission_id]["decision"] == "blocked"
    }


def _winners(charity: Charity) -> dict[str, dict[str, object]]:
    return {row["submission_id"]: row for row in charity.rows(winner_contacts, year=charity.year)}
