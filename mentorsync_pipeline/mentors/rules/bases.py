"""Look up the bases of a year by mentor and contact (rulebook section 7).

A base is the value last known equal on both sides. It is stored per submission, field and contact and is never
deleted, so it applies again when a sign-up or a contact returns, or when an MN id is corrected.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from mentorsync_pipeline.domain.known_mentors import Submissions
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.three_way import Base, mark_open_edit, may_hold_givebutter_edit
from mentorsync_pipeline.mentors.rules.fields import THREE_WAY
from mentorsync_pipeline.mentors.rules.mismatches import find_last_answered_at
from mentorsync_pipeline.mentors.rules.neat_names import NAME_FIELDS


class BaseKey(NamedTuple):
    """Key of a base in `mentor_bases`; `contact_id` is None for amounts."""

    submission_id: str
    field: str
    contact_id: int | None


Bases = Mapping[BaseKey, Base]
"""All bases of a year, including those of deleted submissions and contacts."""


def limit_times(bases: Bases, *, as_of: datetime, loaded_at: datetime) -> Bases:
    """Return the bases, with those from after the load of the present contacts as confirmed by these contacts.

    Earlier loads confirmed them, by a clock that was ahead. Edits made since would otherwise count as older than they.
    """
    future = {key: replace(base, confirmed_at=as_of) for key, base in bases.items() if base.confirmed_at > loaded_at}
    return {**bases, **future} if future else bases


class StoredBases:
    """Bases of a year, indexed by submission and contact; `submissions` lists all submissions of each mentor."""

    def __init__(self, bases: Bases, submissions: Submissions) -> None:
        self._submissions = submissions
        self._by_person: dict[str, list[tuple[BaseKey, Base]]] = {}
        self._by_submission: dict[str, list[tuple[BaseKey, Base]]] = defaultdict(list)
        self._by_contact: dict[int, list[tuple[BaseKey, Base]]] = defaultdict(list)
        self._seen: dict[str, list[tuple[BaseKey, Base]]] = defaultdict(list)
        for entry in sorted(bases.items(), key=lambda item: item[1].confirmed_at, reverse=True):
            key, base = entry
            if base.is_seen_only:
                self._seen[key.submission_id].append(entry)
                continue
            self._by_submission[key.submission_id].append(entry)
            if key.contact_id is not None:
                self._by_contact[key.contact_id].append(entry)

    def get_contact_bases(self, signup: Signup, contact_id: int | None) -> dict[str, Base]:
        """Return the bases of a sign-up and its contact, by field: the mentor's own first, then those of other mentors.

        Another mentor's base of the same contact applies when both sign-ups have the same value, for example after a
        deleted sign-up was submitted again. An earlier edit in Givebutter is then still recognised as an edit.
        """
        if contact_id is None:
            return {}
        bases_by_field: dict[str, Base] = {}
        for key, base in self._list_person_bases(signup):
            if key.contact_id == contact_id:
                bases_by_field.setdefault(key.field, base)
        for key, base in self._by_contact.get(contact_id, ()):
            if key.field not in THREE_WAY or base.source_value == getattr(signup, key.field):
                bases_by_field.setdefault(key.field, base)
        return bases_by_field

    def get_seen_bases(self, signup: Signup, contact_id: int | None) -> dict[str, Base]:
        """Return, by field, what the contact had when a value of this mentor was first to replace it."""
        bases_by_field: dict[str, Base] = {}
        for submission_id in self._submissions[signup.submission_id]:
            for key, base in self._seen.get(submission_id, ()):
                if key.contact_id is not None and key.contact_id == contact_id:
                    bases_by_field.setdefault(key.field, base)
        return bases_by_field

    def get_edits_seen_since(self, signup: Signup, contact_id: int | None) -> dict[str, Base]:
        """Return, by field, bases with an edit of the contact accepted after this sign-up, for another sign-up.

        The sign-up is used again because a newer one was deleted or corrected, or because it was restored. Its values
        are older than these edits and must not replace them without a decision. Only the latest base of each field is
        considered. Where this sign-up has the same base, the other one took it over later: then it counts as latest.
        """
        latest: dict[str, tuple[BaseKey, Base]] = {}
        contact_bases = [] if contact_id is None else self._by_contact.get(contact_id, [])
        for key, base in sorted(contact_bases, key=lambda entry: entry[0].submission_id == signup.submission_id):
            if key.field not in latest or base.confirmed_at > latest[key.field][1].confirmed_at:
                latest[key.field] = key, base
        return {
            field: base
            for field, (key, base) in latest.items()
            if key.submission_id != signup.submission_id
            and signup.created_at <= base.confirmed_at
            and may_hold_givebutter_edit(base)
        }

    def get_bases_of_others(self, signup: Signup, contact_id: int | None) -> dict[str, Base]:
        """Return the latest base per field of a contact with any other sign-up, whatever its value."""
        bases_by_field: dict[str, Base] = {}
        for key, base in [] if contact_id is None else self._by_contact.get(contact_id, ()):
            if key.field in THREE_WAY and key.submission_id != signup.submission_id:
                bases_by_field.setdefault(key.field, base)
        return bases_by_field

    def mark_open_edits(self, signup: Signup, contact_id: int | None) -> dict[BaseKey, Base]:
        """Return the person's bases with other contacts whose field the sign-up has changed since, marked as such.

        So the edit is still known when one of these contacts returns after the sign-up has been changed back. An older
        sign-up that is used again changes nothing. Names are left out, because what a sign-up's name means depends on
        the contact (`mentors.rules.neat_names`).
        """
        answered_at = find_last_answered_at(signup)
        return {
            key: mark_open_edit(base)
            for key, base in self._list_person_bases(signup)
            if (key.submission_id == signup.submission_id or answered_at > base.confirmed_at)
            and key.contact_id not in (None, contact_id)
            and key.field in THREE_WAY
            and key.field not in NAME_FIELDS
            and base.source_value is not None
            and getattr(signup, key.field) not in (None, base.source_value)
        }

    def get_other_contact_bases(
        self, signup: Signup, contact_id: int | None, declined: Collection[int]
    ) -> dict[str, Base]:
        """Return the latest base per field with any other contact, including archived and merged contacts.

        `declined` contacts are excluded: a person decided that they are not the mentor's.
        """
        bases_by_field: dict[str, Base] = {}
        for key, base in self._list_person_bases(signup):
            if key.contact_id not in (contact_id, None, *declined):
                bases_by_field.setdefault(key.field, _keep_newer_edit(key, base, signup))
        return bases_by_field

    def get_contactless_bases(self, signup: Signup) -> dict[str, Base]:
        """Return the bases that are stored without a contact, by field."""
        bases_by_field: dict[str, Base] = {}
        for key, base in self._list_person_bases(signup):
            if key.contact_id is None:
                bases_by_field.setdefault(key.field, base)
        return bases_by_field

    def has_base(self, signup: Signup, field: str) -> bool:
        """Return whether the mentor has a base of a field with any contact."""
        return any(key.field == field for key, _ in self._list_person_bases(signup))

    def _list_person_bases(self, signup: Signup) -> list[tuple[BaseKey, Base]]:
        """Return all bases of a sign-up's mentor, latest first."""
        key, submission_ids = signup.submission_id, self._submissions[signup.submission_id]
        if len(submission_ids) == 1:  # most people; they are sorted already
            return self._by_submission.get(key, [])
        if key not in self._by_person:
            entries = [
                entry for submission_id in submission_ids for entry in self._by_submission.get(submission_id, ())
            ]
            self._by_person[key] = sorted(entries, key=lambda entry: entry[1].confirmed_at, reverse=True)
        return self._by_person[key]


def _keep_newer_edit(key: BaseKey, base: Base, signup: Signup) -> Base:
    """Return a base of another sign-up with an edit in Givebutter as one of this sign-up, if all its answers are older.

    The sign-up is used again because the other one is missing or was deleted, and must not replace the edit.
    """
    is_older = key.submission_id != signup.submission_id and find_last_answered_at(signup) <= base.confirmed_at
    if not (is_older and key.field in THREE_WAY and may_hold_givebutter_edit(base)):
        return base
    return replace(base, source_value=getattr(signup, key.field))
