"""Make the rows of `mn_gb_import`: what Givebutter is told of each mentor (rulebook section 9).

A blank cell may keep or clear what Givebutter has, so every column carries Givebutter's current value unless ours is
another. The two message columns are never written here (rulebook section 13).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mentorsync_pipeline.domain import import_columns as col
from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.answers import PASS_THROUGH
from mentorsync_pipeline.domain.clean_text import same_id
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.emails import email_key
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.givebutter_values import (
    NO,
    is_formula,
    is_importable_phone,
    is_yes,
    listed,
    neutralised,
    option,
    parse_date,
    sent,
    yes_no,
)
from mentorsync_pipeline.domain.records import Contact, Mentor
from mentorsync_pipeline.domain.tags import without_tags
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver
from mentorsync_pipeline.mentors.rules.fields import pushed_labels
from mentorsync_pipeline.mentors.rules.losers import Loser

SOURCE_TABLE = "mn_gb_import"

# Columns that we never change: Givebutter's value goes back as it is.
_KEPT: Mapping[str, str] = {
    "Prefix": "prefix",
    "Middle Name": "middle_name",
    "Suffix": "suffix",
    "Pronouns": "pronouns",
    "Household Name": "household",
    "Employer": "employer",
    "Title": "title",
    "Twitter URL": "twitter",
    "LinkedIn URL": "linkedin",
    "Facebook URL": "facebook",
    "TikTok URL": "tiktok",
}
_KEPT_DATES = {"Contact Since": "contact_since", "Date of Birth": "date_of_birth"}
_ADDRESS = dict(
    zip(col.ADDRESS, ("address_line_1", "address_line_2", "city", "state", "zip_code", "country"), strict=True)
)
_MERGED = {
    "First Name": "first_name",
    "Preferred First Name": "preferred_name",
    "Last Name": "last_name",
    **{answer.import_column: answer.name for answer in PASS_THROUGH if answer.import_column},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row of the import file. `cells` has every column of the template, `custom_fields` texts by label.

    `messages` are the two message columns; they are filled in elsewhere. `where` names the row in findings.
    """

    mn_id: str | None
    cells: Mapping[str, str | None]
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, str | None] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImportRow:
    """A row and what was unusual about it."""

    row: ImportRow
    warnings: tuple[WarningFinding, ...]


def build_row(
    mentor: Mentor, contact: Contact | None, carried: CarryOver, losers: Sequence[Loser], config: CampaignConfig
) -> BuiltImportRow:
    """Make the row of a mentor that is not blocked; `contact` is the winner as Givebutter has it, None for a new one.

    `carried` is what the `losers` hand on (`mentors.rules.carry_over`).
    """
    primary_email = _primary_email(mentor, contact)
    primary_phone, foreign_left_out = _primary_phone(mentor, contact)
    held = contact or Contact(contact_id=0)
    emails = _with_own_emails((*held.emails, *carried.emails), mentor)
    phones = {phone for phone in (*held.phones, *carried.phones) if is_importable_phone(phone)}
    texts: dict[str, str | None] = {
        **{column: getattr(held, name) for column, name in _KEPT.items()},
        **{column: option(config, name, getattr(mentor, name)) for column, name in _MERGED.items()},
        **_address(held),
        "Household Envelope Name": None,
        col.NOTES: mentor.notes if mentor.notes != held.notes else None,
    }
    cells: dict[str, str | None] = {
        **texts,
        **{column: _date(getattr(held, name)) for column, name in _KEPT_DATES.items()},
        col.CONTACT_ID: str(contact.contact_id) if contact else None,
        col.EXTERNAL_ID: _external_id(mentor, held, config),
        col.PRIMARY_EMAIL: primary_email,
        col.PRIMARY_PHONE: primary_phone,
        col.EMAILS: listed(sorted(emails - {primary_email})),
        col.PHONES: listed(sorted(phones - {primary_phone})),
        col.TAGS: _tags(mentor, config),
        "Is Household Primary Contact": yes_no(is_yes(held.household_primary_contact)) if held.household else None,
        **_subscriptions(contact, [loser.contact for loser in losers], primary_email, primary_phone),
    }
    warnings = [_foreign_phone(mentor)] if foreign_left_out else []
    for column in col.FREE_TEXTS:
        text = cells[column]
        if text is not None and is_formula(text):
            cells[column] = neutralised(text)
            warnings.append(_formula(mentor, column))
    custom_fields, neutralised_labels = _custom_fields(mentor, held, config)
    warnings += [_formula(mentor, label) for label in neutralised_labels]
    row = ImportRow(
        mn_id=mentor.mn_id,
        cells={column: _blank_to_none(cells[column]) for column in col.IMPORT_COLUMNS},
        custom_fields=custom_fields,
        where=mentor.mn_id,
    )
    return BuiltImportRow(row=row, warnings=tuple(warnings))


def build_rows(
    mentors: Iterable[Mentor],
    contacts: Mapping[int, Contact],
    carried: Mapping[str, CarryOver],
    losers: Mapping[str, Sequence[Loser]],
    config: CampaignConfig,
) -> tuple[BuiltImportRow, ...]:
    """Make a row for every mentor that is not blocked; `carried` and `losers` go by the mentor's submission id."""
    return tuple(
        build_row(
            mentor,
            contacts[mentor.gb_contact_id] if mentor.gb_contact_id is not None else None,
            carried.get(mentor.submission_id or "", CarryOver()),
            losers.get(mentor.submission_id or "", ()),
            config,
        )
        for mentor in mentors
        if mentor.sync_state != "blocked"
    )


