"""What is known of one stable code of `sync_errors`; the codes themselves do not belong here (`domain.error_codes`)."""

from dataclasses import dataclass

from mentorsync_pipeline.domain.vocabulary import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCode:
    """One stable code. `can_retry`: a later run may succeed although nobody changed the record itself."""

    code: str
    meaning: str
    what_to_do: str
    severity: Severity = "medium"
    can_retry: bool = False
