"""List and find campaign files in the folder of messages."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages.rules.campaign_file import (
    MANUAL,
    MAX_CHARACTERS,
    Campaign,
    MessageInvalidError,
    YearValues,
    parse,
)
from mentorsync_pipeline.messages.rules.front_matter import LineError

SUFFIX = ".md"
_MAX_BYTES = 4 * MAX_CHARACTERS + 3


class MessageNotFoundError(MentorSyncError):
    """There is no campaign of this name, or no folder of campaigns."""

    code = "MESSAGE_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFile:
    """A file of the folder, with its campaign or the reason why it cannot be used. `sha256` is of the file's bytes."""

    file_name: str
    content: str
    sha256: str
    campaign: Campaign | None = None
    problem: MessageInvalidError | None = None

    def usable(self) -> Campaign:
        """Return the campaign. Raises MessageInvalidError for a file that cannot be used."""
        if self.campaign is None:
            assert self.problem is not None  # noqa: S101  # a file has one of the two
            raise self.problem
        return self.campaign

    def is_named(self, name: str) -> bool:
        """Return whether `name` is the name of the campaign or of the file, with or without its suffix."""
        names = {self.file_name, Path(self.file_name).stem, self.campaign.name if self.campaign else ""}
        return name.strip().casefold() in {text.casefold() for text in names}


def list_message_files(folder: Path) -> list[MessageFile]:
    """List the campaign files of the folder, sorted by file name, including invalid files.

    Raises MessageNotFoundError when there is no such folder.
    """
    if not folder.is_dir():
        raise MessageNotFoundError(
            f"There is no folder {folder}.", "Create it, or set MENTORSYNC_MESSAGES_DIR to the folder of the messages."
        )
    return [read_message_file(path) for path in sorted(folder.iterdir()) if path.suffix == SUFFIX and path.is_file()]


def read_message_file(path: Path) -> MessageFile:
    """Read one file without checking it against its year's configuration."""
    with path.open("rb") as file:
        raw = file.read(_MAX_BYTES + 1)
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        content = raw.decode()
    except UnicodeDecodeError:
        line_error = LineError(1, "The file is not UTF-8, or is longer than a campaign file can be. Save it as UTF-8.")
        problem = MessageInvalidError(path.name, line_error)
        return MessageFile(file_name=path.name, content="", sha256=sha256, problem=problem)
    try:
        campaign = parse(content, file_name=path.name)
    except MessageInvalidError as error:
        return MessageFile(file_name=path.name, content=content, sha256=sha256, problem=error)
    return MessageFile(file_name=path.name, content=content, sha256=sha256, campaign=campaign)


def parse_for_year(file: MessageFile, config: CampaignConfig) -> Campaign:
    """Parse a file's campaign and check it against the year's configuration. Raises MessageInvalidError."""
    file.usable()
    allowed = YearValues(options=config.custom_field_options, columns=config.message_columns.keys())
    return parse(file.content, file_name=file.file_name, allowed=allowed)


def find_message_file(folder: Path, name: str, year: int | None = None) -> MessageFile:
    """Find a file by the name of its campaign or of the file. The file may be invalid.

    Raises MessageNotFoundError when no file, or more than one file of the year, has the name.
    """
    message_files = list_message_files(folder)
    named = [file for file in message_files if file.is_named(name)]
    matches = [file for file in named if file.campaign is None or year in (None, file.campaign.year)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise MessageNotFoundError(
            f"Several files are called {name}: {', '.join(file.file_name for file in matches)}.",
            "Use the file's name, or add --year.",
        )
    if named:
        raise MessageNotFoundError(
            f"{name} is not a campaign of {year}.",
            "Use the year in its front matter, or copy the file for another year.",
        )
    names = ", ".join(file.campaign.name if file.campaign else file.file_name for file in message_files) or "none"
    raise MessageNotFoundError(f"There is no campaign {name}.", f"Campaigns: {names}. How to write one: {MANUAL}.")
