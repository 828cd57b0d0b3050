"""Decisions: recorded once, refused after another person's, undoable (rulebook, section 6)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.tables import (
    deduplicated_signups,
    mn_changes,
    raw_gb_full_contacts,
    sync_conflicts,
    sync_decisions,
)
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.review import decision_store
from mentorsync_pipeline.review import queries as review_queries
from mentorsync_pipeline.review.decision_store import Answer

pytestmark = pytest.mark.slow

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
AddConflict = Callable[..., int]


@pytest.fixture
def add_conflict(engine: sa.Engine) -> AddConflict:
    def add(**changes: Any) -> int:
        values = {
            "campaign_year": 2025,
            "mn_id": "MN0001",
            "conflict_type": "contact_selection",
            "subject": "7001",
            "severity": "high",
            "blocking": True,
            "option_a": {"value": 11, "source": "raw_gb_full_contacts", "metadata": {}},
            "option_b": {"value": 12, "source": "raw_gb_full_contacts", "metadata": {}},
            "recommended_option": "a",
            "recommendation_reason": "It scores higher.",
            "input_fingerprint": "one",
            "source_table": "winner_contacts",
        }
        with engine.begin() as conn:
            added: int = conn.execute(
                sa.insert(sync_conflicts).values(**(values | changes)).returning(sync_conflicts.c.id)
            ).scalar_one()
        return added

    return add


def resolve(engine: sa.Engine, conflict_id: int, answer: Answer, *, seen: str | None = None) -> int:
    with engine.begin() as conn:
        return decision_store.record_answer(conn, conflict_id, answer, now=NOW, seen=seen)


def status(engine: sa.Engine, conflict_id: int) -> str:
    with engine.connect() as conn:
        value: str = conn.execute(
            sa.select(sync_conflicts.c.status).where(sync_conflicts.c.id == conflict_id)
        ).scalar_one()
    return value


def looked_at(conn: sa.Connection, *conflict_ids: int) -> dict[int, str]:
    rows = conn.execute(sa.select(sync_conflicts).where(sync_conflicts.c.id.in_(conflict_ids))).mappings()
    return {row["id"]: decision_store.conflict_fingerprint(row) for row in rows}


def decisions_in_force(engine: sa.Engine) -> dict[tuple[str, str, str], Any]:
    with engine.connect() as conn:
        answers = review_queries.read_decisions_in_force(conn, 2025)
    return {(answer.mn_id, answer.conflict_type, answer.subject): (answer.choice, answer.value) for answer in answers}


def test_an_answer_is_stored_with_its_value_and_person(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()
    decision_id = resolve(engine, conflict_id, Answer(choice="b", by="Robin", reason="She told me."))
    assert status(engine, conflict_id) == "decided"
    assert decisions_in_force(engine) == {("MN0001", "contact_selection", "7001"): ("b", 12)}
    with engine.connect() as conn:
        row = conn.execute(sa.select(sync_decisions).where(sync_decisions.c.id == decision_id)).mappings().one()
        change = conn.execute(sa.select(mn_changes)).mappings().one()
    assert (row["decided_by"], row["reason"], row["input_fingerprint"]) == ("Robin", "She told me.", "one")
    assert (change["change_type"], change["new_value"]) == ("conflict_resolved", {"choice": "b", "value": 12})


def test_a_second_answer_is_refused_with_the_name_of_the_first_person(
    engine: sa.Engine, add_conflict: AddConflict
) -> None:
    conflict_id = add_conflict()
    resolve(engine, conflict_id, Answer(choice="a", by="Robin"))
    with pytest.raises(decision_store.AlreadyDecidedError, match="by Robin"):
        resolve(engine, conflict_id, Answer(choice="b", by="Sam"))
    assert decisions_in_force(engine) == {("MN0001", "contact_selection", "7001"): ("a", 11)}


def test_only_one_of_two_concurrent_answers_is_recorded(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()

    def decide(answer: Answer) -> bool:
        try:
            resolve(engine, conflict_id, answer)
        except decision_store.AlreadyDecidedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(decide, [Answer(choice="a", by=f"person {n}") for n in range(4)]))
    assert sorted(outcomes) == [False, False, False, True]
    with engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(sync_decisions)).scalar() == 1


def test_an_answer_to_a_changed_conflict_is_refused(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()
    with pytest.raises(decision_store.AlreadyDecidedError, match="has changed"):
        resolve(engine, conflict_id, Answer(choice="a", by="Robin"), seen="what I saw this morning")
    assert status(engine, conflict_id) == "pending"


def test_an_answer_can_be_undone_and_given_again(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()
    resolve(engine, conflict_id, Answer(choice="a", by="Robin"))
    with engine.begin() as conn:
        decision_store.undo_answer(conn, conflict_id, by="Sam", now=NOW)
    assert status(engine, conflict_id) == "pending"
    assert decisions_in_force(engine) == {}
    resolve(engine, conflict_id, Answer(choice="b", by="Robin"))
    assert decisions_in_force(engine) == {("MN0001", "contact_selection", "7001"): ("b", 12)}


def test_an_answer_cannot_be_undone_twice(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()
    with engine.begin() as conn, pytest.raises(decision_store.DecisionInvalidError):
        decision_store.undo_answer(conn, conflict_id, by="Sam", now=NOW)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("  Asked\x00 her.\ud83d\u200b ", "Asked her."), ("one\r\ntwo", "one\ntwo"), ("\u200b", None), (" ", None)],
)
def test_a_reason_is_cleaned_like_a_form_answer(
    engine: sa.Engine, add_conflict: AddConflict, typed: str, stored: str | None
) -> None:
    resolve(engine, add_conflict(), Answer(choice="a", by="Robin", reason=typed))
    with engine.connect() as conn:
        assert conn.execute(sa.select(sync_decisions.c.reason)).scalar_one() == stored


@pytest.mark.parametrize(
    "answer",
    [
        Answer(choice="skipped", by="Robin", skipped_until=NOW.date()),
        Answer(choice="skipped", by="Robin", skipped_until=date(1999, 12, 31)),
        Answer(choice="a", by="Robin", skipped_until=date(2099, 1, 1)),
    ],
)
def test_a_skip_ends_in_the_future_and_no_other_answer_has_a_day(
    engine: sa.Engine, add_conflict: AddConflict, answer: Answer
) -> None:
    conflict_id = add_conflict()
    with pytest.raises(decision_store.DecisionInvalidError):
        resolve(engine, conflict_id, answer)
    assert status(engine, conflict_id) == "pending"


def test_tomorrow_is_the_teams_in_the_evening(engine: sa.Engine, add_conflict: AddConflict) -> None:
    evening = datetime(2025, 10, 1, 21, tzinfo=TEAM_ZONE)  # October 2 in UTC
    answer = Answer(choice="skipped", by="Robin", skipped_until=date(2025, 10, 2))
    with engine.begin() as conn:
        decision_store.record_answer(conn, conflict_id := add_conflict(), answer, now=evening)
    assert status(engine, conflict_id) == "skipped"


def test_a_skipped_conflict_may_be_answered_later(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()
    resolve(engine, conflict_id, Answer(choice="skipped", by="Robin"))
    assert status(engine, conflict_id) == "skipped"
    resolve(engine, conflict_id, Answer(choice="a", by="Robin"))
    assert status(engine, conflict_id) == "decided"


@pytest.mark.parametrize(
    ("conflict_type", "value", "stored"),
    [
        ("contact_selection", "21", 21),
        ("external_id_collision", 21, 21),
        ("phone_mismatch", "(706) 555-0123", "+17065550123"),
        ("email_mismatch", " Ada@Mail.Example ", "ada@mail.example"),
        ("contact_selection", "\u200b21\u200b\n", 21),
        ("contact_selection", NEW_CONTACT, NEW_CONTACT),
        ("external_id_collision", LEAVE_UNLINKED, LEAVE_UNLINKED),
        ("fundraising_mismatch", "32", 32),
        ("phone_mismatch", "\u202a706-555-0123\x00", "+17065550123"),
    ],
)
def test_a_custom_value_is_validated_and_normalised(
    engine: sa.Engine, add_conflict: AddConflict, conflict_type: str, value: Any, stored: Any
) -> None:
    with engine.begin() as conn:
        conn.execute(
            sa.insert(raw_gb_full_contacts).values(
                contact_id=21, origin="export", payload={}, observed_at=NOW, load_id=1
            )
        )
    conflict_id = add_conflict(conflict_type=conflict_type, context={"member_ids": [31, 32]})
    resolve(engine, conflict_id, Answer(choice="custom", by="Robin", value=value))
    assert decisions_in_force(engine)["MN0001", conflict_type, "7001"] == ("custom", stored)


@pytest.mark.parametrize(
    ("conflict_type", "value"),
    [
        ("contact_selection", 99),
        ("contact_selection", "the first one"),
        ("contact_selection", None),
        ("phone_mismatch", "12"),
        ("email_mismatch", "no at sign"),
        ("email_mismatch", "none@none.com"),
        ("email_mismatch", "\u200b"),
        ("shared_phone", "yes"),
        ("fundraising_mismatch", 1),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_changes(
    engine: sa.Engine, add_conflict: AddConflict, conflict_type: str, value: Any
) -> None:
    conflict_id = add_conflict(conflict_type=conflict_type, context={"member_ids": [31, 32]})
    with pytest.raises(decision_store.DecisionInvalidError):
        resolve(engine, conflict_id, Answer(choice="custom", by="Robin", value=value))
    assert status(engine, conflict_id) == "pending"
    assert decisions_in_force(engine) == {}


@pytest.mark.parametrize(
    ("subject", "value", "message"),
    [
        ("holder:21", NEW_CONTACT, "Release it first"),
        ("holder:21", 22, "Release it first"),
        ("signups:7001+7002", 22, "takes no custom value"),
        ("contested:21", 23, "another mentor"),
    ],
)
def test_a_contact_that_cannot_have_the_external_id_is_refused(
    engine: sa.Engine, add_conflict: AddConflict, subject: str, value: Any, message: str
) -> None:
    with engine.begin() as conn:
        for contact_id, external_id in ((21, "MN0001"), (22, None), (23, "mn0002")):
            contact = {"contact_id": contact_id, "external_id": external_id, "origin": "export", "payload": {}}
            conn.execute(sa.insert(raw_gb_full_contacts).values(**contact, observed_at=NOW, load_id=1))
        conn.execute(
            sa.insert(deduplicated_signups).values(
                campaign_year=2025,
                submission_id="7002",
                mn_id="MN0002",
                external_id="MN0002",
                created_at=NOW,
                sync_log_id=1,
            )
        )
    conflict_id = add_conflict(conflict_type="external_id_collision", subject=subject)
    with pytest.raises(decision_store.DecisionInvalidError, match=message):
        resolve(engine, conflict_id, Answer(choice="custom", by="Robin", value=value))
    if subject == "holder:21":
        resolve(engine, conflict_id, Answer(choice="custom", by="Robin", value=21))
        assert decisions_in_force(engine)["MN0001", "external_id_collision", subject] == ("custom", 21)


def test_accepting_all_recommendations_skips_those_without_one(engine: sa.Engine, add_conflict: AddConflict) -> None:
    recommended = add_conflict()
    open_question = add_conflict(subject="7002", recommended_option=None)
    with engine.begin() as conn:
        assert decision_store.accept_recommendations(
            conn, looked_at(conn, recommended, open_question), by="Robin", reason=None, now=NOW
        ) == [recommended]
    assert status(engine, open_question) == "pending"


def test_accepting_all_is_all_or_nothing(engine: sa.Engine, add_conflict: AddConflict) -> None:
    first, second = add_conflict(), add_conflict(subject="7002")
    resolve(engine, second, Answer(choice="a", by="Sam"))
    with engine.connect() as conn:
        seen = looked_at(conn, first, second)
    with pytest.raises(decision_store.AlreadyDecidedError), engine.begin() as conn:
        decision_store.accept_recommendations(conn, seen, by="Robin", reason=None, now=NOW)
    assert status(engine, first) == "pending"


def test_a_conflict_with_swapped_options_is_not_answered_by_letter(
    engine: sa.Engine, add_conflict: AddConflict
) -> None:
    """A's score fell below B's, so the options were swapped, while the inputs are unchanged."""
    conflict_id = add_conflict()
    with engine.begin() as conn:
        seen = looked_at(conn, conflict_id)
        a, b = sync_conflicts.c.option_a, sync_conflicts.c.option_b
        conn.execute(sa.update(sync_conflicts).values(option_a=b, option_b=a))
    with pytest.raises(decision_store.AlreadyDecidedError, match="changed"):
        resolve(engine, conflict_id, Answer(choice="a", by="Robin"), seen=seen[conflict_id])
    with pytest.raises(decision_store.AlreadyDecidedError, match="changed"), engine.begin() as conn:
        decision_store.accept_recommendations(conn, seen, by="Robin", reason=None, now=NOW)
    assert decisions_in_force(engine) == {}


def test_undoing_an_answer_keeps_a_later_one_of_another_person(engine: sa.Engine, add_conflict: AddConflict) -> None:
    conflict_id = add_conflict()
    mine = resolve(engine, conflict_id, Answer(choice="a", by="Robin"))
    with engine.begin() as conn:
        decision_store.undo_answer(conn, conflict_id, by="Sam", now=NOW, decision_id=mine)
    resolve(engine, conflict_id, Answer(choice="b", by="Sam"))
    with pytest.raises(decision_store.AlreadyDecidedError, match="by Sam"), engine.begin() as conn:
        decision_store.undo_answer(conn, conflict_id, by="Robin", now=NOW, decision_id=mine)
    assert decisions_in_force(engine) == {("MN0001", "contact_selection", "7001"): ("b", 12)}


def test_an_unknown_conflict_is_named(engine: sa.Engine) -> None:
    with pytest.raises(decision_store.ConflictNotFoundError, match="no conflict 404"):
        resolve(engine, 404, Answer(choice="a", by="Robin"))
