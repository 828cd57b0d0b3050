"""What a person corrects to settle an error, and where. Codes without an entry name it in their message."""

from collections.abc import Mapping
from dataclasses import dataclass

from mentorsync_pipeline.review.rules.warning_kinds import Place


@dataclass(frozen=True, slots=True)
class Correction:
    """Where a record is corrected, and its column there, if it is always the same."""

    place: Place
    column: str | None = None


CORRECTIONS: Mapping[str, Correction] = {
    "INVALID_MN_ID": Correction("signup", "mn_id"),
    "MN_ID_TAKEN": Correction("signup", "mn_id"),
    "EXTERNAL_ID_REPEATED": Correction("signup", "mn_id"),
    "JOTFORM_SUBMISSION_INVALID": Correction("signup"),
    "LAST_NAME_MISSING": Correction("signup", "last_name"),
    "GB_NAME_REQUIRED": Correction("signup", "last_name"),
    "GB_PHONE_INVALID": Correction("signup", "phone"),
    "GB_EMAIL_INVALID": Correction("signup", "personal_email"),
    "GB_PHONE_TAKEN": Correction("contact", "phone"),
    "GB_EMAIL_TAKEN": Correction("contact", "personal_email"),
    "MESSAGE_GREETING": Correction("signup", "first_name"),
    **dict.fromkeys(
        (
            *("CONTACT_INVALID", "CONTACT_ARCHIVED", "CONTACT_UNKNOWN", "PHONE_INVALID", "DATE_INVALID"),
            *("GB_DATE_INVALID", "GB_EXTERNAL_ID_EXISTS", "EXTERNAL_ID_HELD", "EMAIL_INVALID", "ARCHIVE_REFUSED"),
            *("EXTERNAL_ID_ON_ARCHIVED", "RESTORE_FAILED", "ARCHIVE_INTERRUPTED"),
        ),
        Correction("contact"),
    ),
}
