"""Sequences that broke an invariant about mentors' pages, form entries or attendance, each as short as possible."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

PAGES: tuple[tuple[str, Script], ...] = (
    (
        "a form entry is lost",
        Script(
            (
                "a student without a contact who types the father's phone and email",
                "mother and daughter, Mary and Marie",
                "a student whose contact is written in another script",
                "a student whose first name is spelled another way",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up", 7829),
                Step("edit phone and email in Jotform", 1073),
                Step("fill in a form", 6365),
                Step("sync"),
                Step("sign up again", 7679),
                Step("export during an import"),
                Step("correct a form entry"),
                Step("sync of a short list", 4207),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("mother and daughter, Mary and Marie", "a student with a mass-email stub"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("delete sign-up"),
                Step("edit email in Jotform"),
                Step("delete sign-up"),
                Step("restore sign-up"),
                Step("replace phone in Givebutter", 455),
                Step("sign up after a deletion"),
                Step("reuse a phone", 9535),
                Step("restore sign-up"),
                Step("fill in a form", 0, 9177),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("mother and daughter, Mary and Marie", "a student whose id a mentor of last year had"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("fill in a form", 5297),
                Step("sync of a short list", 2649),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("brother and sister at Gmail with one home phone", "twins, only one with a contact"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("edit phone in Jotform"),
                Step("sync"),
                Step("reuse a phone"),
                Step("fill in a form", 599, 7118),
                Step("import the file"),
                Step("sync of a short list", 6101),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("a student whose contact has no umlauts", "two students who typed none@none.com"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("replace phone in Givebutter"),
                Step("odd answer in Jotform", 0, 1152),
                Step("sync"),
                Step("two students' MN ids are exchanged"),
                Step("sync of a short list"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's page",
        Script(
            (
                "a student with a mass-email stub",
                "brother and sister with one home phone",
                "a student whose contact is written in another script",
                "a student without a contact who types the father's phone and email",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("delete sign-up"),
                Step("sign up", 9045),
                Step("set up a page"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's page",
        Script(
            ("sisters with one home phone",),
            (
                Step("sign up", 2101),
                Step("sign up"),
                Step("set up a page", 7179),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's page",
        Script(
            (
                "brother and sister with one home phone",
                "brother and sister with one home phone",
                "a student without a contact who types the father's phone and email",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up", 9191),
                Step("sign up", 7679),
                Step("set up a page", 5345),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's page",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("set up a page"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a page falls off its mentor",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up", 0, 0, 1480),
                Step("set up a page", 0, 1467),
                Step("sync"),
                Step("edit page"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a page falls off its mentor",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up", 0, 0, 2798),
                Step("sign up again"),
                Step("set up a page"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a page falls off its mentor",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("set up a page"),
                Step("sign up again", 0, 0, 6933),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("a student with two contacts",),
            (
                Step("sign up"),
                Step("fill in a form", 0, 9436),
                Step("sync"),
                Step("edit phone and email in Jotform"),
                Step("replace phone in Givebutter"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("sisters with one home phone",),
            (
                Step("sign up", 0, 0, 721),
                Step("edit phone and email in Jotform"),
                Step("fill in a form", 0, 6585),
                Step("sign up again"),
                Step("sync"),
                Step("sign up again", 0, 0, 5365),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("a student known by a nickname",),
            (
                Step("sign up"),
                Step("sync twice"),
                Step("edit phone and email in Jotform"),
                Step("sign up again"),
                Step("sync of a short list"),
                Step("delete sign-up"),
                Step("fill in a form", 0, 2256),
                Step("import the file"),
                Step("sync"),
                Step("edit phone and email in Jotform", 0, 6166),
                Step("sync"),
            ),
        ),
    ),
    (
        "a tick is taken back",
        Script(
            ("a student with a contact",),
            (
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("check in at the training"),
                Step("sync"),
                Step("tick attendance in Givebutter"),
                Step("undo a check-in"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a tick is taken back",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("sync"),
                Step("check in at the training"),
                Step("sync"),
                Step("tick attendance in Givebutter"),
                Step("import the file"),
                Step("undo a check-in"),
                Step("sync"),
                Step("merge contacts in Givebutter"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's page",
        Script(
            (
                "a student whose id a stranger's contact holds",
                "sisters with one home phone",
                "a student whose contact has a title",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up"),
                Step("sign up"),
                Step("set up a page", 7761),
                Step("sync"),
                Step("delete sign-up", 3233),
                Step("junk in the name boxes"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a tick is taken back",
        Script(
            ("brother and sister with one home phone", "roommates with one phone", "a student with a mass-email stub"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("delete sign-up"),
                Step("two quiet rounds"),
                Step("tick attendance in Givebutter", 5816),
                Step("import the file"),
                Step("check in at the training"),
                Step("changed rules recalculate"),
                Step("retype External ID in Givebutter"),
                Step("undo a check-in"),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("a student with two contacts", "cousins of one first name"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up"),
                Step("edit phone in Jotform", 6134),
                Step("sync"),
                Step("reuse a phone", 7649),
                Step("fill in a form", 0, 4618),
                Step("import the file"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("roommates with one phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("odd answer in Jotform", 0, 9172),
                Step("two students' MN ids are exchanged"),
                Step("fill in a form"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("brother and sister whose names sound alike",),
            (
                Step("sign up"),
                Step("two quiet rounds"),
                Step("sign up"),
                Step("two students' MN ids are exchanged"),
                Step("fill in a form", 4833, 0, 6855),
                Step("correct MN id by hand", 5451),
                Step("sync"),
            ),
        ),
    ),
    (
        "a phone or email of nobody leaves",
        Script(
            (
                "a brother of last year's mentor",
                "brother and sister who type the mother's phone and email",
                "a student at Gmail",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("edit phone in Jotform", 7803),
                Step("sync"),
                Step("answer a question"),
                Step("answer a question"),
                Step("sync"),
                Step("export during an import"),
                Step("reuse a phone", 2441),
                Step("sync"),
                Step("create a contact by a donation"),
                Step("replace phone in Givebutter", 9761),
                Step("upload a mangled export", 5001, 2),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("a student whose whole name is in the contact's last box", "a couple with a slash"),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 5284),
                Step("sync"),
                Step("export during an import"),
                Step("fill in a form", 0, 4407),
                Step("sync"),
                Step("reuse a phone"),
                Step("edit External ID onto another contact", 0, 0, 5495),
                Step("export during an import"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("a student with three contacts", "brother and sister at Gmail with one home phone"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in a form", 0, 3458),
                Step("edit phone in Jotform", 1501),
                Step("sync"),
                Step("reuse a phone", 5071),
                Step("correct a form entry"),
                Step("edit phone in Jotform"),
                Step("delete sign-up", 8081),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            (
                "father and son of one name",
                "a student whose contact has two emails in one box",
                "mother and daughter, Mary and Marie",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up with two phones or emails in one box"),
                Step("sync"),
                Step("edit phone in Jotform", 6077),
                Step("fill in a form", 4322, 4282),
                Step("sync of the forms alone"),
                Step("reuse a phone", 173),
                Step("sync of a short list"),
                Step("sync"),
            ),
            bystanders=60,
        ),
    ),
    (
        "a form entry goes to somebody else",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync twice"),
                Step("type another student's MN id"),
                Step("fill in a form", 5723),
                Step("edit phone and email in Jotform", 3217),
                Step("sync"),
            ),
        ),
    ),
    (
        "a form entry is lost",
        Script(
            ("a student with three contacts",),
            (
                Step("sign up"),
                Step("fill in a form", 0, 1808),
                Step("type a foreign phone in Jotform"),
                Step("edit email in Jotform", 0, 3428),
                Step("sync"),
                Step("delete sign-up"),
                Step("sign up after a deletion"),
                Step("sync"),
            ),
        ),
    ),
)
