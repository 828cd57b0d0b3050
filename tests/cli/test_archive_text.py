"""What the command line says of an archive plan: what would happen, why, and the command that comes next."""

from collections.abc import Collection
from decimal import Decimal

from mentorsync_pipeline.archiving.rules.guard import Guard
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.cli import archive_text as text
from mentorsync_pipeline.domain.records import Contact

GIVEN = "--year 2025"
SHOWN = {"campaign_year": 2025, "purpose": "duplicates", "plan_fingerprint": "f00d"}
OPEN = Guard(archiving=1, active=10, reasons=(), approved=False)


def row(contact_id: int = 7, state: str = "planned", code: str = "duplicate", **values: object) -> PlanRow:
    usual = {"purpose": "duplicates", "mn_id": "MN0001", "winner_contact_id": 8, "has_donations": False}
    usual |= {"contact_id": contact_id, "plan_state": state, "reason_code": code, "reason": "Because."}
    return PlanRow(**(usual | {"input_fingerprint": ""} | values))  # type: ignore[arg-type]  # as the test gives them


def person(contact_id: int, **values: object) -> Contact:
    return Contact(contact_id=contact_id, **values)  # type: ignore[arg-type]  # as the test gives them


def plan(*rows: PlanRow, guard: Guard = OPEN, gone: Collection[int] = (), **shown: object) -> str:
    return text.format_plan(rows, guard, {"failed": 2}, SHOWN | shown, gone)


def listed(*rows: PlanRow, state: str | None = None, contacts: tuple[Contact, ...] = ()) -> list[str]:
    return list(text.format_plan_rows(rows, {one.contact_id: one for one in contacts}, state, GIVEN))


def test_without_a_plan_it_says_how_to_make_one() -> None:
    assert plan().endswith("mentorsync archive plan --year 2025")
    assert plan(purpose="mass_email").endswith("mentorsync archive plan --year 2025 --mass-email")


def test_each_kind_is_counted_once_with_its_reasons() -> None:
    lines = plan(
        row(), row(code="mass_email"), row(action="release", code="release"), row(state="kept", code="refused")
    )
    assert [line.strip() for line in lines.splitlines()] == [
        "The plan of 2025: 4 contacts",
        "2  planned: the next apply archives them (1 duplicate, 1 mass_email)",
        "1  planned: the next apply takes their External ID off, and nothing else (1 release)",
        "1  kept: they stay as they are (1 refused)",
        "Ledger: 2 failed",
    ]


def test_what_is_archived_since_is_not_planned_any_more() -> None:
    lines = plan(row(), row(9), gone={9}).splitlines()
    assert [line.strip() for line in lines[1:3]] == [
        "1  planned: the next apply archives them (1 duplicate)",
        "1  archived since the plan was made",
    ]


def test_a_guard_that_stops_says_what_to_type() -> None:
    stopped = Guard(archiving=1, active=2, reasons=("1 of 2 contacts are more than 5 %",), approved=False)
    assert plan(row(), guard=stopped).endswith("approve --year 2025 --by NAME --plan f00d")
    through = Guard(archiving=1, active=2, reasons=stopped.reasons, approved=True)
    assert "the plan is approved" in plan(row(), guard=through)


def test_the_first_plan_of_a_year_explains_itself_and_asks_for_one_yes() -> None:
    first = Guard(archiving=3, active=90, reasons=(), approved=False, is_first=True)
    cause = {"code": "duplicate", "reason": "It is another contact.", "count": 3, "examples": [7, 9]}
    told = text.format_plan([row()], first, {}, SHOWN | {"guard": {"causes": [cause]}}, ())
    assert "first plan of 2025: it archives 3 of 90 active contacts" in told
    assert "3  duplicate: It is another contact. For example: 7, 9." in told
    assert "stops" not in told
    assert told.endswith("approve --year 2025 --by NAME --plan f00d")


def test_a_contact_that_waits_shows_what_a_person_needs_to_decide() -> None:
    carried = {
        "on_winner": {"emails": ["a"]},
        "waiting": {"phones": ["b", "c"]},
        "left_behind": ["title"],
    }
    donor = person(7, first_name="Ava", last_name="Quill", total_contributions=Decimal("35.00"))
    told = listed(row(state="needs_approval", carried_over=carried), contacts=(donor, person(8, first_name="Ava")))
    assert told == [
        "To approve single contacts: mentorsync archive approve --year 2025 --by NAME --contact ID",
        "  7  Ava Quill, MN0001, has given 35.00; kept instead: 8 Ava",
        "      Because. On the kept contact: 1 email. Not yet there: 2 phones. Only in the archive: title.",
    ]


def test_many_that_wait_are_cut_unless_they_are_asked_for() -> None:
    rows = [row(number, state="needs_approval") for number in range(30)]
    assert listed(*rows)[-1] == "  … and 10 more: mentorsync archive show --year 2025 --state needs_approval"
    assert len(listed(*rows, state="needs_approval")) == 60


def test_a_contact_of_no_mentor_is_told_as_well() -> None:
    assert listed(row(state="kept", mn_id=None, winner_contact_id=None), state="kept")[0] == "  7  no mentor"


def test_what_comes_next_is_said() -> None:
    assert text.format_approval(1, contacts=True, given=GIVEN).endswith("archive plan --year 2025")
    assert text.format_approval(9, contacts=False, given=GIVEN).endswith("archive apply --year 2025")
    done = {"run_id": "r", "archived": 2, "failed": 1, "new since the plan was made": 3}
    assert text.format_apply_result(done, year=2025, given=GIVEN).splitlines() == [
        "2 archived, 1 failed.",
        "Failures and next steps: mentorsync errors list",
        "3 contacts were not in the plan: mentorsync archive plan --year 2025",
        "To undo all of it: mentorsync archive restore --year 2025 --by NAME --run r",
    ]
    assert text.format_apply_result({}, year=2025, given=GIVEN).splitlines() == [
        "No planned contacts are left to archive.",
        "Contacts that are kept, with reasons: mentorsync archive plan --year 2025",
    ]
    assert text.format_restore_result({"restored": 2}).startswith(
        "2 restored. Restored contacts are archived again only"
    )
