"""Which tables an asset may read or write besides its own and those of its `deps`, each with the reason.

`tests/assets/test_lineage.py` records every statement of a run and compares: `deps` are exactly the tables that an
asset reads, apart from what is listed here.
"""

from collections.abc import Mapping

BOOKKEEPING: Mapping[str, str] = {
    "sync_log": "one row for each run of an asset",
    "sync_conflicts": "an asset compares its open questions with those of its last run",
    "sync_errors": "an asset compares its errors with those of its last run",
    "sync_warnings": "an asset compares its warnings with those of its last run",
}

_LEDGER = "contacts that earlier runs archived or restored; archiving itself follows the plan"
_LAST_MATCHES = "the contacts of the year's mentors as the last run found them, to know which ones to fetch or keep"

_REMEMBERED = "the links, pages and former ids that `mentors` remembered in earlier runs"

EARLIER_RUNS: Mapping[tuple[str, str], str] = {
    ("archive_approvals", "archive_plan"): "the plan that the person has seen; the next plan follows the approval",
    ("archive_plan", "archived_duplicates"): _LEDGER,
    ("contact_candidates", "known_mentors"): _REMEMBERED,
    ("deduplicated_signups", "known_mentors"): _REMEMBERED,
    ("winner_contacts", "known_mentors"): _REMEMBERED,
    ("campaign_messages", "gb_import_files"): "which messages a file has taken out already; the next file follows them",
    ("raw_gb_full_contacts", "archived_duplicates"): _LEDGER,
    ("raw_gb_full_contacts", "contact_candidates"): _LAST_MATCHES,
    ("raw_gb_full_contacts", "winner_contacts"): _LAST_MATCHES,
}
"""By asset and table: what it reads of assets that come after it. Dagster's graph has no cycles."""
