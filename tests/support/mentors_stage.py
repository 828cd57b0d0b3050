"""The mentors stage in memory, for a matching result that a test sets: build mentors, import their rows, build again.

Other tests of a year use `tests.support.pure_year`. Here the winners are set, because the stage's tests state what
happens for results that matching would not choose from the same data: blocked mentors, winners that are exchanged, and
contacts that share no key with their mentor. The calculation is the product's, from the mentors stage on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord
from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import Conflict
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.records import (
    Contact,
    DecisionInForce,
    FormEntry,
    Member,
    Mentor,
    Signup,
    Winner,
)
from mentorsync_pipeline.import_file.rules.import_rows import BuiltImportRow, ImportRow, build_rows
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.carry_over import compute_carry_overs
from mentorsync_pipeline.mentors.rules.losers import Loser, find_transferable_values
from mentorsync_pipeline.mentors.rules.mentor_rows import MentorRows
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData
from mentorsync_pipeline.mentors.rules.sent_rows import SentRow, find_new_rows
from mentorsync_pipeline.recalculation.rules.year_result import recalculate_mentors
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.population import SandboxForms
from tests.support.answers import Choice, make_answer

START = datetime(2025, 9, 1, 12, tzinfo=UTC)
# The sandbox's campaign, with the status and the partner in text fields, so that every kind of field occurs.
_SETTINGS: dict[str, Any] = campaign_settings(SandboxForms(), 2025)
CONFIG = CampaignConfig.model_validate(
    _SETTINGS
    | {
        "custom_field_labels": _SETTINGS["custom_field_labels"] | {"status": "🚦 Mentor Status"},
        "custom_field_types": {},
    }
)
SHIRT = CONFIG.custom_field_labels["shirt_size"]
_SUBSCRIBED = ("email_subscribed", "phone_subscribed", "address_subscribed")
PARTNER = CONFIG.custom_field_labels["partner_preference"]


def phone(number: int) -> str:
    return f"+17065550{number:03d}"


def signup(number: int = 1, **values: Any) -> Signup:
    given: dict[str, Any] = {
        "submission_id": f"60{number:016d}",
        "mn_id": f"MN{number:04d}",
        "created_at": START - timedelta(days=20),
        "first_name": "Robin",
        "last_name": f"Testwell{chr(96 + number)}",
        "phone": phone(number),
        "personal_email": f"robin{number}@mail.example",
        "uga_email": f"zz-robin{number}@uga.edu",
        "shirt_size": "M",
    } | values
    return Signup(external_id=CONFIG.external_id(given["mn_id"]), **given)


def contact(contact_id: int = 10, **values: Any) -> Contact:
    given: dict[str, Any] = {
        "first_name": "Robin",
        "last_name": "Testwella",
        "emails": ("robin1@mail.example",),
        "phones": (phone(1),),
        "last_modified": START - timedelta(days=5),
        "email_subscribed": True,
        "phone_subscribed": True,
    } | values
    given.setdefault("primary_email", next(iter(given["emails"]), None))
    given.setdefault("primary_phone", next(iter(given["phones"]), None))
    return Contact(contact_id=contact_id, **given)


@dataclass
class MentorsStage:
    """A year's mentors in memory.

    `winners` and `losers` are contact ids by submission id. `replace_primary` and `add_tags` select how Givebutter
    imports these columns, which its documentation leaves open.
    """

    signups: list[Signup]
    contacts: dict[int, Contact]
    winners: dict[str, int | None]
    losers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    setups: list[FormEntry] = field(default_factory=list)
    trainings: list[FormEntry] = field(default_factory=list)
    partners: list[FormEntry] = field(default_factory=list)
    records: list[MentorRecord] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    decisions: dict[tuple[str, str, str], DecisionInForce] = field(default_factory=dict)
    replace_primary: bool = False
    add_tags: bool = False
    previous: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    known: KnownMentors = field(default_factory=dict)
    as_of: datetime = START
    file_times: list[datetime] = field(default_factory=list)
    sent_mn_ids: set[str] = field(default_factory=set)
    sent_rows: dict[str, list[SentRow]] = field(default_factory=dict)
    result: MentorRows | None = None
    config: CampaignConfig = CONFIG

    @classmethod
    def of_one(cls, person: Signup, winner: Contact | None, *losers: Contact, **values: Any) -> "MentorsStage":
        contacts = {c.contact_id: c for c in (*losers, *((winner,) if winner else ()))}
        return cls(
            signups=[person],
            contacts=contacts,
            winners={person.submission_id: winner.contact_id if winner else None},
            losers={person.submission_id: tuple(loser.contact_id for loser in losers)},
            **values,
        )

    def data(self) -> YearData:
        return YearData(
            config=self.config,
            as_of=self.as_of,
            signups=self.signups,
            winners={person.submission_id: self._winner(person) for person in self.signups},
            contacts=self.contacts,
            losers=self._losers(),
            members=self.members,
            entries={"setup": self.setups, "training": self.trainings, "partner": self.partners},
            records=self.records,
            previous=self.previous,
            bases=self.bases,
            known=self.known,
            decisions=self.decisions.values(),
            file_times=self.file_times,
            sent_mn_ids=self.sent_mn_ids,
            sent_rows=self.sent_rows,
        )

    def sync(self) -> MentorRows:
        """Build the mentors from contact data that was taken a day later."""
        self.as_of += timedelta(days=1)
        self.result = recalculate_mentors(self.data()).mentors
        unchanged = {row.mn_id for row in self.result.mentors if row == self.previous.get(row.mn_id)}
        self.sent_mn_ids = self.sent_mn_ids & unchanged
        self.previous = {mentor.mn_id: mentor for mentor in self.result.mentors}
        self.bases, self.known = self.result.bases, self.result.known
        return self.result

    def rows(self) -> tuple[BuiltImportRow, ...]:
        """Build the import rows from the current contacts."""
        data = self.data()
        carried = compute_carry_overs(data, data.index_bases())
        return build_rows(self.previous.values(), carried, data)

    def write_file(self) -> None:
        """Write an import file that nobody imports."""
        self.file_times.append(self.as_of)
        self.sent_mn_ids = set(self.previous)
        rows = [built.row for built in self.rows()]
        cells = {row.mn_id: {**row.cells, **row.custom_fields} for row in rows if row.mn_id is not None}
        new_rows = find_new_rows(cells, self.previous, self.sent_rows, self.config, made_at=self.as_of)
        for key, sent_row in new_rows.items():
            self.sent_rows.setdefault(key, []).append(sent_row)

    def import_file(self) -> None:
        """Import the rows as Givebutter does: ids update, emails and phones are added, other cells overwrite."""
        self.write_file()
        for built in self.rows():
            row = built.row
            contact_id = row.cells[col.CONTACT_ID]
            target = Contact(contact_id=max(self.contacts, default=0) + 1)
            if contact_id is not None:
                target = self.contacts[int(contact_id)]
            else:
                person = next(signup for signup in self.signups if signup.mn_id == row.mn_id)
                self.winners[person.submission_id] = target.contact_id
            self.contacts[target.contact_id] = self._imported(target, row)

    def edit(self, contact_id: int, **values: Any) -> None:
        """Edit a contact in Givebutter."""
        edited = replace(self.contacts[contact_id], last_modified=self.as_of, **values)
        self.contacts[contact_id] = replace(
            edited,
            primary_email=next(iter(edited.emails), None),
            primary_phone=next(iter(edited.phones), None),
        )

    def answer(self, conflict: Conflict, choice: Choice, value: Any = None) -> None:
        self.decisions[conflict.mn_id, conflict.conflict_type, conflict.subject] = make_answer(conflict, choice, value)

    def mentor(self, mn_id: str = "MN0001") -> Mentor:
        return self.previous[mn_id]

    def _winner(self, person: Signup) -> Winner:
        key = person.submission_id
        if key in self.blocked:
            return Winner(submission_id=key, mn_id=person.mn_id, contact_id=None, decision="blocked", reason="")
        contact_id = self.winners[key]
        decision = "new_contact" if contact_id is None else "only_candidate"
        return Winner(submission_id=key, mn_id=person.mn_id, contact_id=contact_id, decision=decision, reason="")  # type: ignore[arg-type]  # one of the literals

    def _losers(self) -> dict[str, Sequence[Loser]]:
        keys = {person.submission_id: {*person.phone_keys, *person.email_keys} for person in self.signups}
        everybodys = set().union(*keys.values())
        return {
            person.submission_id: tuple(
                Loser(
                    submission_id=person.submission_id,
                    mn_id=person.mn_id,
                    contact=self.contacts[contact_id],
                    winner_contact_id=self.winners[person.submission_id],
                    is_mass_email=False,
                    campaign_member=False,
                    kept=None,
                    doubts=(),
                    clears=None,
                    input_fingerprint="",
                    **find_transferable_values(
                        self.contacts[contact_id],
                        others_keys=everybodys - keys[person.submission_id],
                        dropped_tags=self.config.dropped_tags,
                    ),
                )
                for contact_id in self.losers.get(person.submission_id, ())
            )
            for person in self.signups
        }

    def _imported(self, target: Contact, row: ImportRow) -> Contact:
        cells = row.cells

        def many(column: str) -> list[str]:
            return [part.strip() for part in (cells[column] or "").split(",") if part.strip()]

        def added(present: Sequence[str], first: str | None, more: Sequence[str]) -> tuple[str, ...]:
            primary = [first] if first else []
            ordered = [*primary, *present, *more] if self.replace_primary else [*present, *primary, *more]
            return tuple(dict.fromkeys(ordered))

        texts = {
            "external_id": col.EXTERNAL_ID,
            "first_name": "First Name",
            "preferred_name": "Preferred First Name",
            "last_name": "Last Name",
            "gender": "Gender",
            "employer": "Employer",
            "contact_since": "Contact Since",
        }
        emails = added(target.emails, cells[col.PRIMARY_EMAIL], many(col.EMAILS))
        phones = added(target.phones, cells[col.PRIMARY_PHONE], many(col.PHONES))
        tags = (*target.tags, *many(col.TAGS)) if self.add_tags else many(col.TAGS)
        return replace(
            target,
            **{name: cells[column] or getattr(target, name) for name, column in texts.items()},
            emails=emails,
            phones=phones,
            primary_email=next(iter(emails), None),
            primary_phone=next(iter(phones), None),
            tags=tuple(dict.fromkeys(reversed(tags))),
            notes="\n".join(filter(None, (target.notes, cells[col.NOTES]))) or None,
            **{
                flag: cells[column] == "Yes"
                for column, flag in zip(col.SUBSCRIPTIONS, _SUBSCRIBED, strict=True)
                if cells[column] is not None
            },
            custom_fields={**target.custom_fields, **row.custom_fields},
            last_modified=self.as_of,
        )


def member(member_id: int = 501, raised: str = "20.00", **values: Any) -> Member:
    given: dict[str, Any] = {
        "first_name": "Robin",
        "last_name": "Testwella",
        "email": "robin1@mail.example",
        "updated_at": START - timedelta(days=3),
        "observed_at": START,
        "url": f"https://givebutter.example/{member_id}",
    } | values
    return Member(member_id=member_id, raised=Decimal(raised), **given)


def entry(submission_id: str = "70", **values: Any) -> FormEntry:
    given: dict[str, Any] = {"created_at": START - timedelta(days=2), "observed_at": START} | values
    return FormEntry(submission_id=submission_id, **given)
