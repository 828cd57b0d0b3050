"""Reads: only contacts that can match are read, and rows become records."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.contacts.queries import ContactsMissingError
from mentorsync_pipeline.db.row_records import read_dicts, read_records, record
from mentorsync_pipeline.db.tables import gb_contact_loads, raw_gb_full_contacts
from mentorsync_pipeline.domain.records import MatchKeys

pytestmark = pytest.mark.slow

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
TABLE = raw_gb_full_contacts.c
NEWEST = (
    sa.select(TABLE.contact_id, TABLE.notes, TABLE.email_keys, TABLE.primary_email)
    .where(TABLE.contact_id > 6)
    .order_by(TABLE.contact_id)
)
NO_KEYS = MatchKeys(external_ids=frozenset(), phones=frozenset(), emails=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record of some columns, with two defaults."""

    contact_id: int
    notes: str | None
    email_keys: tuple[str, ...]
    primary_email: str | None = None
    is_named: bool = False


def contact(contact_id: int, **values: Any) -> dict[str, Any]:
    defaults = {
        "contact_id": contact_id,
        "external_id": None,
        "email_keys": [],
        "phone_keys": [],
        "contact_type": "individual",
        "archived_at": None,
        "origin": "export",
        "payload": {},
        "observed_at": NOW,
        "load_id": 1,
    }
    return defaults | values


def test_a_deeply_nested_json_value_is_read(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        value = conn.execute(sa.text(f"SELECT '{'[' * 500}{']' * 500}'::jsonb")).scalar_one()
    depth = 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == 499


@pytest.fixture
def contacts(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as conn:
        conn.execute(
            sa.insert(raw_gb_full_contacts),
            [
                contact(1, external_id="MN0001"),
                contact(2, email_keys=["first@mail.example", "second@mail.example"]),
                contact(3, phone_keys=["+17065550101", "+17065550102"]),
                contact(4, external_id="MN0004", archived_at=NOW),
                contact(5, external_id="MN0005", contact_type="company"),
                contact(6, email_keys=["other@mail.example"]),
            ],
        )
    return engine


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (NO_KEYS, []),
        (MatchKeys(external_ids=frozenset({"MN0001"}), phones=frozenset(), emails=frozenset()), [1]),
        (
            MatchKeys(external_ids=frozenset(), phones=frozenset(), emails=frozenset({"second@mail.example"})),
            [2],
        ),
        (MatchKeys(external_ids=frozenset(), phones=frozenset({"+17065550102"}), emails=frozenset()), [3]),
        (
            MatchKeys(external_ids=frozenset({"MN0004", "MN0005"}), phones=frozenset(), emails=frozenset()),
            [],
        ),
    ],
    ids=["no key", "external id", "additional email", "additional phone", "archived or company"],
)
def test_contacts_are_selected_by_any_of_their_keys(contacts: sa.Engine, keys: MatchKeys, expected: list[int]) -> None:
    with contacts.connect() as conn:
        assert [contact.contact_id for contact in contact_queries.read_matching_contacts(conn, keys)] == expected


def test_primary_emails_and_phones_come_first(contacts: sa.Engine) -> None:
    with contacts.connect() as conn:
        (contact,) = contact_queries.read_contacts_by_id(conn, [2])
    assert contact.emails == ("first@mail.example", "second@mail.example")


def test_equal_values_of_rows_are_one_object(contacts: sa.Engine) -> None:
    values = {"email_keys": ["one@mail.example", "two@mail.example"], "primary_email": "one@mail.example"}
    with contacts.begin() as conn:
        conn.execute(
            sa.insert(raw_gb_full_contacts), [contact(7, **values, notes=None), contact(8, **values, notes="one")]
        )
        first, second = read_records(conn, NEWEST, Row, is_named=bool)
    keys = ("one@mail.example", "two@mail.example")
    assert first == Row(contact_id=7, notes=None, email_keys=keys, primary_email=keys[0], is_named=True)
    assert second == Row(contact_id=8, notes="one", email_keys=keys, primary_email=keys[0], is_named=True)
    assert first.primary_email is second.primary_email
    assert first.email_keys[0] is second.email_keys[0] is first.primary_email


def test_rows_are_read_as_the_records_of_their_dictionaries(contacts: sa.Engine) -> None:
    with contacts.begin() as conn:
        conn.execute(sa.insert(raw_gb_full_contacts), [contact(7, email_keys=["one@mail.example"]), contact(8)])
        records = list(read_records(conn, NEWEST, Row, notes=lambda row: f"{row['contact_id']}"))
        rows = list(read_dicts(conn, NEWEST))
        assert list(read_records(conn, NEWEST.where(sa.false()), Row)) == []
        with pytest.raises(TypeError, match="has no field unknown"):
            list(read_records(conn, NEWEST, Row, unknown=bool))
        with pytest.raises(TypeError, match="needs contact_id"):
            list(read_records(conn, sa.select(raw_gb_full_contacts.c.notes), Row))
    assert records == [record(Row, row, notes=f"{row['contact_id']}") for row in rows]
    assert records[0] == Row(contact_id=7, notes="7", email_keys=("one@mail.example",))


def test_external_ids_of_archived_contacts_and_companies_are_read(contacts: sa.Engine) -> None:
    with contacts.connect() as conn:
        assert contact_queries.read_external_id_holders(conn, ["MN0001", "MN0004", "MN0005", "MN9999"]) == {
            "MN0001": 1,
            "MN0004": 4,
            "MN0005": 5,
        }


def test_an_active_holder_of_an_external_id_precedes_an_archived_one(contacts: sa.Engine) -> None:
    with contacts.begin() as conn:
        conn.execute(sa.insert(raw_gb_full_contacts), [contact(7, external_id="MN0001", archived_at=NOW)])
        assert contact_queries.read_external_id_holders(conn, ["MN0001"]) == {"MN0001": 1}


def test_external_ids_match_regardless_of_case(contacts: sa.Engine) -> None:
    with contacts.begin() as conn:
        conn.execute(sa.text("UPDATE mentorsync.raw_gb_full_contacts SET external_id = 'mn0001' WHERE contact_id = 1"))
        assert contact_queries.read_external_id_holders(conn, [" Mn0001 "]) == {"MN0001": 1}
        keys = MatchKeys(frozenset({"MN0001"}), frozenset(), frozenset())
        assert [contact.contact_id for contact in contact_queries.read_matching_contacts(conn, keys)] == [1]


def test_the_error_of_missing_contact_data_names_the_commands_to_load_it(engine: sa.Engine) -> None:
    with engine.connect() as conn, pytest.raises(ContactsMissingError, match="mentorsync upload FILE"):
        contact_queries.read_contacts_as_of(conn)


def test_the_age_of_the_contact_data_is_that_of_the_stored_load(engine: sa.Engine) -> None:
    older = datetime(2025, 9, 1, tzinfo=UTC)
    with engine.begin() as conn:
        for origin, as_of in (("api_full", NOW), ("export", older), ("api_mentors", NOW)):
            conn.execute(sa.insert(gb_contact_loads).values(origin=origin, row_count=1, as_of=as_of, loaded_at=NOW))
        assert contact_queries.read_contacts_as_of(conn) == older
