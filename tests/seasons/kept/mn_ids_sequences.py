"""Sequences with a student who typed another student's MN id, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

MN_IDS: tuple[tuple[str, Script], ...] = (
    (
        "a form entry is lost",
        Script(
            (
                "a student whose contact has a foreign phone first",
                "brother and sister who type the mother's phone and email",
                "twins, only one with a contact",
            ),
            (
                Step("sign up"),
                Step("sign up", 1, 0, 3305),
                Step("type another student's MN id"),
                Step("sign up"),
                Step("sign up with two phones or emails in one box"),
                Step("sign up again"),
                Step("sign up"),
                Step("fill in a form", 1537),
                Step("sync"),
            ),
        ),
    ),
    (
        "a record of staff is lost",
        Script(
            ("brother and sister of related names", "a student who types the stepfather's email"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("check in at the training", 6349),
                Step("sign up with another student's MN id"),
                Step("export during an import"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("a student whose id a mentor of last year had", "a student with two nicknames in one box"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync twice"),
                Step("fill in a form", 6475, 0, 2553),
                Step("type another student's MN id"),
                Step("sync of a short list", 7707),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "two students who typed none@none.com",
                "a student without a contact who types the father's phone and email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up"),
                Step("fill in a form", 4028),
                Step("type another student's MN id", 0, 9301),
                Step("sync"),
                Step("sign up again", 6662),
                Step("much of a list is missing", 867),
                Step("upload a mangled export"),
            ),
            bystanders=60,
        ),
    ),
    (
        "a person's own id is taken for another's",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sign up again"),
                Step("two quiet rounds"),
                Step("correct MN id", 2953),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "a person's own id is taken for another's",
        Script(
            ("a family with one contact", "a student whose contact has a junk name"),
            (
                Step("sign up"),
                Step("upload an export without one contact"),
                Step("sign up with another student's MN id"),
                Step("import the file twice"),
                Step("delete sign-up", 3817),
                Step("correct MN id"),
                Step("upload an export of another clock"),
                Step("restore sign-up"),
                Step("sync"),
                Step("correct a mistyped MN id"),
                Step("sync"),
            ),
            bystanders=60,
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a family with one contact",
                "mother and daughter, Mary and Marie",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("fill in a form", 5803, 7093),
                Step("odd answer in Jotform", 0, 4702),
                Step("two students' MN ids are exchanged"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("brother and sister at Gmail with one home phone", "a student with three contacts"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("type another student's MN id", 7163),
                Step("sign up"),
                Step("fill in a form", 0, 0, 727),
                Step("type another student's MN id"),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("roommates with one phone", "two students who typed none@none.com"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("type another student's MN id", 5006),
                Step("fill in a form", 0, 0, 6597),
                Step("correct MN id"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("sisters with one home phone", "a student with two contacts"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in a form", 0, 0, 567),
                Step("sync"),
                Step("sign up with another student's MN id"),
                Step("type another student's MN id"),
                Step("sync"),
            ),
            bystanders=40,
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "a student who types the stepfather's email",
                "a student with accents",
                "a student who types the stepfather's email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up with two phones or emails in one box"),
                Step("delete sign-up", 4837),
                Step("fill in a form"),
                Step("killed apply whose contact a person restores"),
                Step("type another student's MN id"),
                Step("delete sign-up"),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            (
                "brother and sister, who has a double last name",
                "mother and daughter, Mary and Marie",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up with another student's MN id", 0, 687),
                Step("fill in a form", 4877),
                Step("edit phone and email in Jotform", 3833),
                Step("delete sign-up"),
                Step("sign up again"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("brother and sister, who has a double last name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("fill in a form", 383),
                Step("correct MN id", 6509),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("fill in a form", 1),
                Step("delete sign-up", 1),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("type another student's MN id"),
                Step("sync"),
                Step("fill in a form", 3881),
                Step("sync of a short list", 1135),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up"),
                Step("sign up with two phones or emails in one box"),
                Step("type another student's MN id", 8979),
                Step("fill in a form"),
                Step("sync"),
                Step("sync of a short list"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in a form", 0, 1019),
                Step("two quiet rounds"),
                Step("type another student's MN id", 4987),
                Step("correct MN id"),
                Step("sync"),
            ),
        ),
    ),
)
