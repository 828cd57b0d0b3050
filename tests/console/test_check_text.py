"""Failed checks of a run in the words of the pages."""

import pytest

from mentorsync_pipeline.console.check_text import describe_check
from mentorsync_pipeline.runtime.run_report import CheckOutcome


@pytest.mark.parametrize(
    ("check", "metadata", "text", "path"),
    [
        (
            "conflicts",
            {"open conflicts": 5, "contact_selection": 3, "shared_phone": 2, "answer them": "http://console"},
            "open questions (Which contact 3, Shared phone 2)",
            "/conflicts",
        ),
        ("wishes", {"one sided": 2, "matched": 9}, "unfulfilled wishes for a partner (one-sided 2)", "/partners"),
        ("warnings", {"rows read": 90, "rows found": 1, "unusual_value warnings": 2}, "3 warnings", "/warnings"),
        ("structure", {"rows read": 90}, "90 rows checked; 1 row: a phone is in E.164 format.", None),
    ],
)
def test_a_failed_check_is_described_without_codes(check, metadata, text, path):
    description = "90 rows checked; 1 row: a phone is in E.164 format."
    severity = "ERROR" if check == "structure" else "WARN"
    described = describe_check(CheckOutcome("mentors", check, severity, description, metadata))
    assert (described.text, described.path, described.stops) == (text, path, check == "structure")
