"""Upgrades of `known_mentors` keep links, pages, form entries and bases of an older database."""

import pytest
import sqlalchemy as sa
from alembic import command

from mentorsync_pipeline.db import migrate
from mentorsync_pipeline.db import tables as t

pytestmark = pytest.mark.slow

_BEFORE = "0007"
_ROWS = """
    INSERT INTO mentorsync.mentors
           (campaign_year, mn_id, submission_id, gb_contact_id, gb_member_id, status, sync_state)
    VALUES (2025, 'MN0001', '7001', 10, 900, 'needs_page', 'matched'), (2025, 'MN0002', NULL, NULL, NULL, 'needs_setup',
            'blocked');
    INSERT INTO mentorsync.deduplicated_signups
           (campaign_year, submission_id, mn_id, external_id, phone, personal_email, created_at,
            superseded_submission_ids)
    VALUES (2025, '7001', 'MN0001', 'MN0001', '+17065550101', 'robin@mail.example', '2025-09-01Z', '{6001}');
    INSERT INTO mentorsync.mentor_bases (campaign_year, mn_id, field, value, contact_id, confirmed_at)
    VALUES (2025, 'MN0001', 'phone', '"+17065550101"', 10, '2025-09-02Z'),
           (2025, 'MN0001', 'amount_raised', '"5.00"', NULL, '2025-09-02Z'),
           (2025, 'MN0002', 'phone', '"+17065550102"', 20, '2025-09-02Z');
"""
_ENTRIES = """
    INSERT INTO mentorsync.mentor_form_entries (campaign_year, form, submission_id, mn_id, is_latest, sync_log_id)
    VALUES (2025, 'setup', '70', 'MN0001', true, 1), (2025, 'partner', '71', 'MN0001', true, 1);
    INSERT INTO mentorsync.known_mentors (campaign_year, submission_id, mn_id, last_row, sync_log_id)
    VALUES (2025, '7003', 'MN0003', '{"setup_submission_id": "72", "partner_submission_id": null}', 1);
"""


def _move(engine: sa.Engine, revision: str, *, down: bool = False) -> None:
    with engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def test_links_pages_and_bases_are_kept(new_database):
    engine = sa.create_engine(new_database(migrated=False), poolclass=sa.NullPool)
    _move(engine, _BEFORE)
    with engine.begin() as connection:
        connection.execute(sa.text(_ROWS))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        (known,) = connection.execute(sa.select(t.known_mentors)).mappings()
        bases = connection.execute(sa.select(t.mentor_bases)).mappings().all()
    assert (known["submission_id"], known["mn_ids"], known["contact_id"]) == ("7001", ["MN0001"], 10)
    assert (known["member_ids"], known["superseded_submission_ids"]) == ([900], ["6001"])
    assert known["keys"] == ["+17065550101", "robin@mail.example"]
    keys = {(row["submission_id"], row["field"], row["contact_id"]) for row in bases}
    assert keys == {("7001", "phone", 10), ("7001", "amount_raised", 0), ("of MN0002", "phone", 20)}
    _move(engine, "0028", down=True)
    with engine.begin() as connection:
        connection.execute(sa.text(_ENTRIES))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        entries = connection.execute(sa.select(t.known_mentors.c.submission_id, t.known_mentors.c.entry_ids)).all()
    assert dict(map(tuple, entries)) == {"7001": ["70", "71"], "7003": ["72"]}
    _move(engine, _BEFORE, down=True)
    with engine.connect() as connection:
        left = connection.execute(sa.text("SELECT mn_id, field, contact_id FROM mentorsync.mentor_bases")).all()
    assert set(left) == {("MN0001", "phone", 10), ("MN0001", "amount_raised", None)}
