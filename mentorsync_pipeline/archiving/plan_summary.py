"""An archive plan as a whole: numbers, the guard's result, reasons with examples, and the state of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.archiving.plan_listing import (
    Archiving,
    count_open_plan,
    count_plan_by_reason,
    read_last_archiving,
)
from mentorsync_pipeline.archiving.plan_store import count_causes, count_ledger_statuses, read_guard, read_plan_keys
from mentorsync_pipeline.archiving.rules.archive_guard import Cause, Guard
from mentorsync_pipeline.archiving.rules.duplicates_plan import plan_fingerprint
from mentorsync_pipeline.archiving.rules.plan_records import Action, Purpose
from mentorsync_pipeline.campaigns.configuration import read_config
from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.review.pending_counts import count_approved_contacts, count_contacts_to_approve


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A plan as a whole.

    Attributes:
        tally: numbers by action, state and reason.
        planned: contacts to archive and External IDs to remove.
        joining: contacts that were approved after the plan was made.
        examples: contacts of the causes by id.
        ledger: numbers by status of the ledger.

    """

    tally: Sequence[Mapping[str, Any]]
    planned: Mapping[Action, int]
    to_approve: int
    joining: int
    fingerprint: str
    guard: Guard
    causes: Sequence[Cause]
    examples: Mapping[int, Contact]
    ledger: Mapping[str, int]
    last: Archiving | None


def read_plan_summary(conn: sa.Connection, year: int, purpose: Purpose) -> PlanSummary:
    """Read the numbers, the guard's result and the state of the ledger of a plan."""
    keys = read_plan_keys(conn, year, purpose)
    guard = read_guard(conn, read_config(conn, year), purpose, keys)
    causes = count_causes(conn, year, purpose)
    examples = read_contacts_by_id(conn, {contact_id for cause in causes for contact_id in cause.examples})
    return PlanSummary(
        tally=count_plan_by_reason(conn, year, purpose),
        planned=count_open_plan(conn, year, purpose),
        to_approve=count_contacts_to_approve(conn, year, purpose=purpose),
        joining=count_approved_contacts(conn, year, purpose=purpose),
        fingerprint=plan_fingerprint(keys),
        guard=guard,
        causes=causes,
        examples={contact.contact_id: contact for contact in examples},
        ledger=count_ledger_statuses(conn, year, purpose),
        last=read_last_archiving(conn, year, purpose),
    )
