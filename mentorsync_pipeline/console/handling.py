"""What people do about errors and warnings from the console: try again, close, say that something has been seen."""

from collections.abc import Sequence

from mentorsync_pipeline.console import starting
from mentorsync_pipeline.console.security.people import Person
from mentorsync_pipeline.console.services import Services
from mentorsync_pipeline.review import errors, warnings


def retry_errors(services: Services, person: Person, year: int, ids: Sequence[int]) -> str:
    """Start a sync of the year that tries these open errors again, and return the run's id.

    The try is counted only if the run is started. Raises ErrorNotFoundError, and what `starting.start` raises.
    """
    with services.acting("sync_errors") as act:
        tried = errors.begin_retry(act.conn, _once(ids), now=services.now(), by=person.name, year=year)
        run_id = starting.start(services, person, "sync", year)
        act.tell("tried again", {year}, errors=len(tried))
    return run_id


def ignore_errors(services: Services, person: Person, year: int, ids: Sequence[int]) -> None:
    """Close these open errors, each until it says something else. Raises ErrorNotFoundError."""
    with services.acting("sync_errors") as act:
        errors.ignore(act.conn, _once(ids), by=person.name, now=services.now(), year=year)
        act.tell("ignored", {year}, errors=len(_once(ids)))


def acknowledge_warnings(services: Services, person: Person, year: int, ids: Sequence[int]) -> None:
    """Note that a person has seen these warnings. Raises WarningNotFoundError."""
    with services.acting("sync_warnings") as act:
        warnings.acknowledge(act.conn, _once(ids), by=person.name, now=services.now(), year=year)
        act.tell("acknowledged", {year}, warnings=len(_once(ids)))


def acknowledge_all(services: Services, person: Person, wanted: warnings.WarningFilter) -> int:
    """The same for all unseen ones that fit; returns how many those were."""
    with services.acting("sync_warnings") as act:
        ids = [one["id"] for one in warnings.warnings(act.conn, wanted)]
        years = warnings.acknowledge(act.conn, ids, by=person.name, now=services.now())
        act.tell("acknowledged", years, warnings=len(ids))
    return len(ids)


def _once(ids: Sequence[int]) -> list[int]:
    return sorted(set(ids))
