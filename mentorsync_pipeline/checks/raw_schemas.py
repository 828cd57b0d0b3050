"""Checks of the raw tables (rulebook sections 1 and 2)."""

import sqlalchemy as sa

from mentorsync_pipeline.checks.model import RowWarning, TableChecks
from mentorsync_pipeline.checks.rules import DIGITS, NOT_NEGATIVE, POSITIVE_ID, WEB, Rule, is_true, optional, required
from mentorsync_pipeline.db.tables import (
    raw_gb_campaign_members,
    raw_gb_full_contacts,
)
from mentorsync_pipeline.db.tables.raw import FORM_TABLES, external_id_key
from mentorsync_pipeline.domain.forms import FORMS as DECLARED_FORMS
from mentorsync_pipeline.domain.forms import Form

KNOWN_STATUS = Rule("isin", ("ACTIVE", "OVERQUOTA", "DELETED", "ARCHIVED"), "the status is unknown")


def _form(form: Form) -> TableChecks:
    table = FORM_TABLES[form.name]
    return TableChecks(
        table,
        structure={
            "submission_id": required(DIGITS),
            "form_id": required(DIGITS),
            "status": required(),
        },
        unusual=(
            RowWarning("status", KNOWN_STATUS),
            RowWarning("in_order", is_true("the submission was edited before it was created")),
            RowWarning(
                "observed_in_order",
                is_true("the submission's date is later than the time it was read: check JOTFORM_TIMEZONE"),
            ),
            RowWarning(
                "has_answer", is_true("all answers are empty: check the field map of the form"), "missing_field"
            ),
        ),
        key="submission_id",
        mn_id="mentor",
        computed={
            "mentor": sa.func.substring(sa.func.upper(sa.func.trim(table.c.mn_id)), r"^MN\d{4,}$"),
            "in_order": sa.func.coalesce(table.c.updated_at >= table.c.created_at, sa.true()),
            "observed_in_order": table.c.observed_at >= table.c.created_at,
            "has_answer": sa.or_(
                table.c.status == "DELETED",
                *(table.c[name].is_not(None) for name in form.columns),
            ),
        },
    )


FORMS = tuple(_form(form) for form in DECLARED_FORMS)

MEMBERS = TableChecks(
    raw_gb_campaign_members,
    structure={
        "member_id": required(POSITIVE_ID),
        "campaign_id": required(POSITIVE_ID),
        "raised": required(NOT_NEGATIVE),
        "goal": optional(NOT_NEGATIVE),
        "donors": optional(NOT_NEGATIVE),
        "one_campaign": required(is_true("all members of a year are in one campaign")),
    },
    unusual=(
        RowWarning("url", WEB),
        RowWarning(
            "reachable",
            is_true("a member without a valid email or phone cannot be linked to a mentor"),
            "missing_field",
        ),
    ),
    key="member_id",
    mn_id=None,
    computed={
        "reachable": sa.func.coalesce(raw_gb_campaign_members.c.email_key, raw_gb_campaign_members.c.phone_key).is_not(
            None
        ),
        "one_campaign": sa.func.min(raw_gb_campaign_members.c.campaign_id).over(
            partition_by=raw_gb_campaign_members.c.campaign_year
        )
        == raw_gb_campaign_members.c.campaign_id,
    },
)

_contact = raw_gb_full_contacts.c
_phones, _emails = sa.func.array_to_string(_contact.phone_keys, ","), sa.func.array_to_string(_contact.email_keys, ",")

CONTACTS = TableChecks(
    raw_gb_full_contacts,
    structure={
        "contact_id": required(POSITIVE_ID),
        "contact_type": required(),
        "phones_normal": required(is_true("phone keys are in E.164 format")),
        "emails_normal": required(is_true("email keys are in lower case")),
    },
    unusual=(RowWarning("sole_holder", is_true("two contacts hold the same External ID")),),
    key="contact_id",
    mn_id=None,
    computed={
        "phones_normal": _phones.regexp_match(r"^(\+[1-9][0-9]{6,14}(,|$))*$"),
        "emails_normal": _emails == sa.func.lower(_emails),
        "sole_holder": sa.func.coalesce(
            external_id_key(_contact.external_id).not_in(
                sa.select(external_id_key(_contact.external_id))
                .where(_contact.external_id.is_not(None), _contact.archived_at.is_(None))
                .group_by(external_id_key(_contact.external_id))
                .having(sa.func.count() > 1)
            ),
            sa.true(),
        ),
    },
)

RAW = (*FORMS, MEMBERS, CONTACTS)
