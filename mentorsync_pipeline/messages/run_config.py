"""The run configuration of the job `messages`: what a person wants applied or cleared.

The texts and the people stay out of it, because run configurations are kept for ever.
"""

from typing import Any

from mentorsync_pipeline.messages.files import MessageFile

JOB = "messages"
ASSET = "campaign_messages"


def apply_order(file: MessageFile, by: str) -> dict[str, Any]:
    """Apply this file, as it is now: a file that has changed until then is refused."""
    return _order(apply_file=file.file_name, sha256=file.sha256, by=by)


def clear_order(campaign: str, by: str) -> dict[str, Any]:
    """Clear the campaign of this name."""
    return _order(clear_campaign=campaign, by=by)


def _order(**values: str) -> dict[str, Any]:
    return {"ops": {ASSET: {"config": values}}}
