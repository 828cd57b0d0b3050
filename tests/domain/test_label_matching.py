"""Rulebook section 11: labels and options are compared by their text; an edited label is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.campaigns.configuration import parse_yaml, shipped_campaigns
from mentorsync_pipeline.domain.givebutter_values import format_field
from mentorsync_pipeline.domain.label_matching import find_present_labels, label_key, match_option

CONFIG = parse_yaml(shipped_campaigns()[2025])
LABELS = (*CONFIG.custom_field_labels.values(), *CONFIG.message_columns.values())


def test_every_shipped_label_has_a_distinct_text() -> None:
    assert len({label_key(label) for label in LABELS}) == len(LABELS)


@pytest.mark.parametrize(
    ("field", "edited"),
    [
        ("training_signup", "✅ Mentor Training Signed Up"),
        ("training_signup", "🚌 mentor training signed-up?!"),
        ("attended_training", "Mentor Training Complete"),
        ("uga_class", "🏫 UGA class?"),
        ("amount_raised", "💰💰 AMOUNT FUNDRAISED ($)"),
    ],
)
def test_an_edited_label_is_found_by_its_text(field: str, edited: str) -> None:
    label = CONFIG.custom_field_labels[field]
    result = find_present_labels(CONFIG, [edited if text == label else text for text in LABELS])
    assert result.config.custom_field_labels[field] == edited
    assert result.edited == {label: edited}
    others = {name: text for name, text in CONFIG.custom_field_labels.items() if name != field}
    assert result.config.custom_field_labels.items() >= others.items()


def test_edited_message_columns_are_found_by_their_numbers() -> None:
    present = [label.replace("📱", "💬 ") for label in LABELS]
    columns = find_present_labels(CONFIG, present).config.message_columns
    assert columns["text"] == "💬 Custom Text Message 1️⃣"
    assert columns["text_2"] == "💬 Custom Text Message 2️⃣"


def test_a_present_label_is_kept_despite_labels_with_the_same_text() -> None:
    result = find_present_labels(CONFIG, [*LABELS, "UGA Class", "uga class?"])
    assert (result.config, result.edited, result.ambiguous) == (CONFIG, {}, ())


def test_two_labels_with_the_same_text_are_ambiguous_and_not_used() -> None:
    present = [label for label in LABELS if "UGA" not in label] + ["UGA class?", "uga class!"]
    result = find_present_labels(CONFIG, present)
    assert (result.config, result.ambiguous) == (CONFIG, ("🎓 UGA Class",))


@given(st.lists(st.text(max_size=12), max_size=6))
def test_two_fields_never_get_the_same_label(present: list[str]) -> None:
    config = find_present_labels(CONFIG, [*LABELS[3:], *present]).config
    labels = [*config.custom_field_labels.values(), *config.message_columns.values()]
    assert len(set(labels)) == len(LABELS)


@pytest.mark.parametrize(
    ("field", "answer", "option"),
    [
        ("shift_preference", "🩰 | 11:30-4:30", "11:30-4:30"),
        ("shift_preference", "11:30 - 4:30", "11:30-4:30"),
        ("shift_preference", "🎨 10:00–3:00", "10:00-3:00"),
        ("shift_preference", "🩰 | 11:30 AM - 4:30 P.M.", "11:30-4:30"),
        ("shift_preference", "8:30 to 1:30", "8:30-1:30"),
        ("shift_preference", "10am-3pm", "10:00-3:00"),
        ("shift_preference", "🎨from 10:45 A.M. until 3:45 p.m.", "10:45-3:45"),
        ("shift_preference", "9:15 – 14:15", "9:15-2:15"),
        ("shift_preference", "8:30-4:30", "8:30-4:30"),
        ("shift_preference", "11:30", "11:30"),
        ("shift_preference", "8:30-1:30 or 10-3", "8:30-1:30 or 10-3"),
        ("uga_class", "Grad Student", "Grad. Student"),
        ("uga_class", "1st year", "Freshman"),
        ("uga_class", "🎓 | 1st Year!", "Freshman"),
        ("uga_class", "FRESHMAN", "Freshman"),
        ("uga_class", "Alumna", "Alumna"),
        ("uga_class", "🎓", "🎓"),
        ("uga_class", None, None),
        ("gender", "🩰 | Female", "🩰 | Female"),
    ],
)
def test_an_answer_becomes_the_matching_option(field: str, answer: str | None, option: str | None) -> None:
    assert match_option(CONFIG, field, answer) == option


@pytest.mark.parametrize("text", ["8:30" + " " * 100_000 + "x", "-" * 100_000 + "x", "8:30-1:30" + "0" * 100_000])
def test_a_long_text_is_no_pair_of_times(text: str) -> None:
    """The pattern would take minutes for some of them."""
    assert match_option(CONFIG, "shift_preference", text) == text


@pytest.mark.parametrize(
    ("field", "value", "cell"),
    [
        ("status", "complete", "Yes"),
        ("status", "needs_page", "No"),
        ("campaign_member", True, "Yes"),
        ("partner_preference", "MN0123", "123"),
        ("partner_preference", "mn 7", "7"),
        ("partner_preference", "my roommate", "my roommate"),
        ("partner_preference", None, None),
    ],
)
def test_a_value_is_formatted_by_the_type_of_its_field(field: str, value: object, cell: str | None) -> None:
    assert format_field(CONFIG, field, value) == cell
