"""docs/error-codes.md has the codes of the program."""

import re
import runpy
from pathlib import Path

import pytest

from mentorsync_pipeline.domain.error_codes import REGISTRY

DOCS = Path(__file__).parents[2] / "docs"
CODES = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


@pytest.mark.slow
def test_the_page_of_error_codes_is_current() -> None:
    written = runpy.run_path(str(DOCS / "error_codes.py"))["page"]()
    assert (DOCS / "error-codes.md").read_text(encoding="utf-8") == written, "write it: python docs/error_codes.py"


def test_every_code_has_a_meaning_and_a_next_step() -> None:
    page = (DOCS / "error-codes.md").read_text(encoding="utf-8")
    codes = CODES.findall(page)
    assert len(codes) == len(set(codes))
    assert set(REGISTRY) <= set(codes)
    assert {"ALREADY_DECIDED", "DATA_STALE", "EXPORT_OLDER", "SETTINGS_INVALID", "MENTOR_NOT_FOUND"} <= set(codes)
    assert not re.search(r"\| *\|", page), "an empty cell"
