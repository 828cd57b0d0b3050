"""Every text of the console is in the template for translators."""

import subprocess
import sys
from pathlib import Path

import pytest

from mentorsync_pipeline.console.rendering import FOLDER, environment

ROOT = FOLDER.parents[1]


@pytest.mark.slow
def test_the_texts_for_translators_are_current(tmp_path: Path) -> None:
    (recipe,) = [line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "pybabel" in line]
    now = tmp_path / "console.pot"
    places = {"$(CONSOLE)/locales/console.pot": str(now), "$(CONSOLE)": str(FOLDER)}
    options = [places.get(option, option) for option in recipe.partition("extract ")[2].split()]
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *options]
    subprocess.run(command, cwd=ROOT, check=True)
    kept = (FOLDER / "locales" / "console.pot").read_text("utf-8")
    assert now.read_text("utf-8") == kept, "renew it: make translations"
    for text in ("Money raised", "%(count)d day", "the beginning", "University email"):
        assert f'msgid "{text}"' in kept


@pytest.mark.slow
def test_every_template_can_be_read() -> None:
    for name in environment().list_templates():
        environment().get_template(name)
