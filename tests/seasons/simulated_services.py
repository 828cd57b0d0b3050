"""The two services and the people who use them, in memory: what they do, and the truth about it.

`Town` holds Jotform's form, Givebutter's contacts and the campaign's members (the sandbox's own stores) and knows whose
each record is. What MentorSync makes of it does not belong here.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.row_records import record
from mentorsync_pipeline.db.tables import raw_mn_signups
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import PARTNER, SETUP, TRAINING
from mentorsync_pipeline.domain.label_matching import find_present_labels
from mentorsync_pipeline.domain.record_fields import FieldError
from mentorsync_pipeline.domain.records import Contact, FormEntry, Submission
from mentorsync_pipeline.sandbox import gb_model, jf_model
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.jf_json import submission_json
from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.sandbox.population import SandboxForms, Truth, World
from mentorsync_pipeline.sandbox.population.custom_fields import make_custom_fields
from mentorsync_pipeline.sandbox.population.form_layouts import (
    partner_questions,
    setup_questions,
    signup_questions,
    training_questions,
)
from mentorsync_pipeline.sandbox.sandbox import Sandbox
from mentorsync_pipeline.signups.rules.jotform_answers import parse_submission
from tests.seasons.households import populate
from tests.seasons.people import Person, mailbox
from tests.support.feeds import ZONE, read_contact, read_member
from tests.support.pure_year import Feed

YEAR = 2025
CAMPAIGN_ID = 310_000
START = datetime(2025, 9, 1, 12, tzinfo=UTC)
FORMS = SandboxForms()
CONFIG = find_present_labels(
    CampaignConfig.model_validate(campaign_settings(FORMS, YEAR)),
    [custom_field.label for custom_field in make_custom_fields(FORMS)],
).config
SHIRT_LABEL = CONFIG.custom_field_labels["shirt_size"]
ATTENDED_LABEL = FORMS.attended_training_label
AMOUNT_LABEL = FORMS.amount_raised_label
SHIRTS = ("S", "M", "L", "XL")
UNCONFIGURED_SHIRT = "4XL"
Q = FORMS.signup_questions
KEYS = ("phone", "personal_email", "uga_email")
# The second phone or email in the box of the first one.
FURTHER = {"phone": "further_phone", "personal_email": "further_email"}


@dataclass(frozen=True)
class EntryForm:
    """A form that mentors fill in after the sign-up. `questions`: the question of each meaning."""

    name: str
    form_id: str
    questions: Mapping[str, str]
    field_map: Mapping[str, str]
    answers: Collection[str]


ENTRY_FORMS = (
    EntryForm("setup", FORMS.setup_form_id, FORMS.setup_questions, CONFIG.setup_field_map, SETUP.answers),
    EntryForm(
        "training", FORMS.training_form_id, FORMS.training_questions, CONFIG.training_field_map, TRAINING.answers
    ),
    EntryForm("partner", FORMS.partner_form_id, FORMS.partner_questions, CONFIG.partner_field_map, PARTNER.answers),
)


@dataclass
class SignupTruth:
    """Who sent a submission, and what it means: each answer as the person meant it, however it was typed."""

    person: int
    mn_id: str
    values: dict[str, str]
    created_at: datetime
    edited_at: dict[str, datetime] = field(default_factory=dict)

    def answered_at(self, name: str) -> datetime:
        """When an answer was given that counts now."""
        return self.edited_at.get(name, self.created_at)


@dataclass(frozen=True)
class EntryTruth:
    """Which person an entry of a form is about, and the phone, email or MN id in it as it was meant."""

    form: str
    form_id: str
    submission_id: str
    person: int
    meant: Mapping[str, str]


@dataclass
class Town:
    """The services. `now` moves ten minutes with everything that somebody does.

    `bystanders` people have nothing to do with the campaign: each has a contact and a sign-up without an MN id, which
    nobody ever changes.
    """

    households: Sequence[str]
    options: Options = field(default_factory=Options)
    bystanders: int = 0
    now: datetime = START

    def __post_init__(self) -> None:
        population = populate(self.households, START)
        population.add_bystanders(self.bystanders)
        self.people = population.people
        self.owners = population.owners
        self.earlier = population.earlier
        self.world = _world(population.contacts)
        self.sandbox = Sandbox(self.world, options=self.options, clock=lambda: self.now)
        self.contacts, self.forms = self.sandbox.contacts, self.sandbox.forms
        self.form = self.world.forms[FORMS.signup_form_id]
        self.members = self.world.members[CAMPAIGN_ID]
        self.member_owners: dict[int, int] = {}
        self.signups: dict[str, SignupTruth] = {}
        self.entries: dict[str, EntryTruth] = {}
        # The answers, as they are meant, of the last version of each submission that could be read.
        self.answers: dict[str, dict[str, str]] = {}
        # The keys of each form entry, as they were meant when it was last read.
        self.entry_keys: dict[str, Mapping[str, str]] = {}
        self.mn_owners: dict[str, int] = {}
        self._next_id = 1
        for number in range(self.bystanders):
            self.forms.submit(self.form.id, {Q["name"]: {"first": "Passer", "last": f"By{number}"}})
        self._cached: dict[Any, Any] = {}

    # Who is who

    def owner_of_mentor(self, submission_id: str) -> int:
        """The person who sent a submission."""
        return self.signups[submission_id].person

    def submissions_of(self, person: Person, *, living: bool = True) -> list[str]:
        """The person's submissions, newest first."""
        found = [
            key
            for key, truth in self.signups.items()
            if truth.person == person.number and (not living or self.is_living(key))
        ]
        return sorted(found, key=lambda key: self.signups[key].created_at, reverse=True)

    def is_living(self, submission_id: str) -> bool:
        """Whether a submission is neither in the trash nor removed for good."""
        submission = self.form.submissions.get(submission_id)
        return submission is not None and submission.status != "DELETED"

    def contacts_of(self, person: Person) -> list[gb_model.Contact]:
        """The active contacts that are this person's alone."""
        return [contact for contact in self.living_contacts() if self.owners[contact.id] == frozenset((person.number,))]

    def living_contacts(self) -> list[gb_model.Contact]:
        """Every contact that is not archived, but for bystanders, by id."""
        return [contact for contact in self.contacts.all() if contact.archived_at is None and self.owners[contact.id]]

    def archived_contacts(self) -> list[gb_model.Contact]:
        """Every archived contact, by id."""
        return [contact for contact in self.contacts.all() if contact.archived_at is not None]

    def keys_of(self, submission_id: str) -> frozenset[str]:
        """The phones and the mailboxes of a submission, as they are meant."""
        answers = self.answers[submission_id]
        return frozenset(mailbox(answers[name]) for name in (*KEYS, *FURTHER.values()) if name in answers)

    # Jotform

    def next_mn_id(self) -> str:
        """The next id that the form gives out."""
        mn_id = f"MN{self._next_id:04d}"
        self._next_id += 1
        return mn_id

    def submit(
        self, person: Person, values: Mapping[str, str], typed: Mapping[str, Any], mn_id: str | None = None
    ) -> str:
        """A person signs up; `values` are meant, `typed` are the answers by question. `mn_id`: another person's."""
        mn_id = mn_id or self.next_mn_id()
        submission = self.forms.submit(self.form.id, {Q["mn_id"]: mn_id, **typed})
        self.signups[submission.id] = SignupTruth(person.number, mn_id, dict(values), self.now)
        self.mn_owners.setdefault(mn_id, person.number)
        return submission.id

    def edit_signup(self, submission_id: str, values: Mapping[str, str], typed: Mapping[str, Any]) -> None:
        """A person corrects answers of a submission."""
        self.forms.edit(self.form.id, submission_id, typed)
        for name in values:
            self.signups[submission_id].values.pop(FURTHER.get(name, ""), None)
        self.signups[submission_id].values.update(values)
        self.signups[submission_id].edited_at.update(dict.fromkeys(values, self.now))

    def remove_answer(self, submission_id: str, name: str, typed: Mapping[str, Any]) -> None:
        """A person replaces an answer by junk, which means nothing."""
        self.edit_signup(submission_id, {name: ""}, typed)
        del self.signups[submission_id].values[name]

    def forget_names(self, submission_id: str) -> None:
        """A person filled in the name boxes wrongly, so that they mean nothing."""
        for name in ("first_name", "last_name"):
            self.signups[submission_id].values.pop(name, None)

    def correct_mn_id(self, submission_id: str, spelling: str = "{}") -> str:
        """The team corrects the MN id of a submission."""
        mn_id = self.next_mn_id()
        self.forms.edit(self.form.id, submission_id, {Q["mn_id"]: spelling.format(mn_id)})
        self.signups[submission_id].mn_id = mn_id
        self.mn_owners[mn_id] = self.signups[submission_id].person
        return mn_id

    def type_mn_id(self, submission_id: str, mn_id: str) -> None:
        """A person types an MN id that exists."""
        self.forms.edit(self.form.id, submission_id, {Q["mn_id"]: mn_id})
        self.signups[submission_id].mn_id = mn_id

    def fill_in(self, form: EntryForm, person: Person, meant: Mapping[str, str], typed: Mapping[str, Any]) -> None:
        """Somebody fills in a form about a person."""
        submission = self.forms.submit(form.form_id, typed)
        self.entries[submission.id] = EntryTruth(form.name, form.form_id, submission.id, person.number, meant)

    def living_entries(self) -> list[EntryTruth]:
        """The entries that are not deleted, in the order of their submission."""
        return [entry for key, entry in self.entries.items() if self._entry(entry).status != "DELETED"]

    def _entry(self, entry: EntryTruth) -> jf_model.Submission:
        return self.world.forms[entry.form_id].submissions[entry.submission_id]

    # What MentorSync reads

    def feed(self) -> Feed:
        """Both services as they are now."""
        contacts, archived = {}, {}
        for contact in self.contacts.all():
            (contacts if contact.archived_at is None else archived)[contact.id] = self._contact(contact)
        return Feed(
            taken_at=self.now,
            submissions={
                key: row
                for key, submission in self.form.submissions.items()
                if (row := self._submission(submission)) is not None
            },
            contacts=contacts,
            archived=archived,
            members=tuple(read_member(member, START) for member in self.members),
            entries={form.name: self._entries(form) for form in ENTRY_FORMS},
            untidy_ids=frozenset(
                contact.id
                for contact in self.contacts.all()
                if contact.external_id and contact.external_id != contact.external_id.strip()
            ),
        )

    def peek(self) -> Feed:
        """Both services as they are now, without MentorSync reading them."""
        answers, entry_keys, cached = dict(self.answers), dict(self.entry_keys), dict(self._cached)
        feed = self.feed()
        self.answers, self.entry_keys, self._cached = answers, entry_keys, cached
        return feed

    def _entries(self, form: EntryForm) -> list[FormEntry]:
        listed = [entry for entry in self.living_entries() if entry.form == form.name]
        self.entry_keys.update({entry.submission_id: entry.meant for entry in listed})
        return [self._form_entry(form, self._entry(entry)) for entry in listed]

    def _form_entry(self, form: EntryForm, submission: jf_model.Submission) -> FormEntry:
        key = ("entry", submission.id, submission.updated_at)
        if key not in self._cached:
            row = parse_submission(submission_json(self.world.forms[form.form_id], submission), form.field_map, ZONE)
            answers = {name: row[name] for name in form.answers if row.get(name) is not None}
            self._cached[key] = record(FormEntry, row, observed_at=START, answers=answers)
        return self._cached[key]  # type: ignore[no-any-return]

    def _contact(self, contact: gb_model.Contact) -> Contact:
        key = ("contact", contact.id, contact.updated_at)
        if key not in self._cached:
            self._cached[key] = read_contact(contact, self.contacts)
        return self._cached[key]  # type: ignore[no-any-return]

    def _submission(self, submission: jf_model.Submission) -> Submission | None:
        """The submission as it is stored: one that cannot be read stays as it was (None: it was never read)."""
        key = ("submission", submission.id, submission.updated_at, submission.status)
        if key not in self._cached:
            try:
                row = parse_submission(submission_json(self.form, submission), CONFIG.signup_field_map, ZONE)
                _require_storable(row["payload"])
                require_fitting(raw_mn_signups, row, CONFIG.signup_field_map)
            except FieldError:
                self._cached[key] = self._cached.get(("read", submission.id))
            else:
                self._cached[key] = self._cached["read", submission.id] = record(Submission, row)
                if submission.id in self.signups:
                    self.answers[submission.id] = dict(self.signups[submission.id].values)
        return self._cached[key]  # type: ignore[no-any-return]

    def tick(self) -> None:
        """Time goes on."""
        self.now += timedelta(minutes=10)


