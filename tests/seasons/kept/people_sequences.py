"""Sequences after which two people were one mentor or a recommendation was wrong, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

PEOPLE: tuple[tuple[str, Script], ...] = (
    (
        "the recommendation is wrong",
        Script(
            ("a student known by a nickname",),
            (
                Step("sign up", 0, 3564, 9595),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student known by a nickname",),
            (
                Step("sign up", 0, 1336, 7173),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student whose contact has a foreign phone first", "a student whose contact has a title"),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 2840),
                Step("sync of a short list"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("sisters with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student with two nicknames in one box",),
            (
                Step("sign up"),
                Step("sign up again", 0, 5166),
                Step("sync"),
                Step("delete sign-up"),
                Step("edit name in Jotform", 0, 2323),
                Step("import the file"),
                Step("replace email in Givebutter"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student who types the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up again", 0, 0, 221),
                Step("sync"),
                Step("answer a question"),
                Step("fill in the name boxes wrongly", 0, 6000),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("a student with two nicknames in one box", "sisters with one home phone", "a couple with one contact"),
            (
                Step("sign up", 8961),
                Step("sign up", 841),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 5737),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 6068),
                Step("sync of a short list"),
                Step("marks or several people in the name boxes", 0, 3620),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student with accents", "a student with accents"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("change one subscription", 29),
                Step("reuse a phone", 3),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student with accents", "cousins of one first name"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("delete sign-up"),
                Step("sign up", 7813),
                Step("sync"),
                Step("type junk over a name in Givebutter"),
                Step("edit email in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student who types the keys of a mother without donations", "cousins of one first name"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("type junk over a name in Givebutter"),
                Step("delete sign-up", 9437),
                Step("sign up with two phones or emails in one box"),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student whose first name is spelled another way",),
            (
                Step("sign up"),
                Step("sync"),
                Step("type junk over a name in Givebutter", 0, 479),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("brother and sister, who has a double last name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in the name boxes wrongly", 1, 1),
                Step("sync"),
            ),
        ),
    ),
    (
        "two people become one mentor",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in the name boxes wrongly"),
                Step("fill in the name boxes wrongly", 1),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a student whose contact has a foreign phone first",),
            (
                Step("sign up", 0, 0, 3937),
                Step("sign up again"),
                Step("two quiet rounds"),
                Step("delete sign-up"),
                Step("delete sign-up"),
                Step("sign up after a deletion", 0, 0, 4367),
                Step("edit phone and email in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            (
                "a student known by a nickname",
                "roommates with one phone",
                "a student without a contact who types the father's phone and email",
                "brother and sister with one home phone",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up", 1239),
                Step("killed apply whose contact a person restores", 8576),
                Step("sign up"),
                Step("sign up", 8045),
                Step("sign up with another student's MN id"),
                Step("archive contact in Givebutter", 9539),
                Step("move an email or a phone to another contact", 0, 1469),
                Step("move an email or a phone to another contact", 8579),
                Step("type a foreign phone in Jotform", 8105),
                Step("sync"),
            ),
        ),
    ),
)
