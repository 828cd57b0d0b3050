"""Records that the rules read and return: one frozen dataclass per kind of row, named as in the rulebook.

Phones are E.164 and emails in normal form (rulebook section 1) unless a name ends in `_raw`. Times are timezone-aware
UTC. A missing text is None, never "".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from mentorsync_pipeline.domain.answers import with_answers
from mentorsync_pipeline.domain.clean_text import id_key, tag_key
from mentorsync_pipeline.domain.computed_once import computed_once
from mentorsync_pipeline.domain.emails import email_key, emails, is_placeholder_email
from mentorsync_pipeline.domain.phones import is_placeholder_phone
from mentorsync_pipeline.domain.vocabulary import SyncState

NameAgreement = Literal["agree", "differ", "unclear"]
Viability = Literal["viable", "doubtful", "refused"]
MatchKey = Literal["external_id", "phone", "personal_email", "uga_email"]
Decision = Literal["human", "external_id", "only_candidate", "clear_winner", "stale_rival", "new_contact", "blocked"]


class _KeyedRecord:
    """A record of a person, whose match keys every stage uses several times."""

    __slots__ = ("_email_keys", "_phone_keys")


def _list_phone_keys(*numbers: str | None, but: tuple[str, ...]) -> tuple[str, ...]:
    keys = (number for number in numbers if number and not is_placeholder_phone(number))
    return tuple(key for key in dict.fromkeys(keys) if key not in but)


def _list_email_keys(*addresses: str, but: tuple[str, ...]) -> tuple[str, ...]:
    keys = (email_key(address) for address in addresses if not is_placeholder_email(address))
    return tuple(key for key in dict.fromkeys(keys) if key not in but)


@dataclass(frozen=True, slots=True, kw_only=True)
@with_answers
class Submission:
    """One submission of the sign-up form (`raw_mn_signups`), with raw texts."""

    submission_id: str
    status: str
    created_at: datetime
    updated_at: datetime | None = None
    removed: bool = False
    mn_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    preferred_name: str | None = None
    phone: str | None = None
    personal_email: str | None = None
    uga_email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
@with_answers
class Signup(_KeyedRecord):
    """One person's sign-up of a year after deduplication (`deduplicated_signups`, rulebook section 2).

    Attributes:
        further_phones: more phones that were typed into the same box.
        further_emails: more emails that were typed into the same boxes.
        placeholder_keys: keys that too many people share; not used for matching (rulebook, section 1).
        deleted_submission_ids: the person's deleted sign-ups that had been a mentor's. They are not used, but records
            under them (link, bases, page, decisions) still belong to the person.

    """

    submission_id: str
    mn_id: str
    external_id: str
    created_at: datetime
    updated_at: datetime | None = None
    first_name: str | None = None
    last_name: str | None = None
    preferred_name: str | None = None
    phone: str | None = None
    phone_raw: str | None = None
    personal_email: str | None = None
    personal_email_raw: str | None = None
    uga_email: str | None = None
    uga_email_raw: str | None = None
    superseded_submission_ids: tuple[str, ...] = ()
    superseded_mn_ids: tuple[str, ...] = ()
    further_phones: tuple[str, ...] = ()
    further_emails: tuple[str, ...] = ()
    placeholder_keys: tuple[str, ...] = ()
    deleted_submission_ids: tuple[str, ...] = ()

    @property
    @computed_once
    def phone_keys(self) -> tuple[str, ...]:
        """Return the match keys of the phones; the phone that is sent comes first."""
        return _list_phone_keys(self.phone, *self.further_phones, but=self.placeholder_keys)

    @property
    @computed_once
    def email_keys(self) -> tuple[str, ...]:
        """Return the match keys of the emails."""
        return _list_email_keys(*self.emails, *self.further_emails, but=self.placeholder_keys)

    @property
    def unread_emails(self) -> tuple[str, ...]:
        """Return typed emails that are invalid. They match nothing, but show that the person has an own email."""
        typed = ((self.personal_email, self.personal_email_raw), (self.uga_email, self.uga_email_raw))
        return tuple(raw for email, raw in typed if email is None and raw and "@" in raw and not emails(raw))

    @property
    def external_id_key(self) -> str | None:
        """Return the key for comparing the External ID."""
        return id_key(self.external_id)

    @property
    def emails(self) -> tuple[str, ...]:
        """Return the personal and the UGA email, if present."""
        return tuple(email for email in (self.personal_email, self.uga_email) if email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(_KeyedRecord):
    """One Givebutter contact (`raw_gb_full_contacts`). `emails` and `phones` are normalised, the primary first.

    `placeholder_keys`: keys that too many people share; not used for matching (rulebook, section 1).
    `total_contributions`: None if it is unknown; see `may_have_donations`.
    """

    contact_id: int
    external_id: str | None = None
    prefix: str | None = None
    first_name: str | None = None
    preferred_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    suffix: str | None = None
    date_of_birth: str | None = None
    gender: str | None = None
    pronouns: str | None = None
    employer: str | None = None
    title: str | None = None
    contact_since: str | None = None
    twitter: str | None = None
    linkedin: str | None = None
    facebook: str | None = None
    tiktok: str | None = None
    household: str | None = None
    household_primary_contact: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    email_subscribed: bool = False
    phone_subscribed: bool = False
    address_subscribed: bool = False
    total_contributions: Decimal | None = Decimal(0)
    recurring_contributions: Decimal | None = None
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    date_created: datetime | None = None
    last_modified: datetime | None = None
    archived_at: datetime | None = None
    placeholder_keys: tuple[str, ...] = ()
    # Closed campaign year of tags without a year, by `tag_key`.
    ended_tags: Mapping[str, int] = field(default_factory=dict)

    def tags_of(self, year: int) -> tuple[str, ...]:
        """Return the tags that count for a campaign year: all but those that were added for another year."""
        if not self.ended_tags:
            return self.tags
        return tuple(tag for tag in self.tags if self.ended_tags.get(tag_key(tag), year) == year)

    @property
    def may_have_donations(self) -> bool:
        """Return whether the contact has donations, has promised recurring ones, or it is unknown whether it has."""
        return self.total_contributions is None or self.total_contributions > 0 or self.has_recurring_donations

    @property
    def has_recurring_donations(self) -> bool:
        """Return whether the contact has recurring donations; their total is 0 until the first one is paid."""
        return bool(self.recurring_contributions)

    @property
    def external_id_key(self) -> str | None:
        """Return the key for comparing the External ID."""
        return id_key(self.external_id)

    @property
    @computed_once
    def phone_keys(self) -> tuple[str, ...]:
        """Return the match keys of the phones."""
        return _list_phone_keys(*self.phones, but=self.placeholder_keys)

    @property
    @computed_once
    def email_keys(self) -> tuple[str, ...]:
        """Return the match keys of the emails."""
        return _list_email_keys(*self.emails, but=self.placeholder_keys)

    @property
    def unread_emails(self) -> tuple[str, ...]:
        """Return the text of a primary email that cannot be read, such as `#N/A` in a broken export."""
        text = self.primary_email
        return (text,) if text and not emails(text) else ()

    @property
    def has_address(self) -> bool:
        """Return whether there is any line of a postal address."""
        return any((self.address_line_1, self.city, self.zip_code))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactIdentity:
    """What is known of a contact that cannot be read (`unread_contacts`)."""

    external_id: str | None = None
    first_name: str | None = None
    preferred_name: str | None = None
    last_name: str | None = None
    suffix: str | None = None
    email_keys: tuple[str, ...] = ()
    phone_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadContact:
    """A contact that cannot be read.

    Attributes:
        subject: its id, or the subject of its error if the id cannot be read.
        message: message of its error.

    """

    subject: str
    message: str
    identity: ContactIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of the year's Givebutter campaign (`raw_gb_campaign_members`). It has no contact id."""

    member_id: int
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    raised: Decimal = Decimal(0)
    url: str | None = None
    updated_at: datetime | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormEntry:
    """One submission of a form that mentors fill in after the sign-up. The MN id, if any, was typed by hand.

    Attributes:
        updated_at: time of the last edit; None if there was none.
        answers: the form's further answers (`domain.forms.Form.answers`) as typed, without blank ones.

    """

    submission_id: str
    created_at: datetime
    updated_at: datetime | None = None
    mn_id: str | None = None
    phone: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    observed_at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierMentor(_KeyedRecord):
    """A mentor of an earlier campaign year (rulebook, sections 3 and 4).

    `external_ids` are the ids of that year; `contact_id` is the contact to which the mentor was last linked.
    """

    campaign_year: int
    external_ids: tuple[str, ...]
    contact_id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    preferred_name: str | None = None
    phone: str | None = None
    emails: tuple[str, ...] = ()
    further_phones: tuple[str, ...] = ()
    placeholder_keys: tuple[str, ...] = ()

    @property
    @computed_once
    def phone_keys(self) -> tuple[str, ...]:
        """Return the match keys of the phones."""
        return _list_phone_keys(self.phone, *self.further_phones, but=self.placeholder_keys)

    @property
    @computed_once
    def email_keys(self) -> tuple[str, ...]:
        """Return the match keys of the emails."""
        return _list_email_keys(*self.emails, but=self.placeholder_keys)

    @property
    def unread_emails(self) -> tuple[str, ...]:
        """Return no texts: only emails that were read are kept of an earlier year."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One (sign-up, contact) pair with its score and its viability (`contact_candidates`, rulebook section 3)."""

    submission_id: str
    mn_id: str
    contact: Contact
    matched_on: tuple[MatchKey, ...]
    viability: Viability
    viability_reason: str
    name_agreement: NameAgreement
    is_mass_email: bool
    campaign_member: bool
    score: Decimal
    score_parts: Mapping[str, Decimal]
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """Result of section 4 for one sign-up (`winner_contacts`).

    Attributes:
        contact_id: None for new contacts and blocked mentors.
        release_contact_id: the contact from which a person decided to release the mentor's External ID.

    """

    submission_id: str
    mn_id: str
    contact_id: int | None
    decision: Decision
    reason: str
    score: Decimal | None = None
    second_contact_id: int | None = None
    second_score: Decimal | None = None
    transferred_external_id: str | None = None
    release_contact_id: int | None = None
    blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Origin of one cell of `mentors` (rulebook section 7)."""

    source_table: str
    source_id: str | None
    observed_at: datetime | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
@with_answers
class Mentor:
    """One row of `mentors` (rulebook section 7), with the provenance of every field."""

    mn_id: str
    submission_id: str | None
    status: str
    sync_state: SyncState
    first_name: str | None = None
    last_name: str | None = None
    preferred_name: str | None = None
    phone: str | None = None
    personal_email: str | None = None
    uga_email: str | None = None
    gb_contact_id: int | None = None
    campaign_member: bool = False
    gb_member_id: int | None = None
    amount_raised: Decimal = Decimal(0)
    fundraising_page_url: str | None = None
    setup_submission_id: str | None = None
    training_signup: bool = False
    training_signup_at: datetime | None = None
    training_signup_submission_id: str | None = None
    partner_submission_id: str | None = None
    partner_mn_id: str | None = None
    partner_phone: str | None = None
    partner_notes: str | None = None
    attended_training: bool = False
    training_at: date | None = None
    dropped: bool = False
    tags: tuple[str, ...] = ()
    notes: str | None = None
    signed_up_at: datetime | None = None
    provenance: Mapping[str, Provenance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInForce:
    """A person's answer to a conflict that was not undone (`sync_decisions`, rulebook section 6).

    `id` has the order of the answers. `submission_id` is the sign-up that the question was about; None if it is unknown
    or the question was about no mentor.
    """

    mn_id: str
    conflict_type: str
    subject: str
    input_fingerprint: str
    choice: Literal["a", "b", "custom", "skipped"]
    value: Any = None
    decided_by: str = ""
    id: int = 0
    submission_id: str | None = None


@dataclass(frozen=True, slots=True)
class MatchKeys:
    """Keys of all sign-ups of a year, for the query that selects possible contacts (rulebook section 3)."""

    external_ids: frozenset[str]
    phones: frozenset[str]
    emails: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's approval to archive one contact (rulebook section 10). A later one has a higher id."""

    id: int
    by: str
    at: datetime


Approvals = Mapping[tuple[int, str], Approval]
"""Latest approval by contact id and input fingerprint."""
