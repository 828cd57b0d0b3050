"""The one kind of error that a user sees: a stable code, what is wrong and where, and what to do next.

The registry of codes that land in `sync_errors` does not belong here; see `rules.error_codes`.
"""


class MentorSyncError(Exception):
    """Something that the user or the data can put right; its text never holds a secret, a name, an email or a phone.

    Subclasses set `code`, or it is given. `str(error)` is one line: the code, what is wrong, what to do next.
    """

    code: str = "MENTORSYNC_ERROR"

    def __init__(self, message: str, what_to_do: str, *, code: str | None = None) -> None:
        self.code = code or type(self).code
        self.message = message
        self.what_to_do = what_to_do
        super().__init__(f"{self.code}: {message} {what_to_do}")
