"""Read the body of an answer: in bounded memory, and JSON of any content.

Which answers are asked for and retried is decided in `resources.http`.
"""

import json
import math
import zlib
from typing import Any

import httpx

# Longer numbers stay text: nothing of ours is so large, and converting them takes long.
_MAX_DIGITS = 100
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class AnswerTooLargeError(Exception):
    """The body, decompressed, is larger than allowed; reading it was stopped."""


class UnreadableBodyError(Exception):
    """The body cannot be decompressed or parsed; the text is the end of a sentence about the answer."""


def read_body(streamed: httpx.Response, most: int) -> bytes:
    """The body of a streamed answer, decompressed. No more than `most` bytes (and a chunk) are ever held.

    Raises AnswerTooLargeError, UnreadableBodyError (an encoding that nobody asked for, a compressed body that is cut
    off), and what the transport raises.
    """
    encoding = streamed.headers.get("Content-Encoding", "").strip().casefold()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise UnreadableBodyError("is compressed in a way that was not asked for")
    unpacker = None if encoding in {"", "identity"} else _Unpacker(most)
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


class _Unpacker:
    """Decompresses a body of one or several gzip members; never makes more than `most` bytes of one chunk."""

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
    """The JSON value in a body. Numbers that are too long or not finite (NaN, 1e400) come as their text.

    A byte that is no UTF-8 becomes a lone surrogate, so that it spoils the one text that holds it and no other. Raises
    UnreadableBodyError when it is no JSON, or nested too deeply to be read.
    """
    try:
        text = content.decode("utf-8-sig", "surrogatepass")
    except UnicodeDecodeError:
        text = content.decode("utf-8-sig", "surrogateescape")
    try:
        return json.loads(text, parse_int=_integer, parse_float=_decimal, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnreadableBodyError("is no JSON") from None


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _MAX_DIGITS else text


def _decimal(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
