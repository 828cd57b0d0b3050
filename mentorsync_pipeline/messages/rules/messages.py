"""What the campaigns of a year tell each mentor (rulebook section 13): who gets what, who is left out and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mentorsync_pipeline.domain.error_codes import finding
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.messages.rules.columns import Recipient
from mentorsync_pipeline.messages.rules.file import Campaign
from mentorsync_pipeline.messages.rules.template import FailedError, fill

SOURCE_TABLE = "campaign_messages"
COLLISION = "MESSAGE_COLLISION"

Cell = tuple[str, str]
"""A mentor and a column, `text` or `email`."""


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
    """What one campaign comes to. `audience` are the mentors it is for, `left_out` those that it would be for.

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
    """What all campaigns of a year come to: by cell the campaign and its text; and what could not be said."""

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

    By audience, whether or not the text can be filled: what collides must not depend on what is known today.
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


def settle(outcomes: Sequence[Outcome]) -> Settled:
    """Put the campaigns together. A mentor whom two campaigns tell something in one column hears neither of them."""
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
