"""A whole generated year through the rules and the sandbox's own import, without database or network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from mentorsync_pipeline.rules import contact_rows, normalize
from mentorsync_pipeline.rules.candidates import find_candidates
from mentorsync_pipeline.rules.carry_over import year_carry_overs
from mentorsync_pipeline.rules.changes import Change, changes
from mentorsync_pipeline.rules.findings import Conflict
from mentorsync_pipeline.rules.import_file import serialise
from mentorsync_pipeline.rules.import_rows import ImportRow, build_rows
from mentorsync_pipeline.rules.jotform_answers import submission_row
from mentorsync_pipeline.rules.linter import CurrentContacts, Linted, lint
from mentorsync_pipeline.rules.losers import Protected, find_losers
from mentorsync_pipeline.rules.mentor_rows import Bases, YearData, build_mentors
from mentorsync_pipeline.rules.records import Contact, FormEntry, Member, Mentor, Submission
from mentorsync_pipeline.rules.signup_questions import waiting_for_an_id
from mentorsync_pipeline.rules.signups import deduplicate
from mentorsync_pipeline.rules.winners import choose_winners
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import ImportResult, import_csv
from mentorsync_pipeline.sandbox.gb_json import contact_json, member_json
from mentorsync_pipeline.sandbox.jf_json import submission_json
from mentorsync_pipeline.sandbox.options import Options

from .loop import CONFIG
from .worlds import Year

EASTERN = ZoneInfo("America/New_York")
Record = TypeVar("Record")


@dataclass
class YearLoop:
    """The state between rounds; `sync` makes rows and changes, `import_file` gives the file to Givebutter."""

    year: Year
    options: Options
    now: datetime = field(init=False)
    mentors: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    rows: tuple[ImportRow, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    linted: Linted = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.year.as_of
        world = self.year.world
        self.store = ContactStore(world.contacts, world.custom_fields, lambda: self.now)

    def sync(self) -> tuple[Change, ...]:
        """Take the contact data a day later and build everything from it."""
        self.now += timedelta(days=1)
        data = self._data()
        built = build_mentors(data)
        found = changes(self.mentors, built.mentors, successors=built.successors)
        self.mentors = {mentor.mn_id: mentor for mentor in built.mentors}
        self.bases, self.conflicts = built.bases, built.conflicts
        carried = year_carry_overs(
            data.signups,
            data.winners,
            data.contacts,
            data.losers,
            bases=self.bases,
            config=CONFIG,
            as_of=self.now,
            source_table="mn_gb_import",
        )
        made = build_rows(built.mentors, data.contacts, carried, data.losers, CONFIG)
        self.rows = tuple(one.row for one in made)
        contacts = self._contacts()
        current = CurrentContacts(
            holders={one.external_id: one.contact_id for one in contacts if one.external_id},
            contact_ids={one.contact_id for one in contacts},
        )
        self.linted = lint(self.rows, current, CONFIG)
        return found

    def import_file(self) -> ImportResult:
        return import_csv(self.store, serialise(self.linted.passed, CONFIG), self.options)

    def _data(self) -> YearData:
        world = self.year.world
        contacts = self._contacts()
        people = deduplicate(self._entries(Submission, CONFIG.jotform_signup_form_id, CONFIG.signup_field_map), CONFIG)
        campaign = next(one for one in world.campaigns if one.slug == CONFIG.givebutter_campaign_code)
        members = [self._member(member_json(one)) for one in world.members[campaign.id]]
        found = find_candidates(
            people.signups, contacts, members, CONFIG, as_of=self.now, earlier=self.year.earlier
        ).candidates
        decided = choose_winners(
            people.signups,
            found,
            CONFIG,
            earlier=self.year.earlier,
            decisions={},
            already_blocked=waiting_for_an_id(people.signups),
        ).winners
        winners = {one.submission_id: one for one in decided}
        winner_ids = {one.contact_id for one in decided if one.contact_id is not None}
        protected = Protected(
            winner_ids=frozenset(winner_ids), external_ids=frozenset(one.external_id for one in people.signups)
        )
        losers: dict[str, tuple[Contact, ...]] = {}
        for one in find_losers(people.signups, found, winners, protected):
            if one.hands_on({}):
                losers[one.submission_id] = (*losers.get(one.submission_id, ()), one.contact)
        return YearData(
            config=CONFIG,
            as_of=self.now,
            signups=people.signups,
            winners=winners,
            contacts={one.contact_id: one for one in contacts if one.contact_id in winner_ids},
            losers=losers,
            members=members,
            setups=self._entries(FormEntry, CONFIG.jotform_setup_form_id, CONFIG.setup_field_map),
            trainings=self._entries(FormEntry, CONFIG.jotform_training_form_id, CONFIG.training_field_map),
            previous=self.mentors,
            bases=self.bases,
        )

    def _contacts(self) -> list[Contact]:
        found = []
        for one in self.store.all():
            if one.archived_at is None and one.type == "individual":
                row = contact_rows.from_api(contact_json(one, self.store.custom_fields))
                keys = {"emails": tuple(row["email_keys"]), "phones": tuple(row["phone_keys"])}
                found.append(_record(Contact, row, **keys, total_contributions=row["total_contributions"] or 0))
        return found

    def _entries(self, kind: type[Record], form_id: str, field_map: Mapping[str, str]) -> list[Record]:
        form = self.year.world.forms[form_id]
        rows = [submission_row(submission_json(form, one), field_map, EASTERN) for one in form.submissions.values()]
        return [_record(kind, row) for row in rows if kind is Submission or row["status"] != "DELETED"]

    def _member(self, given: Mapping[str, Any]) -> Member:
        return Member(
            member_id=given["id"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            email=normalize.email(given["email"]),
            phone=normalize.phone(given["phone"]),
            raised=round(contact_rows.values.money(given["raised"]) or 0, 2),
            url=given["url"],
            observed_at=self.year.as_of,
        )


def _record(kind: type[Record], row: Mapping[str, Any], **derived: Any) -> Record:
    names = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # every record is a dataclass
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name in names}
    return kind(**(values | derived))
