"""deploy/Dockerfile, as far as it can be checked without building it."""

import json
import re
import tomllib

import pytest
from dockerfile_parse import DockerfileParser

from mentorsync_pipeline.runtime.settings import Settings
from tests.deploy.commands import DEPLOY

ROOT = DEPLOY.parent
INSTRUCTIONS = {
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD", "RUN"),
    *("SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR", "COMMENT"),
}


@pytest.fixture(scope="module")
def dockerfile() -> DockerfileParser:
    return DockerfileParser(str(DEPLOY / "Dockerfile"))


def of(dockerfile: DockerfileParser, instruction: str) -> list[str]:
    return [line["value"] for line in dockerfile.structure if line["instruction"] == instruction]


def last_stage(dockerfile: DockerfileParser) -> list[tuple[str, str]]:
    lines = [(line["instruction"], line["value"]) for line in dockerfile.structure]
    start = max(number for number, (instruction, _) in enumerate(lines) if instruction == "FROM")
    return lines[start:]


def test_its_instructions_exist(dockerfile):
    assert {line["instruction"] for line in dockerfile.structure} <= INSTRUCTIONS


def test_the_base_is_the_oldest_python_that_is_supported_and_no_index_is_named(dockerfile):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert of(dockerfile, "ARG") == [f"PYTHON={project['requires-python'].removeprefix('>=')}", "PIP_INDEX_URL"]
    assert len(of(dockerfile, "FROM")) == 3
    assert all(image.startswith("python:${PYTHON}-slim") for image in of(dockerfile, "FROM"))
    assert not re.search(r"https?://|--index-url|trusted-host", dockerfile.content)


def test_dependencies_are_verified_by_the_lock(dockerfile):
    fetch, install = (next(run for run in of(dockerfile, "RUN") if word in run) for word in ("pip wheel", "bin/pip"))
    assert {"--no-deps", "--require-hashes", "requirements.lock"} <= set(fetch.split())
    assert {"--no-index", "--find-links", "/wheels", "'.[k8s]'"} <= set(install.split())
    lock = (ROOT / "requirements.lock").read_text()
    for needed in ("dagster-k8s", "hatchling", "editables"):
        assert re.search(rf"^{needed}==", lock, re.MULTILINE), f"{needed} is built from the lock's files"


def test_copied_files_exist_and_are_not_ignored(dockerfile):
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    copied = {source for copy in of(dockerfile, "COPY") if "--from" not in copy for source in copy.split()[:-1]}
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


def test_it_does_not_run_as_root_and_cannot_write_its_own_code(dockerfile):
    stage = last_stage(dockerfile)
    user = next(value for instruction, value in stage if instruction == "USER")
    uid = user.split(":")[0]
    assert int(uid) >= 10_000, "by number, so that Kubernetes can see that it is not root"
    assert any(f"--uid {uid}" in value for instruction, value in stage if instruction == "RUN")
    after = stage[[instruction for instruction, _ in stage].index("USER") :]
    assert {instruction for instruction, _ in after} == {"USER", "CMD"}
    assert not any("--chown" in value for instruction, value in stage if instruction == "COPY")


def test_its_environment_and_command_are_known(dockerfile):
    known = {field.alias for field in Settings.model_fields.values()}
    environment = {name for name in dockerfile.envs if name.startswith("MENTORSYNC_")}
    assert environment == {"MENTORSYNC_HOME"}
    assert environment <= known
    assert dockerfile.envs["DAGSTER_HOME"] == next(v for i, v in last_stage(dockerfile) if i == "WORKDIR")
    assert of(dockerfile, "VOLUME") == [dockerfile.envs["MENTORSYNC_HOME"]]
    assert json.loads(of(dockerfile, "CMD")[0]) == ["mentorsync", "--help"]
