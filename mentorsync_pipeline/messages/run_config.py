"""Build the run configuration of the job `messages`.

It has no texts and no personal data, because Dagster keeps run configurations permanently.
"""

import dagster as dg

from mentorsync_pipeline.messages.message_folder import MessageFile
from mentorsync_pipeline.runtime.run_options import MessageOrder, build_run_config

JOB = "messages"
ASSET = "campaign_messages"


def build_apply_config(file: MessageFile, by: str) -> dg.RunConfig:
    """Configure a run that applies a file. The run refuses a file that has changed since."""
    return build_run_config(ASSET, MessageOrder(apply_file=file.file_name, sha256=file.sha256, by=by))


def build_clear_config(campaign: str, by: str) -> dg.RunConfig:
    """Configure a run that clears a campaign."""
    return build_run_config(ASSET, MessageOrder(clear_campaign=campaign, by=by))
