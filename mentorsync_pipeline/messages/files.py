"""The folder of campaign files: list them, and find the one that a person names."""

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
_MOST_BYTES = 4 * MAX_CHARACTERS + 3


class MessageNotFoundError(MentorSyncError):
    """There is no campaign of this name, or no folder of campaigns."""

    code = "MESSAGE_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFile:
    """A file of the folder: its campaign, or why it cannot be used. `sha256` is of its bytes."""

    file_name: str
    content: str
    sha256: str
    campaign: Campaign | None = None
    problem: MessageInvalidError | None = None

    def usable(self) -> Campaign:
        """The campaign; raises MessageInvalidError for a file that cannot be used."""
        if self.campaign is None:
            assert self.problem is not None  # noqa: S101  # a file has one of the two
            raise self.problem
        return self.campaign

    def is_named(self, name: str) -> bool:
        """Whether `name` is the campaign's or the file's, with or without its ending."""
        names = {self.file_name, Path(self.file_name).stem, self.campaign.name if self.campaign else ""}
        return name.strip().casefold() in {one.casefold() for one in names}


def files(folder: Path) -> list[MessageFile]:
    """Every campaign file of the folder, by file name, with the reason for one that cannot be used.

    Raises MessageNotFoundError when there is no such folder.
    """
    if not folder.is_dir():
        raise MessageNotFoundError(
            f"There is no folder {folder}.", "Create it, or set MENTORSYNC_MESSAGES_DIR to the folder of the messages."
        )
    return [read(path) for path in sorted(folder.iterdir()) if path.suffix == SUFFIX and path.is_file()]


def read(path: Path) -> MessageFile:
    """Read one file, without the values that its year's configuration allows."""
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        content = raw.decode()
    except UnicodeDecodeError:
        mistake = LineError(1, "The file is not UTF-8, or longer than a message can be; save it as UTF-8.")
        problem = MessageInvalidError(path.name, mistake)
        return MessageFile(file_name=path.name, content="", sha256=sha256, problem=problem)
    try:
        campaign = parse(content, file_name=path.name)
    except MessageInvalidError as error:
        return MessageFile(file_name=path.name, content=content, sha256=sha256, problem=error)
    return MessageFile(file_name=path.name, content=content, sha256=sha256, campaign=campaign)


def parse_for_year(file: MessageFile, config: CampaignConfig) -> Campaign:
    """The file's campaign, checked against the year's configuration. Raises MessageInvalidError."""
    file.usable()
    allowed = YearValues(options=config.custom_field_options, columns=config.message_columns.keys())
    return parse(file.content, file_name=file.file_name, allowed=allowed)


def find(folder: Path, name: str, year: int | None = None) -> MessageFile:
    """The file that a person names, by the campaign's name or the file's; it may be one that cannot be used.

    Raises MessageNotFoundError when there is none, or several and the year does not tell them apart.
    """
    present = files(folder)
    named = [file for file in present if file.is_named(name)]
    fitting = [file for file in named if file.campaign is None or year in (None, file.campaign.year)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise MessageNotFoundError(
            f"Several files are called {name}: {', '.join(file.file_name for file in fitting)}.",
            "Name the file, or give --year.",
        )
    if named:
        raise MessageNotFoundError(
            f"{name} is no campaign of {year}.", "Give the year of its front matter, or copy the file for another year."
        )
    known = ", ".join(file.campaign.name if file.campaign else file.file_name for file in present) or "none"
    raise MessageNotFoundError(f"There is no campaign {name}.", f"There are: {known}. How to write one: {MANUAL}.")
