"""Columns of Givebutter's import file (reference/givebutter.md, "Contacts IMPORT") and their sources."""

from collections.abc import Mapping

# Groups of columns.
_NAMES = ("Prefix", "First Name", "Preferred First Name", "Middle Name", "Last Name", "Suffix")
ADDRESS = ("Address Line 1", "Address Line 2", "City", "State", "Zip Code", "Country")
_ABOUT = ("Gender", "Pronouns", "Household Name", "Household Envelope Name")
_WORK = ("Employer", "Title")
SUBSCRIPTIONS = ("Email Subscription Status", "Phone Subscription Status", "Address Subscription Status")

# Givebutter's names, in the order of its import template (reference/givebutter.md, "Contacts IMPORT").
IMPORT_COLUMNS = (
    "Givebutter Contact ID",
    "Contact External ID",
    "Contact Since",
    *_NAMES,
    "Primary Email",
    "Primary Phone Number",
    *ADDRESS,
    *_ABOUT,
    "Is Household Primary Contact",
    "Email Addresses",
    "Phone Numbers",
    "Date of Birth",
    *_WORK,
    "Twitter URL",
    "LinkedIn URL",
    "Facebook URL",
    "TikTok URL",
    "Tags",
    "Notes",
    *SUBSCRIPTIONS,
)
# The export's names, where they differ; people have used them in import files too.
EXPORT_NAMES = (
    "Additional Emails",
    "Primary Phone",
    "Additional Phones",
    "Postal Code",
    "Additional Addresses",
    "Engage Email Subscribed",
    "Engage SMS Subscribed",
    "Engage Mail Subscribed",
    "Household",
    "Household Primary Contact",
    "Total Contributions",
    "Last Modified (UTC)",
    "Date Created (UTC)",
)
TEXT_MESSAGE = "📱Custom Text Message 1️⃣"
EMAIL_MESSAGE = "📧 Custom Email Message 1️⃣"
MESSAGE_COLUMNS = (TEXT_MESSAGE, EMAIL_MESSAGE)

CONTACT_ID = "Givebutter Contact ID"
EXTERNAL_ID = "Contact External ID"
PREFIX = "Prefix"
LAST_NAME = "Last Name"
PRIMARY_EMAIL = "Primary Email"
PRIMARY_PHONE = "Primary Phone Number"
EMAILS = "Email Addresses"
PHONES = "Phone Numbers"
HOUSEHOLD_PRIMARY = "Is Household Primary Contact"
TAGS = "Tags"
NOTES = "Notes"
EMAIL_STATUS, PHONE_STATUS, ADDRESS_STATUS = SUBSCRIPTIONS
DATES = ("Contact Since", "Date of Birth")
ADDRESS_NEEDS = ("Address Line 1", "City", "State", "Zip Code")
LISTS = (EMAILS, PHONES, TAGS)

# Texts from public forms and donation pages. A spreadsheet must not run them as formulas.
FREE_TEXTS = (*_NAMES, *ADDRESS, *_ABOUT, *_WORK, "Notes")

# Columns that are never changed: Givebutter's value, of this column of the contact, is sent back unchanged.
UNCHANGED: Mapping[str, str] = {
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
UNCHANGED_DATES = {"Contact Since": "contact_since", "Date of Birth": "date_of_birth"}
ADDRESS_PARTS = dict(
    zip(ADDRESS, ("address_line_1", "address_line_2", "city", "state", "zip_code", "country"), strict=True)
)
KEPT_COLUMNS: Mapping[str, str] = {**UNCHANGED, **UNCHANGED_DATES, **ADDRESS_PARTS}
# The column of duplicates whose values are added.
CARRIED_COLUMNS: Mapping[str, str] = {EMAILS: "emails", PHONES: "phones", TAGS: "tags"}
