"""deploy/kubernetes: Dagster accepts the rendered values; without a cluster."""

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy import make_url

from mentorsync_pipeline.runtime.settings import Settings, load_settings
from tests.deploy import chart
from tests.deploy.commands import DEPLOY, require_known

if TYPE_CHECKING:  # Kubernetes' client takes a third of a second to import, in every worker
    from dagster_k8s import K8sRunLauncher

pytestmark = pytest.mark.slow

VALUES = chart.values()
DAGSTER_YAML = yaml.safe_load((DEPLOY.parent / "dagster.yaml").read_text())
CODE = VALUES["dagster-user-deployments"]["deployments"][0]
FOUND = [*chart.documents("manifests.yaml"), *chart.documents("migrations.yaml")]
PODS = [manifest["spec"]["template"]["spec"] for manifest in FOUND if manifest["kind"] in {"Deployment", "Job"}]
# The keys of the chart's values.schema.json, 1.13, that refuse unknown ones; the others are checked by what they do.
CHART = {
    "": {
        *("global", "dagsterWebserver", "dagster-user-deployments", "postgresql", "runLauncher", "dagsterDaemon"),
        *("generatePostgresqlPasswordSecret", "generateCeleryConfigSecret", "concurrency", "retention", "telemetry"),
        *("additionalInstanceConfig", "ingress", "computeLogManager", "imagePullSecrets", "serviceAccount"),
    },
    "dagsterWebserver": {
        *("image", "service", "readinessProbe", "podSecurityContext", "securityContext", "resources", "env"),
        *("envSecrets", "volumes", "volumeMounts", "replicaCount", "workspace", "pathPrefix"),
    },
    "dagsterDaemon": {
        *("image", "podSecurityContext", "securityContext", "resources", "runMonitoring", "runRetries", "env"),
        *("envSecrets", "volumes", "volumeMounts", "runCoordinator", "sensors", "schedules", "heartbeatTolerance"),
    },
    "concurrency": {"enabled", "runs", "pools"},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(chart.instance(VALUES)))
    return tmp_path


@pytest.fixture
def launcher(home: Path, monkeypatch: pytest.MonkeyPatch) -> "K8sRunLauncher":
    import kubernetes  # noqa: PLC0415
    from dagster_k8s import K8sRunLauncher  # noqa: PLC0415

    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "zz")
    monkeypatch.setattr(kubernetes.config, "load_incluster_config", lambda: None)
    launcher_type = InstanceRef.from_dir(str(home)).run_launcher
    assert isinstance(launcher_type, K8sRunLauncher)
    return launcher_type


@pytest.mark.parametrize("part", CHART)
def test_the_chart_has_every_key(part):
    values = VALUES[part] if part else VALUES
    assert set(values) <= CHART[part]


def test_dagsters_database_uses_a_compatible_driver(home, monkeypatch):
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "zz")
    storage = InstanceRef.from_dir(str(home)).run_storage_data
    url = make_url(pg_url_from_config({**yaml.safe_load(storage.config_yaml), "postgres_db": _database(storage)}))
    assert (url.drivername, url.database) == ("postgresql+psycopg2", "dagster")


def _database(storage) -> dict:
    return {**yaml.safe_load(storage.config_yaml)["postgres_db"], "password": "zz"}


def test_the_instance_equals_dagster_yaml(home):
    settings = InstanceRef.from_dir(str(home)).settings
    for part in ("concurrency", "run_retries", "retention", "freshness", "telemetry", "nux"):
        assert settings[part] == DAGSTER_YAML[part], part
    monitoring = settings["run_monitoring"]
    assert {
        key: DAGSTER_YAML["run_monitoring"].get(key) for key in monitoring if key in DAGSTER_YAML["run_monitoring"]
    } == {key: value for key, value in monitoring.items() if key in DAGSTER_YAML["run_monitoring"]}


