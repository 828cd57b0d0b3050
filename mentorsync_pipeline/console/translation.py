"""Translations of the console, and the mark of texts for translation."""

import gettext
from functools import cache
from pathlib import Path

_LOCALES = Path(__file__).parent / "locales"


def N_(text: str) -> str:  # noqa: N802  # gettext's usual name for "translate this later"
    """Mark a text for translation; templates translate it, other code with `words`."""
    return text


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802
    """Mark a text for translation that depends on a number."""
    return singular, plural


@cache
def words() -> gettext.NullTranslations:
    """Return the translations for the configured language."""
    return gettext.translation("console", _LOCALES, fallback=True)
