"""How many examples a property test tries."""

from hypothesis import settings

# The number of examples of the profile of `make test`, to which the numbers in the tests refer.
USUAL = 100


def examples(count: int) -> int:
    """The number of examples under the profile in use, of a test that tries `count` in `make test`; at least 2."""
    return max(min(count, 2), count * settings.default.max_examples // USUAL)
