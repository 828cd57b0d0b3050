"""Query parameters of lists, shared by pages and API: search, order and filters."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from mentorsync_pipeline.db.paging import Order

# PostgreSQL has no text with a zero byte in it.
_NO_ZERO = r"^[^\u0000]*$"
Typed = Annotated[str, Field(max_length=100, pattern=_NO_ZERO)]
MnId = Annotated[str, Field(pattern=r"^ *[Mm][Nn][0-9]{4,20} *$", description="The mentor's id, such as MN0123.")]
MOST_IDS = 500
Ids = Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=MOST_IDS)]


class ListQuery(BaseModel):
    """The base of every list's filters. An empty parameter, as a form sends it, asks for nothing."""

    search: Typed | None = Field(None, description="A text that occurs in the entry, whatever its case.")
    sort: str | None = None
    descending: bool = Field(False, description="Sort the other way round.")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_nothing(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given

    @property
    def order(self) -> Order:
        """The order that is asked for."""
        return Order(by=self.sort, descending=self.descending)

    @property
    def searched(self) -> str | None:
        """The text that is searched for, without the spaces around it."""
        return (self.search or "").strip() or None


def mn_id_of(given: str | None) -> str | None:
    """A mentor's id as the tables have it."""
    return given.strip().upper() if given else None
