"""Limits of login attempts."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from mentorsync_pipeline.domain.clean_text import clean_line
from mentorsync_pipeline.domain.errors import MentorSyncError

_PER_NAME = RateLimitItemPerMinute(5)
_PER_ADDRESS = RateLimitItemPerMinute(20)


class TooManyTriesError(MentorSyncError):
    """Too many login attempts from one address or for one name within a minute."""

    code = "TOO_MANY_TRIES"

    def __init__(self) -> None:
        super().__init__("Too many logins have been tried.", "Wait a minute, then try again.")


class LoginAttempts:
    """Counts login attempts in this process, by name and address."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, name: str, address: str) -> None:
        """Count an attempt. All spellings that log in as the same user count together.

        Raises TooManyTriesError above the limit.
        """
        by_address = self._limiter.hit(_PER_ADDRESS, "address", address)
        if not (self._limiter.hit(_PER_NAME, "name", clean_line(name).casefold()) and by_address):
            raise TooManyTriesError
