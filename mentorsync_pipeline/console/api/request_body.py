"""The base of request bodies."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """A body as JSON. Unknown fields are refused, because a misspelt one would otherwise be ignored."""

    model_config = ConfigDict(extra="forbid")
