"""A campaign file that cannot be used, told by its line and the reason."""

from mentorsync_pipeline.domain.errors import MentorSyncError

MANUAL = "docs/write-a-message.md"


class LineError(Exception):
    """A place of a campaign file that is wrong: the line, counted from 1, and the reason. Nobody sees it as it is."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"line {line}: {reason}")


class MessageInvalidError(MentorSyncError):
    """A campaign file that cannot be used: its front matter, its audience or one of its texts is wrong."""

    code = "MESSAGE_INVALID"

    def __init__(self, file_name: str, refused: LineError) -> None:
        self.line, self.reason = refused.line, refused.reason
        super().__init__(
            f"{file_name}, line {refused.line}: {refused.reason}", f"Correct the file; {MANUAL} explains its parts."
        )
