"""Whether the contact data is recent enough for a file to leave (rulebook sections 5 and 9, `data_staleness`)."""

from datetime import UTC, datetime, timedelta

from mentorsync_pipeline.domain.findings import Conflict, Option, fingerprint

SOURCE_TABLE = "gb_import_file"
REFRESH = "refresh"
USE_AS_IT_IS = "use_as_it_is"
NO_MENTOR = ""
"""The `mn_id` of a question that is about the data as a whole."""


def staleness(as_of: datetime, last_download: datetime | None, *, now: datetime, days: int) -> Conflict | None:
    """Return the question that blocks the download, or None when the contact data of `as_of` is recent enough.

    Data from before the last download does not know what the import of that file did: External IDs that it set look
    free, and Givebutter would reject the rows. Data older than `days` days is stale by itself.
    """
    if last_download is not None and as_of < last_download:
        why = f"The contact data ({_said(as_of)}) is older than the last file ({_said(last_download)})."
    elif now - as_of > timedelta(days=days):
        why = f"The contact data ({_said(as_of)}) is more than {days} days old."
    else:
        return None
    return Conflict(
        mn_id=NO_MENTOR,
        conflict_type="data_staleness",
        subject="contacts",
        severity="high",
        blocking=True,
        option_a=Option(value=REFRESH, source="raw_gb_full_contacts", metadata={"as_of": as_of}),
        option_b=Option(value=USE_AS_IT_IS, source="raw_gb_full_contacts", metadata={"last_download": last_download}),
        recommended_option="a",
        recommendation_reason=f"{why} A file built from it would be rejected in part.",
        source_table=SOURCE_TABLE,
        input_fingerprint=fingerprint("data_staleness", _said(as_of), last_download and _said(last_download)),
    )


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
