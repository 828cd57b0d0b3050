"""A year's configuration is derived from an earlier year: settings are copied, years in names are increased."""

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from mentorsync_pipeline.campaigns import configuration, service
from mentorsync_pipeline.campaigns.configuration import ConfigInvalidError, ConfigMissingError
from mentorsync_pipeline.campaigns.next_year import derive_next_year, format_yaml
from mentorsync_pipeline.campaigns.service import NextYearInvalidError, YearConfiguredError
from mentorsync_pipeline.cli.campaign_years import write_campaign_file
from mentorsync_pipeline.domain.errors import MentorSyncError
from tests.support.full_disk import full_disk

YEAR = configuration.parse_yaml(configuration.shipped_campaigns()[2025])
ENTERED = {
    "jotform_signup_form_id": "260000000000001",
    "jotform_setup_form_id": "260000000000002",
    "jotform_training_form_id": "260000000000003",
    "givebutter_campaign_code": "ABC123",
    "event_date": "2026-11-08",
}


@pytest.fixture
def conn(engine: sa.Engine) -> sa.Connection:
    with engine.begin() as connection:
        configuration.save_config(connection, YEAR)
        yield connection


def test_a_campaign_file_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "2026.yaml"
    with full_disk(), pytest.raises(MentorSyncError, match="cannot be written") as raised:
        write_campaign_file(path, derive_next_year(YEAR, 2026, ENTERED))
    assert (raised.value.code, path.exists()) == ("FILE_NOT_WRITTEN", False)
    path.write_text("another")
    with pytest.raises(MentorSyncError, match="exists already"):
        write_campaign_file(path, derive_next_year(YEAR, 2026, ENTERED))
    assert path.read_text() == "another"


def test_settings_are_copied_and_the_year_moves_on() -> None:
    next_year = derive_next_year(YEAR, 2026, ENTERED)
    config = configuration.validate_config(next_year.values, where="the test")
    assert config.mentor_tags == ("Mentors 2026", "Mentors")
    assert config.dropped_tags == ("Dropped 26", "Dropped")
    assert (config.campaign_year, f"{config.event_date}", config.fundraising_goal) == (2026, "2026-11-08", 75)
    assert config.jotform_partner_form_id is None
    changed = {name for name in type(YEAR).model_fields if getattr(config, name) != getattr(YEAR, name)}
    assert changed == {
        "campaign_year",
        *ENTERED,
        "jotform_partner_form_id",
        "givebutter_mentor_tag",
        "givebutter_dropped_tag",
    }
    assert next_year.missing == ()


def test_the_state_of_the_earlier_year_is_not_copied() -> None:
    ended = YEAR.model_copy(update={"active": False, "tags_with_year": True, "external_id_template": "25-{mn_id}"})
    config = configuration.validate_config(derive_next_year(ended, 2027, ENTERED).values, where="the test")
    assert (config.active, config.tags_with_year, config.external_id_template) == (True, False, "27-{mn_id}")


def test_the_file_asks_for_what_is_new_every_year(tmp_path) -> None:
    next_year = derive_next_year(YEAR, 2026, {"event_date": "2026-11-08"})
    assert next_year.missing == tuple(key for key in ENTERED if key != "event_date")
    text = format_yaml(next_year)
    assert "jotform_signup_form_id:  # enter the number in the address of the sign-up form" in text
    path = tmp_path / "2026.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalidError, match="givebutter_campaign_code"):
        configuration.parse_yaml(path)
    for key, value in ENTERED.items():
        text = text.replace(f"{key}:  #", f'{key}: "{value}"  #')
    path.write_text(text, encoding="utf-8")
    assert configuration.parse_yaml(path) == configuration.validate_config(
        derive_next_year(YEAR, 2026, ENTERED).values, where="the test"
    )


def test_every_value_survives_the_file() -> None:
    loaded = yaml.safe_load(format_yaml(derive_next_year(YEAR, 2026, ENTERED)))
    expected = derive_next_year(YEAR, 2026, ENTERED).values
    assert loaded == expected


@pytest.mark.parametrize(
    ("year", "entered", "error", "text"),
    [
        (2026, {"jotform_setup_form_id": YEAR.jotform_setup_form_id}, NextYearInvalidError, "jotform_setup_form_id"),
        (2026, {"jotform_setup_form_id": YEAR.jotform_signup_form_id}, NextYearInvalidError, "jotform_setup_form_id"),
        (2026, {"givebutter_campaign_code": "CQVG3W"}, NextYearInvalidError, "givebutter_campaign_code"),
        (2026, {"color": "red"}, NextYearInvalidError, "color"),
        (2026, {"weights": "{}"}, NextYearInvalidError, "weights"),
        (2026, {"event_date": "soon"}, ConfigInvalidError, "event_date"),
        (2026, {"fundraising_goal": "-5"}, ConfigInvalidError, "fundraising_goal"),
        (2026, {"jotform_training_form_id": "my form"}, ConfigInvalidError, "jotform_training_form_id"),
        (2025, {}, NextYearInvalidError, "not later"),
        (2024, {}, NextYearInvalidError, "not later"),
    ],
)
def test_what_cannot_be_opened_is_refused(conn, year, entered, error, text) -> None:
    with pytest.raises(error, match=text):
        service.prepare_next_year(conn, year, 2025, entered)


def test_unknown_and_configured_years_are_refused(conn) -> None:
    with pytest.raises(ConfigMissingError, match="2024"):
        service.prepare_next_year(conn, 2026, 2024, ENTERED)
    configuration.save_config(conn, YEAR.model_copy(update={"campaign_year": 2026}))
    with pytest.raises(YearConfiguredError, match="2026"):
        service.prepare_next_year(conn, 2026, 2025, ENTERED)


def test_notes_name_values_that_a_person_should_check(conn) -> None:
    notes = " ".join(service.prepare_next_year(conn, 2026, 2025, ENTERED).notes)
    assert "external_id_template {year}-{mn_id}" in notes
    assert "2025 is open" in notes
    dated = service.prepare_next_year(conn, 2026, 2025, ENTERED | {"external_id_template": "{year}-{mn_id}"})
    assert "External IDs" not in " ".join(dated.notes)
