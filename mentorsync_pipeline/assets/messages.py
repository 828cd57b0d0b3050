"""Campaign messages: the text and the email of each mentor (rulebook, section 13)."""

import dagster as dg

from mentorsync_pipeline.assets.metadata import message_columns
from mentorsync_pipeline.assets.year_asset import YearRun, year_asset, year_run
from mentorsync_pipeline.db.tables import campaign_messages as table
from mentorsync_pipeline.db.tables import message_campaigns, mn_gb_import
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages import apply
from mentorsync_pipeline.messages.files import MessageFile, files
from mentorsync_pipeline.messages.queries import ChangedBy, left_over_messages
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource
from mentorsync_pipeline.runtime.run_options import MessageOrder

GROUP = "messages"


class MessageOrderError(MentorSyncError):
    """An order to apply or clear a campaign that cannot be carried out as it is."""

    code = "MESSAGE_ORDER"


@year_asset(
    group=GROUP,
    deps=["mentors", "message_campaigns"],
    table=table,
    writes=(message_campaigns, mn_gb_import),
)
def campaign_messages(
    context: dg.AssetExecutionContext,
    config: MessageOrder,
    warehouse: WarehouseResource,
    clock: ClockResource,
    messages_folder: MessagesFolderResource,
) -> dg.MaterializeResult[None]:
    """The messages of the campaigns in force: one row per mentor and message column, emptied when it no longer holds.

    It writes the message columns of the import rows and changes nothing else of them. A mentor for whom a text cannot
    be filled gets no message of the campaign, and an error; one who leaves the audience loses the message. Made by
    `mentorsync messages apply` and `clear`, and by every sync. Rulebook section 13.
    """
    with year_run(context, warehouse, clock) as run:
        _carry_out(config, run, messages_folder)
        written = apply.refresh_messages(
            run.conn, run.config, zone=messages_folder.zone, now=run.now, log_id=run.stage.log_id
        )
        counts = run.record(errors=written.errors, warnings=left_over_messages(run.conn, run.config))
        counts |= {"import rows changed": written.import_rows_changed} | {
            f"messages of {name}": count for name, count in written.by_campaign.items()
        }
        return run.report(
            rows_in=written.mentors, diff=written.diff, counts=counts, lineage=message_columns(written.columns_read)
        )


def _carry_out(config: MessageOrder, run: YearRun, messages_folder: MessagesFolderResource) -> None:
    """Apply or clear as ordered. Raises MessageOrderError, and the errors of `messages.apply`."""
    if config.apply_file is None and config.clear_campaign is None:
        return
    if config.by is None or None not in (config.apply_file, config.clear_campaign):
        raise MessageOrderError(
            "The order names no campaign, several, or no person.",
            "Name one campaign to apply or to clear, and a person (by).",
        )
    who = ChangedBy(by=config.by, now=run.now, log_id=run.stage.log_id)
    if config.clear_campaign is not None:
        apply.clear_campaign(run.conn, run.config, config.clear_campaign, who)
    elif config.apply_file is not None:
        file = _file(config.apply_file, config.sha256, run.year, messages_folder)
        apply.apply_file(run.conn, file, run.config, who, zone=messages_folder.zone)


def _file(name: str, sha256: str | None, year: int, messages_folder: MessagesFolderResource) -> MessageFile:
    """The file to apply, of this year and with the content that was seen."""
    file = next((one for one in files(messages_folder.folder) if one.file_name == name), None)
    if file is None:
        raise MessageOrderError(
            f"The messages folder has no file {name}.", "Put it there, or set MENTORSYNC_MESSAGES_DIR for this run too."
        )
    if sha256 is not None and sha256 != file.sha256:
        raise MessageOrderError(
            f"{name} has changed since the preview.", "Preview it again: mentorsync messages preview."
        )
    if file.usable().year != year:
        raise MessageOrderError(
            f"{name} is a campaign of {file.usable().year}, not of {year}.", "Give the year of its front matter."
        )
    return file
