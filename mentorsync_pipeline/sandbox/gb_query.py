"""Filters and order of Givebutter's list of contacts.

There is no filter for External ID, phone or archived contacts, because Givebutter has none.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from mentorsync_pipeline.sandbox.contact_store import ContactStore
from mentorsync_pipeline.sandbox.gb_model import Contact

Test = Callable[[Contact], bool]
_SORTS: dict[str, Callable[[Contact], object]] = {
    "id": lambda contact: contact.id,
    "created_at": lambda contact: contact.created_at,
    "updated_at": lambda contact: contact.updated_at,
    "first_name": lambda contact: (contact.first_name or "").casefold(),
    "last_name": lambda contact: (contact.last_name or "").casefold(),
    "total_contributions": lambda contact: contact.total_contributions,
}


class QueryError(Exception):
    """Givebutter refuses the parameter ``field`` with 422."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def _moment(field: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise QueryError(field, f"The {field} is not a valid date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _amount(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise QueryError(field, f"The {field} must be a number.") from None


def _equals(text: str, value: str | None) -> bool:
    return value is not None and value.casefold() == text.casefold()


def _since(attribute: str, name: str, text: str) -> Test:
    moment = _moment(name, text)
    return lambda contact: getattr(contact, attribute) >= moment


def _until(attribute: str, name: str, text: str) -> Test:
    moment = _moment(name, text)
    return lambda contact: getattr(contact, attribute) <= moment


def _at_least(name: str, text: str) -> Test:
    low = _amount(name, text)
    return lambda contact: contact.total_contributions >= low


def _at_most(name: str, text: str) -> Test:
    high = _amount(name, text)
    return lambda contact: contact.total_contributions <= high


def _tagged(_: str, text: str) -> Test:
    tags = {tag.strip() for tag in text.split(",") if tag.strip()}
    return lambda contact: not tags.isdisjoint(contact.tags)


_TESTS: dict[str, Callable[[str, str], Test]] = {
    "createdAfter": partial(_since, "created_at"),
    "createdBefore": partial(_until, "created_at"),
    "updatedAfter": partial(_since, "updated_at"),
    "updatedBefore": partial(_until, "updated_at"),
    "totalContributionsMin": _at_least,
    "totalContributionsMax": _at_most,
    "tags": _tagged,
    "type": lambda _, text: lambda contact: contact.type == text,
    "email": lambda _, text: lambda contact: any(_equals(text, email) for email in contact.emails),
    "primaryEmail": lambda _, text: lambda contact: bool(contact.emails) and _equals(text, contact.emails[0]),
    "firstName": lambda _, text: lambda contact: _equals(text, contact.first_name),
    "lastName": lambda _, text: lambda contact: _equals(text, contact.last_name),
}


def choose(store: ContactStore, parameters: Mapping[str, str]) -> list[Contact]:
    """Return the contacts that match ``parameters``, in the requested order (default: by id), ignoring unknown ones."""
    relevant = tuple(sorted((k, v) for k, v in parameters.items() if k not in {"page", "per_page"} and v != ""))

    def compute() -> list[Contact]:
        tests = [_TESTS[name](name, text) for name, text in relevant if name in _TESTS]
        chosen = [contact for contact in store.all() if all(test(contact) for test in tests)]
        descending = "sortByDesc" in parameters
        sort = parameters.get("sortByDesc") or parameters.get("sortBy")
        if sort:
            if sort not in _SORTS:
                field = "sortByDesc" if descending else "sortBy"
                raise QueryError(field, f"The selected {field} is invalid.")
            chosen.sort(key=_SORTS[sort], reverse=descending)  # type: ignore[arg-type]  # each key is orderable by itself
        return chosen

    return store.keep(("list", relevant), compute)  # type: ignore[return-value]  # what compute() returned
