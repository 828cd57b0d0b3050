"""What stands in the two message cells of the import file (rulebook sections 9 and 13).

A blank cell may keep or clear what Givebutter has (reference/givebutter.md, "Contacts IMPORT"), so it is never relied
on: a message that shall go is overwritten, and what somebody wrote there by hand goes back as it is.
"""

from mentorsync_pipeline.domain.givebutter_values import neutralised


def message_cell(message: str | None, *, ours: bool, held: str | None, cleared_text: str) -> str | None:
    """The cell of one mentor and column; None for a blank one.

    `message` is what a campaign says now. `ours`: a campaign once said something here, so what Givebutter shows
    (`held`) may be an old message of ours. `cleared_text` takes its place.
    """
    if message is not None:
        return message
    if held is None or not held.strip():
        return None
    return (cleared_text or None) if ours else neutralised(held.strip())


def is_left_over(held: str | None, cleared_text: str) -> bool:
    """Whether Givebutter shows something in a column that was to be cleared."""
    return held is not None and held.strip() not in ("", cleared_text)
