"""Summarize a campaign before it is applied: counts, lengths, SMS and samples.

Samples have personal data. They are shown to the person who requested them and are not written to logs or events.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from mentorsync_pipeline.messages.rules.campaign_file import is_text_message
from mentorsync_pipeline.messages.rules.sms import count_sms
from mentorsync_pipeline.messages.rules.texts import COLLISION, CampaignResult, CombinedMessages


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Lengths of the messages of one column in characters. `limit` is `custom_text_limit`."""

    shortest: int
    median: int
    longest: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCounts:
    """Numbers of text messages by SMS segments and by encoding, all segments, and the characters that GSM-7 lacks."""

    by_segments: Mapping[int, int]
    by_encoding: Mapping[str, int]
    unusual: tuple[str, ...]
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The messages of one mentor."""

    mn_id: str
    texts: Mapping[str, str]
    segments: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Summary of a campaign.

    Attributes:
        not_for: number of mentors outside the audience.
        left_out: mentors of the audience without a message, by reason: `blocked`, `dropped` or an error code.
        waiting: mentors without an import row; they get their messages once they have one.
        missing: number of mentors by unknown variable.

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
    result: CampaignResult,
    combined: CombinedMessages,
    importable: frozenset[str],
    *,
    mentors: int,
    samples: int,
    limit: int,
) -> Summary:
    """Summarize a campaign.

    Args:
        result: the result of the campaign.
        combined: the result of all campaigns of the year.
        importable: MN ids of mentors with an import row.
        mentors: the number of the year's mentors.
        samples: how many messages to include: the longest, the shortest and others between them.
        limit: the largest number of characters (`custom_text_limit`).

    """
    texts = {
        mn_id: mentor_texts for mn_id in result.messages if (mentor_texts := _campaign_texts(result, combined, mn_id))
    }
    problems = [problem for problem in combined.problems if problem.campaign == result.campaign]
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for problem in problems:
        reasons[problem.code].append(problem.mn_id)
    left_out = {**result.left_out, **{code: tuple(ids) for code, ids in reasons.items()}}
    return Summary(
        audience=len(result.audience),
        messages=len(texts),
        not_for=mentors - len(result.audience) - sum(map(len, result.left_out.values())),
        left_out=left_out,
        waiting=tuple(mn_id for mn_id in texts if mn_id not in importable),
        missing=Counter(problem.missing for problem in problems if problem.missing and problem.code != COLLISION),
        lengths={
            column: _measure_lengths([len(mentor_texts[column]) for mentor_texts in texts.values()], limit)
            for column in result.columns
            if texts
        },
        sms=_count_sms_texts(_select_sms_texts(texts)) if any(map(is_text_message, result.columns)) else None,
        samples=_choose_samples(texts, samples),
    )


def _campaign_texts(result: CampaignResult, combined: CombinedMessages, mn_id: str) -> dict[str, str]:
    return {column: combined.cells[mn_id, column][1] for column in result.columns if (mn_id, column) in combined.cells}


def _measure_lengths(lengths: list[int], limit: int) -> Lengths:
    return Lengths(shortest=min(lengths), median=round(median(lengths)), longest=max(lengths), limit=limit)


def _select_sms_texts(texts: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    return (text for mentor_texts in texts.values() for column, text in mentor_texts.items() if is_text_message(column))


def _count_sms_texts(texts: Iterable[str]) -> SmsCounts:
    counted = [count_sms(text) for text in texts]
    return SmsCounts(
        by_segments=dict(sorted(Counter(sms.segments for sms in counted).items())),
        by_encoding=dict(sorted(Counter(sms.encoding for sms in counted).items())),
        unusual=tuple(sorted({character for sms in counted for character in sms.unusual})),
        segments=sum(sms.segments for sms in counted),
    )


def _count_segments(texts: Mapping[str, str]) -> int | None:
    """Count the SMS segments of a mentor's messages; None when all are emails."""
    counts = [count_sms(text).segments for column, text in texts.items() if is_text_message(column)]
    return sum(counts) if counts else None


def _choose_samples(texts: Mapping[str, Mapping[str, str]], sample_count: int) -> tuple[Sample, ...]:
    ordered = sorted(texts, key=lambda mn_id: (-sum(map(len, texts[mn_id].values())), mn_id))
    count = min(sample_count, len(ordered))
    positions = [round(position * (len(ordered) - 1) / max(count - 1, 1)) for position in range(count)]
    return tuple(
        Sample(
            mn_id=ordered[position],
            texts=texts[ordered[position]],
            segments=_count_segments(texts[ordered[position]]),
        )
        for position in positions
    )
