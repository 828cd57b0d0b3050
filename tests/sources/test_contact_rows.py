"""A contact leaves the same row whether an export or the API tells of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.rules import contact_rows
from mentorsync_pipeline.rules.contact_columns import COLUMNS, read_header
from mentorsync_pipeline.sandbox import gb_json
from mentorsync_pipeline.sandbox.csv_export import _COLUMNS as SANDBOX_COLUMNS
from mentorsync_pipeline.sandbox.gb_model import Address, Contact, CustomField

FIELDS = {label: CustomField(1000 + place, label) for place, label in enumerate(("Shirt", "✅ Trained", "Title"))}
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
maybe = st.one_of(st.none(), words.filter(bool))
emails = st.lists(
    st.sampled_from(["a@mail.example", "A@mail.example", "b.c+d@post.example", "zz-1@uga.edu", "junk", "x@y"]),
    max_size=4,
    unique=True,
)
phones = st.lists(
    st.sampled_from(["+17065550101", "+17065550102", "(706) 555-0103", "12", "+442079460018"]), max_size=3, unique=True
)
moments = st.integers(10**9, 2 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
tags = st.lists(st.sampled_from(["Mentors 2025", "SWAB", "Donor", "Parent"]), unique=True)
addresses = st.lists(st.builds(Address, words, words, words, words, maybe), max_size=2)
cents = st.integers(0, 1_000_000).map(lambda cent: cent / 100)
contacts = st.builds(
    Contact,
    created_at=moments,
    updated_at=moments,
    id=st.integers(1, 10**9),
    external_id=maybe,
    prefix=maybe,
    first_name=maybe,
    preferred_name=maybe,
    middle_name=maybe,
    last_name=maybe,
    suffix=maybe,
    gender=maybe,
    pronouns=maybe,
    dob=st.one_of(st.none(), st.just("2004-05-06")),
    employer=maybe,
    title=maybe,
    website_url=maybe,
    twitter_url=maybe,
    note=st.one_of(st.none(), st.sampled_from(["one\ntwo", 'said "no"', "a, b", "=1+1"])),
    emails=emails,
    phones=phones,
    addresses=addresses,
    tags=tags,
    custom=st.dictionaries(st.sampled_from(list(FIELDS)), words, max_size=3),
    total_contributions=cents,
    recurring_contributions=cents,
    email_subscribed=st.booleans(),
    phone_subscribed=st.booleans(),
    address_subscribed=st.booleans(),
    contact_since=st.one_of(st.none(), moments),
)


def exported(contact, labels=tuple(FIELDS)):
    """The row by way of the export, as the sandbox writes it."""
    names = [name for name, _ in SANDBOX_COLUMNS]
    cells = [cell(contact) for _, cell in SANDBOX_COLUMNS]
    header = read_header([*names, *labels], file_name="contacts.csv")
    return contact_rows.from_export(header, [*cells, *(contact.custom.get(label, "") for label in labels)])


def fetched(contact):
    """The row by way of the API, as the sandbox answers."""
    return contact_rows.from_api(gb_json.contact_json(contact, FIELDS))


def without_origin(row):
    return {name: value for name, value in row.items() if name not in {"payload", *contact_rows.HOUSEHOLD}}


@given(contacts)
def test_export_and_api_leave_the_same_row(contact):
    assert without_origin(exported(contact)) == without_origin(fetched(contact))


@given(contacts, st.randoms())
def test_the_order_of_lists_does_not_matter(contact, draw):
    before = without_origin(fetched(contact))
    answer = gb_json.contact_json(contact, FIELDS)
    for name in ("emails", "phones", "tags"):
        draw.shuffle(answer[name])
    assert without_origin(contact_rows.from_api(answer)) == before


def test_a_repeated_label_counts_once_when_equal_and_is_kept_apart_when_not():
    labelled = [("Shirt", ""), ("Shirt", "M"), ("Shirt", "M"), ("Shirt", "L"), ("Size", " ")]
    assert contact_rows.custom_fields(labelled) == {"Shirt": "M", "Shirt (2)": "L"}


def test_the_payload_keeps_every_cell_in_the_order_of_the_file():
    names = [*COLUMNS, "Shirt", "Shirt"]
    cells = ["5" if name == "Givebutter Contact ID" else "" for name in COLUMNS]
    row = contact_rows.from_export(read_header(names, file_name="x.csv"), [*cells, "M", " L "])
    assert list(row["payload"].items()) == [("Givebutter Contact ID", "5"), ("Shirt", "M"), ("Shirt (2)", " L ")]


def test_the_household_is_known_to_the_export_alone():
    contact = Contact(created_at=datetime(2025, 1, 1, tzinfo=UTC), updated_at=datetime(2025, 1, 1, tzinfo=UTC), id=1)
    assert set(contact_rows.HOUSEHOLD).isdisjoint(fetched(contact))
    assert set(contact_rows.HOUSEHOLD) <= set(exported(contact))


@pytest.mark.parametrize(
    ("field", "wrong"), [("stats", {"total_contributions": "much"}), ("updated_at", "yesterday"), ("id", "x")]
)
def test_a_field_that_cannot_be_read_is_named_and_its_value_is_not(field, wrong):
    contact = Contact(created_at=datetime(2025, 1, 1, tzinfo=UTC), updated_at=datetime(2025, 1, 1, tzinfo=UTC), id=1)
    answer = {**gb_json.contact_json(contact, FIELDS), field: wrong}
    with pytest.raises(contact_rows.CellError) as raised:
        contact_rows.from_api(answer)
    assert not {"much", "yesterday"} & set(str(raised.value).split())
