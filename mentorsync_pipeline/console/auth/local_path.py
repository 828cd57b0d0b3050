"""Paths of this console, for redirects after the login."""

import re

LONGEST_PATH = 2_000
# A browser reads `//host` and `/\host` as another site's address, and drops tabs and line ends.
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def local_path(address: str) -> str:
    """Return an address if it is a path of this console, otherwise `/`."""
    return address if _LOCAL.fullmatch(address) else "/"
