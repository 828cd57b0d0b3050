"""Declare an additional answer before other imports, and trace it through a year. Run by test_answers.py."""

import json
import sys
from pathlib import Path
from typing import Any

from mentorsync_pipeline.domain import answers

NEW = answers.Answer(name="lucky_charm", meaning="What the mentor brings for luck.")
answers.PASS_THROUGH = (*answers.PASS_THROUGH, NEW)
answers.PASS_THROUGH_NAMES = (*answers.PASS_THROUGH_NAMES, NEW.name)

# ruff: noqa: E402
import dagster as dg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import SCHEMA, metadata
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.population import generate
from tests.console.conftest import console_on
from tests.domain.migration import migrate
from tests.support.environment import SandboxEnvironment
from tests.support.small_year import START, YEAR

LABEL = "🍀 Lucky Charm"
QUESTION = "howHeard"  # an unmapped question of the sandbox's form


def main(url: str, folder: Path) -> dict[str, Any]:
    warehouse = WarehouseResource(url=url)
    migration = migrate(warehouse.engine)
    world = generate(1, 12, 24, year=YEAR, now=START)
    env = SandboxEnvironment(world, url, folder, now=START, instance=dg.DagsterInstance.ephemeral())
    env.configure()
    settings = campaign_settings(env.world.config, YEAR)
    settings["signup_field_map"] |= {NEW.name: QUESTION}
    settings["custom_field_labels"] |= {NEW.name: LABEL}
    with env.engine.begin() as conn:
        configuration.save_config(conn, configuration.validate_config(settings, where="the test"))
    env.round()
    env.upload_and_recalculate()
    mn_id = next(
        row["mn_id"] for row in env.rows(metadata.tables[f"{SCHEMA}.mentors"]) if row["sync_state"] == "matched"
    )
    env.edit_signup(mn_id, **{QUESTION: ["Clover"]})
    env.upload_and_recalculate()
    mentor = env.mentor(mn_id)
    cell = env.import_row(mn_id)["custom_fields"].get(LABEL)
    console = console_on(env, folder / "console")
    api = console.client(console.token()).get(f"/api/{YEAR}/mentors/{mn_id}").json()
    page = console.browser().get(f"/{YEAR}/mentors/{mn_id}").text
    return {
        "migration": migration,
        "mentor": mentor[NEW.name],
        "import_cell": cell,
        "api": api.get("mentor", api).get(NEW.name),
        "page": "ucky charm" in page and "Clover" in page,
        "provenance": mentor["provenance"][NEW.name]["source_table"],
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201  # the test reads it
