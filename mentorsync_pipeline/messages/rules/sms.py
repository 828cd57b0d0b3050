"""How many SMS a text is: GSM-7 with its extension table, else UCS-2 (3GPP TS 23.038 and 23.040).

The two small libraries for this on PyPI count neither characters outside of the Basic Multilingual Plane nor
characters that do not fit at a segment's end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]
# The default alphabet of TS 23.038, without the escape to the extension table.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# An escape and one more character each.
_EXTENSION = frozenset("\f^{}\\[~]|€")
# Units of a single message, and of each part of a longer one: a part gives six bytes to its header.
_ROOM: Mapping[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """How a text is sent: `units` are septets or UTF-16 code units, `unusual` the characters that rule GSM-7 out."""

    encoding: Encoding
    units: int
    segments: int
    unusual: tuple[str, ...] = ()


def count(text: str) -> Sms:
    """Count a text; the empty one is no message at all."""
    unusual = tuple(sorted(set(text) - _BASIC - _EXTENSION))
    width = _utf16_units if unusual else _septets
    encoding: Encoding = "UCS-2" if unusual else "GSM-7"
    units = sum(map(width, text))
    whole, part = _ROOM[encoding]
    segments = min(units, 1) if units <= whole else _parts(text, width, part)
    return Sms(encoding=encoding, units=units, segments=segments, unusual=unusual)


def _septets(character: str) -> int:
    return 2 if character in _EXTENSION else 1


def _utf16_units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


def _parts(text: str, width: Callable[[str], int], room: int) -> int:
    """Fill one part after the other; a character of two units is never torn in two."""
    parts, left = 1, room
    for character in text:
        need = width(character)
        if need > left:
            parts, left = parts + 1, room
        left -= need
    return parts
