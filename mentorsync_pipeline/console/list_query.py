"""Query parameters of lists, shared by pages and API: search, order and filters."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from mentorsync_pipeline.db.paging import Order

# PostgreSQL cannot store a text with a zero byte.
_NO_ZERO = r"^[^\u0000]*$"
Typed = Annotated[str, Field(max_length=100, pattern=_NO_ZERO)]
MnId = Annotated[str, Field(pattern=r"^ *[Mm][Nn][0-9]{4,20} *$", description="The mentor's id, such as MN0123.")]
MOST_IDS = 500
Ids = Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=MOST_IDS)]


class ListQuery(BaseModel, frozen=True):
    """Base class of the filters of lists. Empty parameters, as in forms, are ignored."""

    search: Typed | None = Field(None, description="A text that occurs in the entry, whatever its case.")
    sort: str | None = None
    descending: bool = Field(False, description="Sort the other way round.")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, value: Any) -> Any:
        return {name: entry for name, entry in value.items() if entry != ""} if isinstance(value, dict) else value

    @property
    def order(self) -> Order:
        """The requested order."""
        return Order(by=self.sort, descending=self.descending)

    @property
    def search_text(self) -> str | None:
        """The search text without surrounding spaces."""
        return (self.search or "").strip() or None


def mn_id_of(value: str | None) -> str | None:
    """Normalise a mentor's id."""
    return value.strip().upper() if value else None
