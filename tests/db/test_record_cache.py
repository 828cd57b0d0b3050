"""Records that are kept between the steps of a run: read again after every change, whoever made it."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.tables import closed_year_tags, placeholder_keys, raw_gb_full_contacts

pytestmark = pytest.mark.slow

YEAR = 2025
NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
KEYS = placeholder_keys
CONTACTS = raw_gb_full_contacts


@kept_until_changed(KEYS)
def read_keys(conn: sa.Connection, year: int) -> list[str]:
    READS.append(year)
    return sorted(conn.execute(sa.select(KEYS.c.key).where(KEYS.c.campaign_year == year)).scalars())


READS: list[int] = []


def _insert_key(key: str, year: int = YEAR) -> sa.Insert:
    return sa.insert(KEYS).values(campaign_year=year, key=key, signups=1, contacts=0)


@pytest.fixture
def keys(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as conn:
        conn.execute(_insert_key("b"))
    READS.clear()
    return engine


def test_unchanged_rows_are_read_once(keys: sa.Engine) -> None:
    for _ in range(3):
        with keys.begin() as conn:
            assert read_keys(conn, YEAR) == ["b"]
    assert READS == [YEAR]


def test_a_caller_may_change_its_list(keys: sa.Engine) -> None:
    with keys.begin() as conn:
        read_keys(conn, YEAR).append("x")
        assert read_keys(conn, YEAR) == ["b"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_insert_key("a"), ["a", "b"]),
        (sa.update(KEYS).values(key="c"), ["c"]),
        (sa.update(KEYS).values(key="b"), ["b"]),
        (sa.delete(KEYS), []),
        (_insert_key("z", YEAR + 1), ["b"]),
    ],
)
def test_a_change_is_read_also_before_it_is_committed(
    keys: sa.Engine, change: sa.Executable, expected: list[str]
) -> None:
    with keys.connect() as conn:
        assert read_keys(conn, YEAR) == ["b"]
        conn.execute(change)
        assert read_keys(conn, YEAR) == expected
        conn.rollback()
        assert read_keys(conn, YEAR) == ["b"]
        conn.execute(change)
        conn.commit()
    with keys.connect() as conn:
        assert read_keys(conn, YEAR) == expected


def test_a_row_that_is_replaced_by_an_equal_number_of_rows_is_read_again(keys: sa.Engine) -> None:
    with keys.begin() as conn:
        read_keys(conn, YEAR)
        conn.execute(sa.delete(KEYS))
        conn.execute(_insert_key("d"))
        assert read_keys(conn, YEAR) == ["d"]


def _read_names(conn: sa.Connection, contact_ids: Collection[int]) -> dict[int, str | None]:
    return {contact.contact_id: contact.first_name for contact in read_contacts_by_id(conn, contact_ids)}


@pytest.fixture
def contacts(engine: sa.Engine) -> sa.Engine:
    common = {"email_keys": [], "phone_keys": [], "contact_type": "individual", "origin": "export", "payload": {}}
    with engine.begin() as conn:
        for contact_id, name in ((1, "Ann"), (2, "Bo"), (3, "Cy")):
            values = {"contact_id": contact_id, "first_name": name, "observed_at": NOW, "load_id": 1, **common}
            conn.execute(sa.insert(CONTACTS).values(**values))
    return engine


def test_only_the_contact_that_changed_is_read_again(contacts: sa.Engine) -> None:
    with contacts.begin() as conn:
        first = {contact.contact_id: contact for contact in read_contacts_by_id(conn, [1, 2, 3])}
        conn.execute(sa.update(CONTACTS).where(CONTACTS.c.contact_id == 2).values(first_name="Bea"))
        conn.execute(sa.update(CONTACTS).where(CONTACTS.c.contact_id == 3).values(archived_at=NOW))
        second = {contact.contact_id: contact for contact in read_contacts_by_id(conn, [1, 2, 3])}
    assert second.keys() == {1, 2}
    assert second[1] is first[1]
    assert second[2].first_name == "Bea"


def test_a_tag_of_a_closed_year_changes_the_contact(contacts: sa.Engine) -> None:
    with contacts.begin() as conn:
        (before,) = read_contacts_by_id(conn, [1])
        conn.execute(sa.insert(closed_year_tags).values(contact_id=1, tag_key="mentor", campaign_year=YEAR - 1))
        (after,) = read_contacts_by_id(conn, [1])
    assert (dict(before.ended_tags), dict(after.ended_tags)) == ({}, {"mentor": YEAR - 1})


def test_contacts_of_another_database_are_others(contacts: sa.Engine) -> None:
    with contacts.begin() as conn:
        read_contacts_by_id(conn, [1])
    other = sa.create_engine(contacts.url)
    with other.begin() as conn:
        conn.execute(sa.update(CONTACTS).values(first_name="Other"))
        assert _read_names(conn, [1]) == {1: "Other"}
        conn.rollback()
    other.dispose()
    with contacts.begin() as conn:
        assert _read_names(conn, [1]) == {1: "Ann"}
