"""Email addresses: normal form, comparison, typos of domains and placeholders (rulebook, section 1).

Each function takes raw text and never fails; a normal form is its own normal form. An upload normalises millions of
values, so plain addresses have a fast path; everything else goes the way of the email-validator library, through a
cache of bounded size.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import email_validator
from rapidfuzz.distance import OSA

from mentorsync_pipeline.domain.clean_text import ascii_lower, clean_line

UGA_DOMAIN = "@uga.edu"
_CACHE_SIZE = 1 << 16

# Plain addresses only: dot-atoms (accented letters of Western Europe too),
# host names without double hyphens (so no Punycode), every length far below its limit.
# Without look-around, so that a loader may apply it to a whole column at once; see `PLAIN_EMAIL_LENGTH`.
PLAIN_EMAIL = r"[a-z0-9_+à-öø-ÿ-]+(?:\.[a-z0-9_+à-öø-ÿ-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+([a-z]{2,})"
PLAIN_EMAIL_LENGTH = 63
_PLAIN_EMAIL = re.compile(PLAIN_EMAIL, re.ASCII)
RESERVED_ENDINGS = frozenset(name.rpartition(".")[2] for name in email_validator.SPECIAL_USE_DOMAIN_NAMES)

GMAIL = "gmail.com"
GMAIL_DOMAINS = frozenset({GMAIL, "googlemail.com"})
# Local parts that stand for no address, at any domain; and those that do at a domain of the same name.
_NO_ADDRESS = (
    "none|na|n[._-]a|nil|null|no|nope|nothing|no[._-]?(?:e?mail|address|reply)|unknown|anonymous|test[0-9]*|testing"
    "|tester|asdf|qwerty|xxx+|dont[._-]?have|fake|example|do[._-]?not[._-]?reply|nobody|idk|declined|refused|n/a"
    "|not[._-]?(?:given|provided|available|applicable)|unavailable|undefined|tbd|tba"
)
_NO_ADDRESS_IF_REPEATED = "e?mail|name|user|[a-z]{1,3}|[0-9]+"
# Without look-around, so that a loader may apply it to a whole column at once: how every placeholder begins.
PLACEHOLDER_START = f"(?:{_NO_ADDRESS}|{_NO_ADDRESS_IF_REPEATED})@"
_PLACEHOLDER_EMAIL = re.compile(rf"(?:{_NO_ADDRESS})@.*|({_NO_ADDRESS_IF_REPEATED})@\1[.].*")
_COMMON_DOMAINS = (
    *(GMAIL, "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "live.com", "msn.com", "me.com"),
    *("comcast.net", "bellsouth.net", "att.net", "charter.net", "verizon.net", "googlemail.com", "protonmail.com"),
    "uga.edu",
)
# Real domains that are one letter away from a common one.
_DOMAINS_LIKE_COMMON_ONES = frozenset({"mail.com", "ymail.com", "email.com", "gmx.com", "fmail.com", "rocketmail.com"})
_UGA_TYPOS = frozenset({"uga.ed", "uga.eud", "uga.edi", "uga.edy", "uga.com", "uag.edu", "ugaa.edu", "uga.du"})
_COM_TYPO = re.compile(r"[.](?:c[ino]n|c[mo]?om|comm|vom|xom|ocm|cmo|con|om)$")
_TYPO_DOMAIN_LENGTH = 9
_BEFORE_ADDRESS = " \t<([{\"'`,;:*\u2022\u00b7\u2013\u2014\u201c\u201d\u2018\u2019\u00ab\u00bb"
# No domain ends in one of these.
_BEHIND_ADDRESS = (
    " \t>)]}\"'`,;:.!?*#/\\|_=~&%$+-\u201c\u201d\u2018\u2019\u00ab\u00bb"
    "\u2026\u3002\uff0e\uff0c\u2022\u00b7\u2013\u2014"
)
_IN_ANGLES = re.compile(r"<([^<>]*@[^<>]*)>")
_IN_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_BETWEEN_ADDRESSES = re.compile(r"[,;|]|\s/\s|/(?=[^/@\s]+@)")
_LINK_WORDS = frozenset({"or", "and", "&", "und", "y", "o", "/", "-", "also"})


def email(raw: str | None) -> str | None:
    """The normal form of the first email address in a text; None when there is no valid one (rulebook section 1)."""
    found = emails(raw)
    return found[0] if found else None


def emails(raw: str | None) -> tuple[str, ...]:
    """The normal forms of all valid email addresses in a text, in its order, each once. Never asks the network.

    An address is cleaned, and A to Z are lower-cased. Read past: `mailto:`, angle brackets and a name in front of
    them, quotes, words in brackets, a dot or comma at the end. A word directly before an address may be a part of it
    that a space cuts off: that address is not read.
    """
    if not raw:
        return ()
    text = ascii_lower(raw)
    if len(text) <= PLAIN_EMAIL_LENGTH:
        plain = _PLAIN_EMAIL.fullmatch(text)
        if plain is not None and plain[1] not in RESERVED_ENDINGS:
            return (text,)
    return read_emails(text)


@lru_cache(_CACHE_SIZE)
def read_emails(text: str) -> tuple[str, ...]:
    """What `emails` gives for a text in lower case, always by way of the email-validator library."""
    shown = ascii_lower(clean_line(text)).replace("\uff20", "@")
    if "@" not in shown:
        return ()
    whole = checked_email(_bare_address(shown))
    if whole is not None:
        return (whole,)
    bracketed = _IN_ANGLES.findall(shown)
    parts = bracketed or _BETWEEN_ADDRESSES.split(_IN_BRACKETS.sub(_keep_address, shown))
    found = (checked_email(address) for part in parts for address in _addresses_in(part))
    return tuple(dict.fromkeys(address for address in found if address is not None))


def email_key(address: str) -> str:
    """The form in which addresses (in their normal form) are compared: one for every spelling of a mailbox.

    Gmail ignores dots and what follows `+`, and has two domains. What is stored and sent stays as it was typed.
    """
    local, _, domain = address.rpartition("@")
    if domain not in GMAIL_DOMAINS:
        return address
    mailbox = local.partition("+")[0].replace(".", "")
    return f"{mailbox or local}@{GMAIL}"


def is_placeholder_email(address: str) -> bool:
    """Whether an address (in its normal form) stands for none: `none@none.com`, `na@…`, `test@…`."""
    return _PLACEHOLDER_EMAIL.fullmatch(address) is not None


def email_keys(raw: str | None) -> tuple[str, ...]:
    """The emails of a text as people are matched by them: as they are compared, without placeholders."""
    return tuple(dict.fromkeys(email_key(one) for one in emails(raw) if not is_placeholder_email(one)))


def likely_email(address: str) -> str | None:
    """The address that was probably meant, when its domain looks like a typo of a common one; None otherwise."""
    local, _, domain = address.rpartition("@")
    if domain in _COMMON_DOMAINS or domain in _DOMAINS_LIKE_COMMON_ONES:
        return None
    if domain in _UGA_TYPOS:
        return f"{local}{UGA_DOMAIN}"
    if (corrected := _COM_TYPO.sub(".com", domain)) in _COMMON_DOMAINS:
        return f"{local}@{corrected}"
    near = [
        common
        for common in _COMMON_DOMAINS
        if len(common) >= _TYPO_DOMAIN_LENGTH and OSA.distance(domain, common, score_cutoff=1) <= 1
    ]
    return f"{local}@{near[0]}" if len(near) == 1 else None


@lru_cache(_CACHE_SIZE)
def checked_email(text: str) -> str | None:
    """The normal form of one address in lower case by way of the email-validator library; None when it is none.

    A domain in other scripts takes the library's canonical spelling.
    """
    try:
        canonical = _canonical_email(text)
        return canonical if canonical == text or _canonical_email(canonical) == canonical else None
    except ValueError:  # every error of the library, and of the coding of names that it uses
        return None


def _canonical_email(text: str) -> str:
    return ascii_lower(email_validator.validate_email(text, check_deliverability=False).normalized)


def _bare_address(text: str) -> str:
    """An address without `mailto:`, quotes, brackets, and the punctuation behind it."""
    bare = text.lstrip(_BEFORE_ADDRESS).rstrip(_BEHIND_ADDRESS)
    if bare.startswith("mailto:"):
        bare = bare.removeprefix("mailto:").partition("?")[0].strip()
    return bare


def _addresses_in(part: str) -> Iterator[str]:
    """What may be an address in a part of a text: a first word, or one behind a label, an address or a linking word."""
    before = ":"
    for word in part.split():
        if "@" in word and (before.endswith(":") or "@" in before or before in _LINK_WORDS):
            label, colon, rest = word.rpartition(":")
            yield _bare_address(rest if colon and "@" not in label and label != "mailto" else word)
        before = word


def _keep_address(bracketed: re.Match[str]) -> str:
    """What stands for a text in brackets: nothing, or the address that it holds."""
    return f" ; {bracketed[1]} ; " if "@" in bracketed[1] else " "


def is_uga(address: str) -> bool:
    """Whether an address (in its normal form) is one of the university's."""
    return address.endswith(UGA_DOMAIN)
