"""The sensor that tells people: one message when something changes, none while it stays as it is.

Messages hold counts and links, never a person.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.queries import ContactsMissingError, contacts_as_of
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.notifier import NotifierResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import pending_counts
from mentorsync_pipeline.runtime.attempts import PARTITION
from mentorsync_pipeline.runtime.settings import load_settings

SECONDS = 60
_RUNS_LOOKED_AT = 200
OK = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """How something stands: an empty `state` is as it should be; `bad` and `good` are what is said of a change."""

    state: str
    bad: str
    good: str = ""


def news(before: Mapping[str, str], now: Mapping[str, Fact]) -> tuple[list[str], dict[str, str]]:
    """What to say, and what to remember: a message for each thing that stands otherwise than before.

    A number as a state only rises: a lower one is no news. Good news without words is not told.
    """
    said = []
    kept = dict(before)
    for topic, fact in now.items():
        last = before.get(topic, OK)
        if last.isdecimal() and fact.state.isdecimal() and int(fact.state) <= int(last):
            continue
        if fact.state != last:
            said.append(fact.bad if fact.state else fact.good)
        kept[topic] = fact.state
    return [text for text in said if text], {topic: state for topic, state in kept.items() if state}


@dg.sensor(minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def notifications(
    context: dg.SensorEvaluationContext,
    warehouse: WarehouseResource,
    notifier: NotifierResource,
    clock: ClockResource,
) -> dg.SkipReason:
    """Tells people when a run fails or works again, and when something begins to wait for them.

    New blocking conflicts, an archive plan that needs a yes, contact data that is too old. A message that could not be
    sent is sent at the next look.
    """
    if not notifier.is_set:
        return dg.SkipReason("Nobody is told: MENTORSYNC_NOTIFY_URLS is not set.")
    before: dict[str, str] = json.loads(context.cursor or "{}")
    with warehouse.engine.connect() as conn:
        now = dict(_facts(context.instance, conn, clock.now()))
    said, kept = news(before, now)
    if said:
        link = load_settings().ui_url
        notifier.send("MentorSync", "\n".join([*said, link]))
    context.update_cursor(json.dumps(kept, sort_keys=True))
    return dg.SkipReason(f"{len(said)} things were told." if said else "Nothing has changed.")


def _facts(instance: dg.DagsterInstance, conn: sa.Connection, now: datetime) -> Iterator[tuple[str, Fact]]:
    years = configuration.active_years(conn)[0]
    yield from _runs(instance)
    for year, config in years.items():
        yield from _of_a_year(conn, year)
        yield f"contacts {year}", _contacts(conn, config, now)


def _runs(instance: dg.DagsterInstance) -> Iterator[tuple[str, Fact]]:
    """How the last finished run of each job and year ended."""
    last: dict[str, dg.DagsterRun] = {}
    finished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE])
    for run in instance.get_runs(finished, limit=_RUNS_LOOKED_AT):
        last.setdefault(f"{run.job_name} {run.tags.get(PARTITION, '')}".strip(), run)
    for what, run in last.items():
        failed = not run.is_success
        yield f"run {what}", Fact("failed" if failed else OK, f"The run {what} failed.", f"The run {what} works again.")


def _of_a_year(conn: sa.Connection, year: int) -> Iterator[tuple[str, Fact]]:
    conflicts = pending_counts.blocking_conflicts(conn, year)
    yield (
        f"conflicts {year}",
        Fact(
            # The newest one: an answer to an older one is no news, a new question is.
            str(conflicts.newest) if conflicts.count else OK,
            f"{year}: {conflicts.count} questions hold back mentors: mentorsync conflicts list --year {year}",
        ),
    )
    plan = pending_counts.needs_approval(conn, year)
    yield (
        f"archive {year}",
        Fact(
            "waits" if plan else OK,
            f"{year}: {plan} contacts wait for a yes before they are archived: mentorsync archive show --year {year}",
        ),
    )


def _taken(conn: sa.Connection) -> datetime | None:
    try:
        return contacts_as_of(conn)
    except ContactsMissingError:
        return None


def _contacts(conn: sa.Connection, config: CampaignConfig, now: datetime) -> Fact:
    as_of = _taken(conn)
    days = config.thresholds.contacts_stale_days
    stale = as_of is not None and now - as_of > timedelta(days=days)
    return Fact(
        "stale" if stale else OK,
        f"{config.campaign_year}: the contact data is older than {days} days: drop a fresh export.",
        f"{config.campaign_year}: the contact data is fresh again.",
    )
