"""Number and choice of the examples of property tests."""

from hypothesis import settings
from hypothesis.internal.conjecture import providers

# Examples of a property test in `make test`; the numbers in tests are relative to it.
DEFAULT_EXAMPLES = 100
_NO_CONSTANTS = providers.Constants()


def examples(count: int) -> int:
    """Scale `count`, the number of examples in `make test`, to the profile in use; at least 2."""
    return max(min(count, 2), count * settings.default.max_examples // DEFAULT_EXAMPLES)


def ignore_imported_constants() -> None:
    """Draw the same examples whatever modules are imported, and whatever changes in other modules.

    Hypothesis also uses the numbers and texts of all local modules that the process has imported by then, in spite of
    `derandomize`. There is no setting for that.
    """
    providers._get_local_constants = lambda: _NO_CONSTANTS
