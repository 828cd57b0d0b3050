"""Fill the texts of a year's campaigns for its mentors (rulebook, sections 9 and 13).

A blank cell of an import may keep or clear Givebutter's value (reference/givebutter.md, "Contacts IMPORT"). So a
cleared message is overwritten with a text, and a value that a person typed into the field is sent back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.givebutter_values import neutralise_formula
from mentorsync_pipeline.messages.rules.campaign_file import Campaign
from mentorsync_pipeline.messages.rules.recipients import Recipient

SOURCE_TABLE = "campaign_messages"
COLLISION = "MESSAGE_COLLISION"

Cell = tuple[str, str]
"""MN id and message column, such as `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageProblem:
    """Why a campaign has no message for a mentor of its audience. `missing` is the unknown variable, if any."""

    mn_id: str
    campaign: str
    code: str
    reason: str
    missing: str | None = None

    def to_finding(self) -> ErrorFinding:
        """Return the error for `sync_errors`; it names the mentor by id only."""
        return build_error(
            self.code,
            subject=f"{self.mn_id}:{self.campaign}",
            message=f"Campaign {self.campaign}: {self.reason}",
            source_table=SOURCE_TABLE,
            mn_id=self.mn_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAudience:
    """Audience of one campaign.

    Attributes:
        audience: MN ids of the mentors it is for.
        left_out: by state (`blocked`, `dropped`), MN ids of mentors that fit the audience and are not included.

    """

    campaign: str
    columns: tuple[str, ...]
    audience: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult(CampaignAudience):
    """Result of one campaign.

    Attributes:
        messages: by MN id the text of every column. A mentor with a column that cannot be filled has a problem instead.

    """

    messages: Mapping[str, Mapping[str, str]]
    problems: tuple[MessageProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedMessages:
    """Result of all campaigns of a year: campaign and text by cell, and the messages that failed."""

    cells: Mapping[Cell, tuple[str, str]] = field(default_factory=dict)
    problems: tuple[MessageProblem, ...] = ()


def select_audience(campaign: Campaign, recipients: Iterable[Recipient]) -> CampaignAudience:
    """Select the mentors whom a campaign is for."""
    audience: list[str] = []
    left_out: defaultdict[str, list[str]] = defaultdict(list)
    for recipient in recipients:
        if not campaign.audience.matches(recipient.values):
            continue
        states = [state for state, is_set in (("blocked", recipient.blocked), ("dropped", recipient.dropped)) if is_set]
        excluding = [state for state in states if state not in campaign.include]
        if excluding:
            left_out[excluding[0]].append(recipient.mn_id)
        else:
            audience.append(recipient.mn_id)
    return CampaignAudience(
        campaign=campaign.name,
        columns=campaign.columns,
        audience=tuple(audience),
        left_out={state: tuple(ids) for state, ids in left_out.items()},
    )


def fill_campaign(campaign: Campaign, recipients: Sequence[Recipient], *, limit: int) -> CampaignResult:
    """Fill a campaign's texts for its audience. If one column fails for a mentor, the mentor gets no message.

    Args:
        limit: the largest number of characters of a text (`custom_text_limit`).

    """
    # Jinja is imported with the first campaign.
    from mentorsync_pipeline.messages.rules.template import MessageFailedError, fill_template  # noqa: PLC0415

    selected = select_audience(campaign, recipients)
    values = {recipient.mn_id: recipient.values for recipient in recipients}
    messages: dict[str, dict[str, str]] = {}
    problems: list[MessageProblem] = []
    for mn_id in selected.audience:
        try:
            messages[mn_id] = {
                column: fill_template(campaign.texts[column], values[mn_id], limit) for column in campaign.columns
            }
        except MessageFailedError as error:
            problems.append(
                MessageProblem(
                    mn_id=mn_id,
                    campaign=campaign.name,
                    code=error.code,
                    reason=error.reason,
                    missing=error.missing,
                )
            )
    return CampaignResult(
        campaign=selected.campaign,
        columns=selected.columns,
        audience=selected.audience,
        left_out=selected.left_out,
        messages=messages,
        problems=tuple(problems),
    )


def find_collisions(audiences: Sequence[CampaignAudience]) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Find mentors for whom two campaigns write the same column: by campaign, the other campaigns by MN id.

    Compares audiences, so that a collision does not depend on whether a text can be filled today.
    """
    campaigns_by_cell: defaultdict[Cell, list[str]] = defaultdict(list)
    for selected in audiences:
        for mn_id in selected.audience:
            for column in selected.columns:
                campaigns_by_cell[mn_id, column].append(selected.campaign)
    collisions: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (mn_id, _), names in campaigns_by_cell.items():
        for name in names if len(names) > 1 else ():
            collisions[name][mn_id] |= set(names) - {name}
    return {name: {mn_id: frozenset(others) for mn_id, others in ids.items()} for name, ids in collisions.items()}


def find_campaign_collisions(audiences: Sequence[CampaignAudience], campaign: str) -> dict[str, tuple[str, ...]]:
    """Return, by other campaign, the mentors for whom it writes the same column as `campaign`."""
    mn_ids: dict[str, list[str]] = {}
    for mn_id, others in find_collisions(audiences).get(campaign, {}).items():
        for other in others:
            mn_ids.setdefault(other, []).append(mn_id)
    return {other: tuple(sorted(ids)) for other, ids in mn_ids.items()}


def combine_campaigns(results: Sequence[CampaignResult]) -> CombinedMessages:
    """Combine the results of all campaigns. A mentor in a collision gets none of the colliding messages."""
    all_collisions = find_collisions(results)
    cells: dict[Cell, tuple[str, str]] = {}
    problems: list[MessageProblem] = []
    for result in results:
        collisions = all_collisions.get(result.campaign, {})
        problems += [problem for problem in result.problems if problem.mn_id not in collisions]
        problems += [
            MessageProblem(
                mn_id=mn_id,
                campaign=result.campaign,
                code=COLLISION,
                reason=f"{' and '.join(sorted(others))} would write the same column, so none of them is sent.",
            )
            for mn_id, others in collisions.items()
        ]
        for mn_id, texts in result.messages.items():
            if mn_id not in collisions:
                cells |= {(mn_id, column): (result.campaign, text) for column, text in texts.items()}
    return CombinedMessages(cells=cells, problems=tuple(problems))


def choose_message_cell(message: str | None, *, is_ours: bool, present: str | None, cleared_text: str) -> str | None:
    """Return the cell of the import file for one mentor and column; None for a blank cell.

    Args:
        message: the text of a campaign in force.
        is_ours: whether a campaign ever wrote this cell, so that `present` may be an old message.
        present: Givebutter's present value.
        cleared_text: text that replaces an old message.

    """
    if message is not None:
        return message
    if present is None or not present.strip():
        return None
    return (cleared_text or None) if is_ours else neutralise_formula(present.strip())


def is_leftover_message(present: str | None, cleared_text: str) -> bool:
    """Return whether Givebutter still shows a text in a cleared column."""
    return present is not None and present.strip() not in ("", cleared_text)
