"""The kinds of warnings: which need a person, and what is to be corrected where.

A kind is found by a warning's table, type and subject. A new warning that fits no kind needs a person (`OTHER`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Place = Literal["signup", "partner", "entry", "contact", "settings"]
"""Where a record is corrected: the sign-up, the partner form or another entry in Jotform, the contact, the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningKind:
    """One kind of warnings.

    Attributes:
        needs_person: whether somebody should look; otherwise the warning only says what was done.
        table: `source_table`; with `(check)` for warnings of asset checks.
        warning_type: None means any.
        subject: pattern of the subject, with `%` for any text.
        place: where it is corrected.
        column: the column of the place that is wrong, if it is always the same.

    """

    name: str
    needs_person: bool
    table: str
    subject: str = "%"
    warning_type: str | None = None
    place: Place | None = None
    column: str | None = None


_SIGNUPS, _MENTORS, _IMPORT = "deduplicated_signups", "mentors", "mn_gb_import"

KINDS: Sequence[WarningKind] = (
    WarningKind(name="phone", needs_person=True, table=_SIGNUPS, subject="%:phone", place="signup", column="phone"),
    WarningKind(
        name="email",
        needs_person=True,
        table=_SIGNUPS,
        subject="%:personal_email",
        place="signup",
        column="personal_email",
    ),
    WarningKind(
        name="uga_email", needs_person=True, table=_SIGNUPS, subject="%:uga_email", place="signup", column="uga_email"
    ),
    WarningKind(
        name="unreachable",
        needs_person=True,
        table=_SIGNUPS,
        subject="%:phone or email",
        place="signup",
        column="phone",
    ),
    WarningKind(
        name="partner_id",
        needs_person=True,
        table=_MENTORS,
        subject="%:partner_mn_id",
        place="partner",
        column="partner_mn_id",
    ),
    WarningKind(
        name="partner_phone",
        needs_person=True,
        table=_MENTORS,
        subject="%:partner_phone",
        place="partner",
        column="partner_phone",
    ),
    WarningKind(name="same_email", needs_person=True, table=_SIGNUPS, warning_type="duplicate_detected"),
    WarningKind(name="same_person", needs_person=True, table=_SIGNUPS, subject="%:same person", place="signup"),
    WarningKind(name="training_date", needs_person=True, table=_MENTORS, subject="%:training_at", place="contact"),
    WarningKind(name="dropped_duplicate", needs_person=True, table=_MENTORS, subject="%:dropped_tag", place="contact"),
    WarningKind(name="foreign_phone", needs_person=True, table=_MENTORS, subject="%:foreign_phone", place="contact"),
    WarningKind(name="unlinked_record", needs_person=True, table=_MENTORS, warning_type="low_confidence"),
    WarningKind(
        name="phone_not_sent", needs_person=True, table=_IMPORT, subject="%:Primary Phone Number", place="contact"
    ),
    WarningKind(name="label", needs_person=True, table=_IMPORT, subject="label:%", place="settings"),
    WarningKind(name="cell_left_out", needs_person=True, table="gb_import_file", place="contact"),
    WarningKind(
        name="dropped_raised", needs_person=True, table="mentors (check)", subject="mentors.dropped_before_raising:%"
    ),
    WarningKind(
        name="names_unknown",
        needs_person=True,
        table="winner_contacts (check)",
        subject="winner_contacts.names_agree:%",
    ),
    WarningKind(name="name_format", needs_person=False, table=_SIGNUPS, subject="%:name"),
    WarningKind(name="no_answer", needs_person=False, table=_SIGNUPS, subject="%:answer %"),
    WarningKind(name="placeholder", needs_person=False, table=_SIGNUPS, subject="placeholder:%"),
    WarningKind(name="doubtful_contact", needs_person=False, table="winner_contacts"),
    WarningKind(name="other_person", needs_person=False, table="contact_candidates"),
    WarningKind(name="formula", needs_person=False, table=_IMPORT),
    WarningKind(name="old_message", needs_person=False, table="campaign_messages"),
    WarningKind(name="characters", needs_person=False, table="%", subject="%:characters"),
    WarningKind(name="future_change", needs_person=False, table="raw_gb_full_contacts", subject="%:last_modified"),
)
OTHER = WarningKind(name="other", needs_person=True, table="%")
BY_NAME = {kind.name: kind for kind in (*KINDS, OTHER)}
