"""Options of the sandbox where the behaviour of the services is unknown or varies."""

from dataclasses import dataclass
from typing import Literal

JOTFORM_KEY = "sandbox-jotform-key"
GIVEBUTTER_KEY = "sandbox-givebutter-key"


@dataclass(frozen=True)
class Options:
    """Settings of one sandbox. The defaults are the documented behaviour or, without documentation, the stricter one.

    ``requests_per_minute`` limits Givebutter (``None``: no limit), ``jotform_daily_limit`` is Jotform's quota.
    ``archive_status`` is the answer to archiving, always without a body. ``archived_readable``: one archived contact
    can be read (else 403). ``wrap_single``: single resources come as ``{"data": …}``. ``import_blank``,
    ``import_tags``: effect of a blank cell and of the Tags column in a CSV import. ``import_primary``: whether a row's
    primary email and phone replace the contact's or are added after them.
    """

    jotform_key: str = JOTFORM_KEY
    givebutter_key: str = GIVEBUTTER_KEY
    requests_per_minute: int | None = 500
    jotform_daily_limit: int = 50_000
    archive_status: Literal[200, 204] = 204
    archived_readable: bool = False
    wrap_single: bool = False
    import_blank: Literal["keep", "clear"] = "keep"
    import_tags: Literal["replace", "add"] = "replace"
    import_primary: Literal["keep", "replace"] = "keep"
