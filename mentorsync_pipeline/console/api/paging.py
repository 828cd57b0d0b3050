"""Pages of lists: how many entries, from where, and of how many."""

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

MOST = 500
Entry = TypeVar("Entry")


class Window(BaseModel):
    """The part of a list that is asked for."""

    limit: int
    offset: int


class Page(BaseModel, Generic[Entry]):
    """A part of a list; `total` counts the whole."""

    items: list[Entry]
    total: int
    limit: int
    offset: int


def _window(
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many entries.")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many entries are left out before.")] = 0,
) -> Window:
    return Window(limit=limit, offset=offset)


Pagination = Annotated[Window, Depends(_window)]
