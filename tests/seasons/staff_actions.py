"""What staff record and decide in MentorSync besides questions: check-ins, kept contacts, approvals taken back."""

from decimal import Decimal

from mentorsync_pipeline.attendance.rules.mentor_records import records_in_force
from tests.seasons.season import Season, action, pick


@action("check in at the training", 3)
def _check_in(season: Season, a: int, b: int, c: int) -> str | None:
    mentors = [mentor for mentor in season.system.mentors.values() if mentor.submission_id in season.town.signups]
    mentor = pick(mentors, a)
    if mentor is None or mentor.submission_id is None:
        return None
    present = {record.mn_id for record in records_in_force(season.system.records, "attended_training")}
    if mentor.mn_id in present or season.watch.attended[mentor.submission_id]:
        return None  # nobody is checked in twice
    season.system.check_in(mentor.mn_id, mentor.submission_id)
    season.watch.checked_in(mentor.submission_id)
    return (
        f"{season.town.people[season.town.owner_of_mentor(mentor.submission_id)].name} ({mentor.mn_id}) is checked in"
    )


@action("undo a check-in", 1)
def _undo_check_in(season: Season, a: int, b: int, c: int) -> str | None:
    record = pick(records_in_force(season.system.records, "attended_training"), a)
    if record is None:
        return None
    season.system.undo_record(record.id)
    season.watch.check_in_undone(record.submission_id or "")
    return f"a check-in of {record.mn_id} is undone"


@action("take back an approval of an archive", 1)
def _take_back_approval(season: Season, a: int, b: int, c: int) -> str | None:
    key = pick(sorted(season.system.approvals), a)
    if key is None:
        return None
    season.system.withdraw_approval(key)
    season.watch.approval_changed(key[0])
    return f"the approval to archive contact {key[0]} is taken back"


@action("keep a contact of the archive plan", 3)
def _reject_archive(season: Season, a: int, b: int, c: int) -> str | None:
    result = season.system.result
    row = pick([row for row in result.plan if row.plan_state != "kept"] if result else [], a)
    if row is None or row.action == "release":
        return None
    season.system.reject(row)
    return f"contact {row.contact_id} is to be kept"


@action("sync twice", 2)
def _sync_twice(season: Season, a: int, b: int, c: int) -> str | None:
    season.sync(season.town.feed())
    before = season.system.result
    result = season.system.calculate()
    season.watch.after_sync(result)
    if before is not None:
        season.watch.unchanged(before)
    return "a sync, and the same calculation again"


@action("count cash or write a note", 2)
def _record(season: Season, a: int, b: int, c: int) -> str | None:
    mentors = [mentor for mentor in season.system.mentors.values() if mentor.submission_id in season.town.signups]
    mentor = pick(mentors, a)
    if mentor is None or mentor.submission_id is None:
        return None
    person = season.town.people[season.town.owner_of_mentor(mentor.submission_id)]
    if b % 2:
        season.system.add_record("cash_verified", mentor.mn_id, mentor.submission_id, amount=Decimal(5 + c % 90))
        return f"cash of {person.name} ({mentor.mn_id}) is counted"
    season.system.add_record("note", mentor.mn_id, mentor.submission_id, note="brings a friend")
    return f"a note is written about {person.name} ({mentor.mn_id})"


@action("undo a count or a note", 1)
def _undo_record(season: Season, a: int, b: int, c: int) -> str | None:
    records = season.system.records
    record = pick([*records_in_force(records, "cash_verified"), *records_in_force(records, "note")], a)
    if record is None:
        return None
    season.system.undo_record(record.id)
    return f"a {record.kind} of {record.mn_id} is undone"


@action("changed rules recalculate", 2)
def _recalculate(season: Season, a: int, b: int, c: int) -> str | None:
    if season.system.as_of is None:
        return None
    season.watch.after_sync(season.system.calculate())
    return "the year is recalculated, as after an upgrade"
