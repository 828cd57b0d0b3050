"""The keys by which contacts and sign-ups are matched (rulebook, section 3)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchKeys:
    """The keys by which a contact can match any of the year's sign-ups, for the query that pre-selects contacts."""

    external_ids: frozenset[str]
    phones: frozenset[str]
    emails: frozenset[str]
