"""A label that was edited in Givebutter, seen over the API on a single contact (rulebook, section 11)."""

from decimal import Decimal

import pytest

from mentorsync_pipeline.contacts.load.load_record import LoadRequest
from mentorsync_pipeline.contacts.load.upsert import load_changed_contacts
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.sandbox.gb_json import contact_json
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


def test_an_edited_label_is_followed_from_one_changed_contact(env: SandboxEnvironment) -> None:
    """Nothing but one contact's change comes over the API; no mentor loses a value, and the file has the new label."""
    before, label = env.by_mn_id(t.mentors), env.config.custom_field_labels["shift_preference"]
    linked = (row for row in before.values() if row["shift_preference"] and row["gb_contact_id"])
    mn_id, other = sorted(row["mn_id"] for row in linked)[:2]
    env.sandbox.dashboard.rename_field(label, "🗓 Shift preference?")
    env.edit(env.contact_of(mn_id).id, title="Dr.")
    answered = env.sandbox.contacts.get(env.contact_of(mn_id).id)
    with env.engine.begin() as conn:
        answer = [contact_json(answered, env.sandbox.contacts.custom_fields)]
        load = LoadRequest(run_id="test", loaded_at=env.now, max_shrink=Decimal("0.2"))
        loaded = load_changed_contacts(conn, [answer], load, as_of=env.now)
    assert loaded.rows == 1
    env.etl()
    after = env.by_mn_id(t.mentors)
    assert {key: row["shift_preference"] for key, row in after.items()} == {
        key: row["shift_preference"] for key, row in before.items()
    }
    rows = {row["contact_id"]: row["custom_fields"] for row in env.rows(t.raw_gb_full_contacts)}
    assert not [fields for fields in rows.values() if label in fields]
    assert rows[after[other]["gb_contact_id"]]["🗓 Shift preference?"]
    assert "🗓 Shift preference?" in env.import_row(other)["custom_fields"]
    warnings = env.rows(t.sync_warnings, t.sync_warnings.c.cleared_at.is_(None))
    assert f"label:{label}" in {row["subject"] for row in warnings}
