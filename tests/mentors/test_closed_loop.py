"""Rulebook sections 7 to 9: after an import, building again gives the same mentors, rows and no change."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.import_file.rules.csv import parse, serialise
from mentorsync_pipeline.import_file.rules.linter import CurrentContacts, lint
from mentorsync_pipeline.mentors.rules.changes import find_changes
from tests.support.examples import examples
from tests.support.mentors_stage import (
    CONFIG,
    PARTNER,
    SHIRT,
    START,
    MentorsStage,
    contact,
    entry,
    member,
    phone,
    signup,
)

PHONES = st.sampled_from([phone(number) for number in (1, 2, 3, 4)])
EMAILS = st.sampled_from(
    ["robin1@mail.example", "zz-robin1@uga.edu", "rob@work.example", "zz-rob@uga.edu", "parent@home.example"]
)
TAGS = st.sampled_from(["Mentors 2025", "Mentors 2024", "Dropped 25", "Newsletter", "SWAB 2025", "Alumni"])
FREE = st.sampled_from([None, "=1+1", "-none", "+1 friend", "@anyone", "With Sam", "First line\nsecond line"])
SIZES = st.sampled_from([None, "S", "m", "XL"])


def _several(values: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=most, unique=True).map(tuple)


def _filled(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(values)


SIGNUPS = _filled(
    phone=st.one_of(st.none(), PHONES),
    personal_email=st.one_of(st.none(), EMAILS),
    uga_email=st.sampled_from([None, "zz-robin1@uga.edu"]),
    preferred_name=st.sampled_from([None, "Rob", "=Rob"]),
    gender=st.sampled_from([None, "Female"]),
    shirt_size=SIZES,
    partner_preference=FREE,
    created_at=st.sampled_from([START.replace(month=2), START.replace(month=8)]),
)
CONTACTS = _filled(
    phones=_several(PHONES),
    emails=_several(EMAILS),
    tags=_several(TAGS, 4),
    preferred_name=st.sampled_from([None, "Bobby"]),
    employer=st.sampled_from([None, "-Mill", "Mill"]),
    custom_fields=st.sampled_from([{}, {SHIRT: "S"}, {SHIRT: "XL", PARTNER: "'=1+1"}]),
    email_subscribed=st.booleans(),
    notes=st.sampled_from([None, "Met at the fair"]),
    contact_since=st.sampled_from([None, "2024-03-01"]),
    last_modified=st.sampled_from([None, START - timedelta(days=5), START - timedelta(days=400)]),
)


@st.composite
def stages(draw: st.DrawFn) -> MentorsStage:
    winner = draw(st.one_of(st.none(), CONTACTS))
    losers = draw(st.lists(CONTACTS, max_size=2)) if winner is not None else []
    stage = MentorsStage.of_one(
        signup(**draw(SIGNUPS)),
        contact(10, **winner) if winner is not None else None,
        *(contact(20 + place, **values) for place, values in enumerate(losers)),
        replace_primary=draw(st.booleans()),
        add_tags=draw(st.booleans()),
    )
    stage.members = draw(st.sampled_from([[], [member()], [member(), member(502, "80.00")]]))
    stage.trainings = draw(st.sampled_from([[], [entry("71", mn_id="1")]]))
    return stage


@settings(max_examples=examples(200))
@given(stage=stages())
def test_nothing_that_givebutter_has_is_lost_and_a_second_round_changes_nothing(stage: MentorsStage) -> None:
    contacts = dict(stage.contacts)
    is_new = stage.winners[stage.signups[0].submission_id] is None
    stage.sync()
    first, first_rows = stage.previous, stage.rows()
    facts = CurrentContacts(contact_ids=set(stage.contacts))
    linted = lint([built.row for built in first_rows], facts, CONFIG)
    assert linted.errors == ()
    assert parse(serialise(linted.passed, CONFIG), CONFIG).rows == tuple(
        replace(row, messages=dict.fromkeys(CONFIG.message_columns.values())) for row in linted.passed
    )
    stage.import_file()
    _assert_nothing_is_lost(contacts, stage)
    stage.sync()
    second, second_rows = stage.previous, stage.rows()
    if is_new:
        fields = {change.field for change in find_changes(first, second.values())}
        assert fields <= {"gb_contact_id"}
        assert second["MN0001"].sync_state == "matched"
    else:
        assert first == second
        assert [built.row for built in first_rows] == [built.row for built in second_rows]
    stage.import_file()
    bases = stage.bases
    stage.sync()
    assert stage.previous == second
    assert find_changes(second, stage.previous.values()) == ()
    assert stage.rows() == second_rows
    assert stage.bases == bases


@settings(max_examples=examples(60))
@given(stage=stages(), data=st.data())
def test_the_order_of_the_input_does_not_matter(stage: MentorsStage, data: st.DataObject) -> None:
    other = MentorsStage(
        signups=stage.signups,
        contacts=dict(data.draw(st.permutations(list(stage.contacts.items())))),
        winners=stage.winners,
        losers={key: tuple(data.draw(st.permutations(ids))) for key, ids in stage.losers.items()},
        members=data.draw(st.permutations(stage.members)),
    )
    stage.trainings = []
    assert stage.sync() == other.sync()
    assert stage.rows() == other.rows()


def _assert_nothing_is_lost(before: dict[int, Contact], stage: MentorsStage) -> None:
    for contact_id, was in before.items():
        now = stage.contacts[contact_id]
        assert set(was.phones) <= set(now.phones)
        assert set(was.emails) <= set(now.emails)
        assert set(was.tags) <= set(now.tags)
        assert was.notes == now.notes
        assert not was.email_subscribed or now.email_subscribed or contact_id == 10
        assert was.email_subscribed or not now.email_subscribed
    assert stage.mentor().amount_raised in (Decimal(0), Decimal(20), Decimal(80))
