"""Write the messages of the mentors (rulebook section 13)."""

import dagster as dg

from mentorsync_pipeline.assets.column_lineage import message_columns
from mentorsync_pipeline.assets.year_run import YearRun, year_run
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.messages import apply
from mentorsync_pipeline.messages.message_folder import MessageFile, list_message_files
from mentorsync_pipeline.messages.queries import ChangedBy, find_leftover_messages
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import MessageOrder


class MessageOrderError(MentorSyncError):
    """The run configuration to apply or clear a campaign is incomplete or contradictory."""

    code = "MESSAGE_ORDER"


def write_messages(
    context: dg.AssetExecutionContext,
    config: MessageOrder,
    warehouse: WarehouseResource,
    clock: ClockResource,
    messages_folder: MessagesFolderResource,
) -> dg.MaterializeResult[None]:
    """Apply or clear the ordered campaign, and write the messages of the applied ones."""
    with year_run(context, warehouse, clock) as run:
        _apply_or_clear(config, run, messages_folder)
        written = apply.refresh_messages(run.conn, run.config, zone=TEAM_ZONE, now=run.now, log_id=run.asset_run.log_id)
        counts = run.record(errors=written.errors, warnings=find_leftover_messages(run.conn, run.config))
        counts |= {"import rows changed": written.import_rows_changed} | {
            f"messages of {name}": count for name, count in written.by_campaign.items()
        }
        return run.report(
            rows_in=written.mentors, diff=written.diff, counts=counts, lineage=message_columns(written.columns_read)
        )


def _apply_or_clear(config: MessageOrder, run: YearRun, messages_folder: MessagesFolderResource) -> None:
    """Apply or clear the campaign that the run configuration names, if it names one.

    Raises:
        MessageOrderError: no person or several campaigns are named, or the file is missing or changed.

    """
    if config.apply_file is None and config.clear_campaign is None:
        return
    if config.by is None or None not in (config.apply_file, config.clear_campaign):
        raise MessageOrderError(
            "The run configuration must name exactly one campaign to apply or to clear, and a person.",
            "Set `apply_file` or `clear_campaign`, and `by`.",
        )
    changed_by = ChangedBy(by=config.by, now=run.now, log_id=run.asset_run.log_id)
    if config.clear_campaign is not None:
        apply.clear_campaign(run.conn, run.config, config.clear_campaign, changed_by)
    elif config.apply_file is not None:
        file = _find_file(config.apply_file, config.sha256, run.year, messages_folder)
        apply.apply_file(run.conn, file, run.config, changed_by, zone=TEAM_ZONE)


def _find_file(name: str, sha256: str | None, year: int, messages_folder: MessagesFolderResource) -> MessageFile:
    """Return the message file to apply. Its year and, if `sha256` is given, its content must match."""
    file = next((file for file in list_message_files(messages_folder.folder) if file.file_name == name), None)
    if file is None:
        raise MessageOrderError(
            f"The messages folder has no file {name}.", "Save it there, or set MENTORSYNC_MESSAGES_DIR for this run."
        )
    if sha256 is not None and sha256 != file.sha256:
        raise MessageOrderError(
            f"{name} has changed since the preview.", "Preview it again: mentorsync messages preview."
        )
    if file.usable().year != year:
        raise MessageOrderError(
            f"{name} is a campaign of {file.usable().year}, not of {year}.", "Use the year of its front matter."
        )
    return file
