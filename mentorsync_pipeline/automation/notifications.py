"""Notify people, once per change of a topic's state: what the sensor of notifications does.

Messages contain counts and links, and no personal data.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.queries import read_last_as_of
from mentorsync_pipeline.db.plan_status import count_plan_statuses
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.notifier import NotifierResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.review import pending_counts
from mentorsync_pipeline.runtime.run_attempts import PARTITION
from mentorsync_pipeline.runtime.settings import load_settings

_MAX_RUNS = 200
OK = ""


@dataclass(frozen=True, slots=True)
class TopicState:
    """State of a topic. An empty `state` is normal; `bad` and `good` are the messages of a change."""

    state: str
    bad: str
    good: str = ""


def build_messages(before: Mapping[str, str], now: Mapping[str, TopicState]) -> tuple[list[str], dict[str, str]]:
    """Return the messages about changed topics, and the states to store as the sensor's cursor.

    A numeric state causes a message only if it increases. A return to normal without a text causes no message.
    """
    messages = []
    states = dict(before)
    for topic, topic_state in now.items():
        last = before.get(topic, OK)
        if last.isdecimal() and topic_state.state.isdecimal() and int(topic_state.state) <= int(last):
            continue
        if topic_state.state != last:
            messages.append(topic_state.bad if topic_state.state else topic_state.good)
        states[topic] = topic_state.state
    return [text for text in messages if text], {topic: state for topic, state in states.items() if state}


def notify_of_changes(
    context: dg.SensorEvaluationContext,
    warehouse: WarehouseResource,
    notifier: NotifierResource,
    clock: ClockResource,
) -> dg.SkipReason:
    """Send the messages about topics that have changed since the last tick."""
    if not notifier.is_set:
        return dg.SkipReason("No notifications: MENTORSYNC_NOTIFY_URLS is not set.")
    before: dict[str, str] = json.loads(context.cursor or "{}")
    with warehouse.engine.connect() as conn:
        now = dict(_topic_states(context.instance, conn, clock.now()))
    messages, states = build_messages(before, now)
    if messages:
        link = load_settings().ui_url
        notifier.send("MentorSync", "\n".join([*messages, link]))
    context.update_cursor(json.dumps(states, sort_keys=True))
    return dg.SkipReason(f"{len(messages)} notifications sent." if messages else "No changes.")


def _topic_states(instance: dg.DagsterInstance, conn: sa.Connection, now: datetime) -> Iterator[tuple[str, TopicState]]:
    years = configuration.read_active_years(conn)[0]
    yield from _runs(instance)
    for year, config in years.items():
        yield from _year_states(conn, year)
        yield f"contacts {year}", _contacts_state(conn, config, now)


def _runs(instance: dg.DagsterInstance) -> Iterator[tuple[str, TopicState]]:
    """Yield the result of the last finished run of each job and year."""
    last: dict[str, dg.DagsterRun] = {}
    finished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE])
    for run in instance.get_runs(finished, limit=_MAX_RUNS):
        last.setdefault(f"{run.job_name} {run.tags.get(PARTITION, '')}".strip(), run)
    for name, run in last.items():
        failed = not run.is_success
        yield (
            f"run {name}",
            TopicState("failed" if failed else OK, f"The run {name} failed.", f"The run {name} succeeded again."),
        )


def _year_states(conn: sa.Connection, year: int) -> Iterator[tuple[str, TopicState]]:
    conflicts = pending_counts.count_blocking_conflicts(conn, year)
    yield (
        f"conflicts {year}",
        TopicState(
            # Id of the newest conflict: only new conflicts cause a message.
            str(conflicts.newest) if conflicts.count else OK,
            f"{year}: {conflicts.count} conflicts block mentors: mentorsync conflicts list --year {year}",
        ),
    )
    plan = count_plan_statuses(conn, year)["needs_approval"]
    yield (
        f"archive {year}",
        TopicState(
            "waits" if plan else OK,
            f"{year}: {plan} contacts need approval before they are archived: mentorsync archive show --year {year}",
        ),
    )


def _contacts_state(conn: sa.Connection, config: CampaignConfig, now: datetime) -> TopicState:
    as_of = read_last_as_of(conn)
    days = config.thresholds.contacts_stale_days
    stale = as_of is not None and now - as_of > timedelta(days=days)
    return TopicState(
        "stale" if stale else OK,
        f"{config.campaign_year}: the contact data is older than {days} days: upload a fresh export.",
        f"{config.campaign_year}: the contact data is fresh again.",
    )
