"""Rulebook section 2: one bad record is one error, and a list of bad records is a bounded number."""

import pytest

from mentorsync_pipeline.domain.record_fields import FieldError, UnreadableRecord, build_errors


def unreadable(number: int) -> UnreadableRecord:
    record_id = f"{number:06}" if number % 7 else None
    return UnreadableRecord.from_error({"n": number}, record_id, FieldError("created_at", "is not a time"))


@pytest.mark.parametrize(
    ("records", "errors", "counted"), [(0, 0, 0), (1, 1, 0), (200, 200, 0), (201, 201, 1), (5000, 201, 4800)]
)
def test_a_list_of_bad_records_is_a_bounded_number_of_errors(records: int, errors: int, counted: int) -> None:
    built = build_errors(
        map(unreadable, range(records)), "JOTFORM_SUBMISSION_INVALID", noun="submission", source_table="raw_mn_signups"
    )
    assert len(built) == len({error.subject for error in built}) == errors
    assert built == build_errors(
        map(unreadable, reversed(range(records))),
        "JOTFORM_SUBMISSION_INVALID",
        noun="submission",
        source_table="raw_mn_signups",
    )
    if counted:
        assert built[-1].message.startswith(f"{counted} further submissions cannot be read either (fields: created_at)")
