"""Runs in this process: what they leave in the instance, and what their report says."""

import dagster as dg
import pytest

from mentorsync_pipeline.errors import MentorSyncError
from mentorsync_pipeline.runner import UnknownYearError, run_job

YEARS = dg.StaticPartitionsDefinition(["2025", "2026"])


class Options(dg.Config):
    rows: int = 1


@dg.asset
def contacts(config: Options) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": config.rows})


@dg.asset(deps=[contacts], partitions_def=YEARS)
def people(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    if context.partition_key == "2026":
        raise MentorSyncError("Year 2026\nis not configured.", "Configure it.", code="CONFIG_MISSING")
    return dg.MaterializeResult(metadata={"year": int(context.partition_key)})


@dg.asset_check(asset=people, blocking=True)
def structure() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.ERROR, description="Of 3 rows, 1 is wrong.")


@dg.asset_check(asset=contacts)
def look() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="Of 1 rows, 1 is odd.")


@dg.asset(deps=[people], partitions_def=YEARS)
def letters() -> None:
    raise ValueError("Jane Doe, jane@doe.example")


DEFS = dg.Definitions(
    assets=[contacts, people, letters],
    asset_checks=[structure, look],
    jobs=[dg.define_asset_job("sync", selection="*", partitions_def=YEARS)],
    executor=dg.in_process_executor,
)


def test_a_run_belongs_to_the_job_the_year_and_the_code_location(instance):
    report = run_job(instance, DEFS, "sync", year=2025, assets=["contacts", "people"])
    run = instance.get_run_by_id(report.run_id)
    assert report.success == run.is_success
    assert run.job_name == "sync"
    assert run.tags["dagster/partition"] == "2025"
    assert run.remote_job_origin.location_name == "mentorsync"


def test_the_report_holds_what_the_assets_said_and_what_the_checks_found(instance, capfd):
    heard = []
    config = {"ops": {"contacts": {"config": {"rows": 7}}}}
    report = run_job(instance, DEFS, "sync", year=2025, config=config, listener=lambda e: heard.append(e.step_key))
    assert report.assets == {"contacts": {"rows": 7}, "people": {"year": 2025}}
    assert [(c.asset, c.severity) for c in sorted(report.checks, key=lambda c: c.asset)] == [
        ("contacts", "WARN"),
        ("people", "ERROR"),
    ]
    assert "people" in heard
    captured = capfd.readouterr()
    assert captured.out + captured.err == "", "Dagster's own log is kept off the terminal"


def test_a_blocking_check_stops_what_follows_and_is_the_failure(instance):
    report = run_job(instance, DEFS, "sync", year=2025)
    assert not report.success
    assert [failure.code for failure in report.failures] == ["CHECK_FAILED"]
    assert "people: Of 3 rows, 1 is wrong." in report.failures[0].message


def test_an_error_of_ours_keeps_its_code_in_one_line(instance):
    report = run_job(instance, DEFS, "sync", year=2026)
    with pytest.raises(MentorSyncError, match=r"^CONFIG_MISSING: Year 2026 is not configured. Configure it.") as caught:
        report.raise_on_failure()
    assert report.run_id in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_other_error_shows_its_kind_and_not_its_text(instance):
    quiet = dg.Definitions(assets=[contacts, people, letters], jobs=DEFS.jobs, executor=dg.in_process_executor)
    report = run_job(instance, quiet, "sync", year=2025)
    with pytest.raises(MentorSyncError, match="UNEXPECTED: ValueError") as caught:
        report.raise_on_failure()
    assert "Jane" not in str(caught.value)


def test_a_year_that_is_none_is_refused_before_anything_runs(instance):
    with pytest.raises(UnknownYearError, match=r"2031 is not a campaign year between 2025 and 2026.*FIRST_YEAR"):
        run_job(instance, DEFS, "sync", year=2031)
    assert instance.get_runs_count() == 0
