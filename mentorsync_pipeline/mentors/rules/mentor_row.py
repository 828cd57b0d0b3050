"""Make one row of `mentors` from everything that belongs to one mentor (rulebook section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from mentorsync_pipeline.attendance.rules.merge import Attendance, Checkbox, EarlierValue, merge_attendance
from mentorsync_pipeline.attendance.rules.records import MentorRecord
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.findings import Conflict, WarningFinding
from mentorsync_pipeline.domain.givebutter_values import is_yes, parse_date
from mentorsync_pipeline.domain.records import Contact, FormEntry, Member, Mentor, Provenance, Signup, Winner
from mentorsync_pipeline.domain.tags import add_tags, has_tag
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.domain.vocabulary import SyncState
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver
from mentorsync_pipeline.mentors.rules.contact_side import Sides, contact_text
from mentorsync_pipeline.mentors.rules.fields import (
    CONTACTS,
    MEMBERS,
    RECORDS,
    SETUP,
    SIGNUPS,
    THREE_WAY,
    TRAINING,
    WINNERS,
)
from mentorsync_pipeline.mentors.rules.fundraising import AMOUNT_SUBJECT, Fundraising, fundraising
from mentorsync_pipeline.mentors.rules.merging import DECIDED, SOURCE_ORDER, MergedField, merge_fields, without_contact
from mentorsync_pipeline.mentors.rules.mismatches import said_at
from mentorsync_pipeline.mentors.rules.neat_names import with_neat_names
from mentorsync_pipeline.mentors.rules.provenance import first_origin
from mentorsync_pipeline.mentors.rules.status import status

SOURCE_TABLE = "mentors"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorInputs:
    """What belongs to one mentor.

    `contact` is the winner as it will be after the import, with what the losers hand on; None for a new or a blocked
    mentor. `members` come best first; `records` are those of staff. `bases` are those with this contact, `elsewhere`
    those with other contacts that were the mentor's; `edits_seen_since` the edits in Givebutter that are newer than the
    sign-up. `known`: see `contact_side.known_fields`.
    """

    signup: Signup
    winner: Winner
    contact: Contact | None
    carried: CarryOver
    members: tuple[Member, ...]
    setup: FormEntry | None
    training: FormEntry | None
    records: tuple[MentorRecord, ...]
    bases: Mapping[str, Base]
    elsewhere: Mapping[str, Base]
    edits_seen_since: Mapping[str, Base]
    previous: Mentor | None
    decisions: Decisions
    config: CampaignConfig
    as_of: datetime
    known: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltRow:
    """A mentor's row, the bases that hold after it, and what was found on the way."""

    mentor: Mentor
    bases: Mapping[str, Base] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[WarningFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cell:
    """A value with its origin."""

    value: Any
    origin: Provenance


def build_row(given: MentorInputs) -> BuiltRow:
    """Make the row of a mentor whose winner is known, who is new, or who is blocked and has no earlier row."""
    merged = _merged(given)
    money = fundraising(
        given.signup.mn_id,
        given.members,
        base=given.bases.get(AMOUNT_SUBJECT),
        decisions=given.decisions,
        as_of=given.as_of,
        source_table=SOURCE_TABLE,
    )
    cells = {name: _merged_cell(one, given) for name, one in merged.items()}
    cells |= _signup_cells(given) | _money_cells(money, given) | _form_cells(given) | _contact_cells(given)
    cells |= _training_cells(given)
    mentor = Mentor(
        mn_id=given.signup.mn_id,
        sync_state=_sync_state(given),
        provenance={
            name: first_origin(given.previous, name, cell.value, cell.origin) for name, cell in sorted(cells.items())
        },
        **{name: cell.value for name, cell in cells.items()},
    )
    bases = {name: one.base for name, one in merged.items() if one.base is not None} | dict(given.carried.bases)
    return BuiltRow(
        mentor=mentor,
        bases=bases if money.base is None else bases | {AMOUNT_SUBJECT: money.base},
        conflicts=(*(one.conflict for one in merged.values() if one.conflict is not None), *money.conflicts),
        warnings=(*given.carried.warnings, *_unreadable_date(given)),
    )


def _sync_state(given: MentorInputs) -> SyncState:
    if given.winner.decision == "blocked":
        return "blocked"
    return "new" if given.contact is None else "matched"


def _merged(given: MentorInputs) -> Mapping[str, MergedField]:
    signup = with_neat_names(given.signup, given.contact)
    if given.contact is None:
        return {name: without_contact(getattr(signup, name), given.elsewhere.get(name)) for name in THREE_WAY}
    return merge_fields(
        Sides(
            signup=signup,
            contact=given.contact,
            bases=given.bases,
            elsewhere=given.elsewhere,
            edits_seen_since=given.edits_seen_since,
            decisions=given.decisions,
            config=given.config,
            as_of=given.as_of,
            known=given.known,
            source_table=SOURCE_TABLE,
        )
    )


def _merged_cell(one: MergedField, given: MentorInputs) -> _Cell:
    if one.source_table == CONTACTS and given.contact is not None:
        return _from_contact(one.value, given.contact, given, one.rule)
    return _cell(one.value, one.source_table, given.signup.submission_id, said_at(given.signup), one.rule)


def _signup_cells(given: MentorInputs) -> dict[str, _Cell]:
    signup, winner = given.signup, given.winner
    said = said_at(signup)
    return {
        "submission_id": _cell(signup.submission_id, SIGNUPS, signup.submission_id, said, SOURCE_ORDER),
        "signed_up_at": _cell(signup.created_at, SIGNUPS, signup.submission_id, said, SOURCE_ORDER),
        "gb_contact_id": _cell(winner.contact_id, WINNERS, winner.submission_id, given.as_of, winner.decision),
    }


def _money_cells(money: Fundraising, given: MentorInputs) -> dict[str, _Cell]:
    member = money.member
    source_id = member.member_id if member else None
    observed = member.observed_at if member else None
    rule = DECIDED if money.decided else SOURCE_ORDER
    found: dict[str, Any] = {
        "campaign_member": member is not None,
        "gb_member_id": source_id,
        "amount_raised": money.amount,
        "fundraising_page_url": member.url if member else None,
    }
    cells = {name: _cell(value, MEMBERS, source_id, observed, rule) for name, value in found.items()}
    reached = status(
        amount_raised=money.amount,
        campaign_member=member is not None,
        has_setup=given.setup is not None,
        fundraising_goal=given.config.fundraising_goal,
    )
    if member is None and given.setup is not None:
        return cells | {"status": _from_form(reached, SETUP, given.setup, "status")}
    return cells | {"status": _cell(reached, MEMBERS, source_id, observed, "status")}


def _form_cells(given: MentorInputs) -> dict[str, _Cell]:
    setup, training = given.setup, given.training
    return {
        "setup_submission_id": _from_form(setup.submission_id if setup else None, SETUP, setup),
        "training_signup": _from_form(training is not None, TRAINING, training),
        "training_signup_at": _from_form(training.created_at if training else None, TRAINING, training),
        "training_signup_submission_id": _from_form(training.submission_id if training else None, TRAINING, training),
    }


def _contact_cells(given: MentorInputs) -> dict[str, _Cell]:
    """The fields that only Givebutter fills in. Without a contact they are empty, but for the tags of a new one."""
    contact, config = given.contact, given.config
    if contact is None:
        is_new = given.winner.decision != "blocked"
        tags = _sorted_tags(_with_mentor_tag(given.carried.tags, config)) if is_new else ()
        empty = {"dropped": False, "notes": None, "tags": tags}
        return {name: _cell(value, CONTACTS, None, None, SOURCE_ORDER) for name, value in empty.items()}
    found: dict[str, Any] = {
        "dropped": has_tag(contact.tags, *config.dropped_tags),
        "notes": contact.notes,
        "tags": _sorted_tags(_with_mentor_tag(contact.tags, config)),
    }
    return {name: _from_contact(value, contact, given, SOURCE_ORDER) for name, value in found.items()}


def _training_cells(given: MentorInputs) -> dict[str, _Cell]:
    """Whether and when the mentor attended the training: records of staff, then Givebutter's custom fields."""
    contact, earlier = given.contact, given.previous
    checkbox, entered = Checkbox(), None
    if contact is not None:
        ticked = is_yes(contact_text(contact, "attended_training", given.config))
        checkbox = Checkbox(is_ticked=ticked, modified_at=contact.last_modified)
        entered = parse_date(contact_text(contact, "training_at", given.config))
    value = EarlierValue()
    if earlier is not None:
        value = EarlierValue(attended=earlier.attended_training, origin=earlier.provenance.get("attended_training"))
    merged = merge_attendance(given.records, checkbox, value)
    shown = entered or (earlier.training_at if earlier is not None and merged.source == "earlier" else None)
    return {
        "attended_training": _attended_cell(merged, given),
        "training_at": _day_cell(merged, shown, given),
    }


def _attended_cell(merged: Attendance, given: MentorInputs) -> _Cell:
    record, earlier = merged.record, given.previous
    if record is not None and merged.rule is not None:
        return _cell(merged.attended, RECORDS, record.id, record.undone_at or record.observed_at, merged.rule)
    if merged.source == "earlier" and earlier is not None and "attended_training" in earlier.provenance:
        return _Cell(merged.attended, earlier.provenance["attended_training"])
    return _from_contact_if_any(merged.attended, given)


def _day_cell(merged: Attendance, shown: date | None, given: MentorInputs) -> _Cell:
    """The day of the check-in in force, else what Givebutter shows, else what it showed before the tick was lost."""
    record, earlier = merged.record, given.previous
    if record is not None and merged.attended:
        return _cell(record.observed_on, RECORDS, record.id, record.observed_at, SOURCE_ORDER)
    if merged.source == "earlier" and earlier is not None and shown == earlier.training_at:
        kept = earlier.provenance.get("training_at")
        return _Cell(shown, kept) if kept is not None else _from_contact_if_any(shown, given)
    return _from_contact_if_any(shown, given)


def _from_contact_if_any(value: Any, given: MentorInputs) -> _Cell:
    if given.contact is None:
        return _cell(value, CONTACTS, None, None, SOURCE_ORDER)
    return _from_contact(value, given.contact, given, SOURCE_ORDER)


def _with_mentor_tag(tags: tuple[str, ...], config: CampaignConfig) -> tuple[str, ...]:
    """The tags with the year's mentor tag, unless they hold it under one of its names."""
    return tags if has_tag(tags, *config.mentor_tags) else add_tags((config.givebutter_mentor_tag,), tags)


def _sorted_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Tags have no order of their own; a fixed one keeps the row equal however Givebutter lists them."""
    return tuple(sorted(set(tags), key=lambda tag: (tag.casefold(), tag)))


def _unreadable_date(given: MentorInputs) -> tuple[WarningFinding, ...]:
    text = contact_text(given.contact, "training_at", given.config) if given.contact else None
    if text is None or parse_date(text) is not None:
        return ()
    mn_id = given.signup.mn_id
    return (
        WarningFinding(
            warning_type="unusual_value",
            subject=f"{mn_id}:training_at",
            message="The training date in Givebutter is neither M/D/YYYY nor YYYY-MM-DD and was not used.",
            source_table=SOURCE_TABLE,
            mn_id=mn_id,
        ),
    )


def _cell(value: Any, table: str, source_id: object, observed_at: datetime | None, rule: str) -> _Cell:
    origin = Provenance(
        source_table=table,
        source_id=None if source_id is None else str(source_id),
        observed_at=observed_at,
        rule=rule,
    )
    return _Cell(value, origin)


def _from_contact(value: Any, contact: Contact, given: MentorInputs, rule: str) -> _Cell:
    return _cell(value, CONTACTS, contact.contact_id, given.as_of, rule)


def _from_form(value: Any, table: str, entry: FormEntry | None, rule: str = SOURCE_ORDER) -> _Cell:
    return _cell(value, table, entry.submission_id if entry else None, entry.observed_at if entry else None, rule)
