"""The OpenAPI document of the API, with examples, and its routes for the documentation page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.security import HTTPBearer

from mentorsync_pipeline.console.api.examples import BODIES, PARAMETERS

Schema = Mapping[str, Any]
# Shown in the document; `auth.request_guard` checks the token.
TOKEN = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="An API token: mentorsync console add-token NAME --editor. Reading works without --editor.",
)
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a body: its place (path, query or body) and its type in words."""

    name: str
    place: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A route for the documentation page. `curl` is an example call; `result` describes the response."""

    name: str
    subject: str
    method: str
    path: str
    description: str
    fields: Sequence[Field]
    curl: str
    result: str


def describe_api(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document with examples of parameters and bodies."""
    document = app.openapi()  # created once; adding the examples again changes nothing
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in PARAMETERS:
                    parameter["example"] = PARAMETERS[parameter["name"]]
            body = operation.get("requestBody", {}).get("content", {}).get(_JSON)
            if body is not None:
                body["example"] = BODIES[f"{method.upper()} {path}"]
    return document


def list_operations(document: Schema, base_url: str) -> list[Operation]:
    """Return the routes in the document's order."""
    schemas = document["components"]["schemas"]
    return [
        _operation(method.upper(), path, operation, schemas, base_url)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(method: str, path: str, operation: Schema, schemas: Schema, base_url: str) -> Operation:
    parameters = operation.get("parameters", [])
    fields = [
        Field(
            entry["name"],
            entry["in"],
            _kind(entry["schema"], schemas),
            entry.get("required", False),
            entry.get("description", ""),
        )
        for entry in parameters
    ]
    content = operation.get("requestBody", {}).get("content", {})
    if _JSON in content:
        fields += _body_fields(content[_JSON]["schema"], schemas)
    success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    result = success.get("content", {}).get(_JSON, {}).get("schema", {})
    return Operation(
        name=operation["operationId"],
        subject=operation["tags"][0],
        method=method,
        path=path,
        description=operation.get("description", operation["summary"]),
        fields=fields,
        curl=_curl(method, path, parameters, content, base_url),
        result=_kind(result, schemas) if result else success["description"],
    )


def _body_fields(schema: Schema, schemas: Schema) -> list[Field]:
    model = _resolve(schema, schemas)
    required = model.get("required", ())
    return [
        Field(name, "body", _kind(field, schemas), name in required, field.get("description", ""))
        for name, field in model.get("properties", {}).items()
    ]


def _resolve(schema: Schema, schemas: Schema) -> Schema:
    """Follow references, and take the type of an optional value."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolve(choice, schemas)
    if "$ref" in schema:
        return _resolve(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    return schema


def _kind(schema: Schema, schemas: Schema) -> str:
    """Describe a type in a few words, such as ``list of integer`` or ``one of a, b``."""
    kinds = [_kind(choice, schemas) for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if kinds:
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in schema:
        model = schemas[schema["$ref"].rpartition("/")[2]]
        return _kind(model, schemas) if "enum" in model else str(model.get("title", "object"))
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'], schemas)}" if schema.get("items") else "list"
    return " ".join(filter(None, (schema.get("format"), schema.get("type", "any"))))


def _curl(method: str, path: str, parameters: Sequence[Schema], content: Schema, base_url: str) -> str:
    """Return an example call for a shell. `$AUTH` is the header with the token."""
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example", parameter["name"].upper())))
    query = "&".join(
        f"{parameter['name']}={parameter.get('example', parameter['name'].upper())}"
        for parameter in parameters
        if parameter["in"] == "query" and parameter.get("required")
    )
    parts = ['curl -H "$AUTH"', *([f"-X {method}"] if method != "GET" else [])]
    if _JSON in content:
        body = json.dumps(content[_JSON]["example"], ensure_ascii=False).replace("'", "'\\''")
        parts.append(f"-H 'Content-Type: application/json' -d '{body}'")
    elif content:
        parts.append("-H 'Content-Type: application/octet-stream' --data-binary @FILE")
    return " ".join([*parts, f'"{base_url}{path}{"?" if query else ""}{query}"'])
