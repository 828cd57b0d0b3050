"""A new form, and a new answer of the sign-up form, are one row in code each.

They are declared together in one process, which traces them from the configuration to the tables, the checks, the
import file and the console.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Databases

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def result(new_database: Databases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.domain.new_declarations", new_database(), str(tmp_path_factory.mktemp("new"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_a_migration_adds_the_table_and_the_columns(result: dict[str, Any]) -> None:
    assert result["migration"] == [
        ["deduplicated_signups", "lucky_charm"],
        ["mentors", "lucky_charm"],
        ["raw_mn_lodging", None],
        ["raw_mn_signups", "lucky_charm"],
    ]


def test_an_invented_form_reaches_table_checks_links_api_and_pages(result: dict[str, Any]) -> None:
    assert result["without"] == "2025 has no lodging form: jotform_lodging_form_id is not set"
    assert (result["read"], result["failed_checks"]) == (2, [])
    unknown, linked = result["form_api"]
    assert (linked["mentor"], linked["is_latest"], linked["answers"]["room_wish"]) == (
        result["mn_id"],
        True,
        "ABC 123",
    )
    assert (unknown["mentor"], unknown["answers"]) == (None, {"mn_id": "MN9999", "room_wish": "XYZ 789"})
    counts = {key: result["counts"][key] for key in ("name", "title", "entries", "unlinked", "mentors")}
    assert counts == {"name": "lodging", "title": "lodging form", "entries": 2, "unlinked": 1, "mentors": 1}
    assert "Room wish" in result["form_page"]
    assert "ABC 123" in result["form_page"]
    assert "XYZ 789" in result["form_file"]
    assert "Lodging form of" in result["mentor_page"]
    assert "ABC 123" in result["mentor_page"]


def test_a_new_form_answer_is_in_tables_import_file_api_and_page(result: dict[str, Any]) -> None:
    assert result["mentor"] == "Clover"
    assert result["import_cell"] == "Clover"
    assert result["provenance"] == "deduplicated_signups"
    mentor = result["mentor_api"].get("mentor", result["mentor_api"])
    assert mentor["lucky_charm"] == "Clover"
    assert "ucky charm" in result["mentor_page"]
    assert "Clover" in result["mentor_page"], "the page shows the value with its source"
