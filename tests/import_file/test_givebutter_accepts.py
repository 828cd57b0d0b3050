"""Rulebook, section 9: every row that leaves is accepted, and no import takes anything away that Givebutter had."""

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
from mentorsync_pipeline.sandbox.gb_model import Contact as Held
from mentorsync_pipeline.sandbox.options import Options
from tests.support.loop import CONFIG, Loop, contact, phone, signup

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
SELECTS = ("shirt_size", "uga_class", "shift_preference")
# Options that somebody added in Givebutter and nobody in the configuration.
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
def loops(draw: st.DrawFn) -> Loop:
    answers = st.one_of(st.none(), st.sampled_from(["M", "m", "Huge", *MORE_OPTIONS]), ODD_TEXTS)
    one = signup(
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
    return Loop.of_one(one, winner, *losers)


def _held(shown: Contact) -> Held:
    """The contact in Givebutter that our record shows. An incomplete address is kept there all the same."""
    addresses = []
    if shown.has_address or shown.state:
        parts = (shown.address_line_1, shown.city, shown.state, shown.zip_code)
        addresses = [Address(*(part or "" for part in parts), address_2=shown.address_line_2)]
    return Held(
        created_at=NOW,
        updated_at=NOW,
        id=shown.contact_id,
        first_name=shown.first_name,
        last_name=shown.last_name,
        employer=shown.employer,
        title=shown.title,
        middle_name=shown.middle_name,
        emails=list(shown.emails),
        phones=list(shown.phones),
        addresses=addresses,
        note=shown.notes,
        tags=list(shown.tags),
        custom=dict(shown.custom_fields),
        email_subscribed=shown.email_subscribed,
        phone_subscribed=shown.phone_subscribed,
        address_subscribed=shown.address_subscribed,
    )


def _store(loop: Loop) -> ContactStore:
    labels = CONFIG.custom_field_labels
    kinds = dict.fromkeys(SELECTS, "select") | {"training_signup": "checkbox", "amount_raised": "number"}
    fields = [
        CustomField(100 + place, label, kinds.get(name, "text"), _options(name) if name in SELECTS else ())
        for place, (name, label) in enumerate(labels.items())
    ]
    return ContactStore([_held(one) for one in loop.contacts.values()], fields, lambda: NOW)


def _current(loop: Loop) -> CurrentContacts:
    states = {
        one.contact_id: ContactState.of(
            email=one.email_subscribed,
            phone=one.phone_subscribed,
            address=one.address_subscribed,
            gender=one.gender,
            custom_fields=one.custom_fields,
        )
        for one in loop.contacts.values()
    }
    return CurrentContacts(contact_ids=set(loop.contacts), states=states)


@settings(max_examples=400, deadline=None)
@given(loop=loops(), replaces_primary=st.booleans(), adds_tags=st.booleans())
def test_what_leaves_is_accepted_and_takes_nothing_away(loop: Loop, replaces_primary: bool, adds_tags: bool) -> None:
    loop.sync()
    built = [one.row for one in loop.rows()]
    linted = lint(built, _current(loop), CONFIG)
    assert linted.errors == ()
    assert len(linted.passed) == 1
    assert check(linted.passed, _current(loop), CONFIG).errors == ()
    store = _store(loop)
    options = Options(
        import_primary="replace" if replaces_primary else "keep", import_tags="add" if adds_tags else "replace"
    )
    result = import_csv(store, serialise(linted.passed, CONFIG), options)
    assert result.errors == []
    winner = loop.winners[loop.signups[0].submission_id]
    if winner is None:
        created = store.get(result.created[0])
        assert created is not None
        assert not any((created.email_subscribed, created.phone_subscribed, created.address_subscribed))
        return
    was, now = loop.contacts[winner], store.get(winner)
    assert now is not None
    assert set(was.phones) <= set(now.phones)
    assert {one.casefold() for one in was.emails} <= {one.casefold() for one in now.emails}
    assert set(was.tags) <= set(now.tags)
    assert (now.note, now.addresses[:1]) == (was.notes, _held(was).addresses)
    for flag in ("email_subscribed", "phone_subscribed", "address_subscribed"):
        losers = [loop.contacts[one] for one in loop.losers[loop.signups[0].submission_id]]
        assert not getattr(now, flag) or getattr(was, flag)
        if not any(getattr(loser, flag) is False for loser in losers):
            assert getattr(now, flag) == getattr(was, flag)
    assert now.last_name
    for name in SELECTS:
        label = CONFIG.custom_field_labels[name]
        assert now.custom.get(label) or not was.custom_fields.get(label)


@given(loop=loops())
@settings(max_examples=100, deadline=None)
def test_what_is_left_out_is_named_with_mentor_and_field(loop: Loop) -> None:
    loop.sync()
    (built,) = loop.rows()
    for warning in built.warnings:
        assert warning.mn_id == "MN0001"
        assert re.match(r"MN0001:.+", warning.subject)
    assert lint([built.row], _current(loop), CONFIG).warnings == ()
