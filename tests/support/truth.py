"""Compare an environment's tables with the truth of its world."""

from mentorsync_pipeline.db.tables import deduplicated_signups, winner_contacts
from tests.support.environment import SandboxEnvironment


def created_contacts(env: SandboxEnvironment) -> dict[str, int]:
    """Return the contacts that imports created, by External ID."""
    known = env.server.world.truth.contacts
    return {
        contact.external_id: contact.id
        for contact in env.server.sandbox.contacts.all()
        if contact.external_id is not None and contact.id not in known
    }


def wrongly_decided(env: SandboxEnvironment) -> list[tuple[str, str]]:
    """Return mentors, with their scenario, for whom a wrong contact was chosen without a decision."""
    winners = _winners(env)
    created = created_contacts(env)
    external_ids = {row["submission_id"]: row["external_id"] for row in env.rows(deduplicated_signups, year=env.year)}
    return [
        (mentor.mn_id, mentor.scenario)
        for mentor in env.server.world.truth.mentors
        if winners[mentor.submission_id]["decision"] != "blocked"
        and winners[mentor.submission_id]["contact_id"]
        != (mentor.contact_id or created.get(external_ids[mentor.submission_id]))
    ]


def blocked(env: SandboxEnvironment) -> dict[str, str]:
    """Return the scenarios of the blocked mentors, by submission id."""
    winners = _winners(env)
    return {
        mentor.submission_id: mentor.scenario
        for mentor in env.server.world.truth.mentors
        if winners[mentor.submission_id]["decision"] == "blocked"
    }


def _winners(env: SandboxEnvironment) -> dict[str, dict[str, object]]:
    return {row["submission_id"]: row for row in env.rows(winner_contacts, year=env.year)}
