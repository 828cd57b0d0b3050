"""Records of a generated world: set-up, the services' data, and the truth about its people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mentorsync_pipeline.sandbox.gb_model import Campaign, Contact, CustomField, Member
from mentorsync_pipeline.sandbox.jf_model import Answer, Form

SHIRT_SIZES = ("XS", "S", "M", "L", "XL", "2XL", "3XL")
UGA_CLASSES = ("Freshman", "Sophomore", "Junior", "Senior", "Grad. Student")
SHIFTS = ("8:30-1:30", "9:15-2:15", "10:00-3:00", "10:45-3:45", "11:30-4:30")
# Answers of the forms where they differ from the options of the custom field; a form puts an emoji before each shift.
OTHER_CLASSES = {"1st year": "Freshman", "2nd year": "Sophomore", "4th year": "Senior", "Graduate": "Grad. Student"}
CLASS_ANSWERS = (*UGA_CLASSES, "Grad Student", "freshman", *OTHER_CLASSES)
SHIFT_ANSWERS = tuple(f"{emoji} | {shift}" for emoji, shift in zip("🌅🎨🎸🍎🩰", SHIFTS, strict=True))
GENDERS = ("Female", "Male", "Non-binary", "Prefer not to say")


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """An answer of the sign-up form that has a custom field of the contact, with the same text on both sides.

    ``name`` is the answer's column, ``question`` the question's unique name, ``title`` its text on the form, and
    ``label`` the custom field. With ``options`` both are lists to choose from, without they are free text.
    """

    name: str
    question: str
    title: str
    label: str
    options: tuple[str, ...] = ()


PLAIN_ANSWERS = (PlainAnswer("shirt_size", "shirtSize", "T-shirt size", "👕 Shirt Size", SHIRT_SIZES),)


def _signup_questions() -> dict[str, str]:
    return {
        "mn_id": "mnid",
        "name": "fullName",
        "phone": "mnPhone",
        "personal_email": "personalEmail",
        "uga_email": "ugaEmail",
        "gender": "gender",
        **{answer.name: answer.question for answer in PLAIN_ANSWERS},
        "uga_class": "ugaClass",
    }


def _setup_questions() -> dict[str, str]:
    return {"mn_id": "mnid", "email": "personalEmail", "phone": "phoneNumber"}


def _training_questions() -> dict[str, str]:
    return {
        "email": "emailAddress",
        "phone": "phoneNumber",
        "uga_class": "ugaClass",
        "training_session": "sessionDate",
        "session_time": "sessionTime",
    }


def _partner_questions() -> dict[str, str]:
    return {
        "mn_id": "mnid",
        "phone": "mnPhone",
        "partner_phone": "partnerPhone",
        "shift_preference": "shiftPreference",
        "partner_notes": "partnerNotes",
    }


@dataclass(frozen=True)
class SandboxForms:
    """How the charity set its services up: form ids, question names, campaign, tags, custom-field labels.

    The ``*_questions`` mappings go from the meaning of an answer to the question's ``name``. Without a question for the
    preferred name, the prefix part of the name is labelled "Preferred Name". ``{year}`` and ``{yy}`` in the campaign
    slug and the tags are filled with the campaign year.
    """

    signup_form_id: str = "250685983663169"
    setup_form_id: str = "250754977634066"
    training_form_id: str = "252935716589069"
    partner_form_id: str = "252988541198170"
    previous_signup_form_id: str = "240655983663011"
    previous_setup_form_id: str = "240714977634022"
    previous_training_form_id: str = "242905716589033"
    signup_questions: Mapping[str, str] = field(default_factory=_signup_questions)
    setup_questions: Mapping[str, str] = field(default_factory=_setup_questions)
    training_questions: Mapping[str, str] = field(default_factory=_training_questions)
    partner_questions: Mapping[str, str] = field(default_factory=_partner_questions)
    campaign_code: str = "CQVG3W"
    campaign_slug: str = "SWABUGA{year}"
    mentor_tag: str = "Mentors {year}"
    campaign_tag: str = "SWAB {year}"
    dropped_tag: str = "Dropped {yy}"
    # A label that was edited in Givebutter after the campaign file was written.
    edited_uga_class_label: str = "🏫 UGA class?"
    # Address of a member's page; `{member_id}` is filled in.
    member_page: str = "https://givebutter.example/c/{member_id}"
    fundraising_goal: float = 75.0
    event_month_day: str = "11-09"
    uga_class_label: str = "🎓 UGA Class"
    shift_label: str = "📆 Shift Preference"
    partner_label: str = "👯‍♂️ Partner Preference"
    attended_training_label: str = "🚂 Mentor Training Complete"
    training_date_label: str = "📅 Training Date"
    training_signup_label: str = "✅ Mentor Training Signed Up?"
    amount_raised_label: str = "💰 Amount Fundraised"
    page_url_label: str = "🔗 Fundraising Page"
    page_setup_label: str = "💸 Givebutter Page Setup"
    fully_fundraised_label: str = "📈 Fully Fundraised"
    text_message_label: str = "📱Custom Text Message 1️⃣"
    second_text_message_label: str = "📱Custom Text Message 2️⃣"
    email_message_label: str = "📧 Custom Email Message 1️⃣"

    @property
    def plain_mentor_tag(self) -> str:
        """The mentor tag without the year, as the team tags while the year runs."""
        return self.mentor_tag.replace("{year}", "").replace("{yy}", "").strip()

    @property
    def plain_dropped_tag(self) -> str:
        """The dropped tag without the year."""
        return self.dropped_tag.replace("{year}", "").replace("{yy}", "").strip()

    def fill(self, template: str, year: int) -> str:
        """Fill a year into a slug or tag template."""
        return template.format(year=year, yy=f"{year % 100:02d}")


@dataclass(frozen=True, slots=True)
class MentorTruth:
    """The true identity of a mentor.

    ``contact_id`` is the contact to keep, ``None`` when a new one has to be created. ``own_contacts`` are all contacts
    of this person (archived ones included) with their roles. ``must_block`` marks the few that only a person can
    decide; their ``contact_id`` is the choice of an informed person. ``habit`` is the mentor's
    way of writing (``habits``), "" for none.
    """

    person_id: str
    mn_id: str
    superseded_mn_ids: tuple[str, ...]
    submission_id: str
    superseded_submission_ids: tuple[str, ...]
    scenario: str
    must_block: bool
    contact_id: int | None
    own_contacts: Mapping[int, str]
    dropped: bool
    member_id: int | None
    amount_raised: float | None
    setup_submission_id: str | None
    training_submission_id: str | None
    attended_training: bool
    habit: str


@dataclass(frozen=True, slots=True)
class ContactTruth:
    """Owner of a contact, and its role and scenario."""

    contact_id: int
    person_id: str
    scenario: str
    is_mentor: bool


@dataclass(frozen=True)
class Truth:
    """The truth about the people of a world. ``by_mn_id`` has two entries for an id that was assigned twice.

    ``unsubscribed`` are the contacts that get no emails.
    """

    mentors: tuple[MentorTruth, ...]
    contacts: Mapping[int, ContactTruth]
    by_mn_id: Mapping[str, tuple[MentorTruth, ...]]
    invalid_submission_ids: tuple[str, ...]
    deleted_submission_ids: tuple[str, ...]
    unsubscribed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FormEdit:
    """Answers of a sign-up that the student or the team corrects. ``mn_id`` is the new id where that is corrected."""

    submission_id: str
    person_id: str
    kind: str
    answers: Mapping[str, Answer]
    mn_id: str | None = None


@dataclass(frozen=True, slots=True)
class ContactEdit:
    """A person's edit of a contact in Givebutter: a phone in place of the primary one, or a value of a custom field."""

    contact_id: int
    phone: str | None = None
    label: str = ""
    value: str = ""


@dataclass(frozen=True)
class LaterEdits:
    """Everything that happens between the first file and the second sync.

    ``corrected_early`` are corrections between the first file and its import, of which the file knows nothing.
    ``deleted`` sign-ups are moved to the trash by mistake, seen there by a sync, and restored. ``unsubscribed`` are
    contacts whose people opt out of emails.
    """

    corrected_early: tuple[FormEdit, ...] = ()
    corrected: tuple[FormEdit, ...] = ()
    edited: tuple[ContactEdit, ...] = ()
    deleted: tuple[str, ...] = ()
    unsubscribed: tuple[int, ...] = ()


@dataclass
class World:
    """The services' data at the moment ``now`` (UTC) and the truth about it."""

    seed: int
    year: int
    now: datetime
    config: SandboxForms
    forms: dict[str, Form]
    contacts: list[Contact]
    custom_fields: tuple[CustomField, ...]
    campaigns: list[Campaign]
    members: dict[int, list[Member]]
    truth: Truth
    later: LaterEdits = field(default_factory=LaterEdits)

    @property
    def campaign_slug(self) -> str:
        """The slug of the campaign of this world's year."""
        return self.config.fill(self.config.campaign_slug, self.year)
