"""The check of the mentors' wishes for partners: counts of those that are not fulfilled."""

import dagster as dg
import sqlalchemy as sa

from mentorsync_pipeline.checks.model import FurtherCheck
from mentorsync_pipeline.db.tables import partner_matches
from mentorsync_pipeline.domain.vocabulary import PARTNER_STATES
from mentorsync_pipeline.runtime.settings import load_settings

WISHES = "wishes"
FULFILLED = frozenset({"matched", "no_wish"})


def check_partner_wishes(conn: sa.Connection, year: int) -> dg.AssetCheckResult:
    """Check that every wish is fulfilled; the result has the number of mentors by state."""
    c = partner_matches.c
    rows = conn.execute(
        sa.select(c.state, sa.func.count().label("mentors")).where(c.campaign_year == year).group_by("state")
    )
    counted: dict[str, int] = {row.state: row.mentors for row in rows}
    counts = {state: counted[state] for state in PARTNER_STATES if state in counted}
    open_wishes = {state: count for state, count in counts.items() if state not in FULFILLED}
    total = sum(open_wishes.values())
    by_state = ", ".join(f"{state} {count}" for state, count in open_wishes.items())
    console = load_settings().console_url.rstrip("/")
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(partner_matches.name),
        check_name=WISHES,
        passed=not open_wishes,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{total} wishes are not fulfilled: {by_state}." if open_wishes else "Every wish is fulfilled.",
        metadata={
            **{state.replace("_", " "): count for state, count in counts.items()},
            "list": dg.MetadataValue.url(f"{console}/{year}/partners"),
        },
    )


WISHES_CHECK = FurtherCheck(
    WISHES,
    "Wishes for a partner that are not fulfilled: one-sided, for a mentor who dropped out, for an unknown person, or "
    "with different shifts. They are listed on the console's page Partners.",
    check_partner_wishes,
)
