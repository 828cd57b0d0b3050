"""deploy/compose.yaml, as far as it can be checked without a Docker engine."""

import re
from importlib.metadata import entry_points

import pytest
import yaml
from dagster._core.workspace.load import location_origins_from_yaml_paths

from mentorsync_pipeline.runtime.settings import Settings, load_settings
from tests.deploy.commands import DEPLOY, PROGRAMS, require_known

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OWN_SERVICES = [name for name in SERVICES if name != "postgres"]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:?[-?])(?P<word>[^}]*))?\}")


def test_all_services_exist():
    assert set(SERVICES) == {"postgres", "migrations", "code", "webserver", "daemon", "console"}


@pytest.mark.parametrize("name", OWN_SERVICES)
def test_commands_and_health_checks_exist(name):
    service = SERVICES[name]
    require_known(service["command"])
    if name == "migrations":
        return
    kind, *check = service["healthcheck"]["test"]
    assert kind == "CMD", "no shell is needed"
    if check[0] in PROGRAMS:
        require_known(check)
    else:
        assert check[:2] == ["python", "-c"]
        compile(check[2], name, "exec")
        assert f"127.0.0.1{_port(service)}" in re.sub(r"', ", ":", check[2])


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_the_programs_of_commands_and_health_checks_are_installed(program):
    """`test_boot` runs the migrations and health checks in its own process, without these programs."""
    (script,) = entry_points(group="console_scripts", name=program)
    assert callable(script.load())


def _port(service: dict) -> str:
    return f":{require_known(service['command'])['port']}"


@pytest.mark.parametrize("name", OWN_SERVICES)
def test_services_have_minimal_rights(name):
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "a proxy listens to the world"
    assert all(int(port.rsplit(":", 1)[1]) == int(_port(service)[1:]) for port in service.get("ports", []))


def test_services_wait_for_their_dependencies():
    conditions = {
        name: {on: how["condition"] for on, how in SERVICES[name].get("depends_on", {}).items()}
        for name in OWN_SERVICES
    }
    assert conditions["migrations"] == {"postgres": "service_healthy"}
    for name in ("code", "console"):
        assert conditions[name]["migrations"] == "service_completed_successfully"
    for name in ("webserver", "daemon"):
        assert conditions[name] == {"code": "service_healthy"}
    for needed in conditions.values():
        for on, condition in needed.items():
            assert condition != "service_healthy" or "healthcheck" in SERVICES[on]


def test_the_environment_has_known_settings_and_no_secrets():
    known = {field.alias for field in Settings.model_fields.values()}
    for name in OWN_SERVICES:
        environment = SERVICES[name]["environment"]
        assert set(environment) <= known
        load_settings({key: interpolated(value, {"POSTGRES_PASSWORD": "zz"}) for key, value in environment.items()})
    text = (DEPLOY / "compose.yaml").read_text()
    assert not re.search(r"(PASSWORD|KEY|SECRET): *(?!\$\{)\S", VARIABLE.sub("${}", text)), (
        "secrets come from env files"
    )
    for variable in VARIABLE.finditer(text):
        has_default = (variable["how"] or "").endswith("-")
        assert has_default or variable["name"] == "POSTGRES_PASSWORD", variable["name"]


def test_a_missing_password_is_an_error():
    text = SERVICES["code"]["environment"]["MENTORSYNC_DATABASE_URL"]
    with pytest.raises(KeyError, match=r"deploy/\.env"):
        interpolated(text, {"POSTGRES_PASSWORD": ""})


def test_the_example_files_have_exactly_known_settings():
    known = {field.alias for field in Settings.model_fields.values()}
    interpolation = {match["name"] for match in VARIABLE.finditer((DEPLOY / "compose.yaml").read_text())}
    assert names("example.env") <= interpolation
    assert "POSTGRES_PASSWORD" in names("example.env")
    assert names("services.example.env") <= known
    assert {SERVICES[name].get("env_file") for name in OWN_SERVICES} == {None, "services.env"}


def test_env_files_and_volumes_are_ignored_by_git():
    ignored = (DEPLOY.parent / ".gitignore").read_text().splitlines()
    assert {".env", "deploy/services.env", "deploy/files/"} <= set(ignored)


def test_the_webserver_and_the_daemon_use_the_code_server():
    (origin,) = location_origins_from_yaml_paths([str(DEPLOY / "workspace.yaml")])
    assert origin.host in SERVICES
    assert origin.port == require_known(SERVICES[origin.host]["command"])["port"]
    assert origin.location_name == require_known(SERVICES[origin.host]["command"])["location_name"]


def test_volumes_are_declared():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(("$", ".", "/")) or source in COMPOSE["volumes"], volume


def names(file: str) -> set[str]:
    lines = (DEPLOY / file).read_text().splitlines()
    return {line.split("=")[0] for line in lines if line and not line.startswith("#")}


def interpolated(text: str, values: dict[str, str]) -> str:
    """Interpolate `${…}` as Compose does; KeyError, with its text, for a required variable."""

    def value(match: re.Match) -> str:
        variable = values.get(match["name"])
        how = match["how"] or ""
        if how.endswith("?") and not variable:
            raise KeyError(match["word"])
        return variable if variable is not None else (match["word"] or "" if how.endswith("-") else "")

    return VARIABLE.sub(value, text)
