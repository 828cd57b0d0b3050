"""What a campaign would do, in numbers and samples, for a person to look at before it is applied.

Nothing is written here. Samples hold people's data: they go to the person who asked, and into no log and no event.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from mentorsync_pipeline.messages.rules import sms
from mentorsync_pipeline.messages.rules.messages import COLLISION, Outcome, Settled


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
    """What a campaign comes to. `left_out` gives by reason the mentors whom it is for and who get no message.

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


def summary(
    one: Outcome, settled: Settled, importable: frozenset[str], *, mentors: int, samples: int, limit: int
) -> Summary:
    """Sum a campaign up; `settled` is what it comes to beside the others, `importable` who is in the import.

    `samples` are the longest message, the shortest and others between them, by length.
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
        sms=_sms([found["text"] for found in texts.values()]) if "text" in one.columns else None,
        samples=_samples(texts, samples),
    )


def _texts(one: Outcome, settled: Settled, mn_id: str) -> dict[str, str]:
    return {column: settled.cells[mn_id, column][1] for column in one.columns if (mn_id, column) in settled.cells}


def _lengths(found: list[int], limit: int) -> Lengths:
    return Lengths(shortest=min(found), median=round(median(found)), longest=max(found), limit=limit)


def _sms(texts: list[str]) -> SmsCounts:
    counted = [sms.count(text) for text in texts]
    return SmsCounts(
        by_segments=dict(sorted(Counter(one.segments for one in counted).items())),
        by_encoding=dict(sorted(Counter(one.encoding for one in counted).items())),
        unusual=tuple(sorted({character for one in counted for character in one.unusual})),
        segments=sum(one.segments for one in counted),
    )


def _samples(texts: Mapping[str, Mapping[str, str]], wanted: int) -> tuple[Sample, ...]:
    ordered = sorted(texts, key=lambda mn_id: (-sum(map(len, texts[mn_id].values())), mn_id))
    count = min(wanted, len(ordered))
    places = [round(at * (len(ordered) - 1) / max(count - 1, 1)) for at in range(count)]
    return tuple(
        Sample(
            mn_id=ordered[at],
            texts=texts[ordered[at]],
            segments=sms.count(texts[ordered[at]]["text"]).segments if "text" in texts[ordered[at]] else None,
        )
        for at in places
    )
