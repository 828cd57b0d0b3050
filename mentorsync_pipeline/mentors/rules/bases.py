"""The bases of a year: which of them hold for a mentor and a contact (rulebook section 7).

A base belongs to a submission, a field and a contact, and is never deleted. So a sign-up that comes back, a corrected
MN id and a contact that comes back find theirs again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from mentorsync_pipeline.domain.known_mentors import Submissions
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.three_way import Base, may_hold_givebutter_edit
from mentorsync_pipeline.mentors.rules.fields import THREE_WAY


class BaseKey(NamedTuple):
    """Where a base is stored (`mentor_bases`); no contact has a say in an amount."""

    submission_id: str
    field: str
    contact_id: int | None


Bases = Mapping[BaseKey, Base]
"""Every base of a year, also of submissions and contacts that are gone."""


class StoredBases:
    """The bases of a year, looked up by mentor and contact; `submissions` are all that each mentor has had."""

    def __init__(self, bases: Bases, submissions: Submissions) -> None:
        self._submissions = submissions
        self._of_submission: dict[str, list[tuple[BaseKey, Base]]] = defaultdict(list)
        self._of_contact: dict[int, list[tuple[BaseKey, Base]]] = defaultdict(list)
        for key, base in sorted(bases.items(), key=lambda item: item[1].confirmed_at, reverse=True):
            self._of_submission[key.submission_id].append((key, base))
            if key.contact_id is not None:
                self._of_contact[key.contact_id].append((key, base))

    def of_contact(self, signup: Signup, contact_id: int | None) -> dict[str, Base]:
        """The bases that hold between a sign-up and its contact, by field: the mentor's own, then those of others.

        Another mentor's base of the same contact holds where both sign-ups say the same, for example after somebody
        deleted a sign-up and signed up again: an edit that was seen in Givebutter is then still an edit.
        """
        if contact_id is None:
            return {}
        found: dict[str, Base] = {}
        for key, base in self._of_person(signup):
            if key.contact_id == contact_id:
                found.setdefault(key.field, base)
        for key, base in self._of_contact.get(contact_id, ()):
            if key.field not in THREE_WAY or base.source_value == getattr(signup, key.field):
                found.setdefault(key.field, base)
        return found

    def edits_seen_since(self, signup: Signup, contact_id: int | None) -> dict[str, Base]:
        """The edits of the contact, by field, that were taken over after this sign-up, while another one counted.

        The sign-up counts again because a newer one was deleted or corrected, or because it was restored. It says
        nothing new, so its values must not replace these edits unasked. Only the latest base of each field matters.
        """
        latest: dict[str, tuple[BaseKey, Base]] = {}
        own = [] if contact_id is None else self._of_contact.get(contact_id, [])
        for key, base in sorted(own, key=lambda entry: entry[0].submission_id != signup.submission_id):
            if key.field not in latest or base.confirmed_at > latest[key.field][1].confirmed_at:
                latest[key.field] = key, base
        return {
            field: base
            for field, (key, base) in latest.items()
            if key.submission_id != signup.submission_id
            and signup.created_at <= base.confirmed_at
            and may_hold_givebutter_edit(base)
        }

    def elsewhere(self, signup: Signup, contact_id: int | None, declined: Collection[int]) -> dict[str, Base]:
        """The latest base of each field with any other contact, which may be archived or merged away.

        The `declined` contacts are left out: a person decided that they are not the mentor's.
        """
        found: dict[str, Base] = {}
        for key, base in self._of_person(signup):
            if key.contact_id not in (contact_id, None, *declined):
                found.setdefault(key.field, base)
        return found

    def without_contact(self, signup: Signup) -> dict[str, Base]:
        """The bases in which no contact has a say, by field."""
        found: dict[str, Base] = {}
        for key, base in self._of_person(signup):
            if key.contact_id is None:
                found.setdefault(key.field, base)
        return found

    def _of_person(self, signup: Signup) -> list[tuple[BaseKey, Base]]:
        """All bases of a sign-up's mentor, the latest first."""
        found = [
            entry
            for submission_id in self._submissions[signup.submission_id]
            for entry in self._of_submission.get(submission_id, ())
        ]
        return sorted(found, key=lambda entry: entry[1].confirmed_at, reverse=True)
