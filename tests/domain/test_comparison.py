"""Comparison of options, and descriptions of scores."""

from mentorsync_pipeline.domain.comparison import compare_options, describe_score


def test_a_score_is_described_by_its_parts_and_total() -> None:
    parts = {"recency": 12.0, "campaign_tag": "500", "phone": 50, "dropped_tag": 0, "address": 0}
    assert describe_score(parts) == "+500 campaign tag, +50 phone, +12 recency = 562"
    assert describe_score({"phone": 0}) == "no points = 0"
    assert describe_score({}) is None


def test_differing_values_are_marked_and_names_come_first() -> None:
    facts = compare_options(
        {"tags": [], "phones": ["+17065550100"], "first_name": "Robin", "score": 12, "score_parts": {}},
        {"first_name": "Rob", "phone": "+17065550100", "tags": None},
        mentor={"first_name": "Robin", "phone": "+17065550100", "submission_id": "1"},
    )
    assert [(fact.name, fact.mentor, fact.differs) for fact in facts] == [
        ("first_name", "Robin", True),
        ("phones", ["+17065550100"], False),
        ("tags", None, False),
    ]
