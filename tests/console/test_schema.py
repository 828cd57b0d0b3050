"""The API conforms to its OpenAPI document."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import CheckFunction, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from mentorsync_pipeline.console.api import run_events
from mentorsync_pipeline.db import tables
from tests.console.conftest import PASSWORD, Console, console_on
from tests.support.environment import file_of
from tests.support.rounds import Rounds
from tests.support.snapshots import NewEnvironment

pytestmark = pytest.mark.slow

EXAMPLES = 3
CHECKS: list[CheckFunction] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@dataclass(frozen=True)
class Api:
    """The API of a console, and its operations by the document."""

    console: Console
    headers: dict[str, str]
    operations: list[APIOperation]


@pytest.fixture(scope="module")
def api(rounds: Rounds, start_shared: NewEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Api:
    """The console on a year after its second sync, with its newest file. Without Dagster, runs answer with an error."""
    console = console_on(start_shared(rounds["settled"], serve=False), tmp_path_factory.mktemp("console"))
    copy(file_of(rounds["settled"].syncs[-1]), console.env.folder)
    Path(console.services.settings.drop_dir).mkdir()
    token = console.token()
    console.services.users.set_user("Erin Editor", "editor", PASSWORD)  # requests without the token answer 401
    described = console.client(token).get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    schema.app = console.app  # `from_asgi` has a time limit of ten seconds for the document
    operations = [operation.ok() for operation in schema.get_all_operations()]
    return Api(console, {"Authorization": f"Bearer {token}", "Host": "127.0.0.1"}, operations)


def known(console: Console) -> dict[str, Any]:
    """Existing ids for the routes of the API, because generated ones are usually not found."""
    return {
        "year": console.year,
        "mn_id": console.env.rows(tables.mentors, year=console.year)[0]["mn_id"],
        "conflict_id": console.env.rows(tables.sync_conflicts, year=console.year)[0]["id"],
        "file_id": console.env.rows(tables.gb_import_files, year=console.year)[-1]["id"],
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_route_answers_as_described(api: Api, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch):
    """Valid requests use existing ids, invalid ones any."""
    monkeypatch.setattr(run_events, "_LONGEST_SECONDS", 0.0)  # a stream ends after its first event
    places = known(api.console) if mode is GenerationMode.POSITIVE else {}
    assert len(api.operations) > 30
    wrong: dict[str, str] = {}
    for operation in api.operations:

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case: schemathesis.Case) -> None:
            case.path_parameters.update({name: places[name] for name in case.path_parameters if name in places})
            response = case.call(headers=api.headers)
            unavailable = response.status_code == 503 and response.json()["code"] == "DAGSTER_UNAVAILABLE"
            assert response.status_code < 500 or unavailable, response.text
            case.validate_response(response, checks=CHECKS)

        try:
            answers()
        except Unsatisfiable:
            continue  # it has no parameters that could be invalid
        except (AssertionError, schemathesis.errors.SchemathesisError, BaseExceptionGroup) as error:
            wrong[operation.label] = str(error)[:2000]
    assert not wrong, "\n\n".join(f"{label}: {problem}" for label, problem in wrong.items())
