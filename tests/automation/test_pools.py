"""One step at a time calls a service, across all runs, so that one rate limit applies."""

from itertools import pairwise

import dagster as dg
import pytest

from mentorsync_pipeline.automation.pools import create_pools
from mentorsync_pipeline.definitions import defs
from mentorsync_pipeline.runtime.in_process import run_job
from tests.support import killed
from tests.support.environment import SandboxEnvironment, definitions

FETCHED = {"jotform": ("raw_mn_signups",), "givebutter": ("raw_gb_full_contacts",)}
SECONDS = 90


@pytest.mark.parametrize("service", FETCHED)
def test_every_asset_that_calls_a_service_is_in_its_pool(service):
    assets = [asset for asset in defs.resolve_asset_graph().assets_defs if service in asset.required_resource_keys]
    assert assets
    for asset in assets:
        assert asset.op.pool == service, asset.key


def test_two_years_in_two_processes_call_a_service_one_after_the_other(env, production_instance):
    """Only one process calls a service at a time, so each process's rate limiter is enough."""
    for _ in range(2):
        create_pools(production_instance)
    assert {(pool.name, pool.limit) for pool in production_instance.event_log_storage.get_pool_limits()} == {
        ("jotform", 1),
        ("givebutter", 1),
    }
    processes = [start(env, production_instance, year) for year in (env.year - 1, env.year)]
    for process in processes:
        process.join(SECONDS)
        alive = process.is_alive()
        process.kill()
        assert not alive, f"a run went on for {SECONDS} seconds"
    runs = production_instance.get_runs()
    assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS] * len(processes)
    for names in FETCHED.values():
        spans = sorted(span for run in runs for span in steps(production_instance, run.run_id, names))
        assert len(spans) == len(processes) * len(names)
        for (_, end), (begin, _) in pairwise(spans):
            assert end <= begin, "the next step began before the one before it had ended"


def start(env: SandboxEnvironment, instance: dg.DagsterInstance, year: int):
    services = (env.server.jotform_url, env.server.givebutter_url)
    process = killed.processes.Process(
        target=run, args=(instance.root_directory, env.url, env.now, env.folder, services, year)
    )
    process.start()
    return process


def run(home, url, now, folder, services, year) -> None:
    names = [name for fetched in FETCHED.values() for name in fetched]
    config = {"ops": {"raw_gb_full_contacts": {"config": {"mode": "api_full"}}}}
    with dg.DagsterInstance.from_config(home) as instance:
        code = definitions(url, now, folder, *services, {})
        run_job(instance, code, "sync", year=year, config=config, assets=names)


def steps(instance: dg.DagsterInstance, run_id: str, names: tuple[str, ...]) -> list[tuple[float, float]]:
    """Start and end of each of these steps of a run."""
    moments: dict[str, list[float]] = {}
    kinds = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS}
    for entry in instance.all_logs(run_id, of_type=kinds):
        if entry.step_key in names:
            moments.setdefault(entry.step_key, []).append(entry.timestamp)
    return [(begin, end) for begin, end in moments.values()]
