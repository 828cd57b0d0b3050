"""Rulebook, section 9: Givebutter accepts every row of a file, and an import removes no data from a contact."""

import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.csv import serialise
from mentorsync_pipeline.import_file.rules.linter import ContactState, CurrentContacts, check, lint
from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.csv_import import import_csv
from mentorsync_pipeline.sandbox.gb_model import Address, CustomField
from mentorsync_pipeline.sandbox.gb_model import Contact as GivebutterContact
from mentorsync_pipeline.sandbox.options import Options
from tests.support.examples import examples
from tests.support.mentors_stage import CONFIG, MentorsStage, contact, phone, signup

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
SELECTS = ("shirt_size", "uga_class", "shift_preference")
# Options that exist in Givebutter and not in the configuration.
MORE_OPTIONS = ("Youth L", "5th year")
FOREIGN = "+442079460018"

ODD_TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        (
            "",
            " ",
            "=1+1",
            "@home",
            "\x00",
            "a\x1b[31m",
            "x" * 256,
            "x" * 1_001,
            "'",
            '"',
            "a,b",
            "a;b",
            "a\nb",
            "Zoë",
            "👩‍👩‍👧",
        )
    ),
    st.text(max_size=30),
)
PHONES = st.lists(st.sampled_from([phone(1), phone(2), phone(3), FOREIGN]), unique=True, max_size=3).map(tuple)
EMAILS = st.lists(
    st.sampled_from(["robin1@mail.example", "r.o@gmail.com", "jo.groß@mail.example", "zz-robin1@uga.edu"]),
    unique=True,
    max_size=3,
).map(tuple)
TAGS = st.lists(
    st.sampled_from(["Newsletter", "Board, Alumni", "mentors 2025", "x" * 65, "=tag", "@tag", "Parents"]),
    unique=True,
    max_size=4,
).map(tuple)
DATES = st.sampled_from([None, "2004-05-06", "5/6/2004", "May 6, 2004", "31.12.2004", "0000-00-00", "2/30/2004"])
ADDRESSES = st.one_of(
    st.just(dict.fromkeys(("address_line_1", "address_line_2", "city", "state", "zip_code", "country"))),
    st.fixed_dictionaries(
        {
            "address_line_1": ODD_TEXTS | st.just("1 Oak St"),
            "address_line_2": ODD_TEXTS,
            "city": ODD_TEXTS | st.just("Athens"),
            "state": ODD_TEXTS | st.just("GA"),
            "zip_code": ODD_TEXTS | st.just("30605"),
            "country": st.sampled_from([None, "US", "United States"]),
        }
    ),
)


def _options(name: str) -> tuple[str, ...]:
    return (*CONFIG.custom_field_options[name], *MORE_OPTIONS)


@st.composite
def contacts(draw: st.DrawFn, contact_id: int) -> Contact:
    labels = CONFIG.custom_field_labels
    custom: dict[str, str] = {
        labels[name]: draw(st.sampled_from(_options(name))) for name in SELECTS if draw(st.booleans())
    }
    if draw(st.booleans()):
        custom[labels["partner_preference"]] = draw(st.text(min_size=1, max_size=20)).strip() or "Sam"
    return contact(
        contact_id,
        emails=draw(EMAILS),
        phones=draw(PHONES),
        tags=draw(TAGS),
        custom_fields=custom,
        prefix=draw(ODD_TEXTS),
        middle_name=draw(ODD_TEXTS),
        employer=draw(ODD_TEXTS),
        title=draw(ODD_TEXTS),
        twitter=draw(ODD_TEXTS),
        household=draw(ODD_TEXTS),
        contact_since=draw(DATES),
        date_of_birth=draw(DATES),
        notes=draw(st.sampled_from([None, "Met at the fair"])),
        email_subscribed=draw(st.booleans()),
        phone_subscribed=draw(st.booleans()),
        address_subscribed=draw(st.booleans()),
        **draw(ADDRESSES),
    )


