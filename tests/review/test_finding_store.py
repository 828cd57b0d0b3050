"""Findings between runs: one open row per subject, closed when its cause is gone, never raised twice."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import sync_conflicts, sync_decisions, sync_errors, sync_warnings
from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.domain.decision_owners import map_decisions_to_submissions
from mentorsync_pipeline.domain.findings import Conflict, ErrorFinding, Option, WarningFinding
from mentorsync_pipeline.mentors.duplicates import read_declined_contacts
from mentorsync_pipeline.mentors.trends import read_open_conflicts
from mentorsync_pipeline.review import finding_store
from mentorsync_pipeline.review import queries as review_queries
from mentorsync_pipeline.review.corrected_ids import follow_corrected_ids
from mentorsync_pipeline.review.decision_store import Answer, record_answer, undo_answer
from mentorsync_pipeline.review.error_list import ErrorNotFoundError, find_resolved, ignore_errors, mark_checked

pytestmark = pytest.mark.slow

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
CONFLICT = Conflict(
    mn_id="MN0001",
    conflict_type="contact_selection",
    subject="7001",
    severity="high",
    blocking=True,
    option_a=Option(value=1, source="raw_gb_full_contacts", metadata={"tags": ("Donor",)}),
    option_b=Option(value=2, source="raw_gb_full_contacts"),
    recommended_option="a",
    recommendation_reason="It is the newer one.",
    source_table="winner_contacts",
    input_fingerprint="one",
)
ERROR = ErrorFinding(
    error_code="INVALID_MN_ID",
    subject="7001",
    message="The MN id is blank.",
    what_to_do="Correct it in Jotform.",
    source_table="deduplicated_signups",
)
WARNING = WarningFinding(
    warning_type="missing_field", subject="7001", message="No phone and no email.", source_table="deduplicated_signups"
)


def test_more_errors_than_postgresql_has_parameters_may_be_named(engine: sa.Engine) -> None:
    listed = range(70_000)
    with engine.begin() as conn:
        finding_store.record_errors(conn, 2025, [ERROR], source_table=ERROR.source_table, log_id=None, now=NOW)
        mark_checked(conn, 2025, ERROR.error_code, list(map(str, listed)), log_id=7)
        assert conn.execute(sa.select(sync_errors.c.sync_log_id)).scalar_one() == 7
        assert find_resolved(conn, listed) == []
        with pytest.raises(ErrorNotFoundError):
            ignore_errors(conn, listed, by="Robin", now=NOW)


def conflicts(engine: sa.Engine, conflict_list: list[Conflict], *, now: datetime = NOW) -> finding_store.FindingCounts:
    with engine.begin() as conn:
        decisions = map_decisions_to_submissions(review_queries.read_decisions_in_force(conn, 2025), ())
        return finding_store.record_conflicts(
            conn, 2025, conflict_list, decisions=decisions, source_table="winner_contacts", log_id=1, now=now
        )


def errors(engine: sa.Engine, error_list: list[ErrorFinding]) -> finding_store.FindingCounts:
    with engine.begin() as conn:
        return finding_store.record_errors(
            conn, 2025, error_list, source_table="deduplicated_signups", log_id=1, now=NOW
        )


def warnings(engine: sa.Engine, warning_list: list[WarningFinding]) -> finding_store.FindingCounts:
    with engine.begin() as conn:
        return finding_store.record_warnings(
            conn, 2025, warning_list, source_table="deduplicated_signups", log_id=1, now=NOW
        )


def only_conflict(engine: sa.Engine) -> sa.RowMapping:
    with engine.connect() as conn:
        return conn.execute(sa.select(sync_conflicts)).mappings().one()


def decide(engine: sa.Engine) -> int:
    """Record a decision on the only conflict."""
    with engine.begin() as conn:
        decision_id: int = conn.execute(
            sa.insert(sync_decisions)
            .values(
                campaign_year=2025,
                mn_id="MN0001",
                conflict_type="contact_selection",
                subject="7001",
                input_fingerprint="one",
                choice="b",
                decided_by="Robin",
                decided_at=NOW,
            )
            .returning(sync_decisions.c.id)
        ).scalar_one()
        conn.execute(sa.update(sync_conflicts).values(status="decided", decision_id=decision_id))
    return decision_id


def test_a_conflict_raised_again_stays_one_row(engine: sa.Engine) -> None:
    assert conflicts(engine, [CONFLICT]).opened == 1
    assert conflicts(engine, [CONFLICT]) == finding_store.FindingCounts(opened=0, closed=0, open=1)
    row = only_conflict(engine)
    assert row["status"] == "pending"
    assert row["option_a"]["metadata"] == {"tags": ["Donor"]}


def test_a_pending_conflict_has_current_numbers_and_a_decided_one_those_of_the_decision(engine: sa.Engine) -> None:
    conflicts(engine, [CONFLICT])
    turned = replace(CONFLICT, option_a=CONFLICT.option_b, option_b=CONFLICT.option_a, recommended_option="b")
    assert conflicts(engine, [turned]) == finding_store.FindingCounts(opened=0, closed=0, open=1)
    assert (only_conflict(engine)["option_a"]["value"], only_conflict(engine)["recommended_option"]) == (2, "b")
    decide(engine)
    conflicts(engine, [CONFLICT])
    assert only_conflict(engine)["option_a"]["value"] == 2


def test_the_newer_side_is_that_of_the_first_time_the_conflict_was_raised(engine: sa.Engine) -> None:
    conflict = replace(CONFLICT, conflict_type="phone_mismatch", subject="phone")
    conflicts(engine, [conflict])
    conflicts(engine, [replace(conflict, recommended_option="b")])
    assert only_conflict(engine)["recommended_option"] == "a"


def test_a_conflict_without_a_cause_is_obsolete_and_can_be_reopened(engine: sa.Engine) -> None:
    conflicts(engine, [CONFLICT])
    assert conflicts(engine, []).closed == 1
    assert only_conflict(engine)["status"] == "obsolete"
    assert conflicts(engine, [CONFLICT]).opened == 1


def test_a_decided_conflict_stays_decided_when_it_is_no_longer_raised(engine: sa.Engine) -> None:
    conflicts(engine, [CONFLICT])
    decide(engine)
    conflicts(engine, [])
    assert only_conflict(engine)["status"] == "decided"


@pytest.mark.parametrize(("days", "status"), [(0, "skipped"), (2, "skipped"), (3, "pending"), (30, "pending")])
def test_a_skip_ends_with_the_first_run_on_its_day(engine: sa.Engine, days: int, status: str) -> None:
    conflicts(engine, [CONFLICT])
    skip = Answer(choice="skipped", by="Robin", skipped_until=(NOW + timedelta(days=3)).date())
    with engine.begin() as conn:
        record_answer(conn, only_conflict(engine)["id"], skip, now=NOW + timedelta(hours=1))
    conflicts(engine, [CONFLICT], now=NOW + timedelta(days=days, hours=2))
    assert only_conflict(engine)["status"] == status
    with engine.begin() as conn:
        assert read_open_conflicts(conn, 2025)[-1].open == (status == "pending")
        if status == "pending":
            record_answer(conn, only_conflict(engine)["id"], Answer(choice="a", by="Robin"), now=NOW)
        else:
            undo_answer(conn, only_conflict(engine)["id"], by="Robin", now=NOW)


def test_a_skip_without_a_day_stays(engine: sa.Engine) -> None:
    conflicts(engine, [CONFLICT])
    with engine.begin() as conn:
        record_answer(conn, only_conflict(engine)["id"], Answer(choice="skipped", by="Robin"), now=NOW)
    conflicts(engine, [CONFLICT], now=NOW + timedelta(days=300))
    assert only_conflict(engine)["status"] == "skipped"


def test_changed_inputs_reopen_the_conflict_with_the_old_answer(engine: sa.Engine) -> None:
    conflicts(engine, [CONFLICT])
    decide(engine)
    changed = replace(CONFLICT, input_fingerprint="two")
    assert conflicts(engine, [changed]) == finding_store.FindingCounts(opened=1, open=1, asked_again=1)
    assert conflicts(engine, [changed]).asked_again == 0
    row = only_conflict(engine)
    assert row["status"] == "pending"
    assert row["decision_id"] is None
    assert row["previous_decision"]["choice"] == "b"
    assert row["previous_decision"]["decided_by"] == "Robin"


def test_an_answer_declines_only_the_contacts_that_the_person_saw(engine: sa.Engine) -> None:
    def answer() -> None:
        with engine.begin() as conn:
            record_answer(conn, only_conflict(engine)["id"], Answer(choice="b", by="Robin"), now=NOW)

    def declined() -> Mapping[str, frozenset[int]]:
        with engine.begin() as conn:
            return read_declined_contacts(conn, {2025})

    new_contact = Option(value=NEW_CONTACT, source="raw_mn_signups")
    asked = replace(CONFLICT, option_b=new_contact, context={"compared_contacts": [1]})
    with_two = replace(asked, input_fingerprint="two", context={"compared_contacts": [1, 2]})
    with_three = replace(asked, input_fingerprint="three", context={"compared_contacts": [3]})
    conflicts(engine, [asked])
    answer()
    assert declined() == {"MN0001": {1}}
    for raised in ([with_two], [with_three], [], [with_two]):
        conflicts(engine, raised)
        assert declined() == {"MN0001": {1}}
    answer()
    assert declined() == {"MN0001": {1, 2}}
    conflicts(engine, [with_three])
    assert declined() == {"MN0001": {1, 2}}
    with engine.begin() as conn:  # after a second sign-up of the person
        (given,) = review_queries.read_decisions_in_force(conn, 2025)
        finding_store.record_conflicts(
            conn,
            2025,
            [replace(with_three, submission_id="7005", subject="7005")],
            decisions={("MN0001", "contact_selection", "7005"): given},
            source_table="winner_contacts",
            log_id=1,
            now=NOW,
        )
    assert declined() == {"MN0001": {1, 2}}


def test_the_next_owner_of_an_mn_id_is_asked_beside_the_answer_of_the_first_one(engine: sa.Engine) -> None:
    """The first owner's sign-up is deleted; the same person's second sign-up has the same question and answer."""
    mine = replace(CONFLICT, conflict_type="phone_mismatch", subject="phone", submission_id="7001")
    anothers = replace(mine, submission_id="7009")

    def stored() -> list[tuple[Any, ...]]:
        c = sync_conflicts.c
        with engine.connect() as conn:
            return [tuple(row) for row in conn.execute(sa.select(c.submission_id, c.status).order_by(c.id))]

    def record(raised: Conflict, *owners: str) -> None:
        with engine.begin() as conn:
            answers = review_queries.read_decisions_in_force(conn, 2025)
            own = [answer for answer in answers if answer.submission_id in owners]
            decisions = {("MN0001", "phone_mismatch", "phone"): own[-1]} if own else {}
            finding_store.record_conflicts(
                conn, 2025, [raised], decisions=decisions, source_table="winner_contacts", log_id=1, now=NOW
            )

    def act(submission_id: str, act: Callable[[sa.Connection, int], Any]) -> None:
        c = sync_conflicts.c
        with engine.begin() as conn:
            act(conn, conn.execute(sa.select(c.id).where(c.submission_id == submission_id)).scalar_one())

    record(mine)
    act("7001", lambda conn, number: record_answer(conn, number, Answer(choice="a", by="Robin"), now=NOW))
    record(anothers, "7009")
    assert stored() == [("7001", "decided"), ("7009", "pending")]
    act("7009", lambda conn, number: record_answer(conn, number, Answer(choice="b", by="Robin"), now=NOW))
    with engine.connect() as conn:
        answers = review_queries.read_decisions_in_force(conn, 2025)
    assert {answer.submission_id: answer.choice for answer in answers} == {"7001": "a", "7009": "b"}
    act("7009", lambda conn, number: undo_answer(conn, number, by="Robin", now=NOW))
    assert stored() == [("7001", "decided"), ("7009", "pending")]

    again = replace(mine, submission_id="7005", input_fingerprint="two")
    record(again, "7001", "7005")
    assert stored() == [("7005", "pending"), ("7009", "obsolete")]
    act("7005", lambda conn, number: record_answer(conn, number, Answer(choice="b", by="Robin"), now=NOW))
    with engine.connect() as conn:
        answers = review_queries.read_decisions_in_force(conn, 2025)
    assert {answer.submission_id: answer.choice for answer in answers} == {"7005": "b"}, "it replaces the older one"


def test_conflicts_and_answers_follow_their_sign_up(engine: sa.Engine) -> None:
    """Two mentors exchange MN ids. Those of an unknown sign-up follow the corrected ids."""
    mine = replace(CONFLICT, conflict_type="phone_mismatch", subject="phone", submission_id="7001")
    conflicts(engine, [mine, replace(mine, mn_id="MN0002", submission_id="7002"), CONFLICT])
    c, decision = sync_conflicts.c, sync_decisions.c
    with engine.begin() as conn:
        for number in conn.execute(sa.select(c.id)).scalars().all():
            record_answer(conn, number, Answer(choice="a", by="Robin"), now=NOW)
        present = {"7001": "MN0002", "7002": "MN0001"}
        follow_corrected_ids(conn, 2025, {"MN0001": "MN0002", "MN0002": "MN0001"}, present=present)
        for table in (c, decision):
            rows = conn.execute(sa.select(table.submission_id, table.mn_id).order_by(table.id))
            assert sorted(map(tuple, rows), key=str) == [("7001", "MN0002"), ("7002", "MN0001"), (None, "MN0002")]
        follow_corrected_ids(conn, 2025, {}, present={"7001": "MN0007"})
        rows = conn.execute(sa.select(decision.submission_id, decision.mn_id))
        assert sorted(map(tuple, rows), key=str) == [("7001", "MN0007"), ("7002", "MN0001"), (None, "MN0002")]


def test_conflicts_of_other_stages_are_not_closed(engine: sa.Engine) -> None:
    conflicts(engine, [CONFLICT])
    with engine.begin() as conn:
        finding_store.record_conflicts(conn, 2025, [], source_table="mentors", log_id=1, now=NOW)
        finding_store.record_conflicts(conn, 2024, [], source_table="winner_contacts", log_id=1, now=NOW)
    assert only_conflict(engine)["status"] == "pending"


def test_an_error_is_resolved_when_it_is_no_longer_found(engine: sa.Engine) -> None:
    assert errors(engine, [ERROR]).opened == 1
    assert errors(engine, [ERROR]).opened == 0
    assert errors(engine, []).closed == 1
    with engine.connect() as conn:
        row = conn.execute(sa.select(sync_errors)).mappings().one()
    assert (row["resolved"], row["resolution_method"], row["max_retries"]) == (True, "auto_retry", 3)


def test_an_ignored_error_is_not_raised_again_while_it_is_the_same(engine: sa.Engine) -> None:
    errors(engine, [ERROR])
    with engine.begin() as conn:
        conn.execute(sa.update(sync_errors).values(resolved=True, resolution_method="ignored"))
    assert errors(engine, [ERROR]).opened == 0
    assert errors(engine, [replace(ERROR, message="The MN id is MN1.")]).opened == 1


def test_an_acknowledged_warning_is_not_repeated_while_unchanged(engine: sa.Engine) -> None:
    warnings(engine, [WARNING])
    with engine.begin() as conn:
        conn.execute(sa.update(sync_warnings).values(acknowledged=True))
    assert warnings(engine, [WARNING]).opened == 0
    assert warnings(engine, [replace(WARNING, message="No phone.")]) == finding_store.FindingCounts(1, 1, 1)
    with engine.connect() as conn:
        states = conn.execute(
            sa.select(sync_warnings.c.acknowledged, sync_warnings.c.cleared_at.is_(None)).order_by(sync_warnings.c.id)
        ).all()
    assert [tuple(row) for row in states] == [(True, False), (False, True)]


def test_a_warning_closes_with_its_cause(engine: sa.Engine) -> None:
    warnings(engine, [WARNING])
    assert warnings(engine, []) == finding_store.FindingCounts(opened=0, closed=1, open=0)


def test_a_warning_that_another_stage_has_open_is_stored_once(engine: sa.Engine) -> None:
    warnings(engine, [WARNING])
    other = replace(WARNING, source_table="gb_import_file", message="No phone in the file either.")
    with engine.begin() as conn:
        finding_store.record_warnings(conn, 2025, [other], source_table="gb_import_file", log_id=2, now=NOW)
        assert conn.execute(sa.select(sync_warnings.c.message)).scalars().all() == [WARNING.message]
    warnings(engine, [])
    with engine.begin() as conn:
        finding_store.record_warnings(conn, 2025, [other], source_table="gb_import_file", log_id=3, now=NOW)
        still_open = sa.select(sync_warnings.c.message).where(sync_warnings.c.cleared_at.is_(None))
        assert conn.execute(still_open).scalars().all() == [other.message]
