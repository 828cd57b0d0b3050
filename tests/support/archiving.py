"""What people do with duplicates in a charity of the tests, and what is in the plan, the ledger and Givebutter then."""

from typing import Any

from mentorsync_pipeline.db.tables import archive_plan, archived_duplicates
from mentorsync_pipeline.sandbox.campaign_file import campaign_settings
from tests.support.charity import Charity
from tests.support.moments import NOW as START


def approve(charity: Charity, **options: Any) -> None:
    charity.later()
    config = {"ops": {"archive_approvals": {"config": {"by": "Ann", **options}}}}
    charity.run("approve_archive", year=charity.year, config=config)


def apply(charity: Charity, job: str = "archive", **options: Any) -> Any:
    charity.later()
    return charity.run(job, year=charity.year, **options)


def restore(charity: Charity, **what: Any) -> Any:
    charity.later()
    config = {"ops": {"restored_duplicates": {"config": {"by": "Ann", **what}}}}
    return charity.run("restore_archived", year=charity.year, config=config)


def configure(charity: Charity, **changes: Any) -> None:
    """Change this year's configuration."""
    values = campaign_settings(charity.server.world.config, charity.year)
    charity.load_configuration(charity.year, values | changes)


def plan(charity: Charity, state: str | None = None) -> dict[int, dict[str, Any]]:
    rows = charity.rows(archive_plan, year=charity.year)
    return {row["contact_id"]: row for row in rows if state in (None, row["plan_state"])}


def archived(charity: Charity) -> dict[int, dict[str, Any]]:
    return {row["contact_id"]: row for row in charity.rows(archived_duplicates) if row["status"] == "archived"}


def gone(charity: Charity) -> set[int]:
    """The contacts that were alive in the generated world, or made since, and are archived in Givebutter now."""
    return {one.id for one in charity.server.sandbox.contacts.all() if one.archived_at and one.archived_at >= START}


def false_archives(charity: Charity) -> list[tuple[int, str]]:
    """The mentors' losers in the ledger that are not their own, or that are the one to keep."""
    truth = charity.server.world.truth
    wrong = []
    for contact_id, row in archived(charity).items():
        owners = [one for one in truth.by_mn_id.get(row["mn_id"], ()) if contact_id in one.own_contacts]
        if row["mn_id"] and not any(one.contact_id != contact_id for one in owners):
            wrong.append((contact_id, truth.contacts[contact_id].scenario))
    return wrong
