"""The run configuration of the job `messages`: what a person wants applied or cleared.

The texts and the people stay out of it, because run configurations are kept for ever.
"""

import dagster as dg

from mentorsync_pipeline.messages.files import MessageFile
from mentorsync_pipeline.runtime.run_options import MessageOrder, build_run_config

JOB = "messages"
ASSET = "campaign_messages"


def apply_order(file: MessageFile, by: str) -> dg.RunConfig:
    """Apply this file, as it is now: a file that has changed until then is refused."""
    return build_run_config(ASSET, MessageOrder(apply_file=file.file_name, sha256=file.sha256, by=by))


def clear_order(campaign: str, by: str) -> dg.RunConfig:
    """Clear the campaign of this name."""
    return build_run_config(ASSET, MessageOrder(clear_campaign=campaign, by=by))
