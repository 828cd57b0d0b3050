"""Sequences in which a moved External ID, phone or email gave a mentor another one's contact, as short as possible."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

MOVED_KEYS: tuple[tuple[str, Script], ...] = (
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister who type the mother's phone and email", "father and son of one name"),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 5807),
                Step("two quiet rounds"),
                Step("edit External ID onto another contact", 0, 7940, 9106),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a student whose contact is written in another script",) * 2,
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync twice"),
                Step("reuse a phone"),
                Step("import the file"),
                Step("two students' MN ids are exchanged"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            (
                "a student whose contact has a junk name",
                "a student whose contact has a foreign phone and a retyped id",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("merge contacts in Givebutter"),
                Step("edit External ID onto another contact", 0, 0, 5531),
                Step("reuse a phone"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister at Gmail with one home phone",),
            (
                Step("sign up"),
                Step("archive contact in Givebutter", 2413),
                Step("sign up"),
                Step("create a contact by a donation"),
                Step("sync twice"),
                Step("import a part of the file"),
                Step("restore contact in Givebutter"),
                Step("archive contact in Givebutter"),
                Step("move an email or a phone to another contact"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("two quiet rounds"),
                Step("two students' MN ids are exchanged"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 5293),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("import the file"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("delete sign-up"),
                Step("create a contact by a donation", 3749),
                Step("sync"),
                Step("answer a question"),
                Step("sync of a short list"),
                Step("import the file"),
                Step("edit phone and email in Jotform"),
                Step("change the last name"),
                Step("upload an export alone"),
                Step("restore sign-up"),
                Step("sync of the forms alone"),
                Step("two students' MN ids are exchanged"),
                Step("answer a question"),
                Step("delete sign-up", 2231),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("sisters with one home phone", "mother and daughter, Mary and Marie"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("change the last name", 1575),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("delete sign-up"),
                Step("create a contact by a donation"),
                Step("edit External ID onto another contact", 3134, 0, 7763),
                Step("two students' MN ids are exchanged"),
                Step("create a contact by a donation", 0, 3267),
                Step("two students' MN ids are exchanged"),
                Step("delete sign-up"),
                Step("merge contacts in Givebutter"),
                Step("archive contact in Givebutter", 5119),
                Step("restore sign-up", 6577),
                Step("sync"),
                Step("restore sign-up"),
                Step("two students' MN ids are exchanged"),
                Step("sync"),
                Step("delete sign-up", 157),
                Step("answer a question", 1930),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("archive contact in Givebutter"),
                Step("delete sign-up"),
                Step("two quiet rounds"),
                Step("edit External ID onto another contact", 0, 0, 9314),
                Step("restore sign-up"),
                Step("sync"),
                Step("sync of a short list", 3879),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("sign up"),
                Step("sync twice"),
                Step("two students' MN ids are exchanged"),
                Step("edit phone in Jotform"),
                Step("import the file"),
                Step("upload a mangled export"),
            ),
        ),
    ),
)
