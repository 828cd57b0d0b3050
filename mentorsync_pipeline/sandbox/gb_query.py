"""The filters and the order of Givebutter's contact list.

Belongs here: reading the documented query parameters and choosing contacts by them. Does not belong here: paging and
JSON (``gb_json``). There is no filter for External ID, phone or archived contacts, because Givebutter has none.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

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
    """A parameter that Givebutter would refuse with 422; ``field`` names it."""

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


def _same(text: str, value: str | None) -> bool:
    return value is not None and value.casefold() == text.casefold()


def _test(name: str, text: str) -> Test | None:
    match name:
        case "createdAfter" | "createdBefore" | "updatedAfter" | "updatedBefore":
            moment, after = _moment(name, text), name.endswith("After")
            attribute = "created_at" if name.startswith("created") else "updated_at"
            return lambda c: getattr(c, attribute) >= moment if after else getattr(c, attribute) <= moment
        case "totalContributionsMin":
            low = _amount(name, text)
            return lambda c: c.total_contributions >= low
        case "totalContributionsMax":
            high = _amount(name, text)
            return lambda c: c.total_contributions <= high
        case "type":
            return lambda c: c.type == text
        case "tags":
            wanted = {tag.strip() for tag in text.split(",") if tag.strip()}
            return lambda c: not wanted.isdisjoint(c.tags)
        case "email":
            return lambda c: any(_same(text, email) for email in c.emails)
        case "primaryEmail":
            return lambda c: bool(c.emails) and _same(text, c.emails[0])
        case "firstName":
            return lambda c: _same(text, c.first_name)
        case "lastName":
            return lambda c: _same(text, c.last_name)
    return None


def choose(store: ContactStore, parameters: Mapping[str, str]) -> list[Contact]:
    """The contacts that fit ``parameters``, in the asked order (by id unless told). Unknown parameters are ignored."""
    relevant = tuple(sorted((k, v) for k, v in parameters.items() if k not in {"page", "per_page"} and v != ""))

    def compute() -> list[Contact]:
        tests = [test for name, text in relevant if (test := _test(name, text)) is not None]
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
