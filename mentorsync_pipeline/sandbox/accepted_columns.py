"""The columns of Givebutter's contacts import."""

CONTACT_ID = "Givebutter Contact ID"
EXTERNAL_ID = "Contact External ID"
LAST_NAME = "Last Name"
MAX_TEXT = 255
# Custom texts of up to 772 characters were accepted in real imports; the real limit is unknown.
MAX_CUSTOM_TEXT = 1_000
MAX_PREFIX = 10

TEXT: dict[str, tuple[str, str]] = {
    # column: (internal key, attribute of a contact)
    "Prefix": ("prefix", "prefix"),
    "First Name": ("first_name", "first_name"),
    "Preferred First Name": ("preferred_name", "preferred_name"),
    "Middle Name": ("middle_name", "middle_name"),
    LAST_NAME: ("last_name", "last_name"),
    "Suffix": ("suffix", "suffix"),
    "Gender": ("gender", "gender"),
    "Pronouns": ("pronouns", "pronouns"),
    "Household Name": ("household_name", "household_name"),
    "Household Envelope Name": ("household_envelope_name", "household_envelope_name"),
    "Employer": ("employer", "employer"),
    "Title": ("title", "title"),
    "Twitter URL": ("twitter_url", "twitter_url"),
    "LinkedIn URL": ("linkedin_url", "linkedin_url"),
    "Facebook URL": ("facebook_url", "facebook_url"),
    "TikTok URL": ("tiktok_url", "tiktok_url"),
}
SUBSCRIPTIONS: dict[str, tuple[str, str]] = {
    "Email Subscription Status": ("email_subscription", "email_subscribed"),
    "Phone Subscription Status": ("phone_subscription", "phone_subscribed"),
    "Address Subscription Status": ("address_subscription", "address_subscribed"),
}
ADDRESS: dict[str, str] = {
    "Address Line 1": "address_1",
    "Address Line 2": "address_2",
    "City": "city",
    "State": "state",
    "Zip Code": "zipcode",
    "Country": "country",
}
_OTHERS: dict[str, str] = {
    CONTACT_ID: "id",
    EXTERNAL_ID: "external_id",
    "Contact Since": "contact_since",
    "Primary Email": "primary_email",
    "Email Addresses": "emails",
    "Primary Phone Number": "primary_phone",
    "Phone Numbers": "phones",
    "Is Household Primary Contact": "is_household_primary_contact",
    "Date of Birth": "dob",
    "Tags": "tags",
    "Notes": "note",
}
KEYS: dict[str, str] = {
    **_OTHERS,
    **{column: key for column, (key, _) in {**TEXT, **SUBSCRIPTIONS}.items()},
    **ADDRESS,
}
"""Internal key by column, for all columns but the custom fields."""
