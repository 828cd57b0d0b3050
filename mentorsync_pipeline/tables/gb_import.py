"""The rows of the import file and the record of every file that left (rulebook section 9).

How a row is made or checked does not belong here; see `rules.import_rows` and `rules.linter`.
"""

import sqlalchemy as sa

from mentorsync_pipeline.tables.base import (
    Json,
    Text,
    identity,
    json_object,
    log_column,
    metadata,
    moment,
    one_of,
    year_column,
)

# Givebutter's own names, in the order of its import template (reference/givebutter.md, "Contacts IMPORT").
IMPORT_COLUMNS = (
    "Givebutter Contact ID",
    "Contact External ID",
    "Contact Since",
    "Prefix",
    "First Name",
    "Preferred First Name",
    "Middle Name",
    "Last Name",
    "Suffix",
    "Primary Email",
    "Primary Phone Number",
    "Address Line 1",
    "Address Line 2",
    "City",
    "State",
    "Zip Code",
    "Country",
    "Gender",
    "Pronouns",
    "Household Name",
    "Household Envelope Name",
    "Is Household Primary Contact",
    "Email Addresses",
    "Phone Numbers",
    "Date of Birth",
    "Employer",
    "Title",
    "Twitter URL",
    "LinkedIn URL",
    "Facebook URL",
    "TikTok URL",
    "Tags",
    "Notes",
    "Email Subscription Status",
    "Phone Subscription Status",
    "Address Subscription Status",
)
TEXT_MESSAGE = "📱Custom Text Message 1️⃣"
EMAIL_MESSAGE = "📧 Custom Email Message 1️⃣"
MESSAGE_COLUMNS = (TEXT_MESSAGE, EMAIL_MESSAGE)

mn_gb_import = sa.Table(
    "mn_gb_import",
    metadata,
    year_column(primary_key=True),
    sa.Column("mn_id", Text, primary_key=True),
    *(sa.Column(name, Text) for name in (*IMPORT_COLUMNS, *MESSAGE_COLUMNS)),
    json_object("custom_fields"),
    log_column(),
)

gb_import_files = sa.Table(
    "gb_import_files",
    metadata,
    identity(),
    year_column(),
    sa.Column("file_name", Text, nullable=False),
    sa.Column("sha256", Text, nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("held_back", sa.Integer, nullable=False, comment="Rows that the linter kept out of the file."),
    sa.Column("run_id", Text, nullable=False),
    moment("contacts_as_of", comment="The as_of of the contact data that the file was built from."),
    moment("created_at", nullable=False),
    sa.Column("forced_by", Text, comment="Who forced the file past the staleness gate, if anyone."),
    log_column(),
    sa.Index("ix_gb_import_files_campaign_year", "campaign_year", "created_at"),
)

gb_contact_loads = sa.Table(
    "gb_contact_loads",
    metadata,
    identity(),
    sa.Column("origin", Text, nullable=False),
    sa.Column("file_name", Text),
    sa.Column("sha256", Text),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("previous_row_count", sa.BigInteger),
    moment("as_of", nullable=False, comment="The moment that the contact data was taken at Givebutter."),
    moment("loaded_at", nullable=False),
    sa.Column("run_id", Text),
    sa.Column("forced_by", Text),
    sa.Column("notes", Json),
    one_of("origin", "export", "api_full", "api_changes", "api_mentors"),
)
