"""An archive plan as a whole: numbers, the guard's result, reasons with examples, and the state of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_inputs import is_plan_current
from mentorsync_pipeline.archiving.plan_listing import Archiving, count_plan_by_reason, read_last_archiving
from mentorsync_pipeline.archiving.plan_store import count_causes, count_ledger_statuses, read_guard, read_plan_keys
from mentorsync_pipeline.archiving.rules.archive_guard import Cause, Guard
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.archiving.rules.plan_records import Purpose
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db.plan_status import count_plan_statuses
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.vocabulary import PlanStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A plan as a whole.

    Attributes:
        tally: numbers by action, state, status and reason.
        statuses: numbers by status.
        is_current: made with the loaded contacts, the last answers and the present settings.
        examples: contacts of the causes by id.
        ledger: numbers by status of the ledger.

    """

    tally: Sequence[Mapping[str, Any]]
    statuses: Mapping[PlanStatus, int]
    is_current: bool
    fingerprint: str
    guard: Guard
    causes: Sequence[Cause]
    examples: Mapping[int, Contact]
    ledger: Mapping[str, int]
    last: Archiving | None

    @property
    def is_settled(self) -> bool:
        """Whether the plan is current, and nothing of it is to be approved or carried out."""
        open_statuses: tuple[PlanStatus, ...] = ("needs_approval", "approved", "to_archive", "to_release")
        return self.is_current and not any(self.statuses[status] for status in open_statuses)


def read_plan_summary(conn: sa.Connection, year: int, purpose: Purpose) -> PlanSummary:
    """Read the numbers, the guard's result and the state of the ledger of a plan."""
    keys = read_plan_keys(conn, year, purpose)
    guard = read_guard(conn, read_config(conn, year), purpose, keys)
    causes = count_causes(conn, year, purpose)
    examples = read_contacts_by_id(conn, {contact_id for cause in causes for contact_id in cause.examples})
    return PlanSummary(
        tally=count_plan_by_reason(conn, year, purpose),
        statuses=count_plan_statuses(conn, year, purpose),
        is_current=is_plan_current(conn, year, purpose),
        fingerprint=plan_fingerprint(keys),
        guard=guard,
        causes=causes,
        examples={contact.contact_id: contact for contact in examples},
        ledger=count_ledger_statuses(conn, year, purpose),
        last=read_last_archiving(conn, year, purpose),
    )
