"""The migrations create exactly the described tables, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mentorsync_pipeline.db.migrate import (
    SchemaError,
    _config,
    _list_revisions,
    newest_revision,
    require_current,
    upgrade,
)
from mentorsync_pipeline.db.tables import SCHEMA, metadata

pytestmark = pytest.mark.slow

# Full definitions of constraints, indexes and columns, which autogenerate does not compare.
EVERYTHING = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'mentorsync'::regnamespace AND conname NOT LIKE 'alembic%'
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'mentorsync'
       AND indexname NOT LIKE 'alembic%'
    UNION ALL
    SELECT 'column', table_name, column_name, concat_ws(' ', udt_name, is_nullable, column_default, is_identity,
           numeric_precision, numeric_scale) FROM information_schema.columns
     WHERE table_schema = 'mentorsync' AND table_name NOT LIKE 'alembic%'
    ORDER BY 1, 2, 3
"""


def test_autogenerate_finds_no_difference(engine):
    with engine.connect() as conn:
        context = MigrationContext.configure(
            conn,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
                "version_table_schema": SCHEMA,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_migrations_create_the_described_tables(engine, new_database):
    described = sa.create_engine(new_database(migrated=False), poolclass=sa.NullPool)
    with described.begin() as conn:
        conn.execute(sa.schema.CreateSchema(SCHEMA))
        metadata.create_all(conn)
        expected = conn.execute(sa.text(EVERYTHING)).all()
    with engine.connect() as conn:
        assert conn.execute(sa.text(EVERYTHING)).all() == expected


def test_the_files_of_the_migrations_are_named_after_their_revisions():
    scripts = list(ScriptDirectory.from_config(_config()).walk_revisions())
    assert sorted(script.revision for script in scripts) == list(_list_revisions())
    assert newest_revision() == ScriptDirectory.from_config(_config()).get_current_head()


def test_upgrades_at_the_same_time_wait_for_each_other_and_a_later_one_changes_nothing(new_database):
    url = new_database(migrated=False)
    empty = sa.create_engine(url, poolclass=sa.NullPool)
    with pytest.raises(SchemaError, match="mentorsync db upgrade"):
        require_current(empty)
    with ThreadPoolExecutor(4) as pool:
        before = list(pool.map(lambda _: upgrade(sa.create_engine(url, poolclass=sa.NullPool)), range(4)))
    assert sorted(before, key=str) == [newest_revision()] * 3 + [None]
    assert upgrade(empty) == newest_revision()
    require_current(empty)


def test_a_database_of_a_newer_version_is_not_changed(engine):
    with engine.begin() as conn:
        conn.execute(sa.text("UPDATE mentorsync.alembic_version SET version_num = '9999'"))
    for ask in (upgrade, require_current):
        with pytest.raises(SchemaError, match="newer version"):
            ask(engine)


@pytest.fixture(scope="module")
def upgraded(new_database):
    """An engine on a database that had rows and triggers of earlier versions, before its upgrade."""
    engine = sa.create_engine(new_database(migrated=False), poolclass=sa.NullPool)
    contacts = """
        INSERT INTO mentorsync.raw_gb_full_contacts (contact_id, email_keys, origin, observed_at, load_id)
        VALUES (1, '{j.doe@gmail.com,a.b@mail.example,jdoe+x.y@googlemail.com}', 'export', now(), 1),
               (2, '{a.b@mail.example}', 'export', now(), 1)
    """
    triggers = """
        CREATE FUNCTION mentorsync.refuse_messages() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER not_by_messages BEFORE INSERT ON mentorsync.mentors FOR EACH STATEMENT
          EXECUTE FUNCTION mentorsync.refuse_messages();
        INSERT INTO mentorsync.campaign_messages
               (campaign_year, mn_id, message_column, campaign, content, sync_log_id)
        VALUES (2025, 'MN0001', 'text', 'hello', 'Hi', 1)
    """
    conflicts = """
        INSERT INTO mentorsync.sync_conflicts
               (campaign_year, mn_id, conflict_type, subject, severity, blocking, recommendation_reason,
                input_fingerprint, source_table, sync_log_id, previous_decision, context)
        VALUES (2025, 'MN0001', 'contact_selection', '1', 'high', true, 'Why', 'x', 'winner_contacts', 1,
                '{"value": "new_contact"}', '{"compared_contacts": [1, 2]}'),
               (2025, 'MN0002', 'external_id_collision', 'holder:3', 'high', true, 'Why', 'x', 'winner_contacts', 1,
                '{"value": "new_contact"}', '{"contact": {"contact_id": 3}}'),
               (2025, 'MN0003', 'contact_selection', '1', 'high', true, 'Why', 'x', 'winner_contacts', 1,
                '{"value": 4}', '{"compared_contacts": [4]}')
    """
    answers = """
        INSERT INTO mentorsync.known_mentors (campaign_year, submission_id, mn_id, mn_ids, sync_log_id)
        VALUES (2024, '7001', 'MN0001', '{MN0001}', 1), (2024, '7002', 'MN0003', '{MN0002,MN0003}', 1),
               (2024, '7003', 'MN0002', '{MN0002}', 1);
        INSERT INTO mentorsync.sync_conflicts
               (campaign_year, mn_id, conflict_type, subject, severity, blocking, recommendation_reason,
                input_fingerprint, source_table, sync_log_id, option_a, context, previous_decision)
        VALUES (2024, 'MN0002', 'phone_mismatch', 'phone', 'medium', false, 'Why', 'x', 'mentors', 1,
                '{"metadata": {"submission_id": "7003"}}', '{}', '{}'),
               (2024, 'MN0002', 'external_id_collision', 'holder:1', 'high', true, 'Why', 'new', 'winner_contacts', 1,
                '{}', '{"signup": {"submission_id": "7003"}}', '{"value": "release"}');
        INSERT INTO mentorsync.sync_decisions
               (campaign_year, mn_id, conflict_type, subject, input_fingerprint, choice, decided_by)
        VALUES (2024, 'MN0002', 'contact_selection', '7002', 'x', 'a', 'Robin'),
               (2024, 'MN0003', 'external_id_collision', 'signups:7002+7003', 'x', 'a', 'Robin'),
               (2024, 'MN0002', 'shared_phone', '7001+7002', 'x', 'a', 'Robin'),
               (2024, 'MN0002', 'phone_mismatch', 'phone', 'x', 'a', 'Robin'),
               (2024, 'MN0002', 'external_id_collision', 'holder:1', 'old', 'a', 'Robin'),
               (2024, 'MN0001', 'fundraising_mismatch', 'amount_raised', 'x', 'a', 'Robin'),
               (2024, '-', 'data_staleness', 'contacts', 'x', 'b', 'Robin')
    """
    with engine.begin() as conn:
        config = _config()
        config.attributes["connection"] = conn
        for revision, script in (("0004", contacts), ("0010", triggers), ("0038", conflicts), ("0039", answers)):
            command.upgrade(config, revision)
            conn.exec_driver_sql(script)
    upgrade(engine)
    return engine


def test_stored_emails_are_compared_by_mailbox_after_the_upgrade(upgraded):
    with upgraded.connect() as conn:
        stored = conn.execute(sa.text("SELECT email_keys FROM mentorsync.raw_gb_full_contacts ORDER BY contact_id"))
        assert stored.scalars().all() == [["jdoe@gmail.com", "a.b@mail.example"], ["a.b@mail.example"]]


def test_triggers_that_an_earlier_version_installed_are_dropped(upgraded):
    with upgraded.begin() as conn:
        triggers = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
        functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'mentorsync'::regnamespace"
        assert conn.execute(sa.text(triggers)).scalar_one() == 0
        assert conn.execute(sa.text(functions)).scalar_one() == 0
        longer = "UPDATE mentorsync.campaign_messages SET message_column = 'text_2', content = repeat('x', 772)"
        assert conn.execute(sa.text(longer)).rowcount == 1


def test_answers_get_the_sign_up_that_they_were_given_for_where_it_is_known(upgraded):
    """The MN id MN0002 had two sign-ups, and the question that was asked again may have been the first one's."""
    with upgraded.connect() as conn:
        rows = conn.execute(sa.text("SELECT subject, submission_id FROM mentorsync.sync_decisions ORDER BY id"))
        owners = dict(map(tuple, rows))
        earlier = conn.execute(
            sa.text(
                "SELECT decision.subject FROM mentorsync.sync_conflicts JOIN mentorsync.sync_decisions AS decision"
                " ON decision.id = (previous_decision->>'id')::bigint"
            )
        )
        assert earlier.scalars().all() == ["holder:1"]
    assert owners == {
        "7002": "7002",
        "signups:7002+7003": "7003",
        "7001+7002": "7002",
        "phone": "7003",
        "holder:1": None,
        "amount_raised": "7001",
        "contacts": None,
    }


def test_answers_hold_for_the_contacts_of_questions_that_had_been_asked_again(upgraded):
    with upgraded.connect() as conn:
        seen = conn.execute(
            sa.text(
                "SELECT mn_id, previous_decision->'seen_contacts' FROM mentorsync.sync_conflicts"
                " WHERE campaign_year = 2025"
            )
        )
        assert dict(map(tuple, seen)) == {"MN0001": [1, 2], "MN0002": [3], "MN0003": None}
