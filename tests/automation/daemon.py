"""A daemon for tests: it evaluates sensors and schedules of the code location and executes the requested runs."""

from dataclasses import dataclass, field

import dagster as dg

from tests.support.environment import SandboxEnvironment


@dataclass
class Daemon:
    """Cursors and run keys as in Dagster's daemon.

    Requested runs are executed, except those of the jobs in `pretended`: they are recorded as successful.
    """

    env: SandboxEnvironment
    resources: dict = field(default_factory=dict)
    cursors: dict[str, str | None] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    pretended: frozenset[str] = frozenset()

    @property
    def instance(self) -> dg.DagsterInstance:
        return self.env.instance

    def definitions(self) -> dg.Definitions:
        return self.env.definitions(**self.resources)

    def ask(self, name: str) -> dg.SensorResult:
        """One tick of a sensor, ten seconds after the last; its cursor is kept, nothing is run."""
        self.env.later(seconds=10)
        defs = self.definitions()
        sensor = defs.resolve_sensor_def(name)
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(name),
            resources={key: defs.resources[key] for key in sensor.required_resource_keys},
            definitions=defs,
            sensor_name=name,
        )
        data = sensor.evaluate_tick(context)
        self.cursors[name] = data.cursor
        return data

    def tick(self, name: str) -> list[dg.DagsterRun]:
        """One tick of a sensor, and its requested runs until they end."""
        return [self.run(request) for request in self.ask(name).run_requests]

    def run(self, request: dg.RunRequest) -> dg.DagsterRun:
        assert request.run_key not in self.keys, "a key that was used before starts nothing"
        if request.job_name in self.pretended:
            return self.pretend(request, dg.DagsterRunStatus.SUCCESS)
        self.keys.add(request.run_key)
        defs = self.definitions()
        done = defs.resolve_job_def(request.job_name).execute_in_process(
            instance=self.instance,
            run_config=request.run_config,
            tags=request.tags,
            partition_key=request.partition_key,
            raise_on_error=False,
        )
        return self.instance.get_run_by_id(done.run_id)

    def pretend(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        """Record the requested run with this status, without executing it."""
        self.keys.add(request.run_key)
        job = self.definitions().resolve_job_def(request.job_name)
        return self.instance.create_run_for_job(
            job, run_config=request.run_config, tags=dict(request.tags), status=status
        )
