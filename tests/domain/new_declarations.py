"""Declare an additional form and an additional answer before other imports, and trace them through a year.

Run by test_declarations.py.
"""

import gc
import json
import sys
from pathlib import Path
from typing import Any

from mentorsync_pipeline.domain import answers

gc.disable()  # the process ends within seconds

ANSWER = answers.Answer(name="lucky_charm", meaning="What the mentor brings for luck.")
answers.PASS_THROUGH = (*answers.PASS_THROUGH, ANSWER)
answers.PASS_THROUGH_NAMES = (*answers.PASS_THROUGH_NAMES, ANSWER.name)

# ruff: noqa: E402
from mentorsync_pipeline.domain import forms  # the sign-up form has the answers from its import on

FORM = forms.Form(
    name="lodging",
    noun="lodging",
    table="raw_mn_lodging",
    source_meaning="The year's lodging form.",
    table_meaning="Every submission of the lodging form.",
    answers={"room_wish": "The room that the mentor wishes for, as typed."},
)
forms.FORMS = (*forms.FORMS, FORM)
forms.ENTRY_FORMS = (*forms.ENTRY_FORMS, FORM)

import dagster as dg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import SCHEMA, metadata
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.jf_model import Form, Question
from mentorsync_pipeline.sandbox.population import generate
from tests.console.conftest import console_on
from tests.domain.migration import migrate
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import START, YEAR

FORM_ID = "253001234567890"
QUESTIONS = (
    Question("1", "mnid", "Your mentor id", "control_textbox"),
    Question("2", "roomWish", "Room wish", "control_textbox"),
)
LABEL = "🍀 Lucky Charm"
ANSWER_QUESTION = "howHeard"  # an unmapped question of the sandbox's form


def configure(env: SandboxEnvironment, **more: Any) -> None:
    settings = campaign_settings(env.world.config, YEAR) | more
    settings["signup_field_map"] |= {ANSWER.name: ANSWER_QUESTION}
    settings["custom_field_labels"] |= {ANSWER.name: LABEL}
    with env.engine.begin() as conn:
        configuration.save_config(conn, configuration.validate_config(settings, where="the test"))


def main(url: str, folder: Path) -> dict[str, Any]:
    migration = migrate(WarehouseResource(url=url).engine)
    world = generate(1, 12, 24, year=YEAR, now=START)
    world.forms[FORM_ID] = Form(FORM_ID, "Lodging", QUESTIONS, START)
    env = SandboxEnvironment(world, url, folder, now=START, instance=dg.DagsterInstance.ephemeral())
    with env.server:
        env.configure()
        configure(env)
        without = env.run("sync", year=YEAR, assets=[FORM.table]).assets[FORM.table]
        env.upload_and_recalculate()
        configure(
            env,
            jotform_lodging_form_id=FORM_ID,
            lodging_field_map={"mn_id": "mnid", "room_wish": "roomWish"},
        )
        mentors = env.rows(metadata.tables[f"{SCHEMA}.mentors"])
        mn_id = next(row["mn_id"] for row in mentors if row["sync_state"] == "matched")
        env.submit(FORM_ID, mnid=mn_id.lower(), roomWish="ABC 123")
        env.submit(FORM_ID, mnid="MN9999", roomWish="XYZ 789")
        env.edit_signup(mn_id, **{ANSWER_QUESTION: ["Clover"]})
        report = env.run("sync", year=YEAR, assets=[FORM.table])
        env.upload_and_recalculate()
    mentor = env.mentor(mn_id)
    console = console_on(env, folder / "console")
    client = console.client(console.token())
    return {
        "migration": migration,
        "without": without["not fetched"],
        "read": report.assets[FORM.table]["rows added"],
        "failed_checks": [check.check for check in report.checks if check.asset == FORM.table],
        "mn_id": mn_id,
        "form_api": client.get(f"/api/{YEAR}/forms/lodging").json()["items"],
        "counts": client.get(f"/api/{YEAR}/forms").json()[-1],
        "form_page": client.get(f"/{YEAR}/forms/lodging").text,
        "form_file": client.get(f"/{YEAR}/forms/lodging.csv").text,
        "mentor": mentor[ANSWER.name],
        "provenance": mentor["provenance"][ANSWER.name]["source_table"],
        "import_cell": env.import_row(mn_id)["custom_fields"].get(LABEL),
        "mentor_api": client.get(f"/api/{YEAR}/mentors/{mn_id}").json(),
        "mentor_page": client.get(f"/{YEAR}/mentors/{mn_id}").text,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201  # the test reads it
