"""The messages of a year's campaigns: who gets which text, who is left out and why (rulebook, sections 9 and 13).

A blank cell of an import may keep or clear what Givebutter has (reference/givebutter.md, "Contacts IMPORT"), so a
message that is withdrawn is overwritten with a text, and what a person typed into the field by hand is sent back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.givebutter_values import neutralised
from mentorsync_pipeline.messages.rules.campaign_file import Campaign
from mentorsync_pipeline.messages.rules.recipients import Recipient
from mentorsync_pipeline.messages.rules.template import FailedError, fill

SOURCE_TABLE = "campaign_messages"
COLLISION = "MESSAGE_COLLISION"

Cell = tuple[str, str]
"""A mentor's id and a message column, such as `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a campaign has no message for a mentor of its audience; `missing` is a variable that is not known."""

    mn_id: str
    campaign: str
    code: str
    reason: str
    missing: str | None = None

    def finding(self) -> ErrorFinding:
        """The error for `sync_errors`; it names the mentor by id alone."""
        return finding(
            self.code,
            subject=f"{self.mn_id}:{self.campaign}",
            message=f"Campaign {self.campaign}: {self.reason}",
            source_table=SOURCE_TABLE,
            mn_id=self.mn_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one campaign. `audience` are the mentors it is for, `left_out` those that it would be for.

    `left_out` has the mentors by state (`blocked`, `dropped`) whom the campaign does not include. `messages` are the
    texts of those of the audience whose every column could be filled; the others have a problem each.
    """

    campaign: str
    columns: tuple[str, ...]
    audience: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]
    messages: Mapping[str, Mapping[str, str]]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The result of all campaigns of a year: by cell the campaign and its text, and the messages that failed."""

    cells: Mapping[Cell, tuple[str, str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def outcome(campaign: Campaign, recipients: Iterable[Recipient], *, limit: int) -> Outcome:
    """Fill a campaign's texts for every mentor that it is for. One column that fails leaves the others blank too.

    `limit` is the largest number of characters of a text (`custom_text_limit`).
    """
    audience: list[str] = []
    left_out: defaultdict[str, list[str]] = defaultdict(list)
    messages: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for one in recipients:
        if not campaign.audience.holds(one.values):
            continue
        states = [state for state, is_so in (("blocked", one.blocked), ("dropped", one.dropped)) if is_so]
        excluding = [state for state in states if state not in campaign.include]
        if excluding:
            left_out[excluding[0]].append(one.mn_id)
            continue
        audience.append(one.mn_id)
        try:
            messages[one.mn_id] = {
                column: fill(campaign.texts[column], one.values, limit) for column in campaign.columns
            }
        except FailedError as failed:
            problems.append(
                Problem(
                    mn_id=one.mn_id,
                    campaign=campaign.name,
                    code=failed.code,
                    reason=failed.reason,
                    missing=failed.missing,
                )
            )
    return Outcome(
        campaign=campaign.name,
        columns=campaign.columns,
        audience=tuple(audience),
        left_out={state: tuple(ids) for state, ids in left_out.items()},
        messages=messages,
        problems=tuple(problems),
    )


def collisions(outcomes: Sequence[Outcome]) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The mentors for whom two campaigns have the same column: by campaign, the mentors and the other campaigns.

    By audience, whether or not the text can be filled: a collision must not depend on the values known today.
    """
    wanted: defaultdict[Cell, list[str]] = defaultdict(list)
    for one in outcomes:
        for mn_id in one.audience:
            for column in one.columns:
                wanted[mn_id, column].append(one.campaign)
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (mn_id, _), names in wanted.items():
        for name in names if len(names) > 1 else ():
            found[name][mn_id] |= set(names) - {name}
    return {name: {mn_id: frozenset(others) for mn_id, others in ids.items()} for name, ids in found.items()}


def collisions_of(outcomes: Sequence[Outcome], campaign: str) -> dict[str, tuple[str, ...]]:
    """By other campaign, the mentors for whom it and this one write the same column."""
    found: dict[str, list[str]] = {}
    for mn_id, others in collisions(outcomes).get(campaign, {}).items():
        for other in others:
            found.setdefault(other, []).append(mn_id)
    return {other: tuple(sorted(ids)) for other, ids in found.items()}


def settle(outcomes: Sequence[Outcome]) -> Settled:
    """Combine the campaigns. A mentor for whom two of them write the same column gets neither message."""
    colliding = collisions(outcomes)
    cells: dict[Cell, tuple[str, str]] = {}
    problems: list[Problem] = []
    for one in outcomes:
        hit = colliding.get(one.campaign, {})
        problems += [problem for problem in one.problems if problem.mn_id not in hit]
        problems += [
            Problem(
                mn_id=mn_id,
                campaign=one.campaign,
                code=COLLISION,
                reason=f"{' and '.join(sorted(others))} would write the same column, so none of them does.",
            )
            for mn_id, others in hit.items()
        ]
        for mn_id, texts in one.messages.items():
            if mn_id not in hit:
                cells |= {(mn_id, column): (one.campaign, text) for column, text in texts.items()}
    return Settled(cells=cells, problems=tuple(problems))


def message_cell(message: str | None, *, ours: bool, held: str | None, cleared_text: str) -> str | None:
    """The cell of the import file for one mentor and column; None for a blank one.

    Args:
        message: the text of a campaign in force.
        ours: whether a campaign ever wrote this cell, so that `held` may be an old message of ours.
        held: what Givebutter shows now.
        cleared_text: replaces an old message.

    """
    if message is not None:
        return message
    if held is None or not held.strip():
        return None
    return (cleared_text or None) if ours else neutralised(held.strip())


def is_left_over(held: str | None, cleared_text: str) -> bool:
    """Whether Givebutter shows something in a column that was to be cleared."""
    return held is not None and held.strip() not in ("", cleared_text)
