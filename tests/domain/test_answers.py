"""A new answer of the sign-up form is one row in code, from the table to the import file and the console."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import Databases

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_a_new_form_answer_is_in_tables_import_file_api_and_page(new_database: Databases, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.domain.new_answer", new_database(), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["migration"] == [
        ["deduplicated_signups", "lucky_charm"],
        ["mentors", "lucky_charm"],
        ["raw_mn_signups", "lucky_charm"],
    ]
    assert result["mentor"] == "Clover"
    assert result["import_cell"] == "Clover"
    assert result["api"] == "Clover"
    assert result["page"], "the page shows the value with its source"
    assert result["provenance"] == "deduplicated_signups"
