"""What a mentor lacks: the table of `reports.rules.gaps`."""

import pytest

from mentorsync_pipeline.campaigns.configuration import parse_yaml, shipped_campaigns
from mentorsync_pipeline.reports.rules.gaps import Progress, find_gaps

CONFIG = parse_yaml(shipped_campaigns()[2025])
DONE = {
    "mn_id": "MN0001",
    "uga_class": "Senior",
    "shift_preference": "8:30-1:30",
    "setup_submission_id": "60001",
    "campaign_member": True,
    "training_signup": True,
    "attended_training": True,
    "partner_state": "matched",
}


def lacking(**changes) -> set[str]:
    (row,) = find_gaps([Progress(**DONE | changes)], CONFIG)
    return {gap for gap in ("setup", "page", "training", "partner") if getattr(row, f"lacks_{gap}")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"setup_submission_id": None}, set()),
        ({"campaign_member": False}, {"page"}),
        ({"setup_submission_id": None, "campaign_member": False}, {"setup", "page"}),
        ({"attended_training": False}, {"training"}),
        ({"attended_training": False, "training_signup": False}, {"training"}),
        ({"partner_state": "different_shifts"}, set()),
        ({"partner_state": "one_sided"}, {"partner"}),
        ({"partner_state": "no_wish"}, {"partner"}),
        ({"partner_state": "partner_dropped"}, {"partner"}),
        ({"partner_state": "partner_unknown"}, {"partner"}),
    ],
)
def test_a_mentors_gaps_are_those_of_the_table(changes, expected):
    assert lacking(**changes) == expected


def test_class_and_shift_are_the_options_of_their_fields():
    typed = {"uga_class": "Grad Student", "shift_preference": "🩰 | 11:30-4:30"}
    (row,) = find_gaps([Progress(**DONE | typed)], CONFIG)
    assert (row.uga_class, row.shift_preference) == ("Grad. Student", "11:30-4:30")
    (other,) = find_gaps([Progress(**DONE | {"uga_class": "Alumna", "shift_preference": None})], CONFIG)
    assert (other.uga_class, other.shift_preference) == ("Alumna", None)
