"""Campaign messages in the console: the service of messages with the console's folder and Dagster."""

import sqlalchemy as sa

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.messages import service


def list_campaigns(services: Services, conn: sa.Connection, year: int) -> list[service.ListedCampaign]:
    """List the year's campaigns; see `service.list_campaigns`."""
    return service.list_campaigns(conn, services.settings.messages_dir, year)


def preview_campaign(
    services: Services, conn: sa.Connection, year: int, campaign: str, samples: int
) -> service.Preview:
    """Preview a campaign; see `service.preview_campaign`."""
    return service.preview_campaign(
        conn, services.settings.messages_dir, campaign, year, zone=TEAM_ZONE, samples=samples
    )


def apply_campaign(
    services: Services, person: Person, year: int, campaign: str, seen: str | None
) -> service.StartedOrder[str]:
    """Launch a run that applies a campaign; see `service.apply_campaign` and `run_launcher.launch` for errors."""
    return service.apply_campaign(
        services.change_context(person),
        services.settings.messages_dir,
        campaign,
        year,
        seen=seen,
        start=lambda order: _launch(services, person, order),
    )


def clear_campaign(services: Services, person: Person, year: int, campaign: str) -> service.StartedOrder[str]:
    """Launch a run that clears a campaign; see `service.clear_campaign` and `run_launcher.launch` for errors."""
    return service.clear_campaign(
        services.change_context(person), campaign, year, start=lambda order: _launch(services, person, order)
    )


def _launch(services: Services, person: Person, order: service.CampaignOrder) -> str:
    return run_launcher.launch(
        services,
        person,
        service.JOB,
        year=order.year,
        config=order.run_config,
        noted={order.act: order.campaign},
        queued=True,
    )
