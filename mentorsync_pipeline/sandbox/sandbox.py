"""The sandbox: stores, dashboard, faults and counts."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import FinishedImport
from mentorsync_pipeline.sandbox.dashboard import Dashboard
from mentorsync_pipeline.sandbox.faults import FaultBook
from mentorsync_pipeline.sandbox.jf_store import FormStore
from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.request_log import RequestLog
from mentorsync_pipeline.sandbox.world_file import WorldFile


def utc_now() -> datetime:
    """Return the time of the wall clock."""
    return datetime.now(UTC)


class Sandbox:
    """A sandbox: stores, dashboard, faults and counts. It modifies the given world.

    With a ``file`` that holds this world, `save` writes changes to it; ``imports`` are the earlier ones of the file.
    """

    def __init__(
        self,
        world: World,
        *,
        options: Options | None = None,
        clock: Callable[[], datetime] = utc_now,
        file: WorldFile | None = None,
        imports: Iterable[FinishedImport] = (),
    ) -> None:
        self.world = world
        self.file = file
        self.options = options or Options()
        self.contacts = ContactStore(world.contacts, world.custom_fields, clock)
        self.forms = FormStore(world.forms, clock)
        self.dashboard = Dashboard(self.contacts, world.members, self.options, imports)
        self.faults = FaultBook(world.seed)
        self.log = RequestLog()

    def save(self) -> None:
        """Write the changes to the file, if there is one. Raises ``sqlite3.Error``."""
        if self.file is not None:
            self.file.save(self.contacts, self.forms, self.dashboard)

    def state(self) -> dict[str, object]:
        """Return a fingerprint of all contacts and some counts; equal states mean that nothing changed."""
        contacts = self.contacts.all()
        return {
            "fingerprint": self.contacts.fingerprint(),
            "contacts": len(contacts),
            "archived": sum(contact.archived_at is not None for contact in contacts),
            "with_external_id": sum(contact.external_id is not None for contact in contacts),
            "last_modified": max((f"{contact.updated_at:%Y-%m-%d %H:%M:%S}" for contact in contacts), default=None),
        }
