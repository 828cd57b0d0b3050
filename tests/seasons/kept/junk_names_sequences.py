"""Sequences after which a junk name left, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

JUNK_NAMES: tuple[tuple[str, Script], ...] = (
    (
        "a junk name leaves",
        Script(
            ("a student whose contact has a junk name",),
            (
                Step("sign up"),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("much of a list is missing", 8095),
            ),
            bystanders=40,
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("edit phone and email in Jotform"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
                Step("a newsletter creates a duplicate"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student with a contact",),
            (
                Step("sign up"),
                Step("two quiet rounds"),
                Step("fill in the name boxes wrongly"),
                Step("change the last name in Givebutter"),
                Step("sync"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student whose contact has a junk name",),
            (
                Step("edit External ID onto another contact"),
                Step("sign up without a first name"),
                Step("sync"),
                Step("edit phone and email in Jotform", 0, 1379),
                Step("sync"),
                Step("sign up again"),
                Step("fill in the name boxes wrongly"),
                Step("edit phone and email in Jotform", 0, 32),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            (
                "a family with one contact",
                "brothers Jack and Jake",
                "a student with two nicknames in one box",
                "a student whose id a mentor of last year had",
            ),
            (
                Step("sign up"),
                Step("sign up without a first name", 4846),
                Step("replace email in Givebutter", 2485),
                Step("sync"),
                Step("export during an import"),
                Step("sync"),
                Step("junk in the name boxes", 3695, 5301),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student known by a nickname",),
            (
                Step("change the last name in Givebutter"),
                Step("replace email in Givebutter"),
                Step("sign up", 0, 4280),
                Step("sync"),
                Step("answer a question"),
                Step("sync"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student who types the stepfather's email",),
            (
                Step("sign up", 0, 0, 9899),
                Step("archive contact in Givebutter"),
                Step("fill in the name boxes wrongly"),
                Step("upload an export without one contact"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student whose whole name is in the contact's last box",),
            (
                Step("edit first name in Givebutter", 0, 9285),
                Step("sign up"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
                Step("upload an export without one contact"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            (
                "roommates with one phone",
                "cousins of one first name",
                "roommates with one phone",
                "a student whose id a mentor of last year had",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("archive contact in Givebutter", 8447),
                Step("sign up without a first name", 3564),
                Step("sync"),
                Step("export during an import"),
                Step("junk in the name boxes", 9368, 5942),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            (
                "brother and sister of related names",
                "a student who types the keys of a mother without donations",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("replace email in Givebutter"),
                Step("sign up with two phones or emails in one box"),
                Step("sync"),
                Step("type junk over a name in Givebutter"),
                Step("a newsletter creates a duplicate", 2014),
                Step("upload an export without one contact"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            (
                "brother and sister of related names",
                "a student who types the keys of a mother without donations",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sync"),
                Step("type junk over a name in Givebutter"),
                Step("replace email in Givebutter"),
                Step("archive contact in Givebutter", 855),
                Step("a newsletter creates a duplicate"),
                Step("sign up with two phones or emails in one box"),
                Step("sync"),
                Step("type junk over a name in Givebutter"),
                Step("archive contact in Givebutter", 9787),
                Step("a newsletter creates a duplicate", 2014),
                Step("upload an export without one contact"),
                Step("sync"),
            ),
        ),
    ),
)
