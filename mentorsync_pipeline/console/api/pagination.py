"""Pagination of lists."""

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

MOST = 500
Entry = TypeVar("Entry")


class Window(BaseModel, frozen=True):
    """The requested page of a list."""

    limit: int
    offset: int


class Page(BaseModel, Generic[Entry]):
    """A page of a list; `total` is the number of all entries."""

    items: list[Entry]
    total: int
    limit: int
    offset: int


async def _window(
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many entries.")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many entries to skip.")] = 0,
) -> Window:
    return Window(limit=limit, offset=offset)


Pagination = Annotated[Window, Depends(_window)]
