"""Names of the options of a conflict: people before ids."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.console.conflict_text import VALUES
from mentorsync_pipeline.console.rendering import format_page_value, money
from mentorsync_pipeline.console.translation import words
from mentorsync_pipeline.domain.names.name_parts import join_names
from mentorsync_pipeline.domain.phones import format_phone


def name_record(facts: Mapping[str, Any]) -> str | None:
    """Return first and last name of a record, else an email or a phone; None when it has none of them."""
    name = join_names(facts.get("first_name"), facts.get("last_name"))
    phones = map(format_phone, filter(None, (*(facts.get("phones") or ()), facts.get("phone"))))
    return next(filter(None, (name, *(facts.get("emails") or ()), *phones)), None)


def name_value(value: Any) -> str:
    """Return a keyword's label, or the value as it is shown."""
    return words().gettext(VALUES[value]) if isinstance(value, str) and value in VALUES else format_page_value(value)


def name_options(conflict: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of A and B: a person, a page with its amount, an amount, a keyword's label or a value.

    If both names are equal, the ids are added.
    """
    options = {letter: conflict[f"option_{letter}"] for letter in ("a", "b")}
    if conflict["conflict_type"] == "fundraising_mismatch" and conflict["subject"] != "campaign_member":
        return {letter: money(Decimal(str(option["value"]))) for letter, option in options.items()}
    names = {letter: _name_option(option) for letter, option in options.items()}
    if names["a"] == names["b"]:
        return {letter: f"{names[letter]} ({option['value']})" for letter, option in options.items()}
    return names


def _name_option(option: Mapping[str, Any]) -> str:
    value, facts = option["value"], option["metadata"]
    if value is not None and value in (facts.get("contact_id"), facts.get("member_id"), facts.get("submission_id")):
        name = name_record(facts)
        if name is not None:
            return f"{name}, {money(facts['raised'])}" if facts.get("raised") is not None else name
    return name_value(value)
