"""Declare an additional form before other imports, and trace it through a year. Run by test_forms.py."""

import json
import sys
from pathlib import Path
from typing import Any

from mentorsync_pipeline.domain import forms

NEW = forms.Form(
    name="lodging",
    noun="lodging",
    table="raw_mn_lodging",
    source_meaning="The year's lodging form.",
    table_meaning="Every submission of the lodging form.",
    answers={"room_wish": "The room that the mentor wishes for, as typed."},
)
forms.FORMS = (*forms.FORMS, NEW)
forms.ENTRY_FORMS = (*forms.ENTRY_FORMS, NEW)

# ruff: noqa: E402
import dagster as dg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import metadata
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


def main(url: str, folder: Path) -> dict[str, Any]:
    migration = migrate(WarehouseResource(url=url).engine)
    world = generate(1, 12, 24, year=YEAR, now=START)
    world.forms[FORM_ID] = Form(FORM_ID, "Lodging", QUESTIONS, START)
    instance = dg.DagsterInstance.ephemeral()
    env = SandboxEnvironment(world, url, folder, now=START, instance=instance, runs_jobs=True)
    with env.server:
        env.configure()
        env.upload()
        without = env.sync().assets[NEW.table]
        settings = campaign_settings(env.world.config, YEAR)
        settings |= {
            "jotform_lodging_form_id": FORM_ID,
            "lodging_field_map": {"mn_id": "mnid", "room_wish": "roomWish"},
        }
        with env.engine.begin() as conn:
            configuration.save_config(conn, configuration.validate_config(settings, where="the test"))
        table = metadata.tables["mentorsync.mentors"]
        mn_id = next(row["mn_id"] for row in env.rows(table) if row["sync_state"] == "matched")
        env.submit(FORM_ID, mnid=mn_id.lower(), roomWish="ABC 123")
        env.submit(FORM_ID, mnid="MN9999", roomWish="XYZ 789")
        env.upload()
        report = env.sync()
    console = console_on(env, folder / "console")
    client, browser = console.client(console.token()), console.browser()
    return {
        "migration": migration,
        "without": without["not fetched"],
        "read": report.assets[NEW.table]["rows added"],
        "failed_checks": [check.check for check in report.checks if check.asset == NEW.table],
        "mn_id": mn_id,
        "api": client.get(f"/api/{YEAR}/forms/lodging").json()["items"],
        "counts": client.get(f"/api/{YEAR}/forms").json()[-1],
        "page": browser.get(f"/{YEAR}/forms/lodging").text,
        "file": browser.get(f"/{YEAR}/forms/lodging.csv").text,
        "mentor_page": browser.get(f"/{YEAR}/mentors/{mn_id}").text,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201  # the test reads it
