"""A generated year of the sandbox as the records that the rules read, without the services."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import unescape

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Contact, EarlierMentor, Member, Submission
from mentorsync_pipeline.sandbox.gb_model import Contact as SandboxContact
from mentorsync_pipeline.sandbox.jf_model import Form
from mentorsync_pipeline.sandbox.population import World, generate
from mentorsync_pipeline.signups.rules.deduplication import deduplicate
from tests.support.matching import CONFIG


@dataclass(frozen=True)
class Year:
    """Records of a campaign year at the time of the contact data, and the world with the truth."""

    world: World
    submissions: list[Submission]
    contacts: list[Contact]
    members: list[Member]
    earlier: list[EarlierMentor]

    @property
    def as_of(self) -> datetime:
        return self.world.now


def year_of(seed: int, *, now: datetime, mentors: int = 976, contacts: int = 3_000, at_least: int = 0) -> Year:
    world = generate(seed, mentors, contacts, year=CONFIG.campaign_year, now=now, at_least=at_least)
    campaign = next(one for one in world.campaigns if one.slug == world.campaign_slug)
    return Year(
        world=world,
        submissions=_submissions(world, world.forms[world.config.signup_form_id]),
        contacts=[_contact(one) for one in world.contacts if one.archived_at is None and one.type == "individual"],
        members=[
            Member(
                member_id=one.id,
                first_name=one.first_name,
                last_name=one.last_name,
                email=normalize.email(one.email),
                phone=normalize.phone(one.phone),
            )
            for one in world.members[campaign.id]
        ],
        earlier=_earlier(world),
    )


def _submissions(world: World, form: Form) -> list[Submission]:
    questions = world.config.signup_questions
    found = []
    for one in form.submissions.values():
        name, phone = one.answers.get(questions["name"]), one.answers.get(questions["phone"])
        assert isinstance(name, dict)
        if isinstance(phone, dict):
            phone = phone.get("full") or "".join(phone.get(part, "") for part in ("area", "phone"))
        texts = {
            key: unescape(answer)
            for key in ("mn_id", "personal_email", "uga_email")
            if isinstance(answer := one.answers.get(questions[key]), str)
        }
        found.append(
            Submission(
                submission_id=one.id,
                status=one.status,
                created_at=one.created_at,
                updated_at=one.updated_at,
                first_name=unescape(name["first"]),
                last_name=unescape(name["last"]),
                preferred_name=unescape(name.get("prefix", "")) or None,
                phone=phone if isinstance(phone, str) else None,
                **texts,
            )
        )
    return found


def _contact(one: SandboxContact) -> Contact:
    emails = dict.fromkeys(filter(None, map(normalize.email, one.emails)))
    phones = dict.fromkeys(filter(None, map(normalize.phone, one.phones)))
    return Contact(
        contact_id=one.id,
        external_id=one.external_id,
        first_name=one.first_name,
        preferred_name=one.preferred_name,
        last_name=one.last_name,
        primary_email=one.emails[0] if one.emails else None,
        primary_phone=one.phones[0] if one.phones else None,
        emails=tuple(emails),
        phones=tuple(phones),
        address_line_1=one.addresses[0].address_1 if one.addresses else None,
        tags=tuple(one.tags),
        total_contributions=Decimal(str(one.total_contributions)),
        last_modified=one.updated_at,
    )


def _earlier(world: World) -> list[EarlierMentor]:
    config: CampaignConfig = CONFIG.model_copy(update={"campaign_year": CONFIG.campaign_year - 1})
    old = _submissions(world, world.forms[world.config.previous_signup_form_id])
    return [
        EarlierMentor(
            campaign_year=config.campaign_year,
            external_ids=(one.external_id, *map(config.external_id, one.superseded_mn_ids)),
            first_name=one.first_name,
            last_name=one.last_name,
            preferred_name=one.preferred_name,
            phone=one.phone,
            emails=one.emails,
        )
        for one in deduplicate(old, config).signups
    ]
