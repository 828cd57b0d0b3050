"""Marking texts in Python for translation; templates translate them when they are shown.

Finding the words does not belong here: `rendering` installs gettext, and `make translations` collects the texts.
"""


def N_(text: str) -> str:  # noqa: N802  # gettext's usual name for "translate this later"
    """Mark a text for translation."""
    return text
