"""Givebutter's records as dataclasses: contacts, custom fields, campaigns and members."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Address:
    """One postal address of a contact; the first in the list is the primary one."""

    address_1: str
    city: str
    state: str
    zipcode: str
    address_2: str | None = None
    country: str = "US"
    type: str = "home"


@dataclass(slots=True)
class Contact:
    """One contact. ``emails`` and ``phones`` hold the primary value first; phones are E.164; times are UTC."""

    created_at: datetime
    updated_at: datetime
    id: int = 0
    type: str = "individual"
    external_id: str | None = None
    prefix: str | None = None
    first_name: str | None = None
    preferred_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    suffix: str | None = None
    gender: str | None = None
    pronouns: str | None = None
    dob: str | None = None
    company: str | None = None
    employer: str | None = None
    title: str | None = None
    website_url: str | None = None
    twitter_url: str | None = None
    linkedin_url: str | None = None
    facebook_url: str | None = None
    tiktok_url: str | None = None
    instagram_url: str | None = None
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    note: str | None = None
    tags: list[str] = field(default_factory=list)
    custom: dict[str, str] = field(default_factory=dict)
    has_stats: bool = True  # whether the API has totals of the contact
    total_contributions: float = 0.0
    recurring_contributions: float = 0.0
    last_donation_amount: float | None = None
    total_soft_credits: float = 0.0
    email_subscribed: bool = True
    phone_subscribed: bool = True
    address_subscribed: bool = True
    contact_since: datetime | None = None
    household_id: int | None = None
    household_name: str | None = None
    household_envelope_name: str | None = None
    household_primary: bool = False
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of the account. ``type`` is ``text``, ``select``, ``checkbox``, ``date`` or ``number``."""

    field_id: int
    label: str
    type: str = "text"
    options: tuple[str, ...] = ()
    description: str = ""


@dataclass(slots=True)
class Campaign:
    """A fundraising campaign: ``slug`` is chosen by the team, ``code`` is Givebutter's six characters."""

    id: int
    code: str
    slug: str
    title: str
    created_at: datetime
    updated_at: datetime
    type: str = "collect"
    goal: float | None = None
    status: str = "active"
    end_at: datetime | None = None


@dataclass(slots=True)
class Member:
    """A campaign member. It has no contact id; it is linked by ``email`` or ``phone``."""

    id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    raised: float
    created_at: datetime
    updated_at: datetime
    goal: float = 0.0
    donors: int = 0
    display_name: str = ""
    url: str = ""
