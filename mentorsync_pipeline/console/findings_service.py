"""What people do about errors and warnings from the console: try again, close, say that something has been seen."""

from collections.abc import Sequence

from mentorsync_pipeline.console import starting
from mentorsync_pipeline.console.security.user import Person
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.review import errors, warnings


def retry_errors(services: Services, person: Person, year: int, ids: Sequence[int]) -> str:
    """Start a sync of the year that tries these open errors again, and return the run's id.

    The try is counted only if the run is started. Raises ErrorNotFoundError, and what `starting.start` raises.
    """
    with services.audited_change("sync_errors") as change:
        tried = errors.begin_retry(change.conn, _once(ids), now=services.now(), by=person.name, year=year)
        run_id = starting.start(services, person, "sync", year)
        change.record("tried again", {year}, errors=len(tried))
    return run_id


def ignore_errors(services: Services, person: Person, year: int, ids: Sequence[int]) -> None:
    """Close these open errors, each until it says something else. Raises ErrorNotFoundError."""
    with services.audited_change("sync_errors") as change:
        errors.ignore(change.conn, _once(ids), by=person.name, now=services.now(), year=year)
        change.record("ignored", {year}, errors=len(_once(ids)))


def accept_errors(services: Services, person: Person, year: int, ids: Sequence[int]) -> None:
    """Accept the lists that these open errors refused. Raises ErrorNotFoundError, ErrorNotAcceptableError."""
    with services.audited_change("sync_errors") as change:
        errors.accept(change.conn, _once(ids), by=person.name, via=person.via, now=services.now(), year=year)
        change.record("accepted", {year}, errors=len(_once(ids)))


def acknowledge_warnings(services: Services, person: Person, year: int, ids: Sequence[int]) -> None:
    """Note that a person has seen these warnings. Raises WarningNotFoundError."""
    with services.audited_change("sync_warnings") as change:
        warnings.acknowledge(change.conn, _once(ids), by=person.name, now=services.now(), year=year)
        change.record("acknowledged", {year}, warnings=len(_once(ids)))


def acknowledge_all(services: Services, person: Person, wanted: warnings.WarningFilter) -> int:
    """The same for all unseen ones that fit; returns how many those were."""
    with services.audited_change("sync_warnings") as change:
        ids = [one["id"] for one in warnings.warnings(change.conn, wanted)]
        years = warnings.acknowledge(change.conn, ids, by=person.name, now=services.now())
        change.record("acknowledged", years, warnings=len(ids))
    return len(ids)


def _once(ids: Sequence[int]) -> list[int]:
    return sorted(set(ids))
