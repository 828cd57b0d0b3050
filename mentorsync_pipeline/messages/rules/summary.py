"""Summarize what a campaign would do: counts, lengths, SMS and samples, for a person to check before applying it.

Samples hold people's data: they are shown to the person who asked and written to no log and no event.

SMS are counted by 3GPP TS 23.038 and 23.040: GSM-7 with its extension table, else UCS-2. The two small libraries for
this on PyPI count neither characters outside of the Basic Multilingual Plane nor characters that do not fit at a
segment's end.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

from mentorsync_pipeline.messages.rules.campaign_file import is_text_message
from mentorsync_pipeline.messages.rules.texts import COLLISION, Outcome, Settled

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long the messages of one column are, in characters; `limit` is `custom_text_limit`."""

    shortest: int
    median: int
    longest: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCounts:
    """How the text messages are sent: how many of them take 1, 2, … SMS, in which encoding, and what makes it UCS-2."""

    by_segments: Mapping[int, int]
    by_encoding: Mapping[str, int]
    unusual: tuple[str, ...]
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The messages of one mentor, as they would be sent."""

    mn_id: str
    texts: Mapping[str, str]
    segments: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The summary of a campaign. `left_out` gives by reason the mentors whom it is for and who get no message.

    Reasons are `blocked`, `dropped` and the error codes of `domain.error_codes`. `waiting` get theirs when they are in
    the import. `missing` counts mentors by the variable that is not known of them.
    """

    audience: int
    messages: int
    not_for: int
    left_out: Mapping[str, tuple[str, ...]]
    waiting: tuple[str, ...]
    missing: Mapping[str, int]
    lengths: Mapping[str, Lengths]
    sms: SmsCounts | None
    samples: tuple[Sample, ...]


def summarize(
    one: Outcome, settled: Settled, importable: frozenset[str], *, mentors: int, samples: int, limit: int
) -> Summary:
    """Summarize a campaign.

    Args:
        one: the result of the campaign.
        settled: the result of all campaigns of the year, this one included.
        importable: the mentors who are in the import.
        mentors: the number of the year's mentors.
        samples: how many messages to include: the longest, the shortest and others between them.
        limit: the largest number of characters (`custom_text_limit`).

    """
    texts = {mn_id: found for mn_id in one.messages if (found := _texts(one, settled, mn_id))}
    problems = [problem for problem in settled.problems if problem.campaign == one.campaign]
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for problem in problems:
        reasons[problem.code].append(problem.mn_id)
    left_out = {**one.left_out, **{code: tuple(ids) for code, ids in reasons.items()}}
    return Summary(
        audience=len(one.audience),
        messages=len(texts),
        not_for=mentors - len(one.audience) - sum(map(len, one.left_out.values())),
        left_out=left_out,
        waiting=tuple(mn_id for mn_id in texts if mn_id not in importable),
        missing=Counter(problem.missing for problem in problems if problem.missing and problem.code != COLLISION),
        lengths={
            column: _lengths([len(found[column]) for found in texts.values()], limit) for column in one.columns if texts
        },
        sms=_count_all(_sms_texts(texts)) if any(map(is_text_message, one.columns)) else None,
        samples=_samples(texts, samples),
    )


def _texts(one: Outcome, settled: Settled, mn_id: str) -> dict[str, str]:
    return {column: settled.cells[mn_id, column][1] for column in one.columns if (mn_id, column) in settled.cells}


def _lengths(found: list[int], limit: int) -> Lengths:
    return Lengths(shortest=min(found), median=round(median(found)), longest=max(found), limit=limit)


def _sms_texts(texts: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    return (text for found in texts.values() for column, text in found.items() if is_text_message(column))


def _count_all(texts: Iterable[str]) -> SmsCounts:
    counted = [count_sms(text) for text in texts]
    return SmsCounts(
        by_segments=dict(sorted(Counter(one.segments for one in counted).items())),
        by_encoding=dict(sorted(Counter(one.encoding for one in counted).items())),
        unusual=tuple(sorted({character for one in counted for character in one.unusual})),
        segments=sum(one.segments for one in counted),
    )


def _segments(texts: Mapping[str, str]) -> int | None:
    """The number of SMS of a mentor's messages; None when there are emails alone."""
    counts = [count_sms(text).segments for column, text in texts.items() if is_text_message(column)]
    return sum(counts) if counts else None


def _samples(texts: Mapping[str, Mapping[str, str]], wanted: int) -> tuple[Sample, ...]:
    ordered = sorted(texts, key=lambda mn_id: (-sum(map(len, texts[mn_id].values())), mn_id))
    count = min(wanted, len(ordered))
    places = [round(at * (len(ordered) - 1) / max(count - 1, 1)) for at in range(count)]
    return tuple(
        Sample(
            mn_id=ordered[at],
            texts=texts[ordered[at]],
            segments=_segments(texts[ordered[at]]),
        )
        for at in places
    )


def count_sms(text: str) -> Sms:
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
