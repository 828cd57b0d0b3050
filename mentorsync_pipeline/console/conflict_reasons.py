"""Reasons of recommendations for pages: with names beside the ids of contacts and mentors."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.contacts.names import read_contact_names
from mentorsync_pipeline.review.conflict_detail import read_mentor_names

_CITED = re.compile(r"\b(?:[Cc]ontact (?P<contact>[0-9]{5,18})|(?P<mn_id>MN[0-9]{4,20}))\b")


def name_cited_people(reason: str, *, contacts: Mapping[str, str], mentors: Mapping[str, str]) -> str:
    """Return a reason with the names of the contacts and mentors that it cites; both are by id."""

    def add_name(match: re.Match[str]) -> str:
        name = contacts.get(match["contact"]) if match["contact"] else mentors.get(match["mn_id"])
        return f"{name} ({match['contact'] or match['mn_id']})" if name else match[0]

    return _CITED.sub(add_name, reason)


def read_reasons(conn: sa.Connection, year: int, conflicts: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Return the reasons of conflicts of the year by their ids, with the names of the people that they cite."""
    cited = [match for conflict in conflicts for match in _CITED.finditer(conflict["recommendation_reason"])]
    contacts = read_contact_names(conn, {int(match["contact"]) for match in cited if match["contact"]})
    mn_ids = {match["mn_id"] for match in cited if match["mn_id"]}
    mentors = read_mentor_names(conn, year, mn_ids) if mn_ids else {}
    by_id = {str(contact_id): name for contact_id, name in contacts.items()}
    return {
        conflict["id"]: name_cited_people(conflict["recommendation_reason"], contacts=by_id, mentors=mentors)
        for conflict in conflicts
    }
