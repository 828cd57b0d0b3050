"""Prepare a conflict for its page: readable values, the scores as a waterfall chart, and texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mentorsync_pipeline.console.conflict_evidence import Question
from mentorsync_pipeline.console.conflict_reasons import name_cited_people
from mentorsync_pipeline.console.conflict_text import ConflictText, conflict_text
from mentorsync_pipeline.console.option_names import name_options, name_record
from mentorsync_pipeline.domain.names.name_parts import join_names

_MOMENTS = frozenset({"last_modified", "created_at", "updated_at", "as_of", "last_download"})
# Facts that the page shows elsewhere.
_LEFT_OUT = frozenset({"viability_reason"})
_SAME = {"phone": "phones", "email": "emails"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A part of a score: its points, and start and length of its bar in percent of the larger score."""

    points: Decimal
    begins: float
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row of the waterfall chart: a part of the score of both options."""

    name: str
    a: Bar
    b: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Data of the page in addition to the conflict."""

    words: ConflictText
    reason: str
    names: Mapping[str, Any]
    facts: Sequence[Mapping[str, Any]]
    steps: Sequence[Step]
    total: Step | None
    with_signup: bool


def view(question: Question) -> View:
    """Prepare a conflict for its page."""
    conflict, mentor = question.conflict, question.names.get(question.conflict["mn_id"])
    facts = _facts(conflict)
    steps = _waterfall(*(conflict[side]["metadata"].get("score_parts", {}) for side in ("option_a", "option_b")))
    return View(
        words=conflict_text(conflict),
        reason=name_cited_people(
            conflict["recommendation_reason"],
            contacts={person.record_id: person.name for person in question.evidence.contacts if person.name},
            mentors=question.names,
        ),
        names=_names(conflict, mentor),
        facts=facts,
        steps=steps,
        total=_total(steps),
        with_signup=any(fact["mentor"] for fact in facts),
    )


def find_same_answer(conflict: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Return choice and value that repeat the answer from before the data changed, or None if there is none.

    The letters may have changed places since, so the answer is found by its value.
    """
    before = conflict["previous_decision"]
    if not before or conflict["status"] not in ("pending", "skipped") or before.get("choice") == "skipped":
        return None
    for letter in ("a", "b"):
        if conflict[f"option_{letter}"]["value"] == before["value"]:
            return letter, before["value"]
    return ("custom", before["value"]) if before.get("choice") == "custom" else None


def _names(conflict: Mapping[str, Any], mentor: str | None) -> dict[str, Any]:
    context, older = conflict["context"], conflict["option_a"]["metadata"].get("older", {})
    contact = context.get("contact", {})
    others = [
        join_names(item.get("mn_id"), item.get("first_name"), item.get("last_name"))
        for item in context.get("other_mentors", ())
    ]
    return {
        "mentor": mentor or conflict["mn_id"],
        "mn_id": conflict["mn_id"],
        "a": name_options(conflict)["a"],
        "contact": name_record(contact) or f"contact {contact.get('contact_id', '')}",
        "other": name_record(older) or older.get("mn_id", ""),
        "others": ", ".join(others),
        "field": conflict["subject"].replace("_", " "),
    }


def _facts(conflict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return facts with a value. Options of different kinds are compared only in facts that both have."""
    a, b = ({_SAME.get(name, name) for name in conflict[side]["metadata"]} for side in ("option_a", "option_b"))
    both = a & b if conflict["compared"] == ("A", "B") else None
    facts = []
    for fact in conflict["facts"]:
        sides = {side: _readable(fact["name"], fact[side]) for side in ("a", "b", "mentor")}
        if fact["name"] not in _LEFT_OUT and any(value not in (None, "", []) for value in sides.values()):
            comparable = both is None or fact["name"] in both
            facts.append({**fact, **sides, "differs": fact["differs"] and comparable})
    return facts


def _readable(name: str, value: Any) -> Any:
    if name in _MOMENTS and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def _waterfall(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Step]:
    """Return the parts of both scores, largest first; each bar starts at the end of the previous one."""
    points = {name: (Decimal(str(a.get(name, 0))), Decimal(str(b.get(name, 0)))) for name in {*a, *b}}
    sorted_parts = sorted((item for item in points.items() if any(item[1])), key=lambda item: (-max(item[1]), item[0]))
    largest = max(sum((pair[side] for _, pair in sorted_parts), Decimal(0)) for side in (0, 1))
    steps, ends = [], (Decimal(0), Decimal(0))
    for name, (of_a, of_b) in sorted_parts:
        steps.append(Step(name=name, a=_bar(ends[0], of_a, largest), b=_bar(ends[1], of_b, largest)))
        ends = (ends[0] + of_a, ends[1] + of_b)
    return steps


def _total(steps: Sequence[Step]) -> Step | None:
    if not steps:
        return None
    of_a, of_b = (sum((getattr(step, side).points for step in steps), Decimal(0)) for side in ("a", "b"))
    nothing, largest = Decimal(0), max(of_a, of_b)
    return Step(name="total", a=_bar(nothing, of_a, largest), b=_bar(nothing, of_b, largest))


def _bar(start: Decimal, points: Decimal, largest: Decimal) -> Bar:
    scale = 100 / float(largest) if largest > 0 else 0.0
    low, high = sorted((float(start), float(start + points)))
    return Bar(points=points, begins=max(low, 0) * scale, length=(high - max(low, 0)) * scale)