@st.composite
def stages(draw: st.DrawFn) -> MentorsStage:
    answers = st.one_of(st.none(), st.sampled_from(["M", "m", "Huge", *MORE_OPTIONS]), ODD_TEXTS)
    student = signup(
        first_name=draw(st.sampled_from(["Robin", "=Robin", "R" * 300])),
        preferred_name=draw(ODD_TEXTS),
        gender=draw(ODD_TEXTS),
        phone=draw(st.sampled_from([phone(1), FOREIGN, None])),
        personal_email=draw(st.sampled_from(["robin1@mail.example", None])),
        shirt_size=draw(answers),
        uga_class=draw(answers),
        shift_preference=draw(answers),
        partner_preference=draw(ODD_TEXTS),
    )
    winner = draw(st.none() | contacts(10))
    losers = draw(st.lists(contacts(20), max_size=1)) if winner is not None else []
    return MentorsStage.of_one(student, winner, *losers)


def _givebutter_contact(record: Contact) -> GivebutterContact:
    """Build the Givebutter contact of a record, including an incomplete address."""
    addresses = []
    if record.has_address or record.state:
        parts = (record.address_line_1, record.city, record.state, record.zip_code)
        addresses = [Address(*(part or "" for part in parts), address_2=record.address_line_2)]
    return GivebutterContact(
        created_at=NOW,
        updated_at=NOW,
        id=record.contact_id,
        first_name=record.first_name,
        last_name=record.last_name,
        employer=record.employer,
        title=record.title,
        middle_name=record.middle_name,
        emails=list(record.emails),
        phones=list(record.phones),
        addresses=addresses,
        note=record.notes,
        tags=list(record.tags),
        custom=dict(record.custom_fields),
        email_subscribed=record.email_subscribed,
        phone_subscribed=record.phone_subscribed,
        address_subscribed=record.address_subscribed,
    )


def _store(stage: MentorsStage) -> ContactStore:
    labels = CONFIG.custom_field_labels
    kinds = dict.fromkeys(SELECTS, "select") | {"training_signup": "checkbox", "amount_raised": "number"}
    fields = [
        CustomField(100 + place, label, kinds.get(name, "text"), _options(name) if name in SELECTS else ())
        for place, (name, label) in enumerate(labels.items())
    ]
    return ContactStore([_givebutter_contact(record) for record in stage.contacts.values()], fields, lambda: NOW)


def _current(stage: MentorsStage) -> CurrentContacts:
    states = {record.contact_id: ContactState.of_contact(record) for record in stage.contacts.values()}
    return CurrentContacts(contact_ids=set(stage.contacts), states=states)


@settings(max_examples=examples(200))
@given(stage=stages(), replaces_primary=st.booleans(), adds_tags=st.booleans())
def test_every_row_is_accepted_and_removes_no_data(
    stage: MentorsStage, replaces_primary: bool, adds_tags: bool
) -> None:
    """A warning about a left-out cell names mentor and field."""
    stage.sync()
    (built,) = stage.rows()
    for warning in built.warnings:
        assert warning.mn_id == "MN0001"
        assert re.match(r"MN0001:.+", warning.subject)
    linted = lint([built.row], _current(stage), CONFIG)
    assert (linted.errors, linted.warnings) == ((), ())
    assert len(linted.passed) == 1
    assert check(linted.passed, _current(stage), CONFIG).errors == ()
    store = _store(stage)
    options = Options(
        import_primary="replace" if replaces_primary else "keep", import_tags="add" if adds_tags else "replace"
    )
    result = import_csv(store, serialise(linted.passed, CONFIG), options)
    assert result.errors == []
    winner = stage.winners[stage.signups[0].submission_id]
    if winner is None:
        created = store.get(result.created[0])
        assert created is not None
        assert not any((created.email_subscribed, created.phone_subscribed, created.address_subscribed))
        return
    before, after = stage.contacts[winner], store.get(winner)
    assert after is not None
    assert set(before.phones) <= set(after.phones)
    assert {email.casefold() for email in before.emails} <= {email.casefold() for email in after.emails}
    assert set(before.tags) <= set(after.tags)
    assert (after.note, after.addresses[:1]) == (before.notes, _givebutter_contact(before).addresses)
    for flag in ("email_subscribed", "phone_subscribed", "address_subscribed"):
        losers = [stage.contacts[contact_id] for contact_id in stage.losers[stage.signups[0].submission_id]]
        assert not getattr(after, flag) or getattr(before, flag)
        if not any(getattr(loser, flag) is False for loser in losers):
            assert getattr(after, flag) == getattr(before, flag)
    assert after.last_name
    for name in SELECTS:
        label = CONFIG.custom_field_labels[name]
        assert after.custom.get(label) or not before.custom_fields.get(label)
