"""The person behind a request, and what that person may do."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Request

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.vocabulary import Via

Role = Literal["viewer", "editor"]


class NotLoggedInError(MentorSyncError):
    """A request without a login or a token."""

    code = "NOT_LOGGED_IN"

    def __init__(self) -> None:
        super().__init__("Nobody is logged in.", "Log in, or send an API token.")


class NotAllowedError(MentorSyncError):
    """A viewer who wants to change something."""

    code = "NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("A viewer may look but not change anything.", "Ask an editor to do it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who acts: `name` goes into the audit trail; `via` says how the request proved it."""

    name: str
    role: Role
    via: Via

    @property
    def may_edit(self) -> bool:
        """Whether the person may change anything."""
        return self.role == "editor"


def person_of(request: Request) -> Person:
    """The person whom the guard has let in. Raises NotLoggedInError where it has not looked."""
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        raise NotLoggedInError
    return person


CurrentUser = Annotated[Person, Depends(person_of)]
