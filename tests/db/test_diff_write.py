"""Difference writes: equal rows are not written, and each write reports its counts."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.db.diff_write import Diff, sync_rows
from mentorsync_pipeline.db.tables import mn_gb_import, winner_contacts
from tests.support.examples import examples

pytestmark = pytest.mark.slow


def winner(submission_id: str, contact_id: int | None, *, decision: str = "only_candidate") -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "mn_id": f"MN{submission_id}",
        "contact_id": contact_id,
        "decision": decision,
        "reason": "the only contact",
        "score": None,
        "second_contact_id": None,
        "second_score": None,
        "transferred_external_id": None,
        "release_contact_id": None,
        "blocked_by": (),
    }


def write(engine: sa.Engine, rows: list[dict[str, Any]], *, year: int = 2025, log_id: int = 1, **kw: Any) -> Diff:
    with engine.begin() as conn:
        return sync_rows(conn, winner_contacts, rows, scope={"campaign_year": year}, log_id=log_id, **kw)


def stored(engine: sa.Engine) -> dict[tuple[int, str], tuple[int | None, int]]:
    with engine.connect() as conn:
        rows = conn.execute(sa.select(winner_contacts)).all()
    return {(row.campaign_year, row.submission_id): (row.contact_id, row.sync_log_id) for row in rows}


def test_a_second_write_of_the_same_rows_changes_nothing(engine: sa.Engine) -> None:
    rows = [winner("1", 10), winner("2", None)]
    assert write(engine, rows, log_id=1) == Diff(added=2)
    assert write(engine, rows, log_id=2) == Diff(unchanged=2)
    assert stored(engine) == {(2025, "1"): (10, 1), (2025, "2"): (None, 1)}


def test_a_changed_row_has_the_run_that_changed_it_and_a_missing_row_is_deleted(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10), winner("2", 20), winner("3", 30)], log_id=1)
    assert write(engine, [winner("1", 10), winner("2", 21)], log_id=2) == Diff(changed=1, removed=1, unchanged=1)
    assert stored(engine) == {(2025, "1"): (10, 1), (2025, "2"): (21, 2)}


def test_two_rows_can_swap_a_unique_value(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10), winner("2", 20)])
    assert write(engine, [winner("1", 20), winner("2", 10)]) == Diff(changed=2)


def test_other_years_are_unchanged(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10)], year=2024)
    write(engine, [winner("1", 11)], year=2025)
    assert write(engine, [], year=2025) == Diff(removed=1)
    assert stored(engine) == {(2024, "1"): (10, 1)}


def test_missing_rows_are_kept_on_request(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10)])
    assert write(engine, [winner("2", 20)], retain="all") == Diff(added=1)
    assert len(stored(engine)) == 2


def test_rows_that_the_caller_found_unchanged_are_kept_and_counted(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10), winner("2", 20), winner("3", 30)], log_id=1)
    assert write(engine, [winner("2", 21)], log_id=2, retain={"1"}) == Diff(changed=1, removed=1, unchanged=1)
    assert stored(engine) == {(2025, "1"): (10, 1), (2025, "2"): (21, 2)}
    assert write(engine, [], retain={"1", "2"}) == Diff(unchanged=2)


def test_an_ignored_column_alone_does_not_change_a_row(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10)])
    assert write(engine, [winner("1", 10) | {"reason": "seen again"}], ignore=("reason",)) == Diff(unchanged=1)


def test_a_kept_column_is_unchanged_when_its_row_changes(engine: sa.Engine) -> None:
    message, last_name = "📱Custom Text Message 1️⃣", "Last Name"
    columns = {column.name: None for column in mn_gb_import.columns if column.name not in ("sync_log_id", message)}
    row = columns | {"mn_id": "MN0001", "custom_fields": {}, last_name: "Oak"}

    def write_import(values: dict[str, Any]) -> Diff:
        with engine.begin() as conn:
            return sync_rows(conn, mn_gb_import, [values], scope={"campaign_year": 2025}, log_id=1, keep=(message,))

    assert write_import(row).added == 1
    with engine.begin() as conn:
        conn.execute(sa.update(mn_gb_import).values({message: "Hello"}))
    assert write_import(row | {last_name: "Elm"}).changed == 1
    with engine.connect() as conn:
        kept = conn.execute(sa.select(mn_gb_import.c[message], mn_gb_import.c[last_name])).one()
    assert tuple(kept) == ("Hello", "Elm")


def test_rows_that_break_a_constraint_write_nothing(engine: sa.Engine) -> None:
    write(engine, [winner("1", 10)])
    with pytest.raises(sa.exc.IntegrityError):
        write(engine, [winner("1", 11), winner("2", 11)])
    assert stored(engine) == {(2025, "1"): (10, 1)}


tables = st.dictionaries(st.integers(1, 6), st.integers(1, 4))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=tables, after=tables)
def test_after_a_write_the_table_contains_exactly_the_rows(
    engine: sa.Engine, before: dict[int, int], after: dict[int, int]
) -> None:
    with engine.begin() as conn:
        conn.execute(sa.delete(winner_contacts))

    def rows(values: dict[int, int]) -> list[dict[str, Any]]:
        return [winner(str(key), None) | {"reason": str(value)} for key, value in values.items()]

    write(engine, rows(before))
    diff = write(engine, rows(after))
    assert diff.added == len(after.keys() - before.keys())
    assert diff.removed == len(before.keys() - after.keys())
    assert diff.changed == sum(before[key] != after[key] for key in before.keys() & after.keys())
    with engine.connect() as conn:
        stored = conn.execute(sa.select(winner_contacts.c.submission_id, winner_contacts.c.reason)).all()
    assert {int(key): int(value) for key, value in stored} == after
