"""Approvals need the name of a person and a plan that archives something."""

import pydantic
import pytest

from mentorsync_pipeline.archiving.approvals import ArchiveApprovalError, find_rows_to_approve
from mentorsync_pipeline.assets.archive import Approval
from mentorsync_pipeline.assets.archive_restore import Restore


@pytest.mark.parametrize("config", [Approval, Restore])
@pytest.mark.parametrize("name", ["", "  "])
def test_an_approval_needs_a_name(config, name):
    with pytest.raises(pydantic.ValidationError, match="by"):
        config(by=name)


def test_a_plan_that_archives_nothing_cannot_be_approved():
    with pytest.raises(ArchiveApprovalError, match=r"nothing to approve.*archive plan"):
        find_rows_to_approve([], [], seen=None)
