"""QR codes for the check-in, as SVG."""

from functools import lru_cache

import segno

# Choosing the best of the eight masks takes most of the time; every reader knows all of them.
_MASK = 3
_QUIET_MODULES = 4  # white space that readers need on each side


def checkin_text(year: int, mn_id: str, public_url: str | None) -> str:
    """Return the text of a mentor's code: the check-in's address with the id, which a phone's own camera opens.

    Without a public address of the console it is the id alone. The check-in page reads both.
    """
    return mn_id if public_url is None else f"{public_url.rstrip('/')}/{year}/checkin?mentor={mn_id}"


@lru_cache(maxsize=4096)
def draw_code(text: str) -> str:
    """Draw a code as an SVG element of the class `qr`; it scales, and has no style of its own."""
    code = segno.make_qr(text, error="m", mask=_MASK)
    return code.svg_inline(border=_QUIET_MODULES, omitsize=True, svgclass="qr", lineclass=None)
