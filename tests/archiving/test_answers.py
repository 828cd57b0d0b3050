"""A restore needs the name of a person, and an approval a plan that archives something."""

import pydantic
import pytest

from mentorsync_pipeline.archiving.approvals import ArchiveApprovalError, find_rows_to_approve
from mentorsync_pipeline.assets.archive_restore import Restore


@pytest.mark.parametrize("name", ["", "  ", "\0", "\u200b"])
def test_a_restore_needs_a_name(name):
    with pytest.raises(pydantic.ValidationError, match="by"):
        Restore(by=name)


def test_a_plan_that_archives_nothing_cannot_be_approved():
    with pytest.raises(ArchiveApprovalError, match=r"nothing to approve.*archive plan --year 2025\."):
        find_rows_to_approve([], [], seen=None, year=2025, purpose="duplicates")


def test_advice_about_a_plan_can_be_typed_as_it_is():
    with pytest.raises(ArchiveApprovalError, match=r"17.*archive show --year 2026 --mass-email\."):
        find_rows_to_approve([], [17], seen=None, year=2026, purpose="mass_email")
    with pytest.raises(ArchiveApprovalError, match=r"changed.*archive show --year 2026\."):
        find_rows_to_approve([], [], seen="old", year=2026, purpose="duplicates")
