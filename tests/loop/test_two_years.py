"""A season's end: 2025 is finished and closed, 2026 is opened from it, and its mentors are recognised (rulebook 11)."""

from typing import Any

import dagster as dg
import pytest

from mentorsync_pipeline.campaigns import configuration, service
from mentorsync_pipeline.campaigns.service import YearUnfinishedError
from mentorsync_pipeline.campaigns.unfinished import find_unfinished
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from tests.loop.test_other_year import FIRST, SECOND, SETTLED_BY_THE_YEAR, SETUP, TEMPLATE, world
from tests.support.environment import RESULTS, SandboxEnvironment
from tests.support.snapshots import NewEnvironment
from tests.support.truth import blocked, wrongly_decided

pytestmark = pytest.mark.slow


def rows_of(env: SandboxEnvironment, year: int) -> dict[str, list[dict[str, Any]]]:
    return {table.name: env.rows(table, year=year) for table in RESULTS}


@pytest.fixture(scope="module")
def env(start_shared: NewEnvironment) -> SandboxEnvironment:
    """2025 with tags without the year in its list, synced; its questions have the names of the world's old forms."""
    env = start_shared(world(80))
    settings = campaign_settings(SETUP, SECOND, previous=True) | {
        "active": True,
        "external_id_template": TEMPLATE,
        "givebutter_mentor_tags": ["Guides"],
        "givebutter_dropped_tags": ["Left"],
    }
    for key in ("signup_field_map", "setup_field_map", "training_field_map"):
        settings[key] = {
            column: question if question.startswith("first:") else f"old_{question}"
            for column, question in settings[key].items()
        }
    env.upload()
    env.load_configuration(FIRST, settings)
    env.sync(FIRST)
    return env


def test_a_configured_year_has_no_missing_input_in_dagster(env: SandboxEnvironment) -> None:
    with env.engine.connect() as conn:
        values = configuration.read_config(conn, FIRST).model_dump(mode="json", exclude_none=True)
    env.load_configuration(FIRST, values)
    reported = env.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("archive_approvals"), asset_partitions=[str(FIRST)]), limit=5
    ).records
    assert len(reported) == 1, "a year without approvals is reported once"


def test_the_season_ends_and_the_next_begins(env: SandboxEnvironment) -> None:
    # The season's end: tags get their year with the last import file.
    contacts = {row["gb_contact_id"] for row in env.rows(t.mentors, year=FIRST)} - {None}
    again = {mentor.contact_id for mentor in env.server.world.truth.mentors if not mentor.must_block}
    plain = min(contacts & again)
    env.edit(plain, tags=["Guides"])
    env.upload()
    with pytest.raises(YearUnfinishedError, match="without the year"):
        service.close_year(env.change_context(), FIRST)
    env.change_setting("tags_with_year", "true", FIRST)
    synced = env.sync(FIRST)
    env.import_file(synced)
    env.upload()
    env.sync(FIRST)
    with env.engine.connect() as conn:
        kinds = {item.kind for item in find_unfinished(conn, FIRST)}
    assert "tags_without_year" not in kinds
    held = env.sandbox.contacts.get(plain)
    assert held is not None
    assert {"Guides", "Guides 2025"} <= set(held.tags)

    service.close_year(env.change_context(), FIRST, force=True)
    closed = rows_of(env, FIRST)

    # The next year from it: forms, campaign and questions are new.
    new = campaign_settings(SETUP, SECOND)
    entered = {
        key: new[key]
        for key in (
            "jotform_signup_form_id",
            "jotform_setup_form_id",
            "jotform_training_form_id",
            "jotform_partner_form_id",
            "givebutter_campaign_code",
            "event_date",
        )
    }
    with env.engine.connect() as conn:
        derived = service.prepare_next_year(conn, SECOND, FIRST, entered)
    assert (derived.missing, derived.values["givebutter_mentor_tag"]) == ((), "Guides 2026")
    maps = {key: new[key] for key in new if key.endswith("_field_map")}
    env.load_configuration(SECOND, derived.values | maps)
    env.sync(SECOND)

    # 2025 is unchanged, and runs of it are refused.
    assert rows_of(env, FIRST) == closed
    with pytest.raises(MentorSyncError, match="YEAR_CLOSED"):
        env.sync(FIRST)
    # People are recognised, and nobody is dropped or tagged by last year's tags.
    assert wrongly_decided(env) == []
    must = {mentor.submission_id: mentor.scenario for mentor in env.server.world.truth.mentors if mentor.must_block}
    expected = {key: scenario for key, scenario in must.items() if scenario not in SETTLED_BY_THE_YEAR}
    questions = blocked(env)
    assert questions.items() >= expected.items()
    # The last import of 2025 was today, so its contacts are as recent as those of this year's pages: a conflict.
    assert {questions[key] for key in questions.keys() - expected.keys()} <= {"prior_year_and_page"}
    (mentor,) = (row for row in env.rows(t.mentors, year=SECOND) if row["gb_contact_id"] == plain)
    assert "Guides 2026" in mentor["tags"]

    # A second round of 2026 changes nothing of 2025 either.
    env.import_file(env.newest_file(SECOND).read_bytes())
    env.upload()
    env.sync(SECOND)
    assert rows_of(env, FIRST) == closed
    assert wrongly_decided(env) == []
