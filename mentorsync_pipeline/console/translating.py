"""Marking texts in Python for translation; templates translate them when they are shown."""


def N_(text: str) -> str:  # noqa: N802  # gettext's usual name for "translate this later"
    """Mark a text for translation."""
    return text