def _require_storable(payload: Mapping[str, Any]) -> None:
    """Raise what PostgreSQL would: one such row fails the whole list."""
    text = json.dumps(payload, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        raise AssertionError("PostgreSQL cannot store a NUL")


def _world(contacts: list[gb_model.Contact]) -> World:
    """The sandbox's data of a town in which nobody has signed up yet."""
    questions = {
        FORMS.signup_form_id: signup_questions(FORMS),
        FORMS.previous_signup_form_id: signup_questions(FORMS),
        FORMS.setup_form_id: setup_questions(FORMS),
        FORMS.training_form_id: training_questions(FORMS),
        FORMS.partner_form_id: partner_questions(FORMS),
    }
    slug = FORMS.fill(FORMS.campaign_slug, YEAR)
    return World(
        seed=0,
        year=YEAR,
        now=START,
        config=FORMS,
        forms={form_id: jf_model.Form(form_id, form_id, listed, START) for form_id, listed in questions.items()},
        contacts=contacts,
        custom_fields=[
            replace(custom_field, options=(*custom_field.options, UNCONFIGURED_SHIRT))
            if custom_field.label == SHIRT_LABEL
            else custom_field
            for custom_field in make_custom_fields(FORMS)
        ],
        campaigns=[gb_model.Campaign(CAMPAIGN_ID, "CQVG3W", slug, slug, START, START)],
        members={CAMPAIGN_ID: []},
        truth=Truth((), {}, {}, (), ()),
    )
