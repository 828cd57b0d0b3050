"""The field rules: one row per field of `mentors`, its sources in order of priority and where it is pushed (section 7).

The merge, the import rows and the column lineage in the UI use this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from mentorsync_pipeline.domain.answers import PASS_THROUGH, Answer
from mentorsync_pipeline.domain.config import CampaignConfig, FieldType

Kind = Literal["text", "phone", "email", "flag", "date", "moment", "money", "id", "texts"]
Merge = Literal["three_way", "source", "givebutter", "both_add"]

SIGNUPS = "deduplicated_signups"
CONTACTS = "raw_gb_full_contacts"
MEMBERS = "raw_gb_campaign_members"
SETUP = "raw_mn_funds_setup"
TRAINING = "raw_mn_training_signup"
PARTNER = "raw_mn_partner_preference"
WINNERS = "winner_contacts"
CANDIDATES = "contact_candidates"
APPROVALS = "archive_approvals"
RECORDS = "mentor_records"


@dataclass(frozen=True, slots=True)
class Source:
    """One column that a field may come from."""

    table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """Sources, merge rule and destination of one field of `mentors`.

    Attributes:
        sources: source columns in order of priority.
        merge: `three_way` (both sides may edit), `source` (the contact's value is ignored), `givebutter` (only the
            contact's value is used) or `both_add` (either side may add a value; a sync removes none).
        reason: explanation for the trace.
        immutable: only the source may change it; an edit of the contact is overwritten.
        import_column: Givebutter's import column.
        custom_field: pushed to the custom field with the label in the year's `custom_field_labels`, if any.
        only_ticks: for a checkbox, only a tick is sent, or the removal of our own tick that a person took back. An
            unticked value is not sent, because it may have been ticked in Givebutter since.

    """

    name: str
    sources: tuple[Source, ...]
    kind: Kind
    merge: Merge
    reason: str
    immutable: bool = False
    import_column: str | None = None
    custom_field: bool = False
    only_ticks: bool = False


def _make_personal_rule(
    name: str,
    contact_column: str,
    reason: str,
    *,
    kind: Kind = "text",
    import_column: str | None = None,
    custom_field: bool = False,
) -> FieldRule:
    return FieldRule(
        name=name,
        sources=(Source(SIGNUPS, name), Source(CONTACTS, contact_column)),
        kind=kind,
        merge="three_way",
        reason=reason,
        import_column=import_column,
        custom_field=custom_field,
    )


def _make_pass_through_rule(answer: Answer) -> FieldRule:
    """Return the rule of a pass-through answer (`domain.answers`). The partner form has priority over the sign-up."""
    rule = _make_personal_rule(
        answer.name,
        answer.contact_column or "custom_fields",
        _PERSONAL_REASON,
        import_column=answer.import_column,
        custom_field=answer.import_column is None,
    )
    return replace(rule, sources=(*_PARTNER_ANSWERS.get(answer.name, ()), *rule.sources))


def _make_our_rule(name: str, source: Source, kind: Kind, reason: str, *, custom_field: bool = False) -> FieldRule:
    return FieldRule(
        name=name,
        sources=(source,),
        kind=kind,
        merge="source",
        reason=reason,
        immutable=True,
        custom_field=custom_field,
    )


def _make_partner_rule(name: str, *sources: Source) -> FieldRule:
    return FieldRule(name=name, sources=sources, kind="text", merge="source", reason=_PARTNER_FIRST)


def _make_givebutter_rule(
    name: str, column: str, kind: Kind, reason: str, *, import_column: str | None = None
) -> FieldRule:
    return FieldRule(
        name=name,
        sources=(Source(CONTACTS, column),),
        kind=kind,
        merge="givebutter",
        reason=reason,
        import_column=import_column,
    )


_PARTNER_ANSWERS = {
    "shift_preference": (Source(PARTNER, "shift_preference"),),
    "partner_preference": (Source(PARTNER, "partner_mn_id"), Source(PARTNER, "partner_phone")),
}
_PERSONAL_REASON = "the mentor's answer, until a person corrects it in Givebutter"
_MEMBERS_ONLY = "money and pages are only in Givebutter's campaign"
_PARTNER_FIRST = "the latest partner form, then the sign-up, then Givebutter"
_FORM_ONLY = "from the form that the mentor filled in"

_RULES = (
    FieldRule(
        name="mn_id",
        sources=(Source(SIGNUPS, "mn_id"),),
        kind="id",
        merge="source",
        reason="assigned by Jotform; also the External ID in Givebutter",
        immutable=True,
        import_column="Contact External ID",
    ),
    _make_our_rule("submission_id", Source(SIGNUPS, "submission_id"), "id", "the newest sign-up of this person"),
    _make_our_rule("signed_up_at", Source(SIGNUPS, "created_at"), "moment", "the newest sign-up of this person"),
    _make_personal_rule("first_name", "first_name", _PERSONAL_REASON, import_column="First Name"),
    _make_personal_rule("last_name", "last_name", _PERSONAL_REASON, import_column="Last Name"),
    _make_personal_rule("preferred_name", "preferred_name", _PERSONAL_REASON, import_column="Preferred First Name"),
    _make_personal_rule("phone", "phone_keys", _PERSONAL_REASON, kind="phone", import_column="Primary Phone Number"),
    _make_personal_rule("personal_email", "email_keys", _PERSONAL_REASON, kind="email", import_column="Primary Email"),
    _make_personal_rule("uga_email", "email_keys", _PERSONAL_REASON, kind="email", import_column="Email Addresses"),
    *(_make_pass_through_rule(answer) for answer in PASS_THROUGH),
    FieldRule(
        name="gb_contact_id",
        sources=(Source(WINNERS, "contact_id"),),
        kind="id",
        merge="source",
        reason="the winning contact; a link changes only because of Givebutter's data or a decision",
        import_column="Givebutter Contact ID",
    ),
    _make_our_rule("campaign_member", Source(MEMBERS, "member_id"), "flag", _MEMBERS_ONLY, custom_field=True),
    _make_our_rule("gb_member_id", Source(MEMBERS, "member_id"), "id", _MEMBERS_ONLY),
    _make_our_rule("amount_raised", Source(MEMBERS, "raised"), "money", _MEMBERS_ONLY, custom_field=True),
    _make_our_rule("fundraising_page_url", Source(MEMBERS, "url"), "text", _MEMBERS_ONLY, custom_field=True),
    _make_our_rule("setup_submission_id", Source(SETUP, "submission_id"), "id", _FORM_ONLY),
    _make_our_rule("training_signup", Source(TRAINING, "submission_id"), "flag", _FORM_ONLY, custom_field=True),
    _make_our_rule("training_signup_at", Source(TRAINING, "created_at"), "moment", _FORM_ONLY),
    _make_our_rule("training_signup_submission_id", Source(TRAINING, "submission_id"), "id", _FORM_ONLY),
    _make_our_rule("partner_submission_id", Source(PARTNER, "submission_id"), "id", _FORM_ONLY),
    _make_partner_rule(
        "partner_mn_id",
        *_PARTNER_ANSWERS["partner_preference"],
        Source(SIGNUPS, "partner_preference"),
        Source(CONTACTS, "custom_fields"),
    ),
    _make_partner_rule(
        "partner_phone",
        Source(PARTNER, "partner_phone"),
        Source(SIGNUPS, "partner_preference"),
        Source(CONTACTS, "custom_fields"),
    ),
    _make_partner_rule("partner_notes", Source(PARTNER, "partner_notes")),
    FieldRule(
        name="attended_training",
        sources=(Source(RECORDS, "kind"), Source(CONTACTS, "custom_fields")),
        kind="flag",
        merge="both_add",
        reason="recorded by staff at the training, or ticked in Givebutter; a sync never clears it",
        custom_field=True,
        only_ticks=True,
    ),
    FieldRule(
        name="training_at",
        sources=(Source(RECORDS, "observed_on"), Source(CONTACTS, "custom_fields")),
        kind="date",
        merge="both_add",
        reason="the day of the check-in, or as entered in Givebutter",
    ),
    _make_givebutter_rule("dropped", "tags", "flag", "the team tags mentors who drop out in Givebutter"),
    _make_givebutter_rule(
        "tags", "tags", "texts", "the team's tags in Givebutter, and the year's tag", import_column="Tags"
    ),
    _make_givebutter_rule(
        "notes", "notes", "text", "the team's notes; an import would append them", import_column="Notes"
    ),
    FieldRule(
        name="status",
        sources=(Source(MEMBERS, "raised"), Source(MEMBERS, "member_id"), Source(SETUP, "submission_id")),
        kind="text",
        merge="source",
        reason="computed from money, page and set-up form",
        immutable=True,
        custom_field=True,
    ),
)

FIELDS: Mapping[str, FieldRule] = {rule.name: rule for rule in _RULES}
_FIELD_TYPES_BY_KIND: Mapping[str, FieldType] = {"flag": "checkbox", "money": "number", "date": "date"}
THREE_WAY = tuple(rule.name for rule in _RULES if rule.merge == "three_way")
TRACKED = tuple(rule.name for rule in _RULES if rule.name != "mn_id")
TICKS = tuple(rule.name for rule in _RULES if rule.only_ticks)


# Source columns of each column of `duplicate_contacts`.
LOSER_SOURCES: Mapping[str, tuple[Source, ...]] = {
    "contact_id": (Source(CANDIDATES, "contact_id"),),
    "submission_id": (Source(CANDIDATES, "submission_id"),),
    "mn_id": (Source(CANDIDATES, "mn_id"),),
    "winner_contact_id": (Source(WINNERS, "contact_id"),),
    "is_mass_email": (Source(CANDIDATES, "is_mass_email"),),
    "campaign_member": (Source(CANDIDATES, "campaign_member"),),
    "state": (
        Source(CANDIDATES, "viability"),
        Source(CANDIDATES, "name_agreement"),
        Source(CONTACTS, "total_contributions"),
        Source(WINNERS, "contact_id"),
        Source(APPROVALS, "answer"),
    ),
    "hands_on": (Source(CANDIDATES, "viability"), Source(APPROVALS, "answer")),
    "emails": (Source(CONTACTS, "email_keys"),),
    "phones": (Source(CONTACTS, "phone_keys"),),
    "tags": (Source(CONTACTS, "tags"),),
    "clears_external_id": (Source(CONTACTS, "external_id"), Source(SIGNUPS, "external_id")),
    "approved_by": (Source(APPROVALS, "approved_by"),),
    "approved_at": (Source(APPROVALS, "approved_at"),),
}


def get_pushed_labels(config: CampaignConfig) -> Mapping[str, str]:
    """Return the custom fields of the import file: our field to Givebutter's label, in the order of the field table.

    `training_at` is read by label and never sent.
    """
    labels = config.custom_field_labels
    return {rule.name: labels[rule.name] for rule in _RULES if rule.custom_field and rule.name in labels}


def get_custom_field_type(config: CampaignConfig, name: str) -> FieldType:
    """Return the Givebutter type of a field's custom field: as configured, or the default for the field's kind."""
    configured = config.custom_field_types.get(name)
    if configured is not None:
        return configured
    if config.custom_field_options.get(name):
        return "option"
    kind = FIELDS[name].kind if name in FIELDS else "text"
    return _FIELD_TYPES_BY_KIND.get(kind, "text")


def get_mentor_lineage() -> Mapping[str, tuple[Source, ...]]:
    """Return the source columns of each column of `mentors`, in order of priority."""
    return {rule.name: rule.sources for rule in _RULES}


def get_import_lineage() -> Mapping[str, tuple[str, ...]]:
    """Return the columns of `mentors` that fill each column of `mn_gb_import`."""
    lineage: dict[str, tuple[str, ...]] = {}
    for rule in _RULES:
        column = "custom_fields" if rule.custom_field else rule.import_column
        if column is not None:
            lineage[column] = (*lineage.get(column, ()), rule.name)
    return lineage
