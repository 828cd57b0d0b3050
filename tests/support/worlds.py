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
    campaign = next(campaign for campaign in world.campaigns if campaign.slug == world.campaign_slug)
    return Year(
        world=world,
        submissions=_submissions(world, world.forms[world.config.signup_form_id]),
        contacts=[
            _contact(contact)
            for contact in world.contacts
            if contact.archived_at is None and contact.type == "individual"
        ],
        members=[
            Member(
                member_id=member.id,
                first_name=member.first_name,
                last_name=member.last_name,
                email=normalize.email(member.email),
                phone=normalize.phone(member.phone),
            )
            for member in world.members[campaign.id]
        ],
        earlier=_earlier(world),
    )


def _submissions(world: World, form: Form) -> list[Submission]:
    questions = world.config.signup_questions
    found = []
    for submission in form.submissions.values():
        name, phone = submission.answers.get(questions["name"]), submission.answers.get(questions["phone"])
        assert isinstance(name, dict)
        if isinstance(phone, dict):
            phone = phone.get("full") or "".join(phone.get(part, "") for part in ("area", "phone"))
        texts = {
            key: unescape(answer)
            for key in ("mn_id", "personal_email", "uga_email")
            if isinstance(answer := submission.answers.get(questions[key]), str)
        }
        found.append(
            Submission(
                submission_id=submission.id,
                status=submission.status,
                created_at=submission.created_at,
                updated_at=submission.updated_at,
                first_name=unescape(name["first"]),
                last_name=unescape(name["last"]),
                preferred_name=unescape(name.get("prefix", "")) or None,
                phone=phone if isinstance(phone, str) else None,
                **texts,
            )
        )
    return found


def _contact(contact: SandboxContact) -> Contact:
    emails = dict.fromkeys(filter(None, map(normalize.email, contact.emails)))
    phones = dict.fromkeys(filter(None, map(normalize.phone, contact.phones)))
    return Contact(
        contact_id=contact.id,
        external_id=contact.external_id,
        first_name=contact.first_name,
        preferred_name=contact.preferred_name,
        last_name=contact.last_name,
        primary_email=contact.emails[0] if contact.emails else None,
        primary_phone=contact.phones[0] if contact.phones else None,
        emails=tuple(emails),
        phones=tuple(phones),
        address_line_1=contact.addresses[0].address_1 if contact.addresses else None,
        tags=tuple(contact.tags),
        total_contributions=Decimal(str(contact.total_contributions)),
        last_modified=contact.updated_at,
    )


def _earlier(world: World) -> list[EarlierMentor]:
    config: CampaignConfig = CONFIG.model_copy(update={"campaign_year": CONFIG.campaign_year - 1})
    old = _submissions(world, world.forms[world.config.previous_signup_form_id])
    return [
        EarlierMentor(
            campaign_year=config.campaign_year,
            external_ids=(signup.external_id, *map(config.external_id, signup.superseded_mn_ids)),
            first_name=signup.first_name,
            last_name=signup.last_name,
            preferred_name=signup.preferred_name,
            phone=signup.phone,
            emails=signup.emails,
        )
        for signup in deduplicate(old, config).signups
    ]