def test_a_run_is_a_pod_with_secrets_files_and_size_of_the_code_server(launcher):
    from dagster_k8s.container_context import K8sContainerContext  # noqa: PLC0415
    from dagster_k8s.job import construct_dagster_k8s_job  # noqa: PLC0415

    context = K8sContainerContext.create_from_config(chart.container_context(VALUES))
    own = K8sContainerContext.create_for_run(_run(), launcher, include_run_tags=True).merge(context)
    config = own.get_k8s_job_config(job_image=chart.image(CODE["image"]), run_launcher=launcher)
    job = construct_dagster_k8s_job(
        config,
        args=["dagster", "api", "execute_run"],
        job_name="zz",
        pod_name="zz",
        component="run_worker",
        user_defined_k8s_config=own.run_k8s_config,
    ).to_dict()
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == chart.image(CODE["image"])
    assert {source["secret_ref"]["name"] for source in container["env_from"] if source["secret_ref"]} == {"mentorsync"}
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    assert environment.items() >= {variable["name"]: variable["value"] for variable in CODE["env"]}.items()
    assert {mount["mount_path"] for mount in container["volume_mounts"]} >= {"/data", "/files"}
    assert container["resources"]["limits"] == CODE["resources"]["limits"]
    assert pod["security_context"]["run_as_non_root"]
    assert container["security_context"]["allow_privilege_escalation"] is False
    assert job["spec"]["ttl_seconds_after_finished"]


def _run() -> dg.DagsterRun:
    return dg.DagsterRun(job_name="sync", run_id="zz", tags={"dagster/partition": "2025"})


def test_the_command_of_the_code_server_exists():
    command = ["dagster", "code-server", "start", "-h", "::", "-p", str(CODE["port"]), *CODE["codeServerArgs"]]
    assert require_known(command)["module_name"] == "mentorsync_pipeline.definitions"


def test_the_manifests_use_existing_commands_images_and_volumes():
    claims = {manifest["metadata"]["name"] for manifest in FOUND if manifest["kind"] == "PersistentVolumeClaim"}
    for pod in PODS:
        (container,) = pod["containers"]
        require_known(container["command"])
        assert container["image"] == chart.image(CODE["image"])
    for pod in (CODE, *PODS):
        volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
        claimed = {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in volumes.values()} - {None}
        assert claimed <= claims
        for container in pod.get("containers", [pod]):
            assert {mount["name"] for mount in container.get("volumeMounts", [])} == set(volumes)


def test_every_pod_runs_as_a_user_other_than_root():
    contexts = [VALUES[name]["podSecurityContext"] for name in ("dagsterWebserver", "dagsterDaemon")]
    contexts += [CODE["podSecurityContext"], *(pod["securityContext"] for pod in PODS)]
    uid = int((DEPLOY / "Dockerfile").read_text().split("--uid ")[1].split()[0])
    assert all(context["runAsNonRoot"] and context["runAsUser"] == uid for context in contexts)


def test_service_names_do_not_collide_with_settings():
    """Kubernetes sets variables of every service in every pod: NAME_PORT=tcp://…, NAME_SERVICE_HOST=…"""
    services = {
        CODE["name"],
        *(d["metadata"]["name"] for d in chart.documents("manifests.yaml") if d["kind"] == "Service"),
    }
    prefixes = [f"{name.upper().replace('-', '_')}_" for name in (*services, f"{chart.RELEASE}-dagster-webserver")]
    assert not [field.alias for field in Settings.model_fields.values() if str(field.alias).startswith(tuple(prefixes))]


def test_the_environment_has_known_settings(tmp_path):
    container = next(pod["containers"][0] for pod in PODS if pod["containers"][0]["name"] == "console")
    known = {field.alias for field in Settings.model_fields.values()}
    for environment in (CODE["env"], container["env"]):
        environment_values = {variable["name"]: variable["value"] for variable in environment}
        assert set(environment_values) <= known
        load_settings(environment_values, folder=tmp_path)
    assert container["ports"][0]["containerPort"] == require_known(container["command"])["port"]
