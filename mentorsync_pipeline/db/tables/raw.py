"""Raw tables: records of Jotform and Givebutter with payload and origin, before any rule is applied.

Rows of forms have the text as typed (trimmed, HTML entities decoded); contacts also keep
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
    identity,
    json_object,
    log_column,
    metadata,
    moment,
    texts,
    year_column,
)
from mentorsync_pipeline.domain.forms import FORMS, PARTNER, SETUP, SIGNUP, TRAINING, Form


def _form_table(form: Form) -> sa.Table:
    """Return the raw table of a form, with one row per submission."""
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
        moment("removed_at", comment="Time of the first full listing without this submission; the row is kept."),
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
    """Return an External ID for comparison: without case. Stored texts are clean; the collation C folds only ASCII."""
    return sa.func.upper(column)


def has_tidy_external_id(contacts: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return whether Givebutter has a contact's External ID as it is stored, without further white space."""
    # The payload of an export has a cell only if it was cleaned.
    payload = contacts.c.payload
    written = sa.func.coalesce(payload["Contact External ID"].as_string(), payload["external_id"].as_string())
    return sa.func.coalesce(written == contacts.c.external_id, sa.true())


def _keys(name: str) -> sa.Column[Any]:
    """Return a column of normalised keys, the primary first. They are compared as bytes, which is fast and exact."""
    return sa.Column(name, pg.ARRAY(sa.Text(collation="C")), nullable=False, server_default="{}")


def _first_key_index(name: str) -> sa.Index:
    """Return an index of the first key of each list, because most contacts have one email and one phone."""
    return sa.Index(
        f"ix_raw_gb_full_contacts_first_{name}",
        sa.text(f"({name}[1])"),
        postgresql_where=sa.text(f"({name}[1] IS NOT NULL)"),
    )


# A contact has the same row from an export and the API, except `origin`, `payload`, `load_id` and `observed_at`. Only
# exports have the household; a load from the API keeps that of the last export.
raw_gb_full_contacts = sa.Table(
    "raw_gb_full_contacts",
    metadata,
    sa.Column("contact_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # Columns used by full scans come first, because PostgreSQL decodes a row from the left.
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
        comment="Record of the API; for an export, the cells whose exact text no other column keeps.",
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
    # Only lists with several keys, because an index of all lists takes several times as long to build. One index for
    # both columns, because building one reads the whole table. No `fastupdate`, which would slow down look-ups.
    sa.Index(
        "ix_raw_gb_full_contacts_several_keys",
        "email_keys",
        "phone_keys",
        postgresql_using="gin",
        postgresql_where=sa.text("(cardinality(email_keys) > 1 OR cardinality(phone_keys) > 1)"),
        postgresql_with={"fastupdate": "off"},
    ),
)

# Contacts that cannot be read. No import row may create a second contact of such a person.
unread_contacts = sa.Table(
    "unread_contacts",
    metadata,
    identity(),
    sa.Column("subject", Text, nullable=False, comment="Id of the contact, as in its error (`sync_errors`)."),
    sa.Column("message", Text, nullable=False, comment="Why it cannot be read, as in its error."),
    sa.Column("external_id", Text),
    sa.Column("first_name", Text),
    sa.Column("preferred_name", Text),
    sa.Column("last_name", Text),
    sa.Column("suffix", Text),
    texts("email_keys"),
    texts("phone_keys"),
    log_column(),
)


def all_of_kind(kind: str) -> sa.ColumnElement[Any]:
    """Return the emails or phones (`email`, `phone`) of a contact as in Givebutter, the primary value first."""
    primary, more = raw_gb_full_contacts.c[f"primary_{kind}"], raw_gb_full_contacts.c[f"additional_{kind}s"]
    return sa.func.array_remove(sa.func.array_prepend(primary, more), sa.null(), type_=pg.ARRAY(sa.Text))
