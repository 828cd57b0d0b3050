"""Campaign messages from the console: which there are, what one would say, and starting to apply or clear one."""

from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mentorsync_pipeline.console import run_launcher
from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages import service as message_service
from mentorsync_pipeline.messages.campaigns import applied_as
from mentorsync_pipeline.messages.files import MessageFile, find
from mentorsync_pipeline.messages.run_config import JOB, apply_order, clear_order


class MessageChangedError(MentorSyncError):
    """A campaign file that is not what the person looked at."""

    code = "MESSAGE_CHANGED"

    def __init__(self) -> None:
        super().__init__("The campaign's file has changed since it was shown.", "Look at it again, then apply it.")


def listing(services: Services, conn: sa.Connection, year: int) -> list[message_service.Listed]:
    """The year's campaigns. Raises MessageNotFoundError when there is no folder of them."""
    return message_service.listing(conn, _folder(services), year)


def preview(services: Services, conn: sa.Connection, year: int, campaign: str, samples: int) -> message_service.Preview:
    """What applying a campaign would do now. Raises MessageNotFoundError and MessageInvalidError."""
    zone = ZoneInfo(services.settings.jotform_timezone)
    return message_service.preview(conn, _file(services, year, campaign), zone=zone, samples=samples)


def apply(services: Services, person: Person, year: int, campaign: str, sha256: str | None) -> str:
    """Start to put a campaign in force; `sha256` is the file that the person looked at. Returns the run's id.

    Raises MessageChangedError, and the errors of finding it and of starting a run.
    """
    file = _file(services, year, campaign)
    if sha256 is not None and sha256 != file.sha256:
        raise MessageChangedError
    name = file.usable().name
    order = apply_order(file, person.name)
    return run_launcher.launch(services, person, JOB, year=year, config=order, noted={"applied": name})


def clear(services: Services, person: Person, year: int, campaign: str) -> str:
    """Start to take a campaign out of force. Returns the run's id."""
    with services.reading() as conn:
        name, _ = applied_as(conn, campaign, year)
    order = clear_order(name, person.name)
    return run_launcher.launch(services, person, JOB, year=year, config=order, noted={"cleared": name})


def _file(services: Services, year: int, campaign: str) -> MessageFile:
    return find(_folder(services), campaign, year)


def _folder(services: Services) -> Path:
    return services.settings.messages_dir
