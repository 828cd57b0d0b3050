"""A contact has the same row from an export and from the API."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.contacts.load.copy_rows import format_copy_text
from mentorsync_pipeline.contacts.rules import contact_rows, values
from mentorsync_pipeline.contacts.rules.export_columns import COLUMNS, read_header
from mentorsync_pipeline.sandbox import gb_json
from mentorsync_pipeline.sandbox.csv_export import _COLUMNS as SANDBOX_COLUMNS
from mentorsync_pipeline.sandbox.gb_model import Address, Contact, CustomField
from tests.support.copy_text import convert_record
from tests.support.examples import examples

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
    """The row from the sandbox's export."""
    names = [name for name, _ in SANDBOX_COLUMNS]
    cells = [cell(contact) for _, cell in SANDBOX_COLUMNS]
    return convert_record([*names, *labels], [*cells, *(contact.custom.get(label, "") for label in labels)])


def fetched(contact):
    """The row from the sandbox's API."""
    return contact_rows.parse_api_contact(gb_json.contact_json(contact, FIELDS))


def without_origin(row):
    return {name: value for name, value in row.items() if name not in {"payload", *contact_rows.HOUSEHOLD}}


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(contacts, st.randoms())
def test_export_and_api_leave_the_same_row_whatever_the_order_of_lists(contact, draw):
    before = without_origin(fetched(contact))
    assert without_origin(exported(contact)) == before
    answer = gb_json.contact_json(contact, FIELDS)
    for name in ("emails", "phones", "tags"):
        draw.shuffle(answer[name])
    assert without_origin(contact_rows.parse_api_contact(answer)) == before


def test_a_repeated_label_counts_once_when_equal_and_is_kept_apart_when_not():
    labelled = [("Shirt", ""), ("Shirt", "M"), ("Shirt", "M"), ("Shirt", "L"), ("Size", " ")]
    assert contact_rows.parse_custom_fields(labelled) == {"Shirt": "M", "Shirt (2)": "L"}


def test_thousands_of_repeated_labels_take_linear_time() -> None:
    count = 20_000  # in quadratic time: minutes
    numbered = [(f"Shirt ({number})", f"{number}") for number in range(2, count)]
    repeated = [("Shirt", f"size {number}") for number in range(count)]
    fields = contact_rows.parse_custom_fields([*numbered, *repeated])
    assert len(fields) == 2 * count - 2
    assert (fields["Shirt"], fields[f"Shirt ({count})"]) == ("size 0", "size 1")


NAMES = (*COLUMNS, "Instagram", "Shirt", "Shirt", "✅ Trained", "")
odd = st.sampled_from(
    ["", " ", "0", "yes", " Yes", "$1,000.00", "b, a", "a, b", "a,b", "2025-01-31", "x\ry", "x\ny", "1.5"]
)
cells_of = {
    "Givebutter Contact ID": st.sampled_from(["5", "005", " 5"]),
    "Recurring Contributions": st.sampled_from(["", "0.00", "0", "$1,000.00", "12.5", "-0.00"]),
    "Total Contributions": st.sampled_from(["", "0.00", "7.10", " 7.10"]),
    **dict.fromkeys([name for name in NAMES if "Subscribed" in name], st.sampled_from(["Yes", "No", "no", "", "1"])),
    **dict.fromkeys(
        [name for name in NAMES if name.endswith("(UTC)")],
        st.sampled_from(["", "2025-01-31 10:00:00", "2025-01-31T10:00:00Z", "0999-01-01 00:00:00"]),
    ),
    **dict.fromkeys(
        ["Primary Email", "Additional Emails"],
        st.sampled_from(["", "a@mail.example", "A@mail.example, b@mail.example", "junk,JUNK"]),
    ),
}


def as_exported(value):
    """A value as its column in the export shows it if it is well-formed."""
    match value:
        case None:
            return ""
        case bool():
            return {True: "Yes", False: "No"}[value]
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
        case list():
            return ", ".join(value)
    return str(value)


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(st.tuples(*(cells_of.get(name, odd) for name in NAMES)))
def test_every_cell_can_be_restored_exactly(cells):
    header = read_header(NAMES, file_name="x.csv")
    assume(any(cells[header.places[name]] for name in contact_rows.IDENTIFYING))
    row = convert_record(NAMES, cells)
    again = {column.payload_key: as_exported(row[column.target]) for column in header.columns if column.target}
    again["✅ Trained"] = row["custom_fields"].get("✅ Trained", "")
    again |= row["payload"]
    assert [again.get(column.payload_key, "") for column in header.columns] == list(cells)