def _external_id(mentor: Mentor, held: Contact, config: CampaignConfig) -> str | None:
    """The mentor's External ID, in Givebutter's spelling where the contact holds it already."""
    ours = config.external_id(mentor.mn_id)
    return held.external_id if same_id(held.external_id, ours) else ours


def _with_own_emails(held: Sequence[str], mentor: Mentor) -> set[str]:
    """The emails of a contact, with those of the mentor that it does not hold in another spelling."""
    known = set(map(email_key, held))
    own = (email for email in (mentor.personal_email, mentor.uga_email) if email and email_key(email) not in known)
    return {*held, *own}


def _primary_email(mentor: Mentor, contact: Contact | None) -> str | None:
    """Givebutter's primary while it is one of the mentor's, else the mentor's own; never blank where there is one."""
    own = [email for email in (mentor.personal_email, mentor.uga_email) if email]
    current = normalize.email(contact.primary_email) if contact else None
    if not own or (current is not None and email_key(current) in map(email_key, own)):
        return current
    return own[0]


def _primary_phone(mentor: Mentor, contact: Contact | None) -> tuple[str | None, bool]:
    """The mentor's phone, and whether it had to be left out because the import rejects foreign ones.

    One of the contact's own then takes its place. A contact that has foreign ones only keeps its first in the cell: the
    linter holds the row back, because a blank cell might clear it.
    """
    held = contact.phones if contact else ()
    if mentor.phone is not None and is_importable_phone(mentor.phone):
        return mentor.phone, False
    usable = next((phone for phone in held if is_importable_phone(phone)), None)
    return usable or next(iter(held), None), mentor.phone is not None and mentor.phone not in held


def _address(contact: Contact) -> dict[str, str | None]:
    """The whole address, or none of it: Givebutter drops an incomplete one."""
    parts = {column: getattr(contact, name) for column, name in _ADDRESS.items()}
    complete = all(parts[column] for column in col.ADDRESS_NEEDS)
    return parts if complete else dict.fromkeys(parts)


def _date(text: str | None) -> str | None:
    """A date as YYYY-MM-DD; one that cannot be read stays as it is, for the linter to hold back."""
    day = parse_date(text)
    return day.isoformat() if day else text


def _tags(mentor: Mentor, config: CampaignConfig) -> str | None:
    """The full set; the year's tag comes first, so that no cell starts with a tag that looks like a formula."""
    year_tag = config.givebutter_mentor_tag
    others = without_tags(mentor.tags, [year_tag])
    spelled = [tag for tag in mentor.tags if tag not in others] or [year_tag]
    return listed((*spelled, *others))


def _subscriptions(
    contact: Contact | None, losers: Sequence[Contact], email: str | None, phone: str | None
) -> dict[str, str]:
    """Givebutter's statuses as they are. Nobody is subscribed by us.

    A new contact is subscribed only if a duplicate that holds the address or number is; no contact stays subscribed
    under an address or number that a duplicate has unsubscribed.
    """
    return {
        "Email Subscription Status": _status(
            contact, losers, "email_keys", email and email_key(email), "email_subscribed"
        ),
        "Phone Subscription Status": _status(contact, losers, "phone_keys", phone, "phone_subscribed"),
        "Address Subscription Status": yes_no(contact.address_subscribed) if contact else NO,
    }


def _status(contact: Contact | None, losers: Sequence[Contact], kind: str, key: str | None, flag: str) -> str:
    holders = [loser for loser in losers if key in getattr(loser, kind)]
    willing = all(getattr(loser, flag) for loser in holders)
    if contact is None:
        return yes_no(bool(holders) and willing)
    known = key is None or key in getattr(contact, kind)
    return yes_no(bool(getattr(contact, flag)) and (known or willing))


def _custom_fields(mentor: Mentor, contact: Contact, config: CampaignConfig) -> tuple[dict[str, str], list[str]]:
    """Our custom fields by label, where we have nothing what Givebutter has; and the labels of neutralised texts."""
    cells: dict[str, str] = {}
    formulas: list[str] = []
    for name, label in pushed_labels(config).items():
        value, held = getattr(mentor, name), contact.custom_fields.get(label, "")
        ours = sent(config, name, value)
        text = ours or neutralised(held)
        if text:
            cells[label] = text
        source = value if ours else held
        if isinstance(source, str) and is_formula(source):
            formulas.append(label)
    return cells, formulas


def _blank_to_none(text: str | None) -> str | None:
    return text.strip() or None if text else None


def _formula(mentor: Mentor, column: str) -> WarningFinding:
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{mentor.mn_id}:{column}",
        message=f"{column} starts like a formula (=, +, - or @); an apostrophe was put in front of it.",
        source_table=SOURCE_TABLE,
        mn_id=mentor.mn_id,
    )


def _foreign_phone(mentor: Mentor) -> WarningFinding:
    return WarningFinding(
        warning_type="unusual_value",
        subject=f"{mentor.mn_id}:{col.PRIMARY_PHONE}",
        message="The phone is not a US number, which Givebutter's import rejects; it was left out of the file. Enter it"
        " on the contact in Givebutter by hand.",
        source_table=SOURCE_TABLE,
        mn_id=mentor.mn_id,
    )
