"""Generate form answers in the forms in which people type them."""

import random

from mentorsync_pipeline.sandbox.jf_model import Answer

FREE_TEXTS = (
    "Sam & Alex, please",
    "I'd like to be with my roommate",
    "No preference",
    'The tall one, "Stretch"',
    "First line\nsecond line",
)
# Texts that a spreadsheet would run as a formula; rare, but present in every large world.
FORMULA_TEXTS = ("=1+1", "-none", "+1 friend", "@anyone")


def escaped(rng: random.Random, text: str) -> str:
    """Return the text with HTML entities, as Jotform often (not always) does."""
    if rng.random() < 0.2:
        return text
    return text.replace("&", "&amp;").replace("'", "&#039;").replace('"', "&quot;")


def name_answer(rng: random.Random, first: str, last: str, *, prefix: str | None = None) -> Answer:
    """A full-name answer; some people add a middle name or spaces. ``prefix`` is the part labelled "Preferred Name"."""
    answer = {"first": escaped(rng, first), "last": escaped(rng, last)}
    if prefix:
        answer["prefix"] = escaped(rng, prefix)
    if rng.random() < 0.05:
        answer["middle"] = rng.choice("ABCDEFGH")
    if rng.random() < 0.03:
        answer["first"] = f" {answer['first']} "
    return answer


def phone_answer(rng: random.Random, e164: str) -> Answer:
    """Return a US number in one of the usual spellings."""
    area, rest = e164[2:5], f"{e164[5:8]}-{e164[8:]}"
    draw = rng.random()
    if draw < 0.75:
        return {"full": f"({area}) {rest}"}
    if draw < 0.85:
        return {"area": area, "phone": rest}
    if draw < 0.90:
        return {"country": "1", "area": area, "phone": rest}
    return rng.choice((f"{area}{rest.replace('-', '')}", f"{area}.{rest.replace('-', '.')}", e164, f"1 {area} {rest}"))


def email_answer(rng: random.Random, email: str) -> Answer:
    """Return an email as typed: sometimes capitalised or with spaces around it."""
    draw = rng.random()
    if draw < 0.06:
        return f" {email} "
    return email.title() if draw < 0.1 else email


def typed_mn_id(rng: random.Random, mn_id: str) -> Answer | None:
    """Return a mentor id as people type it: in lower case, spaced, without letters, another mentor's, or blank."""
    digits = mn_id[2:]
    if rng.random() < 0.01:
        return f"MN{int(digits) + 1:04d}"
    return rng.choice(
        (mn_id, mn_id, mn_id, mn_id, f"mn{digits}", f" {mn_id} ", f"MN {digits}", digits, f"Mn{digits}", "", None)
    )


def unanswered(rng: random.Random) -> Answer | None:
    """Return one of the forms of "no answer" (``None``: the key is absent)."""
    return rng.choice((None, None, None, "", [], {}))