@pytest.mark.parametrize("target", sorted(target for target in COLUMNS.values() if contact_rows.plain_cells(target)))
@settings(max_examples=examples(10))
@given(data=st.data())
def test_plain_cells_are_their_own_value_and_text(target, data):
    cell = data.draw(st.from_regex(contact_rows.plain_cells(target), fullmatch=True))
    value = contact_rows.parse_export_cell(target, cell)
    assert (values.cell(value), format_copy_text(value)) == (cell, cell)


def test_the_payload_has_the_other_cells_in_the_order_of_the_file():
    given_cells = {
        "Givebutter Contact ID": "5",
        "First Name": "Ava",
        "Last Name": " Quill ",
        "Primary Email": "ava@mail.example",
        "Additional Emails": "zz-1@uga.edu",
        "Total Contributions": "10",
        "Recurring Contributions": "0.00",
        **dict.fromkeys([name for name in NAMES if "Subscribed" in name], "Yes"),
        "Tags": "b, a",
        "Date Created (UTC)": "2025-01-31 10:00:00",
        "Instagram": "ava.q",
        "✅ Trained": "Yes",
    }
    names = [*COLUMNS, "Instagram", "Shirt", "Shirt", "✅ Trained"]
    header = read_header(names, file_name="x.csv")
    shirts = iter(["M", " L "])
    cells = [
        next(shirts) if column.label == "Shirt" else given_cells.get(column.payload_key, "")
        for column in header.columns
    ]
    assert list(convert_record(names, cells)["payload"].items()) == [
        ("Last Name", " Quill "),
        ("Total Contributions", "10"),
        ("Tags", "b, a"),
        ("Instagram", "ava.q"),
        ("Shirt", "M"),
        ("Shirt (2)", " L "),
    ]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(None, "individual"), ("", "individual"), (" Individual", "individual"), ("COMPANY", "company")],
)
def test_the_type_of_a_contact_is_read_in_any_case(shown, expected):
    contact = Contact(created_at=datetime(2025, 1, 1, tzinfo=UTC), updated_at=datetime(2025, 1, 1, tzinfo=UTC), id=1)
    answer = {**gb_json.contact_json(contact, FIELDS), "type": shown}
    assert contact_rows.parse_api_contact(answer)["contact_type"] == expected


def test_only_the_export_has_the_household():
    contact = Contact(created_at=datetime(2025, 1, 1, tzinfo=UTC), updated_at=datetime(2025, 1, 1, tzinfo=UTC), id=1)
    assert set(contact_rows.HOUSEHOLD).isdisjoint(fetched(contact))
    assert set(contact_rows.HOUSEHOLD) <= set(exported(contact))


@pytest.mark.parametrize(
    ("field", "wrong"), [("stats", {"total_contributions": "much"}), ("updated_at", "yesterday"), ("id", "x")]
)
def test_an_invalid_field_is_reported_without_its_value(field, wrong):
    contact = Contact(created_at=datetime(2025, 1, 1, tzinfo=UTC), updated_at=datetime(2025, 1, 1, tzinfo=UTC), id=1)
    answer = {**gb_json.contact_json(contact, FIELDS), field: wrong}
    with pytest.raises(contact_rows.CellError) as raised:
        contact_rows.parse_api_contact(answer)
    assert not {"much", "yesterday"} & set(str(raised.value).split())


@pytest.mark.parametrize("stats", [None, {}, {"recurring_contributions": 0}])
def test_a_contact_of_the_api_without_totals_is_a_donor_by_its_last_donation_or_unknown(stats):
    contact = Contact(created_at=datetime(2025, 1, 1, tzinfo=UTC), updated_at=datetime(2025, 1, 1, tzinfo=UTC), id=1)
    answer = {**gb_json.contact_json(contact, FIELDS), "stats": stats, "last_donation_amount": 25.0}
    assert contact_rows.parse_api_contact(answer)["total_contributions"] == 25
    assert contact_rows.parse_api_contact({**answer, "last_donation_amount": None})["total_contributions"] is None
    known = {**answer, "stats": {"total_contributions": 0}, "last_donation_amount": None}
    assert contact_rows.parse_api_contact(known)["total_contributions"] == 0
