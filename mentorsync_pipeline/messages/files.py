"""The folder of campaign files: which there are, and the one that a person means."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages.rules.error import MANUAL, LineError, MessageInvalidError
from mentorsync_pipeline.messages.rules.file import MAX_CHARACTERS, Campaign, parse

SUFFIX = ".md"
_MOST_BYTES = 4 * MAX_CHARACTERS + 3


class MessageNotFoundError(MentorSyncError):
    """There is no campaign of this name where one was looked for."""

    code = "MESSAGE_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFile:
    """A file of the folder: what it says, or why it cannot be used. `sha256` is of its bytes."""

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

    def is_called(self, name: str) -> bool:
        """Whether a person who says `name` may mean this file."""
        wanted = name.strip().casefold()
        called = {self.file_name, Path(self.file_name).stem, self.campaign.name if self.campaign else ""}
        return wanted in {one.casefold() for one in called}


def files(folder: Path, options: Mapping[str, Sequence[str]] | None = None) -> list[MessageFile]:
    """Every campaign file of the folder, by file name; one that cannot be used says why.

    Raises MessageNotFoundError when there is no such folder.
    """
    if not folder.is_dir():
        raise MessageNotFoundError(
            f"There is no folder {folder}.", "Create it, or set MENTORSYNC_MESSAGES_DIR to the folder of the messages."
        )
    return [read(path, options) for path in sorted(folder.iterdir()) if path.suffix == SUFFIX and path.is_file()]


def read(path: Path, options: Mapping[str, Sequence[str]] | None = None) -> MessageFile:
    """Read one file; `options` as in `messages.rules.file.parse`."""
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        content = raw.decode()
    except UnicodeDecodeError:
        refused = LineError(1, "The file is not UTF-8, or longer than a message can be; save it as UTF-8.")
        return MessageFile(
            file_name=path.name, content="", sha256=sha256, problem=MessageInvalidError(path.name, refused)
        )
    try:
        campaign = parse(content, file_name=path.name, options=options)
    except MessageInvalidError as problem:
        return MessageFile(file_name=path.name, content=content, sha256=sha256, problem=problem)
    return MessageFile(file_name=path.name, content=content, sha256=sha256, campaign=campaign)


def find(folder: Path, name: str, year: int | None = None) -> MessageFile:
    """The file that a person means, by the campaign's name or the file's; it may be one that cannot be used.

    Raises MessageNotFoundError when there is none, or several and the year does not tell them apart.
    """
    present = files(folder)
    called = [one for one in present if one.is_called(name)]
    fitting = [one for one in called if one.campaign is None or year in (None, one.campaign.year)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise MessageNotFoundError(
            f"Several files are called {name}: {', '.join(one.file_name for one in fitting)}.",
            "Name the file, or give --year.",
        )
    if called:
        raise MessageNotFoundError(
            f"{name} is no campaign of {year}.", "Give the year of its front matter, or copy the file for another year."
        )
    known = ", ".join(one.campaign.name if one.campaign else one.file_name for one in present) or "none"
    raise MessageNotFoundError(f"There is no campaign {name}.", f"There are: {known}. How to write one: {MANUAL}.")
