"""Sequences with an MN id that two sign-ups had, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

SHARED_IDS: tuple[tuple[str, Script], ...] = (
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student whose contact has a title",
                "a student with two contacts at Gmail",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("edit email in Jotform"),
                Step("edit phone in Jotform"),
                Step("sign up again"),
                Step("sync"),
                Step("fill in a form", 6783, 4457, 2537),
                Step("type another student's MN id", 2129),
                Step("fill in a form", 0, 1628),
                Step("correct a mistyped MN id", 9325),
                Step("form entries come short"),
                Step("correct a mistyped MN id"),
                Step("delete sign-up", 3611),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student with two nicknames in one box",
                "a student with two nicknames in one box",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("fill in a form", 7567, 693),
                Step("correct MN id"),
                Step("edit phone in Jotform", 1933),
                Step("sync"),
                Step("delete sign-up", 9647),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student whose contact has a foreign phone and a retyped id",
                "a student who types the mother's phone and email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id", 4227),
                Step("sync"),
                Step("fill in a form", 0, 0, 6207),
                Step("delete sign-up", 8307),
                Step("correct MN id"),
                Step("sign up after a deletion"),
                Step("sync"),
                Step("delete sign-up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "brothers Jack and Jake",
                "brothers Jack and Jake",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync of a short list", 7775),
                Step("fill in a form"),
                Step("sign up with another student's MN id"),
                Step("delete sign-up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "roommates with one phone",
                "a student who types the stepfather's email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("correct MN id"),
                Step("sign up"),
                Step("type another student's MN id", 2318),
                Step("fill in a form", 0, 9497),
                Step("sync"),
                Step("correct MN id"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student whose contact has a foreign phone first",
                "a student whose contact has a title",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in a form", 5095, 1406),
                Step("sync"),
                Step("reuse a phone", 7749),
                Step("type another student's MN id"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "brother and sister who type the mother's phone and email",
                "a student with a double last name",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("sign up again"),
                Step("fill in a form"),
                Step("sign up"),
                Step("type another student's MN id", 6874),
                Step("sync of the forms alone"),
                Step("type another student's MN id"),
                Step("killed calculation"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student without a contact who types the father's phone and email",
                "cousins of one first name",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("correct a mistyped MN id"),
                Step("sign up with another student's MN id"),
                Step("fill in a form"),
                Step("sync"),
                Step("type another student's MN id"),
                Step("sync of the forms alone"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student whose mass-email stub opted out",
                "a student whose mass-email stub opted out",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("type another student's MN id"),
                Step("fill in a form", 8409),
                Step("sync of a short list", 6405),
                Step("correct a mistyped MN id"),
                Step("type another student's MN id", 7109),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student with three contacts",
                "a student with a mass-email stub",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("fill in a form", 7357, 0, 9623),
                Step("sign up again", 8815),
                Step("sync"),
                Step("sync of a short list", 1539),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            (
                "a student who types the stepfather's email",
                "a student who types the stepfather's email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("delete sign-up"),
                Step("sync"),
                Step("restore sign-up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a killed run changes the next one",
        Script(
            (
                "a student with two contacts",
                "a student whose contact has a title",
                "a student with two contacts",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up with another student's MN id"),
                Step("sync"),
                Step("correct a mistyped MN id"),
                Step("sync of the forms alone"),
                Step("type another student's MN id", 6182),
                Step("type another student's MN id", 3963),
                Step("correct MN id"),
                Step("killed calculation", 4211),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "a family with one contact",
                "a family with one contact",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("answer a question"),
                Step("fill in a form", 5061, 0, 6367),
                Step("sync of a short list", 1527),
                Step("killed calculation"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "a student known by a nickname",
                "two students who typed none@none.com",
                "a student whose contact has two emails in one box",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up"),
                Step("sync"),
                Step("fill in a form", 8551),
                Step("edit phone in Jotform", 8146),
                Step("sign up with another student's MN id", 0, 9013),
                Step("sync of the forms alone"),
                Step("sync of a short list", 1937),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "a student whose contact has a title",
                "brother and sister of related names",
            ),
            (
                Step("sign up", 9928),
                Step("sync"),
                Step("sign up with another student's MN id"),
                Step("fill in a form", 4211, 0, 8501),
                Step("sync"),
                Step("edit phone and email in Jotform", 2563),
                Step("sync of a short list", 43),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "a student who types the stepfather's email",
                "a student with a mass-email stub",
            ),
            (
                Step("sign up", 1),
                Step("sign up with another student's MN id"),
                Step("fill in a form", 2469, 0, 8867),
                Step("delete sign-up", 2253),
                Step("sync"),
                Step("restore sign-up"),
                Step("delete sign-up"),
                Step("sync"),
            ),
            bystanders=40,
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up"),
                Step("sync"),
                Step("fill in a form"),
                Step("edit phone and email in Jotform"),
                Step("sign up with another student's MN id"),
                Step("sync"),
                Step("answer a question"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up again"),
                Step("type another student's MN id", 4139),
                Step("fill in a form"),
                Step("sync"),
                Step("delete sign-up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student who types the keys of a mother without donations",
                "a student whose contact has the other phone and email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("delete sign-up"),
                Step("sign up again"),
                Step("sign up after a deletion"),
                Step("sync"),
                Step("type another student's MN id"),
                Step("fill in a form", 375, 0, 2721),
                Step("sync of a short list"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "a student with a contact",
                "a student with a double last name",
            ),
            (
                Step("sign up"),
                Step("sign up again"),
                Step("sign up with two phones or emails in one box"),
                Step("sync"),
                Step("delete sign-up"),
                Step("two students' MN ids are exchanged"),
                Step("fill in a form", 0, 0, 7141),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "a student whose contact has two emails in one box",
                "a student whose contact has two emails in one box",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up again", 9145),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("fill in a form", 0, 0, 9127),
                Step("delete sign-up", 5201),
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
                Step("killed calculation"),
                Step("sign up with another student's MN id"),
                Step("sync"),
                Step("correct a mistyped MN id"),
                Step("type another student's MN id"),
                Step("sync twice"),
            ),
        ),
    ),
)
