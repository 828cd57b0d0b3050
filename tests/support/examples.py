"""Number of examples of property tests."""

from hypothesis import settings

# Examples of a property test in `make test`; the numbers in tests are relative to it.
DEFAULT_EXAMPLES = 100


def examples(count: int) -> int:
    """Scale `count`, the number of examples in `make test`, to the profile in use; at least 2."""
    return max(min(count, 2), count * settings.default.max_examples // DEFAULT_EXAMPLES)
