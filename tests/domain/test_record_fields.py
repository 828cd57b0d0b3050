"""Rulebook section 2: one bad record is one error, and a list of bad records is a bounded number."""

from typing import Any

import pytest

from mentorsync_pipeline.domain.findings import warn_unusual_characters
from mentorsync_pipeline.domain.record_fields import FieldError, UnreadableRecord, build_errors, drain, hash_records


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


def test_the_hash_of_records_differs_for_every_content_and_order():
    lists: list[list[Any]] = [[], [1, 2], [12], [2, 1], [{"id": 1}], [{"id": "1"}], [{"id": 1, "name": "Ann\ud800"}]]
    hashes = [hash_records(records) for records in lists]
    assert None not in hashes
    assert len({*hashes, hash_records([1, 2], "UTC")}) == len(lists) + 1
    assert [hash_records(records) for records in lists] == hashes


def test_records_that_are_nested_too_deeply_have_no_hash():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert hash_records([{"id": 1}, deep]) is None


def test_drained_records_are_removed_from_their_list():
    records = [1, 2, 3]
    draining = drain(records)
    assert (next(draining), len(records)) == (1, 2)
    assert (list(draining), records) == ([2, 3], [])


def test_the_warning_about_characters_names_a_bounded_number_of_fields():
    warning = warn_unusual_characters("submission", 1, ["q" * 200_000, *map(str, range(5_000))], source_table="raw")
    assert len(warning.message) < 400
    assert "4991 more" in warning.message
