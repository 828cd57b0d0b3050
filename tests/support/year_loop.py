"""A whole generated year through the rules and the sandbox's own import, without database or network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.contacts.rules import contact_rows
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, SIGNUP, Form
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.labels import find_present_labels
from mentorsync_pipeline.domain.records import Contact, FormEntry, Member, Mentor, Submission
from mentorsync_pipeline.import_file.rules.csv import serialise
from mentorsync_pipeline.import_file.rules.linter import LintResult
from mentorsync_pipeline.import_file.rules.rows import ImportRow
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.changes import Change
from mentorsync_pipeline.recalculation.rules.year_result import YearInputs, recalculate_year
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import ImportResult, import_csv
from mentorsync_pipeline.sandbox.gb_json import contact_json, member_json
from mentorsync_pipeline.sandbox.jf_json import submission_json
from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.signups.rules.jotform_answers import parse_submission
from tests.support.loop import SHIPPED_CONFIG
from tests.support.worlds import Year

EASTERN = ZoneInfo("America/New_York")
Record = TypeVar("Record")


@dataclass
class YearLoop:
    """The state between rounds; `sync` makes rows and changes, `import_file` gives the file to Givebutter."""

    year: Year
    options: Options
    now: datetime = field(init=False)
    config: CampaignConfig = field(init=False)
    mentors: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    known: KnownMentors = field(default_factory=dict)
    rows: tuple[ImportRow, ...] = ()
    plan: tuple[PlanRow, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    linted: LintResult = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.year.as_of
        world = self.year.world
        self.store = ContactStore(world.contacts, world.custom_fields, lambda: self.now)
        self.config = find_present_labels(
            SHIPPED_CONFIG, [custom_field.label for custom_field in world.custom_fields]
        ).config

    def sync(self) -> tuple[Change, ...]:
        """Take the contact data a day later and build everything from it."""
        self.now += timedelta(days=1)
        result = recalculate_year(self._inputs())
        self.mentors = {mentor.mn_id: mentor for mentor in result.mentors.mentors}
        self.bases, self.conflicts = result.mentors.bases, result.mentors.conflicts
        self.known = result.mentors.known
        self.plan = result.plan
        self.rows = tuple(built.row for built in result.import_rows)
        self.linted = result.linted
        return result.changes

    def import_file(self) -> ImportResult:
        return import_csv(self.store, serialise(self.linted.passed, self.config), self.options)

    def _inputs(self) -> YearInputs:
        world = self.year.world
        campaign = next(one for one in world.campaigns if self.config.givebutter_campaign_code in (one.slug, one.code))
        return YearInputs(
            config=self.config,
            as_of=self.now,
            submissions=[
                _record(Submission, row)
                for row in self._parse_submissions(self.config.form_id(SIGNUP), self.config.field_map(SIGNUP))
            ],
            contacts=self._contacts(),
            members=[self._member(member_json(one)) for one in world.members[campaign.id]],
            entries={form.name: self._form_entries(form) for form in ENTRY_FORMS},
            earlier=self.year.earlier,
            previous=self.mentors,
            bases=self.bases,
            known=self.known,
        )

    def _contacts(self) -> list[Contact]:
        found = []
        for one in self.store.all():
            if one.archived_at is None and one.type == "individual":
                row = contact_rows.parse_api_contact(contact_json(one, self.store.custom_fields))
                keys = {"emails": tuple(row["email_keys"]), "phones": tuple(row["phone_keys"])}
                found.append(_record(Contact, row, **keys, total_contributions=row["total_contributions"] or 0))
        return found

    def _form_entries(self, form: Form) -> list[FormEntry]:
        form_id, field_map = self.config.form_id(form), self.config.field_map(form)
        if form_id is None:
            return []
        rows = self._parse_submissions(form_id, field_map)
        return [
            _record(FormEntry, row, answers={name: row[name] for name in form.answers if row.get(name)})
            for row in rows
            if row["status"] != "DELETED"
        ]

    def _parse_submissions(self, form_id: str, field_map: Mapping[str, str]) -> list[dict[str, Any]]:
        form = self.year.world.forms[form_id]
        return [parse_submission(submission_json(form, one), field_map, EASTERN) for one in form.submissions.values()]

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
