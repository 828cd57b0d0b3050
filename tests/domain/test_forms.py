"""A new form is one row in code, from the configuration to the raw table, its checks and the console."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mentorsync_pipeline.db.tables import metadata
from mentorsync_pipeline.domain.forms import ENTRY_FORMS, FORMS, KEY_ANSWERS, SIGNUP
from tests.support.databases import Databases

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_an_invented_form_reaches_table_checks_links_api_and_pages(new_database: Databases, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.domain.new_form", new_database(), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["migration"] == [["raw_mn_lodging", None]]
    assert result["without"] == "2025 has no lodging form: jotform_lodging_form_id is not set"
    assert (result["read"], result["failed_checks"]) == (2, [])
    unknown, linked = result["api"]
    assert (linked["mentor"], linked["is_latest"], linked["answers"]["room_wish"]) == (
        result["mn_id"],
        True,
        "ABC 123",
    )
    assert (unknown["mentor"], unknown["answers"]) == (None, {"mn_id": "MN9999", "room_wish": "XYZ 789"})
    counts = {key: result["counts"][key] for key in ("name", "title", "entries", "unlinked", "mentors")}
    assert counts == {"name": "lodging", "title": "lodging form", "entries": 2, "unlinked": 1, "mentors": 1}
    assert "Room wish" in result["page"]
    assert "ABC 123" in result["page"]
    assert "XYZ 789" in result["file"]
    assert "Lodging form of" in result["mentor_page"]
    assert "ABC 123" in result["mentor_page"]


def test_every_form_has_its_own_table_and_keys() -> None:
    for names in ([form.name for form in FORMS], [form.table for form in FORMS]):
        assert len(set(names)) == len(FORMS)
    for form in FORMS:
        table = metadata.tables[f"mentorsync.{form.table}"]
        assert all(table.c[name].comment for name in form.columns)
        assert "mn_id" in form.columns
    assert SIGNUP not in ENTRY_FORMS
    assert all(form.key_answers == KEY_ANSWERS for form in ENTRY_FORMS)
