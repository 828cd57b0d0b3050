"""The campaigns of the account and the members of this year's and last year's."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from mentorsync_pipeline.sandbox.gb_model import Campaign, Member
from mentorsync_pipeline.sandbox.population.history import OldSignup
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory, Person
from mentorsync_pipeline.sandbox.population.world import SandboxForms

_OTHER_CAMPAIGNS = 128  # with the two below more than one page of 100
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def make_campaigns(
    rng: random.Random, config: SandboxForms, year: int, now: datetime
) -> tuple[list[Campaign], int, int]:
    """All campaigns of the account by id, then the ids of last year's and of this year's."""
    slugs = [config.fill(config.campaign_slug, campaign_year) for campaign_year in (year - 1, year)]
    titles = [(f"event-{n}", f"Community Event {n}") for n in range(_OTHER_CAMPAIGNS)]
    titles[-6:-6] = [(slug, f"Mentor Campaign {slug}") for slug in slugs]
    campaigns: list[Campaign] = []
    for place, (slug, title) in enumerate(titles):
        created_at = now - timedelta(days=4 * (len(titles) - place) + 140, seconds=rng.randrange(86_400))
        code = config.campaign_code if slug == slugs[1] else "".join(rng.choices(_CODE_LETTERS, k=6))
        campaign = Campaign(
            310_000 + place * 7, code, slug, title, created_at, created_at, goal=1000.0 * rng.randrange(1, 90)
        )
        campaign.type = "fundraise" if slug in slugs else "collect"
        campaigns.append(campaign)
    last_year, this_year = (campaign.id for campaign in campaigns if campaign.slug in slugs)
    return campaigns, last_year, this_year


class MemberList:
    """Generates campaign members, and records their owners."""

    def __init__(self, rng: random.Random, config: SandboxForms, now: datetime) -> None:
        self._rng = rng
        self._config = config
        self._now = now
        self._id = 5_200_000
        self.of_person: dict[str, Member] = {}

    def this_year(self, people: Sequence[Person], factory: PeopleFactory) -> list[Member]:
        """Add one member per person, two for a few (the larger amount is right), and some of the team."""
        members: list[Member] = []
        for person in people:
            member = self._member(person.call_name, person.last, person.personal_email, self._phone(person))
            members.append(member)
            if self._rng.random() < 0.006 and not person.shares_phone:
                second = self._member(person.first.formal, person.last, person.personal_email, None)
                second.raised = member.raised + 15.0
                members.append(second)
                member = second
            self.of_person[person.person_id] = member
        for _ in range(5):
            elder = factory.elder()
            members.append(self._member(elder.first.formal, elder.last, elder.personal_email, elder.phone))
        return members

    def last_year(self, signups: Sequence[OldSignup]) -> list[Member]:
        """Members of last year's campaign."""
        return [
            self._member(old.person.first.formal, old.person.last, old.person.personal_email, old.phone)
            for old in signups
            if (old.person.personal_email or old.phone) and self._rng.random() < 0.5
        ]

    def _phone(self, person: Person) -> str | None:
        return None if person.shares_phone or self._rng.random() < 0.2 else person.phone

    def _member(self, first: str, last: str, email: str | None, phone: str | None) -> Member:
        rng = self._rng
        if phone and rng.random() < 0.1:
            email = None
        self._id += rng.randrange(1, 9)
        created_at = (self._now - timedelta(seconds=rng.randrange(86_400, 60 * 86_400))).replace(microsecond=0)
        goal = self._config.fundraising_goal
        share = rng.choice((0.0, 0.0, 0.2, 0.5, 0.9, 1.0, 1.0, 1.2, 2.0, 5.0))
        return Member(
            self._id,
            first,
            last,
            email,
            phone,
            raised=round(goal * share, 2),
            created_at=created_at,
            updated_at=created_at,
            goal=goal,
            donors=round(share * 4),
            display_name=f"{first} {last}",
            url=self._config.member_page.replace("{member_id}", str(self._id)),
        )
