"""Answers from which so many records are missing that they are not believed (rulebook section 2)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from tests.seasons.season import Season, action

T = TypeVar("T")
_FEWEST, _SPREAD = 8, 9


@action("much of a list is missing", 1)
def _much_missing(season: Season, a: int, b: int, c: int) -> str | None:
    """Of the sign-ups or of the contacts. Only a town with bystanders has so many that it counts."""
    if not season.town.bystanders or season.system.as_of is None:
        return None
    return _signups_missing(season, b, c) if a % 2 else _contacts_missing(season, b, c)


def _signups_missing(season: Season, b: int, c: int) -> str:
    system, feed = season.system, season.town.feed()
    system.take_forms(feed)
    stored = {key for key, row in system.submissions.items() if not row.removed and row.status != "DELETED"}
    lost = _choose(sorted(stored), b, c)
    short = {key: row for key, row in feed.submissions.items() if key not in lost}
    system.take_forms(replace(feed, submissions=short))
    season.watch.short_list(len(stored), lost, {key for key in lost if system.submissions[key].removed})
    season.watch.after_sync(system.calculate())
    return f"a list of sign-ups lacks {len(lost)} of {len(stored)}"


def _contacts_missing(season: Season, b: int, c: int) -> str:
    system, feed = season.system, season.town.peek()
    archived = {key for key, entry in system.ledger.items() if entry.status == "archived"}
    stored = system.contacts.keys() - archived
    lost = _choose(sorted(stored & feed.contacts.keys()), b, c)
    part = replace(feed, contacts={key: contact for key, contact in feed.contacts.items() if key not in lost})
    name = f"contacts-{feed.taken_at:%Y-%m-%d}-{int(feed.taken_at.timestamp())}.csv"
    is_taken = system.upload_part(part, name)
    missing = stored - part.contacts.keys()
    season.watch.short_list(len(stored), missing, missing - system.contacts.keys())
    if is_taken:
        season.watch.damage = None
        season.watch.after_sync(system.calculate())
    return f"an export lacks {len(missing)} of {len(stored)} contacts: {'taken' if is_taken else 'refused'}"


def _choose(listed: Sequence[T], b: int, c: int) -> set[T]:
    """Return neighbours in the list, as on lost pages."""
    start = c % len(listed)
    return set((*listed[start:], *listed[:start])[: _FEWEST + b % _SPREAD])
