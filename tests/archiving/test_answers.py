"""A yes is somebody's, and to something."""

import pydantic
import pytest

from mentorsync_pipeline.archiving.approvals import ArchiveAnswerError, to_approve
from mentorsync_pipeline.assets.archive import Approval
from mentorsync_pipeline.assets.archive_restore import Restore


@pytest.mark.parametrize("config", [Approval, Restore])
@pytest.mark.parametrize("name", ["", "  "])
def test_a_decision_in_nobodys_name_is_none(config, name):
    with pytest.raises(pydantic.ValidationError, match="by"):
        config(by=name)


def test_a_plan_that_archives_nothing_is_not_let_through():
    with pytest.raises(ArchiveAnswerError, match=r"nothing to let through.*archive plan"):
        to_approve([], [], seen=None)
