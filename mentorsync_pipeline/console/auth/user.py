"""The person of a request and the role."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.vocabulary import Via

Role = Literal["viewer", "editor"]


class NotLoggedInError(MentorSyncError):
    """The request has no login or token."""

    code = "NOT_LOGGED_IN"

    def __init__(self) -> None:
        super().__init__("Nobody is logged in.", "Log in, or send an API token: “Authorization: Bearer TOKEN”.")


class NotAllowedError(MentorSyncError):
    """A viewer is not allowed to make changes."""

    code = "NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("A viewer may look but not change anything.", "Ask an editor to do it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person of a request: `name` for the audit trail, and `via`, the kind of authentication."""

    name: str
    role: Role
    via: Via

    @property
    def may_edit(self) -> bool:
        """Whether the person can make changes."""
        return self.role == "editor"


async def person_of(request: Request) -> Person:
    """Return the authenticated person. Raises NotLoggedInError if there is none."""
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        raise NotLoggedInError
    return person


CurrentUser = Annotated[Person, Depends(person_of)]
