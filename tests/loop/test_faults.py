"""Temporary faults of services change nothing; permanent faults are one error with a code."""

from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.faults import Fault
from tests.support.compare import differing_tables, snapshot
from tests.support.environment import OPTIONS, RAW_OF_A_YEAR, SandboxEnvironment

pytestmark = pytest.mark.slow

SERVICES = ("jotform", "givebutter")
# Enough calls for the rates, and enough attempts that 30 % of failing calls have no effect.
PATIENT = {
    "jotform": {"page_size": 60, "attempts": 15, "timeout": 0.5},
    "givebutter": {"attempts": 15, "timeout": 0.5},
}
PASSING = {
    "too many requests, server errors": (
        {"kind": "rate_limited", "seconds": 0},
        {"kind": "server_error", "status": 502},
    ),
    "time-outs, answers cut off": ({"kind": "timeout", "seconds": 0.6}, {"kind": "truncated"}),
}


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING.keys())
def test_a_sync_with_a_quarter_of_the_calls_failing_leaves_the_same_tables(rounds, start, faults):
    env = start(rounds["configured"], service_options=PATIENT)
    env.upload()
    misbehave(env, *faults)
    env.sync()
    assert differing_tables(env, rounds.read_only("synced")) == {}


def test_a_full_load_over_the_api_survives_all_of_them_at_once(rounds, start):
    env, undisturbed = start(rounds["configured"], service_options=PATIENT), start(rounds["configured"])
    misbehave(env, *(fault for faults in PASSING.values() for fault in faults))
    env.refresh("api_full")
    undisturbed.refresh("api_full")
    assert differing_tables(env, undisturbed) == {}


def misbehave(env: SandboxEnvironment, *faults: dict) -> None:
    """Let about a quarter of all calls fail, in one of these ways."""
    for service in SERVICES:
        for fault in faults:
            env.server.sandbox.faults.add(Fault(service=service, rate=0.27 / len(faults), **fault))


@pytest.fixture(scope="module")
def synced(rounds, start_shared):
    return start_shared(rounds["synced"])


def refused(env: SandboxEnvironment, before: dict, code: str, **options: Any) -> str:
    """Sync at the same moment, expecting one error with this code and unchanged tables; return the error's text."""
    report = env.run("sync", expect=False, **{"year": env.year, **options})
    assert not report.success
    assert {failure.code for failure in report.failures} == {code}
    assert "gb_import_file" not in report.assets
    with pytest.raises(MentorSyncError) as caught:
        report.raise_on_failure()
    assert str(caught.value).startswith(f"{code}: ")
    assert "\n" not in str(caught.value)
    after = snapshot(env)
    assert {name for name in after if after[name] != before[name]} == set()
    failed = [row for row in env.rows(tables.sync_log) if row["status"] == "failed" and row["run_id"] == report.run_id]
    assert failed
    assert all(row["error"].startswith(code) for row in failed)
    return str(caught.value)


@pytest.mark.parametrize("service", SERVICES)
def test_a_key_that_the_service_does_not_know(synced, service):
    before = snapshot(synced)
    synced.service_options = {service: {"api_key": "not-the-key"}}
    message = refused(synced, before, "SERVICE_KEY_REJECTED")
    synced.service_options = {}
    assert f"{service.upper()}_API_KEY" in message
    assert "not-the-key" not in message


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("jotform_training_form_id", "259999999999999", "JOTFORM_FORM_MISSING"),
        ("givebutter_campaign_code", "NOBODY2026", "GIVEBUTTER_CAMPAIGN_MISSING"),
    ],
)
def test_a_form_or_a_campaign_that_is_not_there(synced, key, value, code):
    right = campaign_settings(synced.server.world.config, synced.year)
    synced.load_configuration(synced.year, right | {key: value})
    message = refused(synced, snapshot(synced), code, assets=RAW_OF_A_YEAR)
    synced.load_configuration(synced.year, right)
    assert value in message


def test_calls_of_the_day_that_are_used_up(rounds, start):
    env = start(rounds["synced"], options=replace(OPTIONS, jotform_daily_limit=3))
    refused(env, snapshot(env), "SERVICE_QUOTA_USED_UP", assets=RAW_OF_A_YEAR)


def test_a_year_without_configuration(synced):
    message = refused(synced, snapshot(synced), "CONFIG_MISSING", year=synced.year + 1)
    assert "mentorsync config load" in message
