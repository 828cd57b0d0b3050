"""Render the parts of Dagster's Helm chart that Dagster reads: the instance and a run's pod.

The chart is not a package; this module follows its templates `configmap-instance.yaml`, `_run-launcher.tpl` and
`k8sContainerContext` of version 1.13.
"""

from typing import Any

import yaml

from tests.deploy.commands import DEPLOY

Values = dict[str, Any]
RELEASE = "mentorsync"


def values() -> Values:
    return yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text())


def documents(file: str) -> list[Values]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / file).read_text()))


def image(values: Values) -> str:
    return f"{values['repository']}:{values['tag']}"


def snake(node: Any) -> Any:
    """Keys in snake case, as Dagster writes them, in nested objects and lists; contents of `value` are unchanged."""
    if isinstance(node, list):
        return [snake(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {_snake(key): value if key == "value" else snake(value) for key, value in node.items()}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def instance(values: Values) -> Values:
    """The chart's dagster.yaml."""
    postgres = values["postgresql"]
    database = {
        "postgres_db": {
            "username": postgres["postgresqlUsername"],
            "password": {"env": "DAGSTER_PG_PASSWORD"},
            "hostname": postgres["postgresqlHost"],
            "db_name": postgres["postgresqlDatabase"],
            "port": 5432,
            "params": {},
            "scheme": postgres["postgresqlScheme"],
        }
    }
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    raw = launcher["runK8sConfig"]
    storages = {
        "run_storage": "RunStorage",
        "event_log_storage": "EventLogStorage",
        "schedule_storage": "ScheduleStorage",
    }
    modules = {"event_log_storage": "event_log"}
    return {
        "scheduler": {"module": "dagster._core.scheduler", "class": "DagsterDaemonScheduler"},
        **{
            name: {
                "module": f"dagster_postgres.{modules.get(name, name)}",
                "class": f"Postgres{kind}",
                "config": database,
            }
            for name, kind in storages.items()
        },
        "run_launcher": {
            "module": "dagster_k8s",
            "class": values["runLauncher"]["type"],
            "config": {
                "load_incluster_config": launcher["loadInclusterConfig"],
                "job_namespace": "default",
                "image_pull_policy": launcher["imagePullPolicy"],
                "service_account_name": f"{RELEASE}-dagster",
                "dagster_home": "/opt/dagster/dagster_home",
                "instance_config_map": f"{RELEASE}-dagster-instance",
                "postgres_password_secret": values["global"]["postgresqlSecretName"],
                "security_context": launcher["securityContext"],
                "run_k8s_config": {
                    "pod_spec_config": raw["podSpecConfig"],
                    "job_spec_config": raw["jobSpecConfig"],
                },
            },
        },
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "QueuedRunCoordinator",
            "config": {"dequeue_use_threads": True, "dequeue_num_workers": 4},
        },
        "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
        "run_monitoring": snake(values["dagsterDaemon"]["runMonitoring"]),
        "telemetry": values["telemetry"],
        "retention": {
            kind: {"purge_after_days": values["retention"][kind]["purgeAfterDays"]} for kind in ("schedule", "sensor")
        },
        "concurrency": {
            "pools": snake(values["concurrency"]["pools"]),
            "runs": snake(values["concurrency"]["runs"]),
        },
        **values["additionalInstanceConfig"],
    }


def container_context(values: Values) -> Values:
    """The settings that a run's pod inherits from the code server."""
    (code,) = values["dagster-user-deployments"]["deployments"]
    return {
        "k8s": {
            "image_pull_policy": code["image"]["pullPolicy"],
            "env_config_maps": [f"{RELEASE}-{code['name']}-user-env"],
            "env_secrets": [secret["name"] for secret in code["envSecrets"]],
            "volume_mounts": code["volumeMounts"],
            "volumes": code["volumes"],
            "resources": code["resources"],
            "namespace": "default",
            "service_account_name": f"{RELEASE}-user-deployments",
            "env": code["env"],
        }
    }
