"""Sequences that broke an invariant about answers and records of people, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

ANSWERS: tuple[tuple[str, Script], ...] = (
    (
        "a person's choice does not hold",
        Script(
            ("a couple with one contact", "a student whose contact has a junk name"),
            (
                Step("sign up"),
                Step("edit phone and email in Jotform"),
                Step("sign up"),
                Step("two quiet rounds"),
                Step("sign up again"),
                Step("merge contacts in Givebutter"),
                Step("answer a question"),
                Step("sync"),
                Step("answer a question"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a person's choice does not hold",
        Script(
            ("a student whose contact has a junk name", "sisters with one home phone"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("edit phone in Jotform", 3505),
                Step("create a contact by a donation", 5087),
                Step("replace phone in Givebutter", 2949),
                Step("archive contact in Givebutter"),
                Step("two quiet rounds"),
                Step("sign up"),
                Step("answer a question"),
                Step("correct MN id", 4838),
                Step("replace email in Givebutter", 1903),
                Step("upload a mangled export"),
                Step("answer a question"),
                Step("answer a question"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a second run over unchanged data changes something",
        Script(
            ("a mentor of last year",),
            (
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("edit phone and email in Jotform"),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a student at Gmail", "mother and daughter, Mary and Marie", "a student whose contact has a junk name"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("correct MN id by hand"),
                Step("replace phone in Givebutter", 3044),
                Step("sync of a short list"),
                Step("answer a question"),
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("sync of a short list"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a tick is taken back",
        Script(
            ("a student with three contacts",),
            (
                Step("sign up"),
                Step("sync"),
                Step("check in at the training"),
                Step("sync"),
                Step("import the file"),
                Step("undo a check-in"),
                Step("sync"),
                Step("import the file"),
                Step("tick attendance in Givebutter", 1),
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
                Step("sync"),
                Step("create a contact by a donation", 2476),
                Step("delete sign-up", 2665),
                Step("answer a question", 2386),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("delete sign-up"),
                Step("restore sign-up", 4865),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "a person's choice does not hold",
        Script(
            ("a student with two contacts at Gmail", "mother and daughter, Mary and Marie"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("answer a question", 9189),
                Step("replace phone in Givebutter", 418),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a person's choice does not hold",
        Script(
            ("a student with two contacts at Gmail", "mother and daughter, Mary and Marie"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("sign up again", 895),
                Step("answer a question", 9189),
                Step("replace phone in Givebutter", 418),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a student whose contact has a junk name", "a student whose contact has a foreign phone and a retyped id"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("edit email in Jotform"),
                Step("sync of a short list", 2009),
                Step("two students' MN ids are exchanged"),
                Step("answer a question"),
                Step("upload an export without one contact", 1199),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("brother and sister whose names sound alike",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("edit phone and email in Jotform", 3909),
                Step("archive contact in Givebutter", 2143),
                Step("sync"),
                Step("answer a question"),
                Step("two quiet rounds"),
                Step("two students' MN ids are exchanged"),
                Step("upload an export without one contact", 4930),
                Step("sync"),
            ),
        ),
    ),
    (
        "a second run over unchanged data changes something",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up", 1, 0, 5392),
                Step("sign up"),
                Step("sync"),
                Step("archive contact in Givebutter", 1283),
                Step("marks or several people in the name boxes", 0, 8523),
                Step("replace phone in Givebutter"),
                Step("edit email in Jotform"),
                Step("sync"),
                Step("answer a question", 2977),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a student whose contact has a foreign phone first", "cousins of one first name"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("replace email in Givebutter", 5717),
                Step("sign up"),
                Step("two quiet rounds"),
                Step("reuse a phone", 0, 5291),
                Step("sync"),
                Step("two students' MN ids are exchanged", 640, 2697),
                Step("sync"),
            ),
        ),
    ),
    (
        "a second run over unchanged data changes something",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 8651),
                Step("archive contact in Givebutter", 8593),
                Step("replace phone in Givebutter"),
                Step("edit email in Jotform"),
                Step("two quiet rounds"),
                Step("answer a question", 3273),
                Step("restore a contact under a new id"),
                Step("sync twice"),
            ),
        ),
    ),
)
