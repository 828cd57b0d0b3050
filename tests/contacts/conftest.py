"""Fixtures of this folder: a small sandbox world and the resources that read it."""

import pytest

from tests.support.sources import (  # noqa: F401  # fixtures
    configured,
    export,
    export_cells,
    givebutter,
    jotform,
    sandbox,
    serve,
    world,
    write_export,
)


@pytest.fixture
def good(tmp_path):
    """An export of 29 contacts."""
    contacts = [export_cells(number, notes=f'line one\nline "two" {number}') for number in range(1, 30)]
    return write_export(tmp_path / "contacts-2025-10-31-1.csv", contacts)
