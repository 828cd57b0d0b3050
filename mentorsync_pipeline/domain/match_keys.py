"""The keys by which contacts and sign-ups are matched (rulebook, section 3)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchKeys:
    """Keys of all sign-ups of a year, for the query that selects possible contacts."""

    external_ids: frozenset[str]
    phones: frozenset[str]
    emails: frozenset[str]
