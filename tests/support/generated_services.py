"""A generated year's services in memory: its forms, contacts and members, and Givebutter's import."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorsync_pipeline.db.row_records import record
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, SIGNUP, Form
from mentorsync_pipeline.domain.label_matching import find_present_labels
from mentorsync_pipeline.domain.records import FormEntry, Submission
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import ImportResult, import_csv
from mentorsync_pipeline.sandbox.jf_json import submission_json
from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.signups.rules.jotform_answers import parse_submission
from tests.support.feeds import ZONE, read_contact, read_member
from tests.support.pure_year import Feed, PureYear
from tests.support.worlds import Year


class GeneratedServices:
    """The services of a generated year; `sync` and `import_file` are a round with its `PureYear`."""

    def __init__(self, year: Year, options: Options | None = None) -> None:
        self.year, self.world, self.now = year, year.world, year.as_of
        self.store = ContactStore(self.world.contacts, self.world.custom_fields, self._clock)
        self.config = find_present_labels(
            CampaignConfig.model_validate(campaign_settings(self.world.config, self.world.year)),
            [custom_field.label for custom_field in self.world.custom_fields],
        ).config
        self.system = PureYear(self.config, self._clock, earlier=year.earlier)
        self._options = options or Options()

    def sync(self) -> Any:
        """Take the services' answers a day later, and calculate the year from them."""
        self.now += timedelta(days=1)
        return self.system.sync(self.feed())

    def import_file(self) -> ImportResult:
        return import_csv(self.store, self.system.import_file(), self._options)

    def feed(self) -> Feed:
        campaign = next(
            listed
            for listed in self.world.campaigns
            if self.config.givebutter_campaign_code in (listed.slug, listed.code)
        )
        signups = self._parse(self.config.form_id(SIGNUP), self.config.field_map(SIGNUP))
        contacts = (
            contact for contact in self.store.all() if contact.archived_at is None and contact.type == "individual"
        )
        return Feed(
            taken_at=self.now,
            submissions={row["submission_id"]: record(Submission, row) for row in signups},
            contacts={contact.id: read_contact(contact, self.store) for contact in contacts},
            members=tuple(read_member(member, self.year.as_of) for member in self.world.members[campaign.id]),
            entries={form.name: self._entries(form) for form in ENTRY_FORMS},
        )

    def _clock(self) -> datetime:
        return self.now

    def _entries(self, form: Form) -> list[FormEntry]:
        form_id, field_map = self.config.form_id(form), self.config.field_map(form)
        if form_id is None:
            return []
        return [
            record(FormEntry, row, answers={name: row[name] for name in form.answers if row.get(name)})
            for row in self._parse(form_id, field_map)
            if row["status"] != "DELETED"
        ]

    def _parse(self, form_id: str, field_map: Mapping[str, str]) -> list[dict[str, Any]]:
        form = self.world.forms[form_id]
        return [
            parse_submission(submission_json(form, submission), field_map, ZONE)
            for submission in form.submissions.values()
        ]
