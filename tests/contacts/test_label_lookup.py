"""Rulebook section 11: a label that was edited in Givebutter is found in the contacts' own labels, with a warning."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.contacts.label_lookup import find_label_warnings, read_present_config
from mentorsync_pipeline.contacts.load.edited_labels import find_edited_labels
from mentorsync_pipeline.db.tables import gb_contact_loads

YEAR = 2025
NOW = datetime(2025, 10, 20, tzinfo=UTC)


def load(conn: sa.Connection, origin: str, labels: list[str] | None) -> None:
    values = {"origin": origin, "row_count": 1, "as_of": NOW, "loaded_at": NOW, "custom_field_labels": labels}
    conn.execute(sa.insert(gb_contact_loads).values(values))


def test_labels_are_read_from_the_last_load_of_all_contacts(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        shipped = configuration.parse_yaml(configuration.shipped_campaigns()[YEAR])
        configuration.save_config(conn, shipped)
        assert read_present_config(conn, YEAR) == shipped
        load(conn, "export", ["🏫 UGA class?", "Something else"])
        load(conn, "api_mentors", None)
        assert read_present_config(conn, YEAR).custom_field_labels["uga_class"] == "🏫 UGA class?"
        assert configuration.read_config(conn, YEAR) == shipped
        (warning,) = find_label_warnings(conn, YEAR, source_table="mn_gb_import")
        assert "🎓 UGA Class is called 🏫 UGA class? in Givebutter now" in warning.message
        load(conn, "export", ["🎓 UGA Class", "🏫 UGA class?"])
        assert read_present_config(conn, YEAR) == shipped
        assert find_label_warnings(conn, YEAR, source_table="mn_gb_import") == []
        load(conn, "api_full", ["UGA class", "uga-class"])
        assert read_present_config(conn, YEAR) == shipped
        (warning,) = find_label_warnings(conn, YEAR, source_table="mn_gb_import")
        assert "several whose labels have the same text" in warning.message


@pytest.mark.parametrize(
    ("known", "loaded", "edited"),
    [
        (("🎓 UGA Class", "📆 Shift"), ("🏫 UGA class?",), {"🎓 UGA Class": "🏫 UGA class?"}),
        (("🎓 UGA Class",), ("🎓 UGA Class", "🏫 UGA class?"), {}),
        (("🎓 UGA Class", "uga class"), ("🏫 UGA class?",), {}),
        (("🎓 UGA Class",), ("UGA class", "uga-class"), {}),
        (("🎓 UGA Class",), ("UGA Classes",), {}),
        (("Text 1️⃣", "Text 2️⃣"), ("💬 Text 2️⃣",), {"Text 2️⃣": "💬 Text 2️⃣"}),
        ((), ("UGA class",), {}),
    ],
)
def test_an_edited_label_is_the_only_new_one_with_the_same_text(known, loaded, edited) -> None:
    assert find_edited_labels(known, loaded) == edited
