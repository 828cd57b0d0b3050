"""Campaign messages: what each mentor is told (rulebook section 13)."""

import dagster as dg

from mentorsync_pipeline.assets.metadata import message_columns
from mentorsync_pipeline.assets.year_asset import YearRun, year_asset, year_run
from mentorsync_pipeline.db.tables import campaign_messages as table
from mentorsync_pipeline.db.tables import message_campaigns, mn_gb_import
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages import service as store
from mentorsync_pipeline.messages.campaigns import Who
from mentorsync_pipeline.messages.columns import left_over
from mentorsync_pipeline.messages.files import MessageFile, files
from mentorsync_pipeline.messages.write_guard import message_writer
from mentorsync_pipeline.resources.clock import ClockResource
from mentorsync_pipeline.resources.messages_folder import MessagesFolderResource
from mentorsync_pipeline.resources.warehouse import WarehouseResource

GROUP = "messages"


class MessageOrderError(MentorSyncError):
    """An order to apply or clear a campaign that cannot be carried out as it is."""

    code = "MESSAGE_ORDER"


class MessageOrder(dg.Config):
    """What a person wants, by name; without anything the campaigns in force are said anew, as in every sync.

    `apply_file` is a file of the messages folder and `sha256` its content as the person saw it. `clear_campaign` is the
    name of a campaign in force.
    """

    apply_file: str | None = None
    sha256: str | None = None
    clear_campaign: str | None = None
    by: str | None = None


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
    """What the campaigns in force tell each mentor now: one row per mentor and column, emptied when it no longer holds.

    It writes the two message columns of the import rows, and PostgreSQL refuses it everything else. A mentor whom a
    text does not fit gets none of the campaign, and an error; one who leaves the audience loses the message. Made by
    `mentorsync messages apply` and `clear`, and by every sync. Rulebook section 13.
    """
    with year_run(context, warehouse, clock) as run:
        with message_writer(run.conn):
            _carry_out(config, run, messages_folder)
            said = store.say(run.conn, run.config, zone=messages_folder.zone, now=run.now, log_id=run.stage.log_id)
            shown = left_over(run.conn, run.year, run.config.message_cleared_text)
            counts = run.record(errors=said.errors, warnings=shown)
        counts |= {"import rows changed": said.rows_filled} | {
            f"messages of {name}": count for name, count in said.by_campaign.items()
        }
        return run.report(
            rows_in=said.mentors, diff=said.diff, counts=counts, lineage=message_columns(said.columns_read)
        )


def _carry_out(config: MessageOrder, run: YearRun, messages_folder: MessagesFolderResource) -> None:
    """Apply or clear what the person wants. Raises MessageOrderError, and what `messages.service` raises."""
    if config.apply_file is None and config.clear_campaign is None:
        return
    if config.by is None or None not in (config.apply_file, config.clear_campaign):
        raise MessageOrderError(
            "It is not clear what to do, or who wants it.", "Name one campaign to apply or to clear, and a person (by)."
        )
    who = Who(by=config.by, now=run.now, log_id=run.stage.log_id)
    if config.clear_campaign is not None:
        store.clear(run.conn, run.config, config.clear_campaign, who)
    elif config.apply_file is not None:
        file = _file(config.apply_file, config.sha256, run.year, messages_folder)
        store.apply(run.conn, file, run.config, who, zone=messages_folder.zone)


def _file(name: str, sha256: str | None, year: int, messages_folder: MessagesFolderResource) -> MessageFile:
    """The file to apply, of this year and with the content that was seen."""
    file = next((one for one in files(messages_folder.folder) if one.file_name == name), None)
    if file is None:
        raise MessageOrderError(
            f"The messages folder has no file {name}.", "Put it there, or set MENTORSYNC_MESSAGES_DIR for this run too."
        )
    if sha256 is not None and sha256 != file.sha256:
        raise MessageOrderError(
            f"{name} has changed since it was looked at.", "Look at it again: mentorsync messages preview."
        )
    if file.usable().year != year:
        raise MessageOrderError(
            f"{name} is a campaign of {file.usable().year}, not of {year}.", "Give the year of its front matter."
        )
    return file
