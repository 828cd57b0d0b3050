"""Count the SMS of a text by 3GPP TS 23.038 and 23.040: GSM-7 with its extension table, otherwise UCS-2.

The two small libraries for this on PyPI miscount characters outside of the Basic Multilingual Plane and two-unit
characters at the end of a segment.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]
# The default alphabet of TS 23.038, without the escape to the extension table.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each takes two septets: an escape and the character.
_EXTENSION = frozenset("\f^{}\\[~]|€")
# Units of a single message, and of each part of a longer one, which has a header of six bytes.
_UNITS_PER_SEGMENT: Mapping[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """SMS of a text. `units` are septets or UTF-16 code units; `unusual` are the characters that GSM-7 lacks."""

    encoding: Encoding
    units: int
    segments: int
    unusual: tuple[str, ...] = ()


def count_sms(text: str) -> Sms:
    """Count the SMS of a text. An empty text has no segments."""
    characters = set(text)
    unusual = tuple(sorted(characters - _BASIC - _EXTENSION))
    encoding: Encoding = "UCS-2" if unusual else "GSM-7"
    double = {character for character in characters if ord(character) > 0xFFFF} if unusual else characters & _EXTENSION
    units = len(text) + (sum(map(double.__contains__, text)) if double else 0)
    single_units, part_units = _UNITS_PER_SEGMENT[encoding]
    segments = min(units, 1) if units <= single_units else _count_parts(text, double, part_units)
    return Sms(encoding=encoding, units=units, segments=segments, unusual=unusual)


def _count_parts(text: str, double: Set[str], part_units: int) -> int:
    """Count the parts of a long text. A character of two units (`double`) is never split between two parts."""
    if not double:
        return -(-len(text) // part_units)
    parts, free = 1, part_units
    for character in text:
        units = 2 if character in double else 1
        if units > free:
            parts, free = parts + 1, part_units
        free -= units
    return parts
