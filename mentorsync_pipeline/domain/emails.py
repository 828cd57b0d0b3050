"""Email addresses: normal form, comparison, typos of domains and placeholders (rulebook, section 1).

Functions take raw text and never fail, and are idempotent. An upload normalises millions of values, so plain addresses
have a fast path. Others are parsed by the email-validator library, through a cache of bounded size.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from mentorsync_pipeline.domain.clean_text import ascii_lower, clean_line, narrow
from mentorsync_pipeline.domain.phones import phones

UGA_DOMAIN = "@uga.edu"
_CACHE_SIZE = 1 << 13

# Plain addresses only: dot-atoms (accented letters of Western Europe too),
# host names without double hyphens (so no Punycode), every length far below its limit.
# Without look-around, so that a loader can apply it to a whole column; see `PLAIN_EMAIL_LENGTH`.
PLAIN_EMAIL = r"[a-z0-9_+à-öø-ÿ-]+(?:\.[a-z0-9_+à-öø-ÿ-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+([a-z]{2,})"
PLAIN_EMAIL_LENGTH = 63
_PLAIN_EMAIL = re.compile(PLAIN_EMAIL, re.ASCII)

# Top-level domains that the email-validator library refuses. Its import takes longer than most runs read emails.
RESERVED_ENDINGS = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})

GMAIL = "gmail.com"
GMAIL_DOMAINS = frozenset({GMAIL, "googlemail.com"})
# Local parts of placeholders at any domain, and at a domain of the same name.
_PLACEHOLDERS = (
    "none|na|n[._-]a|nil|null|no|nope|nothing|no[._-]?(?:e?mail|address|reply)|unknown|anonymous|test[0-9]*|testing"
    "|tester|asdf|qwerty|xxx+|dont[._-]?have|fake|example|do[._-]?not[._-]?reply|nobody|idk|declined|refused|n/a"
    "|not[._-]?(?:given|provided|available|applicable)|unavailable|undefined|tbd|tba"
)
_REPEATED_PLACEHOLDERS = "e?mail|name|user|[a-z]{1,3}|[0-9]+"
# Start of every placeholder. Without look-around, so that a loader can apply it to a whole column.
PLACEHOLDER_START = f"(?:{_PLACEHOLDERS}|{_REPEATED_PLACEHOLDERS})@"
_PLACEHOLDER_EMAIL = re.compile(rf"(?:{_PLACEHOLDERS})@.*|({_REPEATED_PLACEHOLDERS})@\1[.].*")
_COMMON_DOMAINS = (
    *(GMAIL, "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "live.com", "msn.com", "me.com"),
    *("comcast.net", "bellsouth.net", "att.net", "charter.net", "verizon.net", "googlemail.com", "protonmail.com"),
    "uga.edu",
)
# Real domains that are one letter away from a common one.
_DOMAINS_LIKE_COMMON_ONES = frozenset({"mail.com", "ymail.com", "email.com", "gmx.com", "fmail.com", "rocketmail.com"})
_UGA_TYPOS = frozenset(
    {"uga.ed", "uga.eud", "uga.edi", "uga.edy", "uga.com", "uag.edu", "ugaa.edu", "uga.du"} | {"ugs.edu", "uga.rdu"}
)
# Domains that exist under one ending only, and a university's address with something behind it.
_ONE_ENDING = re.compile(r"(gmail|icloud)\.[a-z.]+")
_UGA_WITH_END = re.compile(r"uga\.edu?(?:\.?(?:com|edu|u))")
_COM_TYPO = re.compile(r"[.](?:c[ino]n|c[mo]?om|comm|vom|xom|ocm|cmo|con|om)$")
_TYPO_DOMAIN_LENGTH = 9
_BEFORE_ADDRESS = " \t<([{\"'`,;:*\u2022\u00b7\u2013\u2014\u201c\u201d\u2018\u2019\u00ab\u00bb"
# No domain ends in one of these.
_BEHIND_ADDRESS = (
    " \t>)]}\"'`,;:.!?*#/\\|_=~&%$+-\u201c\u201d\u2018\u2019\u00ab\u00bb"
    "\u2026\u3002\uff0e\uff0c\u2022\u00b7\u2013\u2014"
)
_HTML_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>")
_IN_ANGLES = re.compile(r"<([^<>]*@[^<>]*)>")
_IN_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_BETWEEN_ADDRESSES = re.compile(r"[,;|\\\uff0c\uff1b\u3001]|\s/\s|/(?=[^/@\s]+@)|(?<=\S)[\u2013\u2014](?=\S)")
# A comma inside a mailbox's name, typed for a dot: `jo,doe@mail.example` is not the mailbox of `doe`.
_COMMA_FOR_DOT = re.compile(r"(?<![^\s,;])(?=[^\s@,;]*[^\W\d_])[^\s@,;:<>]+[,;][^\s@,;]+@[^\s,;]+")
_LINK_WORDS = frozenset(
    {"or", "and", "and/or", "&", "+", "und", "y", "o", "/", "-", "--", "->", "\u2013", "\u2014", "also", "then"}
    | {"is", "email", "e-mail", "personal", "work", "home", "school", "primary", "secondary", "alternate", "parent"}
    | {"mom", "mom's", "dad", "dad's", "mother", "father", "use", "new", "old"}
)
# What a word begins or ends with that is apart from its neighbour. Not the hyphen and the apostrophe: `d 'an@…`.
_OPENING, _CLOSING = '<([{"*\u201c\u00ab', ":=>)]}\u2013\u2014"
_NAME_LETTERS, _MOST_NAMES = 3, 4
# A name in quotes before an address: `"Jo Doe" jo@mail.example`.
_QUOTED_NAME = re.compile(r"(?:(?<=\s)|^)([\"'\u201c\u2018])[^\"'\u201c\u2018\u201d\u2019@]+[\"'\u201d\u2019](?=\s)")
# The number of an address in a list: `1. jo@mail.example 2. al@mail.example`.
_LIST_NUMBER = re.compile(r"\(?\d{1,2}[.)]")


@lru_cache(_CACHE_SIZE)
def email(raw: str | None) -> str | None:
    """Return the first email address in a text in normal form; None when there is none (rulebook section 1)."""
    addresses = emails(raw)
    return addresses[0] if addresses else None


def emails(raw: str | None) -> tuple[str, ...]:
    """Return all valid email addresses in a text in normal form, each once. Makes no network requests.

    An address is cleaned, and A to Z are lower-cased. Ignored: `mailto:`, angle brackets and a name before them,
    quotes, words in brackets, a dot or comma at the end. An address directly after a word is not used, because the word
    may be a part of it that was split off by a space.
    """
    if not raw:
        return ()
    text = ascii_lower(raw)
    return (text,) if _is_plain(text) else read_emails(text)


@lru_cache(_CACHE_SIZE)
def read_emails(text: str) -> tuple[str, ...]:
    """Parse the addresses in a lower-case text, plain or not."""
    shown = ascii_lower(narrow(clean_line(text)))
    if "@" not in shown:
        return ()
    whole = _read_address(_bare_address(shown))
    if whole is not None:
        return (whole,)
    shown = _HTML_TAG.sub(" ", shown)
    bracketed = _IN_ANGLES.findall(shown)
    bare = _QUOTED_NAME.sub(":", _IN_BRACKETS.sub(_replace_brackets, _COMMA_FOR_DOT.sub(" ", shown)))
    parts = bracketed or _BETWEEN_ADDRESSES.split(bare)
    addresses = (_read_address(address) for part in parts for address in _addresses_in(part))
    return tuple(dict.fromkeys(address for address in addresses if address is not None))


def email_key(address: str) -> str:
    """Return the key for comparing addresses in normal form: the same for all spellings of a mailbox.

    Gmail ignores dots and everything after `+`, and has two domains. Letters beyond ASCII are compared without case too
    (but `groß` is not `gross`). Stored and sent addresses are not changed.
    """
    if not address.isascii():
        address = unicodedata.normalize("NFC", address.lower())
    local, _, domain = address.rpartition("@")
    if domain not in GMAIL_DOMAINS:
        return address
    mailbox = local.partition("+")[0].replace(".", "")
    return f"{mailbox or local}@{GMAIL}"


def is_placeholder_email(address: str) -> bool:
    """Return whether an address in normal form is a placeholder: `none@none.com`, `na@…`, `test@…`."""
    return _PLACEHOLDER_EMAIL.fullmatch(address) is not None


@lru_cache(_CACHE_SIZE)
def email_keys(raw: str | None) -> tuple[str, ...]:
    """Return the match keys of the emails in a text, without placeholders."""
    return tuple(dict.fromkeys(email_key(address) for address in emails(raw) if not is_placeholder_email(address)))


def suggest_email(address: str) -> str | None:
    """Return the probable address when the domain looks like a typo of a common one; otherwise None."""
    local, _, domain = address.rpartition("@")
    if domain in _COMMON_DOMAINS or domain in _DOMAINS_LIKE_COMMON_ONES:
        return None
    if domain in _UGA_TYPOS or _UGA_WITH_END.fullmatch(domain):
        return f"{local}{UGA_DOMAIN}"
    if (provider := _ONE_ENDING.fullmatch(domain)) is not None:
        return f"{local}@{provider[1]}.com"
    if (corrected := _COM_TYPO.sub(".com", domain)) in _COMMON_DOMAINS:
        return f"{local}@{corrected}"
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    near = [
        common
        for common in _COMMON_DOMAINS
        if len(common) >= _TYPO_DOMAIN_LENGTH and OSA.distance(domain, common, score_cutoff=1) <= 1
    ]
    return f"{local}@{near[0]}" if len(near) == 1 else None


@lru_cache(_CACHE_SIZE)
def validate_email(text: str) -> str | None:
    """Return the normal form of one lower-case address by the email-validator library; None if it is invalid.

    A domain in another script gets the library's canonical spelling.
    """
    try:
        canonical = _canonical_email(text)
        return canonical if canonical == text or _canonical_email(canonical) == canonical else None
    except ValueError:  # all errors of the library and of its name encoding
        return None


def _read_address(text: str) -> str | None:
    """Return the normal form of one lower-case address; None if it is invalid. The library reads what is not plain."""
    if _is_plain(text):
        return text
    return None if " " in text else validate_email(text)


def _is_plain(text: str) -> bool:
    """Return whether a lower-case text is a plain address, which the library would keep unchanged."""
    plain = _PLAIN_EMAIL.fullmatch(text) if len(text) <= PLAIN_EMAIL_LENGTH else None
    return plain is not None and plain[1] not in RESERVED_ENDINGS


def _canonical_email(text: str) -> str:
    import email_validator  # noqa: PLC0415

    return ascii_lower(email_validator.validate_email(text, check_deliverability=False).normalized)


def _bare_address(text: str) -> str:
    """Strip `mailto:`, quotes, brackets and trailing punctuation from an address."""
    bare = text.lstrip(_BEFORE_ADDRESS).rstrip(_BEHIND_ADDRESS)
    if bare.startswith("mailto:"):
        bare = bare.removeprefix("mailto:").partition("?")[0].strip()
    return bare


def _addresses_in(part: str) -> Iterator[str]:
    """Yield possible addresses: the first word of a part, or a word after a label, address, linking word or name."""
    words: list[str] = []
    for word in part.split():
        if _LIST_NUMBER.fullmatch(word):
            continue
        if "@" in word and _may_begin_address(word, words):
            label, colon, rest = word.rpartition(":")
            yield _bare_address(rest if colon and "@" not in label and label != "mailto" else word)
        words.append(word)


def _may_begin_address(word: str, before: list[str]) -> bool:
    """Return whether the words before an address are no part of it, as `ann` is in `ann lee@mail.example`.

    They are the person's name if the mailbox has one of them: `Jo Doe jdoe@mail.example`. A phone number is no part
    of an address.
    """
    if not before or word[0] in _OPENING or before[-1][-1] in _CLOSING or "@" in before[-1]:
        return True
    if before[-1].lstrip(_OPENING) in _LINK_WORDS or (
        before[-1][-1].isdecimal() and phones(" ".join(before[-_MOST_NAMES:]))
    ):
        return True
    mailbox = word.partition("@")[0]
    return any(len(name) >= _NAME_LETTERS and name in mailbox for name in before[-_MOST_NAMES:])


def _replace_brackets(bracketed: re.Match[str]) -> str:
    """Replace a text in brackets by the address or the digits in it, or by nothing."""
    if "@" in bracketed[1]:
        return f" ; {bracketed[1]} ; "
    return bracketed[1] if bracketed[1].isdecimal() else " "


def is_uga_email(address: str) -> bool:
    """Return whether an address in normal form is a university address."""
    return address.endswith(UGA_DOMAIN)
