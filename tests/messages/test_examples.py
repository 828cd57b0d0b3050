"""The shipped campaigns: texts of realistic length, rendered for every kind of mentor."""

from dataclasses import replace
from decimal import Decimal
from importlib import resources
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mentorsync_pipeline.campaigns.configuration import parse_yaml, shipped_campaigns
from mentorsync_pipeline.domain.records import Mentor
from mentorsync_pipeline.domain.vocabulary import MENTOR_STATUSES
from mentorsync_pipeline.messages.queries import read_recipients
from mentorsync_pipeline.messages.rules.campaign_file import parse
from mentorsync_pipeline.messages.rules.recipients import build_recipient, rank_mentors
from mentorsync_pipeline.messages.rules.texts import fill_campaign
from tests.messages.conftest import campaign_text
from tests.support.environment import SandboxEnvironment

CONFIG = parse_yaml(shipped_campaigns()[2025])
FOLDER = resources.files("mentorsync_pipeline") / "messages" / "examples"
NAMES = ("fundraising-nudge", "fundraising-ranks", "training-reminder")
ZONE = ZoneInfo("America/New_York")


def mentor(number: int, **values: Any) -> Mentor:
    defaults = {"submission_id": str(number), "first_name": "Robin", "status": "needs_setup", "sync_state": "matched"}
    return Mentor(mn_id=f"MN{number:04d}", **(defaults | values))


def everybody() -> list[Mentor]:
    amounts = (0, 10, 75, 150, 300, Decimal("1234.5"))
    kinds = product(MENTOR_STATUSES, amounts, (None, "Bartholomew-Christopher Maximilian"), (False, True))
    return [
        mentor(
            number,
            status=status,
            amount_raised=Decimal(amount),
            campaign_member=amount > 0,
            preferred_name=preferred,
            training_signup=trained,
            fundraising_page_url="https://givebutter.example/c/robin" if preferred else None,
        )
        for number, (status, amount, preferred, trained) in enumerate(kinds, start=1)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_campaign_has_a_text_of_realistic_length_for_every_mentor(name: str) -> None:
    people = everybody()
    ranks = rank_mentors(people)
    campaign = parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"), file_name=f"{name}.md")
    recipients = [build_recipient(person, CONFIG, ZONE, rank=ranks.get(person.mn_id)) for person in people]
    result = fill_campaign(campaign, recipients, limit=CONFIG.custom_text_limit)
    assert result.problems == ()
    lengths = [len(texts["text"]) for texts in result.messages.values()]
    assert lengths
    assert 300 <= min(lengths) <= max(lengths) <= 770


def test_mentors_are_ranked_by_amount_raised_and_equal_amounts_share_a_rank() -> None:
    amounts = {1: 50, 2: 200, 3: 50, 4: 0, 5: 10}
    people = [mentor(number, amount_raised=Decimal(amount)) for number, amount in amounts.items()]
    people.append(mentor(6, amount_raised=Decimal(900), dropped=True))
    assert rank_mentors(people) == {"MN0001": 2, "MN0002": 1, "MN0003": 2, "MN0005": 4}
    values = build_recipient(people[0], CONFIG, ZONE, rank=2).values
    assert values["fundraising_rank"] == "2"
    assert build_recipient(people[3], CONFIG, ZONE).values["fundraising_rank"] is None


def test_the_shipped_campaigns_have_a_message_for_every_mentor_of_a_generated_year(
    busy_env: SandboxEnvironment,
) -> None:
    """The names, amounts and gaps of a year with every scenario; none of its mentors is an error."""
    with busy_env.engine.connect() as conn:
        recipients = read_recipients(conn, busy_env.config, ZONE)
    assert len(recipients) > 50
    for name in NAMES:
        file = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        as_shipped = parse(file, file_name=f"{name}.md")
        to_everyone = replace(as_shipped, audience=parse(campaign_text(), file_name="hello.md").audience)
        for campaign in (as_shipped, to_everyone):
            result = fill_campaign(campaign, recipients, limit=busy_env.config.custom_text_limit)
            assert [(problem.mn_id, problem.code) for problem in result.problems] == []
        assert len(result.messages) > 50
