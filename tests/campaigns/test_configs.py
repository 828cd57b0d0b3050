"""Configuration per campaign year: typed, validated as a whole, with clear errors (rulebook, section 11)."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.diff_write import Diff
from mentorsync_pipeline.db.tables import sync_configs
from mentorsync_pipeline.domain.config import CampaignConfig, config_types
from mentorsync_pipeline.domain.errors import MentorSyncError

SHIPPED = configuration.shipped_campaigns()[2025]


@pytest.fixture
def year_2025() -> CampaignConfig:
    return configuration.parse_yaml(SHIPPED)


def file_with(tmp_path: Path, **changes: object) -> Path:
    """Write the shipped campaign with changed keys; None removes a key."""
    values = yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | changes
    path = tmp_path / "campaign.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in values.items() if value is not None}))
    return path


def test_2025_ships_with_its_real_values(year_2025: CampaignConfig) -> None:
    assert year_2025.jotform_signup_form_id == "250685983663169"
    assert year_2025.jotform_setup_form_id == "250754977634066"
    assert year_2025.jotform_training_form_id == "252935716589069"
    assert year_2025.jotform_partner_form_id == "252988541198170"
    assert year_2025.givebutter_campaign_code == "CQVG3W"
    assert year_2025.givebutter_mentor_tag == "Mentors 2025"
    assert year_2025.givebutter_dropped_tag == "Dropped 25"
    assert year_2025.fundraising_goal == Decimal(75)
    assert year_2025.event_date == date(2025, 11, 9)
    assert year_2025.external_id("MN0123") == "MN0123"
    assert year_2025.thresholds.clear_winner_points == 100
    assert year_2025.weights.dropped_tag == 1000


def test_a_year_survives_the_table_and_its_types_are_declared(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        assert configuration.save_config(conn, year_2025).added == len(config_types())
        assert configuration.read_config(conn, 2025) == year_2025
        rows = conn.execute(sa.select(sync_configs.c.config_key, sync_configs.c.config_type)).all()
    types = {row.config_key: row.config_type for row in rows}
    assert types["givebutter_mentor_tag"] == "string"
    assert types["fundraising_goal"] == "number"
    assert types["active"] == "boolean"
    assert types["weights"] == "json"


def test_a_year_stored_before_these_keys_existed_still_works(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    newer = {"jotform_partner_form_id", "partner_field_map", "custom_field_types", "custom_field_option_map"}
    newer |= {"givebutter_mentor_tags", "givebutter_dropped_tags"}
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        conn.execute(sa.delete(sync_configs).where(sync_configs.c.config_key.in_(newer)))
        config = configuration.read_config(conn, 2025)
    assert config.jotform_partner_form_id is None
    assert (config.mentor_tags, config.dropped_tags) == (("Mentors 2025",), ("Dropped 25",))
    assert config.custom_field_labels == year_2025.custom_field_labels


def test_the_partner_form_may_be_taken_out(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        configuration.save_config(conn, configuration.with_changed_value(conn, 2025, "jotform_partner_form_id", ""))
        assert configuration.read_config(conn, 2025).jotform_partner_form_id is None


def test_tags_may_be_lists_of_which_the_first_is_added(tmp_path: Path) -> None:
    config = configuration.parse_yaml(
        file_with(tmp_path, givebutter_mentor_tag=["Mentors 25", "Mentors"], givebutter_mentor_tags=["Crew"])
    )
    assert config.givebutter_mentor_tag == "Mentors 25"
    assert config.mentor_tags == ("Mentors 25", "Mentors", "Crew")
    assert config.is_campaign_tag("crew")


def test_loading_the_same_file_again_changes_nothing(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        assert configuration.save_config(conn, year_2025) == Diff(unchanged=len(config_types()))


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("custom_field_labels", {"shirt_size": "Last Name"}, "a column of its own"),
        ("custom_field_labels", {"shirt_size": "tags"}, "a column of its own"),
        ("custom_field_labels", {"shirt_size": "Primary Phone"}, "a column of its own"),
        ("custom_field_labels", {"shirt_size": "Size", "uga_class": " size\u200b"}, "the same label"),
        ("message_columns", {"text": "notes"}, "another column"),
        ("givebutter_mentor_tag", "Mentors, 2025", "pattern"),
        ("givebutter_mentor_tag", "Mentors; 2025", "pattern"),
        ("givebutter_dropped_tag", "mentors  2025", "the same tag"),
        ("givebutter_campaign_code", "https://givebutter.com/CQVG3W", "pattern"),
        ("givebutter_campaign_code", "user:key@givebutter.com", "pattern"),
        ("givebutter_campaign_code", "CQVG3W?apiKey=key", "pattern"),
        ("jotform_setup_form_id", "250685983663169", "the same form"),
        ("jotform_setup_form_id", "２５０７５４９７７６３４０６６", "pattern"),
        ("external_id_template", "={mn_id}", "like a formula"),
        ("external_id_template", "x" * 255 + "{mn_id}", "more than 255 characters"),
        ("external_id_template", "{mn_id:>9}", "allowed in braces"),
        ("external_id_template", "{mn_id.upper}{mn_id}", "allowed in braces"),
        ("thresholds", {"stale_rival_days": 10**12}, "less than or equal"),
        ("thresholds", {"archive_max": 10**30}, "less than or equal"),
        ("signup_field_map", {"phone": "phone"}, "the MN id"),
        ("custom_field_options", {"uga_class": ["Junior", ""]}, "at least 1"),
    ],
)
def test_a_value_that_would_harm_contacts_is_refused(
    year_2025: CampaignConfig, key: str, value: object, reason: str
) -> None:
    with pytest.raises(MentorSyncError, match=reason) as caught:
        configuration.validate_config({**year_2025.model_dump(mode="json"), key: value}, where="a test")
    assert (caught.value.code, key in str(caught.value)) == ("CONFIG_INVALID", True)


def test_message_columns_keep_one_order(year_2025: CampaignConfig) -> None:
    values = {"email": "An email", "text_10": "Text 10", "text": "Text 1", "email_2": "Email 2", "text_2": "Text 2"}
    config = CampaignConfig.model_validate({**year_2025.model_dump(), "message_columns": values})
    assert list(config.message_columns) == ["text", "text_2", "text_10", "email", "email_2"]


def test_texts_of_a_configuration_are_cleaned(year_2025: CampaignConfig) -> None:
    values = year_2025.model_dump(mode="json")
    labels = {field: f" {label}\u200b\xa0" for field, label in values["custom_field_labels"].items()}
    cleaned = configuration.validate_config(
        {**values, "custom_field_labels": labels, "givebutter_mentor_tag": "Mentors\u00a0 2025\u200e"}, where="a test"
    )
    assert cleaned == year_2025


def test_a_missing_year_names_the_command_that_adds_it(engine: sa.Engine) -> None:
    with engine.connect() as conn, pytest.raises(configuration.ConfigMissingError, match=r"config load 2026\.yaml"):
        configuration.read_config(conn, 2026)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"fundrasing_goal": 75}, "fundrasing_goal: unknown key"),
        ({"fundraising_goal": "a lot"}, "fundraising_goal: "),
        ({"event_date": "soon"}, "event_date: "),
        ({"givebutter_mentor_tag": None}, "givebutter_mentor_tag: missing"),
        ({"jotform_signup_form_id": "my form"}, "jotform_signup_form_id: "),
        ({"weights": {"phone": -1}}, "weights.phone: "),
        ({"external_id_template": "{year}"}, "must contain {mn_id}"),
        ({"external_id_template": "{mn_id}-{nope}"}, "only {mn_id} and {year}"),
        ({"signup_field_map": {"mn_id": "What is your id?"}}, "not the name of a Jotform question"),
        ({"signup_field_map": {"favourite_cake": "cake"}}, "favourite_cake"),
        ({"message_columns": {}}, "message_columns: "),
        ({"message_columns": {"sms": "SMS"}}, "message_columns: not text, email, or one of them with a number"),
        ({"message_columns": {"text": "A", "text_1": "B"}}, "(text_2): text_1"),
        ({"message_columns": {"text": "A", "text_2": "A"}}, "message_columns: the label is used for another column: A"),
        ({"message_columns": {"text": "Notes"}}, "the label is used for another column: Notes"),
        ({"message_columns": {"text": "🎓 UGA Class"}}, "the label is used for another column: 🎓 UGA Class"),
        ({"message_columns": {"text": ""}}, "message_columns.text: "),
        ({"custom_text_limit": 0}, "custom_text_limit: "),
        ({"custom_field_types": {"status": "tick"}}, "custom_field_types.status: "),
        ({"custom_field_option_map": {"uga_class": {"1st": "Fresher"}}}, "uga_class: Fresher"),
        ({"givebutter_dropped_tags": [""]}, "givebutter_dropped_tags.0: "),
        ({"partner_field_map": {"shoe_size": "mnid"}}, "partner_field_map names columns that raw_mn_partner_pref"),
        ({"partner_field_map": {"mn_id": "mn id"}}, "not the name of a Jotform question"),
        ({"training_field_map": {"email": "first:address"}}, "not the name of a Jotform question"),
        ({"training_field_map": {"email": "one|"}}, "not the name of a Jotform question"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_and_the_reason(
    tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(configuration.ConfigInvalidError) as caught:
        configuration.parse_yaml(file_with(tmp_path, **changes))
    assert complaint in str(caught.value)


# Stands for 10^9 values.
BOMB = "".join(
    f"{key}: &{key} [{', '.join([before] * 10)}]\n"
    for before, key in zip(("x", *(f"*{key}" for key in "abcdefgh")), "abcdefghi", strict=True)
)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [", "\x00", "[" * 20_000, BOMB, "a: &a {b: *a}"])
def test_a_file_that_is_no_campaign_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text(text)
    with pytest.raises(configuration.ConfigInvalidError):
        configuration.parse_yaml(path)


@pytest.mark.parametrize(
    "value", ["2025-13-45", "2025-02-30", "!!int many", "!!timestamp soon", "!!bool maybe", "!!float x"]
)
def test_a_value_that_does_not_exist_is_refused_with_its_line(tmp_path: Path, value: str) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text(f"campaign_year: 2025\nevent_date: {value}\n")
    with pytest.raises(configuration.ConfigInvalidError, match=r"campaign.yaml, line 2: the value cannot be read"):
        configuration.parse_yaml(path)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("fundraising_goal: 75\nevent_date: 2025-11-09\nfundraising_goal: 90\n", 3, "fundraising_goal"),
        ("signup_field_map:\n  phone: mnPhone\n  'phone': mnid\n", 3, "phone"),
        ('? [a]\n: 1\n"\\e[31mx": 1\n"\\e[31mx": 2\n', 4, r"\?\[31mx"),
    ],
)
def test_a_repeated_key_is_refused_with_its_line(tmp_path: Path, text: str, line: int, key: str) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text(text)
    with pytest.raises(configuration.ConfigInvalidError, match=rf"campaign.yaml, line {line}: {key} occurs twice"):
        configuration.parse_yaml(path)


def test_one_key_can_be_set_and_a_wrong_value_changes_nothing(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        configuration.save_config(conn, configuration.with_changed_value(conn, 2025, "fundraising_goal", "80"))
        with pytest.raises(configuration.ConfigInvalidError, match="fundraising_goal"):
            configuration.with_changed_value(conn, 2025, "fundraising_goal", "eighty")
        with pytest.raises(configuration.ConfigInvalidError, match="Unknown key"):
            configuration.with_changed_value(conn, 2025, "goal", "80")
        assert configuration.read_config(conn, 2025).fundraising_goal == 80


def test_a_value_stored_under_another_type_is_refused(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        conn.execute(
            sa.update(sync_configs).where(sync_configs.c.config_key == "fundraising_goal").values(config_type="string")
        )
        with pytest.raises(configuration.ConfigInvalidError, match="stored as string and must be number"):
            configuration.read_config(conn, 2025)


def test_inactive_years_are_left_out_unless_asked_for(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        configuration.save_config(conn, year_2025.model_copy(update={"campaign_year": 2024, "active": False}))
        assert configuration.read_configured_years(conn) == (2025,)
        assert configuration.read_configured_years(conn, active_only=False) == (2024, 2025)


ODD_VALUES = (
    *(
        "",
        " ",
        "true",
        "null",
        "75",
        "-1",
        "1e9",
        "NaN",
        "Infinity",
        "2025-13-01",
        "text",
        '"',
        '"5"',
        "\udcff",
        "\x00",
    ),
    *(
        "[]",
        "[1, 2]",
        '["a", "b"]',
        "{}",
        '{"a": 1}',
        '{"a": "b"}',
        '{"a": ["b"]}',
        "[" * 100_000,
        '{"a": "\\u0000"}',
        "9" * 5_000,
    ),
)


def test_any_value_of_any_key_is_taken_and_kept_or_refused_in_one_line(
    engine: sa.Engine, year_2025: CampaignConfig
) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        refused: list[tuple[str, str]] = []
        for key in config_types():
            for text in ODD_VALUES:
                try:
                    config = configuration.with_changed_value(conn, 2025, key, text)
                except configuration.ConfigInvalidError as error:
                    refused.append((key, str(error)))
                    continue
                with conn.begin_nested() as trial:
                    configuration.save_config(conn, config)
                    assert configuration.read_config(conn, 2025) == config, (key, text)
                    trial.rollback()
    assert all(key in message and "\n" not in message for key, message in refused)


def test_setting_a_key_puts_a_wrong_stored_value_right(engine: sa.Engine, year_2025: CampaignConfig) -> None:
    with engine.begin() as conn:
        configuration.save_config(conn, year_2025)
        conn.execute(sa.update(sync_configs).where(sync_configs.c.config_key == "weights").values(config_value="["))
        with pytest.raises(configuration.ConfigInvalidError, match=r"config set weights '.*' --year 2025"):
            configuration.read_config(conn, 2025)
        configuration.save_config(conn, configuration.with_changed_value(conn, 2025, "weights", '{"phone": 60}'))
        assert configuration.read_config(conn, 2025).weights.phone == 60
