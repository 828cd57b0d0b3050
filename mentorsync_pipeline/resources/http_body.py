"""Read and decompress the body of an answer in bounded memory, and parse JSON."""

import json
import math
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


# Longer numbers remain text, because their conversion is slow and no field needs them.
_MAX_DIGITS = 100
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class AnswerTooLargeError(Exception):
    """The decompressed body is larger than allowed."""


class UnreadableBodyError(Exception):
    """The body cannot be decompressed or parsed; the text completes the sentence "The answer …"."""


def read_body(streamed: "httpx.Response", most: int) -> bytes:
    """Read and decompress the body of a streamed answer; at most `most` bytes and a chunk are in memory.

    Raises:
        AnswerTooLargeError: the body has more than `most` bytes.
        UnreadableBodyError: unexpected encoding, or a compressed body that is cut off.

    """
    encoding = streamed.headers.get("Content-Encoding", "").strip().casefold()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise UnreadableBodyError("has a compression that was not requested")
    unpacker = None if encoding in {"", "identity"} else _Decompressor(most)
    parts = []
    size = 0
    for chunk in streamed.iter_raw():
        part = chunk if unpacker is None else unpacker.unpack(chunk)
        size += len(part)
        if size > most:
            raise AnswerTooLargeError
        parts.append(part)
    if unpacker is not None and size and not unpacker.is_complete:
        raise UnreadableBodyError("is cut off")
    return b"".join(parts)


class _Decompressor:
    """Decompresses a body of one or several gzip members, with at most `most` bytes per chunk."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)

    @property
    def is_complete(self) -> bool:
        return self._stream.eof

    def unpack(self, chunk: bytes) -> bytes:
        unpacked = b""
        try:
            while chunk:
                if self._stream.eof:
                    self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
                unpacked += self._stream.decompress(chunk, self._most - len(unpacked) + 1)
                if len(unpacked) > self._most:
                    raise AnswerTooLargeError
                chunk = self._stream.unconsumed_tail or self._stream.unused_data
        except zlib.error:
            raise UnreadableBodyError("cannot be decompressed") from None
        return unpacked


def parse_json(content: bytes) -> Any:
    """Parse a JSON body. Numbers that are too long or not finite (NaN, 1e400) become texts.

    Bytes that are not UTF-8 become lone surrogates, so that only the text with them is damaged.

    Raises:
        UnreadableBodyError: the body is not JSON, or is nested too deeply.

    """
    try:
        text = content.decode("utf-8-sig", "surrogatepass")
    except UnicodeDecodeError:
        text = content.decode("utf-8-sig", "surrogateescape")
    try:
        return json.loads(text, parse_int=_integer, parse_float=_decimal, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnreadableBodyError("is not JSON") from None


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_DIGITS else text


def _decimal(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
