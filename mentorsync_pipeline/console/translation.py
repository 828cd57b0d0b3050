"""Mark texts in Python for translation; templates translate them."""


def N_(text: str) -> str:  # noqa: N802  # gettext's usual name for "translate this later"
    """Mark a text for translation."""
    return text
