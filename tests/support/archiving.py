"""Plan, approve, apply and restore archives, and read the plan, the ledger and Givebutter."""

from collections.abc import Collection
from typing import Any

from mentorsync_pipeline.archiving import service
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.db.tables import archive_plan, archived_duplicates
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from tests.support.environment import SandboxEnvironment
from tests.support.rounds import NOW as START


def approve(env: SandboxEnvironment, contact_ids: Collection[int] = (), *, purpose: Purpose = "duplicates") -> None:
    """Approve contacts of the plan or, without contacts, the whole plan."""
    env.later()
    service.approve_contacts(env.change_context(), env.year, purpose, contact_ids, seen=None)


def apply(env: SandboxEnvironment, job: str = "archive", **options: Any) -> Any:
    env.later()
    return env.run(job, year=env.year, **options)


def restore(env: SandboxEnvironment, **what: Any) -> Any:
    env.later()
    config = {"ops": {"restored_duplicates": {"config": {"by": "Ann", **what}}}}
    return env.run("restore_archived", year=env.year, config=config)


def configure(env: SandboxEnvironment, **changes: Any) -> None:
    """Change this year's configuration."""
    values = campaign_settings(env.server.world.config, env.year)
    env.load_configuration(env.year, values | changes)


def plan(env: SandboxEnvironment, state: str | None = None) -> dict[int, dict[str, Any]]:
    rows = env.rows(archive_plan, year=env.year)
    return {row["contact_id"]: row for row in rows if state in (None, row["plan_state"])}


def archived(env: SandboxEnvironment) -> dict[int, dict[str, Any]]:
    return {row["contact_id"]: row for row in env.rows(archived_duplicates) if row["status"] == "archived"}


def gone(env: SandboxEnvironment) -> set[int]:
    """The contacts that were alive in the generated world, or made since, and are archived in Givebutter now."""
    return {
        contact.id
        for contact in env.server.sandbox.contacts.all()
        if contact.archived_at and contact.archived_at >= START
    }


def false_archives(env: SandboxEnvironment) -> list[tuple[int, str]]:
    """The mentors' losers in the ledger that are not their own, or that are the one to keep."""
    truth = env.server.world.truth
    wrong = []
    for contact_id, row in archived(env).items():
        owners = [mentor for mentor in truth.by_mn_id.get(row["mn_id"], ()) if contact_id in mentor.own_contacts]
        if row["mn_id"] and not any(mentor.contact_id != contact_id for mentor in owners):
            wrong.append((contact_id, truth.contacts[contact_id].scenario))
    return wrong
