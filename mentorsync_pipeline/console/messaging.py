"""Campaign messages from the console: which there are, what one would say, and starting to apply or clear one.

What a campaign says to whom does not belong here (`rules.messages`), nor writing it (the job `messages`).
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mentorsync_pipeline.console import starting
from mentorsync_pipeline.console.security.people import Person
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.message_orders import JOB, apply_order, clear_order
from mentorsync_pipeline.store import messages
from mentorsync_pipeline.store.message_campaigns import applied_as
from mentorsync_pipeline.store.message_files import MessageFile, find


class MessageChangedError(MentorSyncError):
    """A campaign file that is not what the person looked at."""

    code = "MESSAGE_CHANGED"

    def __init__(self) -> None:
        super().__init__("The campaign's file has changed since it was shown.", "Look at it again, then apply it.")


def listing(services: Services, conn: sa.Connection, year: int) -> list[messages.Listed]:
    """The year's campaigns. Raises MessageNotFoundError when there is no folder of them."""
    return messages.listing(conn, _folder(services), year)


def preview(services: Services, conn: sa.Connection, year: int, campaign: str, samples: int) -> messages.Preview:
    """What applying a campaign would do now. Raises MessageNotFoundError and MessageInvalidError."""
    zone = ZoneInfo(services.settings.jotform_timezone)
    return messages.preview(conn, _file(services, year, campaign), zone=zone, samples=samples)


def apply(services: Services, person: Person, year: int, campaign: str, sha256: str | None) -> str:
    """Start to put a campaign in force; `sha256` is the file that the person looked at. Returns the run's id.

    Raises MessageChangedError, and the errors of finding it and of starting a run.
    """
    file = _file(services, year, campaign)
    if sha256 is not None and sha256 != file.sha256:
        raise MessageChangedError
    name = file.usable().name
    order = apply_order(file, person.name)
    return starting.launch(services, person, JOB, year=year, config=order, noted={"applied": name})


def clear(services: Services, person: Person, year: int, campaign: str) -> str:
    """Start to take a campaign out of force. Returns the run's id."""
    with services.reading() as conn:
        name, _ = applied_as(conn, campaign, year)
    order = clear_order(name, person.name)
    return starting.launch(services, person, JOB, year=year, config=order, noted={"cleared": name})


def _file(services: Services, year: int, campaign: str) -> MessageFile:
    return find(_folder(services), campaign, year)


def _folder(services: Services) -> Path:
    return services.settings.messages_dir
