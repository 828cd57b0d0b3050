"""Decide whether the contact data is recent enough for a new import file (rulebook sections 5 and 9)."""

from datetime import UTC, datetime, timedelta

from mentorsync_pipeline.domain.findings import Conflict, Option, fingerprint

SOURCE_TABLE = "gb_import_file"
REFRESH = "refresh"
USE_AS_IT_IS = "use_as_it_is"
NO_MENTOR = ""
"""The `mn_id` of a conflict that is about all contacts."""


def find_staleness_conflict(
    as_of: datetime, unseen_download: datetime | None, *, now: datetime, days: int
) -> Conflict | None:
    """Return the conflict that blocks a new file, or None when the contact data is recent enough.

    Contact data from before the last download lacks the External IDs which that import set, so that Givebutter would
    reject the rows.

    Args:
        as_of: when the contact data was taken.
        unseen_download: when the year's newest import file was written, if the contact data was taken before that.
        days: age in days from which contact data is stale.

    """
    if unseen_download is not None:
        problem = (
            f"The contact data ({_format_time(as_of)}) is older than the last file ({_format_time(unseen_download)})."
        )
    elif now - as_of > timedelta(days=days):
        problem = f"The contact data ({_format_time(as_of)}) is more than {days} days old."
    else:
        return None
    return Conflict(
        mn_id=NO_MENTOR,
        conflict_type="data_staleness",
        subject="contacts",
        severity="high",
        blocking=True,
        option_a=Option(value=REFRESH, source="raw_gb_full_contacts", metadata={"as_of": as_of}),
        option_b=Option(value=USE_AS_IT_IS, source="raw_gb_full_contacts", metadata={"last_download": unseen_download}),
        recommended_option="a",
        recommendation_reason=f"{problem} Givebutter would reject some rows of a file made from it.",
        source_table=SOURCE_TABLE,
        input_fingerprint=fingerprint(
            "data_staleness", _format_time(as_of), unseen_download and _format_time(unseen_download)
        ),
    )


def _format_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
