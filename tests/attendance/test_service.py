"""Recording and undoing: one transaction, one audit entry, and repeats without effect (rulebook, section 14)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.attendance import queries, service
from mentorsync_pipeline.attendance.queries import MentorUnknownError
from mentorsync_pipeline.attendance.service import DeviceIdTakenError, RecordInvalidError, RecordNotFoundError
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.paging import read_all
from tests.attendance.conftest import YEAR, Desk

pytestmark = pytest.mark.slow


def in_force(desk: Desk) -> list[str]:
    return [row["mn_id"] for row in desk.rows() if row["undone_at"] is None]


def test_a_check_in_is_recorded_with_who_and_when(desk: Desk) -> None:
    at = desk.now - timedelta(minutes=40)
    result = service.check_in(desk.context, YEAR, " mn0001 ", desk.observed("phone-1", at), session="  Saturday  10am ")
    assert result.outcome == "recorded"
    (row,) = desk.rows()
    assert row["mn_id"] == "MN0001"
    assert row["submission_id"] == "600001"
    assert (row["kind"], row["session"], row["recorded_by"]) == ("attended_training", "Saturday 10am", "Ann")
    assert (row["observed_at"], row["recorded_at"], row["device_record_id"]) == (at, desk.now, "phone-1")
    (entry,) = desk.rows(t.audit_log)
    assert (entry["act"], entry["who"], entry["subject"]) == ("attendance_recorded", "Ann", "MN0001")
    assert entry["details"] == {"record": row["id"], "kind": "attended_training"}


def test_a_repeat_by_the_device_made_id_counts_once(desk: Desk) -> None:
    first = service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1"))
    desk.later()
    again = service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1"))
    assert (again.outcome, again.record) == ("repeated", first.record)
    assert len(desk.rows()) == len(desk.rows(t.audit_log)) == 1


def test_a_late_repeat_does_not_bring_back_what_was_undone(desk: Desk) -> None:
    service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1"))
    service.undo_record(desk.context, YEAR, device_record_id="phone-1")
    assert service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1")).outcome == "repeated"
    assert in_force(desk) == []
    assert service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-2")).outcome == "recorded"


def test_a_second_phone_finds_the_mentor_checked_in(desk: Desk) -> None:
    service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1"), session="Saturday")
    for session in ("saturday", None):
        result = service.check_in(desk.context, YEAR, "MN0001", desk.observed(f"phone-2-{session}"), session=session)
        assert (result.outcome, result.record["device_record_id"]) == ("already", "phone-1")
    assert service.check_in(desk.context, YEAR, "MN0001", desk.observed(), session="Sunday").outcome == "recorded"
    assert in_force(desk) == ["MN0001", "MN0001"]


def test_many_phones_at_once_check_one_mentor_in_once(desk: Desk) -> None:
    with ThreadPoolExecutor(6) as phones:
        outcomes = list(
            phones.map(
                lambda n: service.check_in(desk.context, YEAR, "MN0002", desk.observed(f"phone-{n % 3}")).outcome,
                range(12),
            )
        )
    assert outcomes.count("recorded") == 1
    assert set(outcomes) <= {"recorded", "already", "repeated"}
    assert in_force(desk) == ["MN0002"]


def test_a_device_made_id_of_another_record_is_refused(desk: Desk) -> None:
    service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1"))
    with pytest.raises(DeviceIdTakenError):
        service.check_in(desk.context, YEAR, "MN0002", desk.observed("phone-1"))
    with pytest.raises(DeviceIdTakenError):
        service.add_note(desk.context, YEAR, "MN0001", "late", desk.observed("phone-1"))
    assert in_force(desk) == ["MN0001"]


@pytest.mark.parametrize("device_id", ["", " ", "x" * 101, "é", "a\n"])
def test_an_invalid_device_id_is_refused(desk: Desk, device_id: str) -> None:
    with pytest.raises(RecordInvalidError):
        service.check_in(desk.context, YEAR, "MN0001", desk.observed(device_id))
    assert desk.rows() == []


def test_a_former_id_leads_to_the_mentor_who_had_it(desk: Desk) -> None:
    assert service.check_in(desk.context, YEAR, "MN0900", desk.observed()).record["mn_id"] == "MN0001"


def test_a_mentor_with_a_deleted_sign_up_is_checked_in(desk: Desk) -> None:
    with desk.engine.begin() as conn:
        conn.execute(
            sa.insert(t.known_mentors).values(
                campaign_year=YEAR, submission_id="609", mn_id="MN0009", mn_ids=["MN0008", "MN0009"]
            )
        )
    result = service.check_in(desk.context, YEAR, "MN0008", desk.observed())
    assert (result.record["mn_id"], desk.rows()[0]["submission_id"]) == ("MN0009", "609")


@pytest.mark.parametrize(("year", "mn_id"), [(YEAR, "MN4242"), (YEAR, "Robin"), (YEAR, ""), (2024, "MN0001")])
def test_an_unknown_mentor_is_refused(desk: Desk, year: int, mn_id: str) -> None:
    with pytest.raises(MentorUnknownError) as refused:
        service.check_in(desk.context, year, mn_id, desk.observed())
    assert refused.value.code == "MENTOR_NOT_FOUND"
    assert desk.rows() == desk.rows(t.audit_log) == []


def test_a_clock_that_is_ahead_observes_nothing_in_the_future(desk: Desk) -> None:
    record = service.check_in(desk.context, YEAR, "MN0001", desk.observed(at=desk.now + timedelta(days=3))).record
    assert record["observed_at"] == desk.now


def test_the_day_is_in_the_charitys_time_zone(desk: Desk) -> None:
    late = datetime(2025, 10, 4, 1, tzinfo=UTC)
    service.check_in(desk.context, YEAR, "MN0001", desk.observed(at=late))
    assert desk.rows()[0]["observed_on"] == date(2025, 10, 3)


def test_undo_keeps_the_row_and_may_be_repeated(desk: Desk) -> None:
    record = service.check_in(desk.context, YEAR, "MN0001", desk.observed()).record
    desk.later()
    desk.actor_name = "Ben"
    assert service.undo_record(desk.context, YEAR, record_id=record["id"]).outcome == "undone"
    when = desk.now
    desk.later()
    assert service.undo_record(desk.context, YEAR, record_id=record["id"]).outcome == "unchanged"
    (row,) = desk.rows()
    assert (row["undone_by"], row["undone_at"], row["withdraws_tick"]) == ("Ben", when, False)
    assert [entry["act"] for entry in desk.rows(t.audit_log)] == ["attendance_recorded", "record_undone"]


def test_records_of_another_year_or_unknown_records_cannot_be_undone(desk: Desk) -> None:
    record = service.check_in(desk.context, YEAR, "MN0001", desk.observed("phone-1")).record
    for year, which in (
        (2024, {"record_id": record["id"]}),
        (YEAR, {"record_id": 99}),
        (YEAR, {"device_record_id": "x"}),
    ):
        with pytest.raises(RecordNotFoundError):
            service.undo_record(desk.context, year, **which)
    with pytest.raises(RecordNotFoundError):
        service.withdraw_attendance(desk.context, YEAR, "MN0002")
    assert in_force(desk) == ["MN0001"]


def test_withdrawing_undoes_every_check_in_and_givebutters_tick(desk: Desk) -> None:
    for session in ("Saturday", "Sunday"):
        service.check_in(desk.context, YEAR, "MN0001", desk.observed(), session=session)
    service.withdraw_attendance(desk.context, YEAR, "MN0001")
    assert [(row["undone_by"], row["withdraws_tick"]) for row in desk.rows()] == [("Ann", True)] * 2
    with desk.engine.begin() as conn:
        conn.execute(sa.update(t.mentors).where(t.mentors.c.mn_id == "MN0003").values(attended_training=True))
    desk.later(hours=2)  # the evening of the same day, and the next one in UTC
    service.withdraw_attendance(desk.context, YEAR, "MN0003")
    row = desk.rows()[-1]
    assert (row["mn_id"], row["undone_by"], row["withdraws_tick"]) == ("MN0003", "Ann", True)
    assert row["observed_on"] == date(2025, 10, 4)


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1.005", "1000000.01"])
def test_an_invalid_amount_is_refused(desk: Desk, amount: str) -> None:
    with pytest.raises(RecordInvalidError):
        service.verify_cash(desk.context, YEAR, "MN0001", Decimal(amount), desk.observed())
    assert desk.rows() == []


def test_cash_and_notes_are_recorded_and_change_nothing_else(desk: Desk) -> None:
    service.verify_cash(desk.context, YEAR, "MN0001", Decimal("40.50"), desk.observed("c1"))
    assert (
        service.verify_cash(desk.context, YEAR, "MN0001", Decimal("40.50"), desk.observed("c1")).outcome == "repeated"
    )
    service.add_note(desk.context, YEAR, "MN0001", "  brings\u200b a friend\r\n\x00at noon ", desk.observed())
    cash, note = desk.rows()
    assert (cash["kind"], cash["amount"]) == ("cash_verified", Decimal("40.50"))
    assert (note["kind"], note["note"]) == ("note", "brings a friend\nat noon")
    with desk.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.sum(t.mentors.c.amount_raised))).scalar() == 0


@pytest.mark.parametrize("note", ["", " \n ", "\u200b", "x" * 2_001])
def test_an_empty_or_endless_note_is_refused(desk: Desk, note: str) -> None:
    with pytest.raises(RecordInvalidError):
        service.add_note(desk.context, YEAR, "MN0001", note, desk.observed())


def test_a_session_with_an_endless_name_is_refused(desk: Desk) -> None:
    with pytest.raises(RecordInvalidError):
        service.check_in(desk.context, YEAR, "MN0001", desk.observed(), session="x" * 101)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (None, ["MN0003", "MN0002", "MN0004", "MN0001"]),
        ("kim", ["MN0003", "MN0004"]),
        ("KIM sam", ["MN0004"]),
        ("mn0002", ["MN0002"]),
        ("(706) 555-0003", ["MN0003"]),
        ("0003", ["MN0003"]),
        ("%", []),
        ("nobody", []),
    ],
)
def test_a_mentor_is_found_by_name_id_and_phone(desk: Desk, search: str | None, expected: list[str]) -> None:
    with desk.engine.connect() as conn:
        rows = read_all(conn, queries.roster_listing(YEAR, search))
    assert [row["mn_id"] for row in rows] == expected


def test_the_roster_shows_who_is_checked_in_and_by_whom(desk: Desk) -> None:
    service.check_in(desk.context, YEAR, "MN0002", desk.observed("phone-1"), session="Saturday")
    service.check_in(desk.context, YEAR, "MN0003", desk.observed("phone-2"))
    service.undo_record(desk.context, YEAR, device_record_id="phone-2")
    with desk.engine.connect() as conn:
        rows = {row["mn_id"]: row for row in read_all(conn, queries.roster_listing(YEAR))}
        assert queries.read_sessions(conn, YEAR) == ["Saturday"]
    assert (rows["MN0002"]["session"], rows["MN0002"]["recorded_by"]) == ("Saturday", "Ann")
    assert rows["MN0003"]["record_id"] is None


def test_the_records_can_be_listed(desk: Desk) -> None:
    service.check_in(desk.context, YEAR, "MN0002", desk.observed("phone-1"))
    desk.later()
    service.add_note(desk.context, YEAR, "MN0003", "late", desk.observed())
    service.undo_record(desk.context, YEAR, device_record_id="phone-1")

    def listed(**filters: object) -> list[str]:
        with desk.engine.connect() as conn:
            return [
                r["mn_id"] for r in read_all(conn, queries.record_listing(queries.RecordFilter(year=YEAR, **filters)))
            ]

    assert listed() == ["MN0003", "MN0002"]
    assert listed(undone=False) == ["MN0003"]
    assert listed(kind="attended_training") == listed(undone=True) == ["MN0002"]
    assert listed(mn_id="MN0003") == listed(search="kim late") == ["MN0003"]
