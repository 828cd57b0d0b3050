"""The field table and the registry of codes agree with the tables, the import template and themselves."""

import re

import pytest

from mentorsync_pipeline.campaigns.configuration import parse_yaml, shipped_campaigns
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.domain.error_codes import REGISTRY, build_error
from mentorsync_pipeline.domain.import_columns import IMPORT_COLUMNS
from mentorsync_pipeline.domain.label_matching import label_key
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.mentors.rules.fields import (
    FIELDS,
    THREE_WAY,
    get_custom_field_type,
    get_import_lineage,
    get_mentor_lineage,
    get_pushed_labels,
)
from mentorsync_pipeline.sandbox.population.custom_fields import make_custom_fields
from mentorsync_pipeline.sandbox.population.form_layouts import (
    partner_questions,
    setup_questions,
    signup_questions,
    training_questions,
)
from mentorsync_pipeline.sandbox.population.world import SandboxForms
from mentorsync_pipeline.signups.rules.jotform_answers import find_missing_questions
from tests.support.mentors_stage import CONFIG

SHIPPED = parse_yaml(shipped_campaigns()[2025])


def test_there_is_one_row_per_field_of_a_mentor() -> None:
    assert set(FIELDS) == set(Mentor.__dataclass_fields__) - {"sync_state", "provenance"}


def test_every_source_is_a_column() -> None:
    schema = tables.metadata.tables
    for sources in get_mentor_lineage().values():
        for source in sources:
            assert source.column in schema[f"{tables.SCHEMA}.{source.table}"].columns, source


def test_every_target_is_a_column_of_the_import() -> None:
    assert set(get_import_lineage()) <= {*IMPORT_COLUMNS, "custom_fields"}
    assert set(tables.mn_gb_import.columns.keys()) >= set(IMPORT_COLUMNS)


def test_only_personal_fields_may_be_edited_on_both_sides() -> None:
    assert all(not FIELDS[name].immutable for name in THREE_WAY)
    money = ("amount_raised", "campaign_member", "gb_member_id", "fundraising_page_url")
    assert all(FIELDS[name].immutable and FIELDS[name].merge == "source" for name in money)


def test_the_shipped_campaign_and_the_sandbox_speak_of_the_same_things() -> None:
    forms = SandboxForms()
    fields = {label_key(field.label): field for field in make_custom_fields(forms)}
    types = {"option": "select"}
    for name, label in SHIPPED.custom_field_labels.items():
        field = fields[label_key(label)]
        assert field.options == SHIPPED.custom_field_options.get(name, ())
        field_type = get_custom_field_type(SHIPPED, name)
        assert types.get(field_type, field_type) == field.type
    assert {label_key(label) for label in SHIPPED.message_columns.values()} <= fields.keys()
    for field_map, questions in (
        (SHIPPED.signup_field_map, signup_questions(forms)),
        (SHIPPED.setup_field_map, setup_questions(forms)),
        (SHIPPED.training_field_map, training_questions(forms)),
        (SHIPPED.partner_field_map, partner_questions(forms)),
    ):
        on_the_form = {question.qid: {"name": question.name, "type": question.type} for question in questions}
        assert find_missing_questions(field_map, on_the_form).missing == ()


def test_what_givebutter_alone_fills_in_is_never_pushed() -> None:
    assert "training_at" not in get_pushed_labels(CONFIG)


def test_attendance_is_pushed_as_a_tick_and_never_as_a_missing_one() -> None:
    assert "attended_training" in get_pushed_labels(CONFIG)
    assert FIELDS["attended_training"].only_ticks


@pytest.mark.parametrize("code", sorted(REGISTRY))
def test_every_code_has_a_next_step(code: str) -> None:
    entry = REGISTRY[code]
    assert re.fullmatch(r"[A-Z][A-Z_]+", code)
    assert entry.meaning.endswith(".")
    assert entry.what_to_do.endswith(".")
    found = build_error(code, subject="x", message="m", source_table="t", mn_id="MN0001")
    assert (found.error_code, found.what_to_do, found.can_retry) == (code, entry.what_to_do, entry.can_retry)
