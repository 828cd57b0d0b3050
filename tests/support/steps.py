"""Run assets without a Dagster run: the same functions on the same database, in half of the time."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from inspect import isgenerator
from typing import Any, get_type_hints
from uuid import uuid4

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._utils.error import serializable_error_info_from_exc_info

from mentorsync_pipeline.runtime.run_attempts import PARTITION
from mentorsync_pipeline.runtime.run_options import to_config_dict
from mentorsync_pipeline.runtime.run_report import RunReport

_LOG = logging.getLogger(__name__)
_type_hints = cache(get_type_hints)


@dataclass(frozen=True)
class StepRun:
    """The run of a step."""

    job_name: str = "__ASSET_JOB"  # Dagster's own, for assets that a person selects
    run_id: str = field(default_factory=lambda: str(uuid4()))
    tags: Mapping[str, str] = field(default_factory=dict)
    asset_selection: frozenset[dg.AssetKey] | None = None


@dataclass(frozen=True)
class StepContext:
    """What the assets use of Dagster's context: the asset, its partition, its run and the instance."""

    assets_def: dg.AssetsDefinition | None
    run: StepRun
    partition_key: str | None
    instance: dg.DagsterInstance | None = None
    log: logging.Logger = _LOG

    @property
    def asset_key(self) -> dg.AssetKey:
        assert self.assets_def is not None
        return self.assets_def.key


def run_assets(
    defs: dg.Definitions, names: Sequence[str], *, year: int | None, config: Mapping[str, Any] | None = None
) -> None:
    """Run assets of the code location in this order; the first error is raised.

    Args:
        year: partition of the assets.
        config: options of those assets that take some.

    """
    run = StepRun()
    for name in names:
        asset = defs.resolve_assets_def(name)
        context = StepContext(asset, run, str(year) if year else None)
        for _ in _call(defs, asset.op, context, config or {}):
            pass


def run_job_steps(
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    job: str,
    *,
    year: int | None = None,
    config: dg.RunConfig | Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
    before_step: Callable[[str], None] = lambda _: None,
) -> RunReport:
    """Run the steps of a job as `run_job` does, but store no run and no events, and retry nothing.

    The steps after a failed one, or after a failed check that blocks, do not run. `before_step` is called with the name
    of each step that runs.
    """
    definition = defs.resolve_job_def(job)
    selection = frozenset(map(dg.AssetKey, assets)) if assets is not None else None
    if selection is not None:
        definition = definition.get_subset(asset_selection=selection)
    key = str(year) if year else None
    run = StepRun(job, tags={**(tags or {}), **({PARTITION: key} if key else {})}, asset_selection=selection)
    options = to_config_dict(config).get("ops", {})
    report = RunReport(run_id=run.run_id, job=job, year=year)
    started = time.monotonic()
    left_out: set[str] = set()
    for node in definition.nodes_in_topological_order:
        if not left_out.isdisjoint(node.definition.ins):
            left_out.add(node.name)
            continue
        context = StepContext(_asset_of(defs, node.name), run, key, instance)
        before_step(node.name)
        try:
            for result in _call(defs, node.definition, context, options.get(node.name, {}).get("config", {})):
                _add_result(report, context, result)
        except Exception:  # noqa: BLE001  # reported, as by a run
            report.add_failure(node.name, serializable_error_info_from_exc_info(sys.exc_info()))
            left_out.add(node.name)
    report.success = not report.failures
    report.seconds = time.monotonic() - started
    return report


def _asset_of(defs: dg.Definitions, step: str) -> dg.AssetsDefinition | None:
    """Return the asset of a step; None for a step that only checks."""
    return None if step.startswith("check_") else defs.resolve_assets_def(step)


def _call(
    defs: dg.Definitions, step: dg.OpDefinition, context: StepContext, config: Mapping[str, Any]
) -> Iterator[Any]:
    """Call the function of a step with its resources and options, and yield its results."""
    function = step.compute_fn.decorated_fn
    parameters = _type_hints(function)
    values: dict[str, Any] = {
        parameter: defs.resources[parameter] for parameter in parameters if parameter in defs.resources
    }
    if "config" in parameters:
        values["config"] = parameters["config"](**config)
    result = function(context, **values)
    if isgenerator(result):
        yield from result
    else:
        yield result


def _add_result(report: RunReport, context: StepContext, result: Any) -> None:
    """Add the values and checks of a result to the report; raise if a check fails that blocks."""
    checks = (result,)
    if isinstance(result, dg.MaterializeResult):
        report.add_materialization(dg.AssetMaterialization(context.asset_key, metadata=result.metadata))
        checks = result.check_results
    for check in checks:
        report.add_check(check)
    blocking = {spec.name for spec in context.assets_def.check_specs if spec.blocking} if context.assets_def else ()
    if any(
        not check.passed and check.severity is dg.AssetCheckSeverity.ERROR and check.check_name in blocking
        for check in checks
    ):
        raise DagsterAssetCheckFailedError("a check failed that blocks")
