"""Raw tables: records of Jotform and Givebutter with payload and origin, before any rule is applied.

Rows of forms keep the text as it was given (trimmed, HTML entities undone); contacts also keep
normalised keys so that matching can use an index (rulebook section 3).
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.db.tables.base import (
    Json,
    Money,
    Text,
    flag,
    json_object,
    log_column,
    metadata,
    moment,
    texts,
    year_column,
)
from mentorsync_pipeline.domain.forms import FORMS, PARTNER, SETUP, SIGNUP, TRAINING, Form


def _form_table(form: Form) -> sa.Table:
    """One row per submission of a Jotform form."""
    return sa.Table(
        form.table,
        metadata,
        year_column(primary_key=True),
        sa.Column("submission_id", Text, primary_key=True),
        sa.Column("form_id", Text, nullable=False),
        sa.Column("status", Text, nullable=False),
        moment("created_at", nullable=False),
        sa.Column("created_at_raw", Text, nullable=False),
        moment("updated_at"),
        sa.Column("updated_at_raw", Text),
        *(sa.Column(name, Text, comment=form.answers.get(name)) for name in form.columns),
        moment("removed_at", comment="When a full listing first came without this submission; kept as a tombstone."),
        sa.Column("origin", Text, nullable=False),
        sa.Column("payload", Json, nullable=False),
        moment("observed_at", nullable=False),
        log_column(),
    )


FORM_TABLES = {form.name: _form_table(form) for form in FORMS}
"""Raw table of each declared form, by the form's name."""

raw_mn_signups = FORM_TABLES[SIGNUP.name]
raw_mn_funds_setup = FORM_TABLES[SETUP.name]
raw_mn_training_signup = FORM_TABLES[TRAINING.name]
raw_mn_partner_preference = FORM_TABLES[PARTNER.name]


raw_gb_campaign_members = sa.Table(
    "raw_gb_campaign_members",
    metadata,
    year_column(primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("campaign_id", sa.BigInteger, nullable=False),
    sa.Column("first_name", Text),
    sa.Column("last_name", Text),
    sa.Column("display_name", Text),
    sa.Column("email", Text),
    sa.Column("phone", Text),
    sa.Column("email_key", Text),
    sa.Column("phone_key", Text),
    sa.Column("raised", Money, nullable=False),
    sa.Column("goal", Money),
    sa.Column("donors", sa.Integer),
    sa.Column("items", sa.Integer),
    sa.Column("url", Text),
    moment("created_at"),
    moment("updated_at"),
    sa.Column("origin", Text, nullable=False),
    sa.Column("payload", Json, nullable=False),
    moment("observed_at", nullable=False),
    log_column(),
)


def external_id_key(column: sa.ColumnElement[Any]) -> sa.Function[Any]:
    """An External ID as it is compared: without case. Stored texts are clean; the collation C folds ASCII alone."""
    return sa.func.upper(column)


def _keys(name: str) -> sa.Column[Any]:
    """A list of normalised keys, the primary one first. They are compared as bytes: that is fast and always right."""
    return sa.Column(name, pg.ARRAY(sa.Text(collation="C")), nullable=False, server_default="{}")


def _first_key_index(name: str) -> sa.Index:
    """An index over the first key of every list: most contacts have one email and one phone."""
    return sa.Index(
        f"ix_raw_gb_full_contacts_first_{name}",
        sa.text(f"({name}[1])"),
        postgresql_where=sa.text(f"({name}[1] IS NOT NULL)"),
    )


# The same contact leaves the same row whichever way it came (`origin`, `payload`, `load_id` and `observed_at` aside).
# The household is known to the export alone: a load from the API keeps what the last export said of it.
raw_gb_full_contacts = sa.Table(
    "raw_gb_full_contacts",
    metadata,
    sa.Column("contact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # What reads of the whole table look at comes first: PostgreSQL takes a row apart from its left.
    sa.Column("contact_type", Text, nullable=False, server_default="individual"),
    moment("archived_at"),
    sa.Column("external_id", sa.Text(collation="C")),
    _keys("email_keys"),
    _keys("phone_keys"),
    sa.Column("prefix", Text),
    sa.Column("first_name", Text),
    sa.Column("preferred_name", Text),
    sa.Column("middle_name", Text),
    sa.Column("last_name", Text),
    sa.Column("suffix", Text),
    sa.Column("date_of_birth", Text),
    sa.Column("gender", Text),
    sa.Column("pronouns", Text),
    sa.Column("employer", Text),
    sa.Column("title", Text),
    sa.Column("primary_email", Text),
    texts("additional_emails"),
    sa.Column("primary_phone", Text),
    texts("additional_phones"),
    sa.Column("address_line_1", Text),
    sa.Column("address_line_2", Text),
    sa.Column("city", Text),
    sa.Column("state", Text),
    sa.Column("zip_code", Text),
    sa.Column("country", Text),
    sa.Column("contact_since", Text),
    sa.Column("website", Text),
    sa.Column("twitter", Text),
    sa.Column("linkedin", Text),
    sa.Column("facebook", Text),
    sa.Column("tiktok", Text),
    sa.Column("household", Text),
    sa.Column("household_primary_contact", Text),
    sa.Column("recurring_contributions", Money),
    sa.Column("total_contributions", Money),
    flag("email_subscribed"),
    flag("phone_subscribed"),
    flag("address_subscribed"),
    texts("tags"),
    sa.Column("notes", Text),
    json_object("custom_fields"),
    moment("date_created"),
    moment("last_modified"),
    sa.Column("origin", Text, nullable=False),
    # JSON, not JSONB: it keeps the order of the file's columns. Every cell in full would double the table and its load.
    sa.Column(
        "payload",
        sa.JSON,
        nullable=False,
        server_default=sa.text("'{}'::json"),
        comment="The record of the API; of an export, each cell that no other column gives back to the letter.",
    ),
    moment("observed_at", nullable=False),
    sa.Column("load_id", sa.BigInteger, nullable=False),
    sa.Index(
        "ix_raw_gb_full_contacts_external_id_key",
        sa.text("upper(external_id)"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    ),
    _first_key_index("email_keys"),
    _first_key_index("phone_keys"),
    # Over the lists that hold more than one key: over all lists it would take several times as long to build. One for
    # both columns, as every index reads the whole table. No `fastupdate`: every look-up would read what is pending.
    sa.Index(
        "ix_raw_gb_full_contacts_several_keys",
        "email_keys",
        "phone_keys",
        postgresql_using="gin",
        postgresql_where=sa.text("(cardinality(email_keys) > 1 OR cardinality(phone_keys) > 1)"),
        postgresql_with={"fastupdate": "off"},
    ),
)


def all_of_kind(kind: str) -> sa.ColumnElement[Any]:
    """The emails or phones (`email`, `phone`) of a contact as Givebutter has them, the primary one first."""
    primary, more = raw_gb_full_contacts.c[f"primary_{kind}"], raw_gb_full_contacts.c[f"additional_{kind}s"]
    return sa.func.array_remove(sa.func.array_prepend(primary, more), sa.null(), type_=pg.ARRAY(sa.Text))
