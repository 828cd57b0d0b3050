"""Refuse query parameters that a route does not have: a misspelt filter would otherwise return everything."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def refuse_unknown_parameters(request: Request) -> None:
    """Check the names of the query parameters. Raises RequestValidationError, which names those that exist."""
    route: APIRoute = request.scope["route"]
    known = set(_read_names(route.dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        advice = f"is not a parameter of this route, which has {', '.join(sorted(known)) or 'none'}"
        raise RequestValidationError(
            [{"loc": ("query", name[:100]), "msg": advice, "type": "extra_forbidden"} for name in unknown]
        )


def _read_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):  # the fields of a model are the parameters
            yield from (info.alias or name for name, info in kind.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from _read_names(inner)
