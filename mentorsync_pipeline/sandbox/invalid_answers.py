"""Invalid answers: truncated, of a wrong type, short, endless, slow or huge."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from mentorsync_pipeline.sandbox.faults import Fault

OF_THE_REAL_ANSWER = frozenset({"truncated", "patched", "records", "short", "drip"})
_JSON = "application/json"
_MEGABYTE = 1024 * 1024


def answer(fault: Fault, body: bytes) -> Response:
    """Return the invalid answer; ``body`` is the real one."""
    match fault.kind:
        case "truncated":
            return Response(body[: len(body) // 2], media_type=_JSON)
        case "answer":
            content = fault.body.encode("utf-8", "surrogatepass")
            return Response(content, fault.status or 200, media_type=fault.content_type)
        case "patched":
            return _changed(body, lambda real: real.update(fault.patch))
        case "records":
            return _changed(body, lambda real: _patch_records(real, fault.records))
        case "short":
            return _changed(body, lambda real: _shorten(real, fault.keep))
        case "drip":
            return StreamingResponse(_drip(body, fault.seconds), media_type=_JSON)
        case "huge":
            packed = {"Content-Encoding": "gzip"} if fault.compressed else None
            return StreamingResponse(_huge(fault.megabytes, fault.compressed), media_type=_JSON, headers=packed)
        case _:
            raise ValueError(f"sandbox: {fault.kind} is no wrong answer")


def _changed(body: bytes, change: Callable[[dict[str, Any]], None]) -> Response:
    real = json.loads(body)
    change(real)
    return Response(json.dumps(real), media_type=_JSON)


def _records(real: dict[str, Any]) -> list[Any]:
    records = real.get("data", real.get("content"))
    return records if isinstance(records, list) else []


def _patch_records(real: dict[str, Any], patches: Mapping[str, Mapping[str, Any]]) -> None:
    for record in _records(real):
        record.update(patches.get(str(record["id"]), {}))


def _shorten(real: dict[str, Any], keep: int) -> None:
    del _records(real)[keep:]
    if "meta" in real:
        real["meta"] |= {"total": keep, "last_page": 1}
        real["links"] |= {"next": None}
    if "resultSet" in real:
        real["resultSet"] |= {"count": len(_records(real))}


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    for place in range(len(body)):
        yield body[place : place + 1]
        await asyncio.sleep(seconds)


def _huge(megabytes: int, compressed: bool) -> Iterator[bytes]:
    blanks = b" " * _MEGABYTE
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for _ in range(megabytes):
        yield packer.compress(blanks) if compressed else blanks
    yield packer.flush() if compressed else b"{}"
