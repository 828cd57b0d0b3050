"""Text of an archive plan on the command line: actions, reasons and the next command."""

from collections.abc import Mapping
from decimal import Decimal

from mentorsync_pipeline.archiving.rules.archive_guard import Guard
from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.cli import archive_text as text
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.vocabulary import PLAN_STATUSES, PlanStatus

OPTIONS = "--year 2025"
SHOWN = {"campaign_year": 2025, "purpose": "duplicates", "plan_fingerprint": "f00d"}
OPEN = Guard(archiving=1, active=10, reasons=(), approved=False)


def row(contact_id: int = 7, state: str = "planned", code: str = "duplicate", **values: object) -> PlanRow:
    defaults = {"purpose": "duplicates", "mn_id": "MN0001", "winner_contact_id": 8, "has_donations": False}
    defaults |= {"contact_id": contact_id, "plan_state": state, "reason_code": code, "reason": "Because."}
    return PlanRow(**(defaults | {"input_fingerprint": ""} | values))  # type: ignore[arg-type]  # values of the test


def person(contact_id: int, **values: object) -> Contact:
    return Contact(contact_id=contact_id, **values)  # type: ignore[arg-type]  # values of the test


def plan(
    *rows: PlanRow, guard: Guard = OPEN, statuses: Mapping[int, PlanStatus] | None = None, **values: object
) -> str:
    return text.format_plan(rows, statuses or {}, guard, {"failed": 2}, SHOWN | values)


def plan_lines(
    *rows: PlanRow,
    state: PlanStatus | None = None,
    contacts: tuple[Contact, ...] = (),
    statuses: Mapping[int, PlanStatus] | None = None,
) -> list[str]:
    contacts_by_id = {contact.contact_id: contact for contact in contacts}
    asked: dict[int, PlanStatus] = {row.contact_id: "needs_approval" for row in rows}
    return list(text.format_plan_rows(rows, statuses or asked, contacts_by_id, state, OPTIONS))


def test_without_a_plan_the_text_has_the_command_to_make_it() -> None:
    assert plan().endswith("mentorsync archive plan --year 2025")
    assert plan(purpose="mass_email").endswith("mentorsync archive plan --year 2025 --mass-email")


def test_each_status_has_one_count_with_reasons() -> None:
    rows = [row(number, code=code) for number, code in enumerate(["duplicate", "mass_email", "duplicate", "donor"])]
    lines = plan(*rows, statuses={0: "to_archive", 1: "to_archive", 2: "archived", 3: "needs_approval"})
    assert [line.strip() for line in lines.splitlines()] == [
        "The plan of 2025: 4 contacts",
        "1  needs_approval: archived only after approval (1 donor)",
        "2  to_archive: the next apply archives them (1 duplicate, 1 mass_email)",
        "1  archived: already in Givebutter's archive (1 duplicate)",
        "Ledger: 2 failed",
    ]
    assert all(f"1  {status}: " in plan(row(), statuses={7: status}) for status in PLAN_STATUSES)


def test_contacts_that_were_answered_since_the_plan_are_not_listed() -> None:
    rows = [row(number, state="needs_approval") for number in range(3)]
    assert (
        plan_lines(*rows, statuses={0: "approved", 1: "kept", 2: "needs_approval"})[1] == "  2  MN0001; kept instead: 8"
    )


def test_a_stopped_plan_has_the_command_to_approve_it() -> None:
    stopped = Guard(archiving=1, active=2, reasons=("1 of 2 contacts are more than 5 %",), approved=False)
    assert plan(row(), guard=stopped).endswith("approve --year 2025 --by NAME --plan f00d")
    through = Guard(archiving=1, active=2, reasons=stopped.reasons, approved=True)
    assert "the plan is approved" in plan(row(), guard=through)


def test_the_first_plan_of_a_year_has_reasons_and_the_command_to_approve_it() -> None:
    first = Guard(archiving=3, active=90, reasons=(), approved=False, is_first=True)
    cause = {"code": "duplicate", "reason": "It is another contact.", "count": 3, "examples": [7, 9]}
    lines = text.format_plan([row()], {}, first, {}, SHOWN | {"guard": {"causes": [cause]}})
    assert "first plan of 2025: it archives 3 of 90 active contacts" in lines
    assert "3  duplicate: It is another contact. For example: 7, 9." in lines
    assert "stops" not in lines
    assert lines.endswith("approve --year 2025 --by NAME --plan f00d")


def test_a_contact_that_needs_approval_has_the_details_to_decide() -> None:
    carried = {
        "on_winner": {"emails": ["a"]},
        "waiting": {"phones": ["b", "c"]},
        "left_behind": ["title"],
    }
    donor = person(7, first_name="Ava", last_name="Quill", total_contributions=Decimal("35.00"))
    lines = plan_lines(row(state="needs_approval", carried_over=carried), contacts=(donor, person(8, first_name="Ava")))
    assert lines == [
        "To approve single contacts: mentorsync archive approve --year 2025 --by NAME --contact ID",
        "  7  Ava Quill, MN0001, donated 35.00; kept instead: 8 Ava",
        "      Because. On the kept contact: 1 email. Not yet on it: 2 phones. Only in the archive: title.",
    ]


def test_many_contacts_that_need_approval_are_cut_without_a_state() -> None:
    rows = [row(number, state="needs_approval") for number in range(30)]
    assert plan_lines(*rows)[-1] == "  … and 10 more: mentorsync archive show --year 2025 --state needs_approval"
    assert len(plan_lines(*rows, state="needs_approval")) == 60


def test_a_contact_without_a_mentor_is_listed() -> None:
    stub = row(mn_id=None, winner_contact_id=None)
    assert plan_lines(stub, state="kept", statuses={7: "kept"})[0] == "  7  no mentor"


def test_the_rows_of_a_state_are_those_that_its_count_has() -> None:
    """A contact that a person keeps after the plan is no longer one to archive, nor is an archived one."""
    rows = [row(number) for number in range(4)]
    statuses: dict[int, PlanStatus] = {0: "to_archive", 1: "kept", 2: "archived", 3: "to_archive"}
    shown = {state: plan_lines(*rows, state=state, statuses=statuses)[::2] for state in PLAN_STATUSES}
    ids = {state: [int(line.split()[0]) for line in lines] for state, lines in shown.items() if lines}
    assert ids == {"to_archive": [0, 3], "kept": [1], "archived": [2]}


def test_results_have_the_next_command() -> None:
    assert text.format_approval(1, contacts=True, options_text=OPTIONS).endswith("archive plan --year 2025")
    assert text.format_approval(9, contacts=False, options_text=OPTIONS).endswith("archive apply --year 2025")
    result = {"run_id": "r", "archived": 2, "failed": 1, "new since the plan was created": 3}
    assert text.format_apply_result(result, year=2025, options_text=OPTIONS).splitlines() == [
        "2 archived, 1 failed.",
        "Failures and next steps: mentorsync errors list",
        "3 contacts were not in the plan: mentorsync archive plan --year 2025",
        "To undo this run: mentorsync archive restore --year 2025 --by NAME --run r",
    ]
    assert text.format_apply_result({}, year=2025, options_text=OPTIONS).splitlines() == [
        "No planned contacts to archive.",
        "Contacts that are kept, with reasons: mentorsync archive plan --year 2025",
    ]
    assert text.format_restore_result({"restored": 2}).startswith(
        "2 restored. Restored contacts are archived again only"
    )
