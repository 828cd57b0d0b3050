"""Tables that an asset may read or write in addition to its own and those of its `deps`, with the reasons.

`tests/assets/test_lineage.py` records the SQL statements of every asset and fails unless its `deps` are exactly the
tables that it reads, apart from those listed here.
"""

from collections.abc import Mapping

BOOKKEEPING: Mapping[str, str] = {
    "audit_log": "the time of the last change by a person: a step without news since then keeps its rows",
    "closed_year_tags": "the tags of contacts that belong to a closed year: part of the contact data",
    "gb_contact_loads": "the labels of custom fields in the last load complete the year's configuration",
    "unread_contacts": "the contacts that the last loads could not read: part of the contact data",
    "year_closings": "a closed year refuses every run but a restore",
    "sync_log": "one row for each run of an asset",
    "sync_conflicts": "an asset compares its open conflicts with those of its last run",
    "sync_errors": "an asset compares its errors with those of its last run",
    "sync_warnings": "an asset compares its warnings with those of its last run",
}

_LEDGER = "contacts that earlier runs archived or restored; archiving itself follows the plan"
_EARLIER_MATCHES = "the contacts of the year's mentors in the last run, which are fetched or kept"

_EARLIER_LINKS = "the links, pages and former ids that `mentors` stored in earlier runs"

EARLIER_RUNS: Mapping[tuple[str, str], str] = {
    ("archive_plan", "archived_duplicates"): _LEDGER,
    ("contact_candidates", "known_mentors"): _EARLIER_LINKS,
    ("deduplicated_signups", "known_mentors"): _EARLIER_LINKS,
    ("winner_contacts", "known_mentors"): _EARLIER_LINKS,
    (
        "campaign_messages",
        "gb_import_files",
    ): "which messages were exported in a file already; the next file includes the current messages",
    ("mentors", "gb_import_files"): "which rows were in files: an import may have set values, or the attendance box",
    ("raw_gb_full_contacts", "archived_duplicates"): _LEDGER,
    ("raw_gb_full_contacts", "contact_candidates"): _EARLIER_MATCHES,
    ("raw_gb_full_contacts", "winner_contacts"): _EARLIER_MATCHES,
}
"""(asset, table): tables of downstream assets that an asset reads; deps would be cycles, which Dagster refuses."""
