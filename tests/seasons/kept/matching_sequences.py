"""Sequences that broke an invariant about links and contacts, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

MATCHING: tuple[tuple[str, Script], ...] = (
    (
        "a duplicate is made without a question",
        Script(
            ("a student with two nicknames in one box",),
            (
                Step("sign up", 0, 0, 4587),
                Step("sync"),
            ),
        ),
    ),
    (
        "a duplicate is made without a question",
        Script(
            ("a student whose contact has a foreign phone first",),
            (
                Step("sign up"),
                Step("sign up again", 0, 0, 9352),
                Step("sync"),
            ),
        ),
    ),
    (
        "a duplicate is made without a question",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up", 0, 0, 8558),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a duplicate is made without a question",
        Script(
            ("father and son of one name",),
            (
                Step("sign up", 0, 0, 5097),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a student whose contact has a foreign phone first",),
            (
                Step("sign up"),
                Step("sign up again", 0, 0, 9352),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("sign up again", 0, 0, 6933),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("father and son of one name",),
            (
                Step("sign up", 0, 0, 5097),
                Step("two quiet rounds"),
                Step("sign up again", 0, 0, 1144),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up"),
                Step("sync"),
                Step("edit phone in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            (
                "a student whose contact is written in another script",
                "a student with two nicknames in one box",
                "a student without a contact who types the father's phone and email",
            ),
            (
                Step("sign up", 4718),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a student whose id a stranger's contact holds",),
            (
                Step("sign up", 0, 0, 9460),
                Step("sign up again", 0, 0, 3397),
                Step("edit phone in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("father and son of one name",),
            (
                Step("sign up", 0, 0, 1361),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a student known by a nickname", "a student without a contact", "sisters with one home phone"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("replace phone in Givebutter", 6443),
                Step("sign up"),
                Step("sign up", 0, 0, 672),
                Step("sync"),
            ),
        ),
    ),
    (
        "somebody else's contact is to be archived",
        Script(
            (
                "a student whose contact has a title",
                "a student whose contact has a foreign phone first",
                "sisters with one home phone",
            ),
            (
                Step("sign up", 8058),
                Step("tag contact", 574),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a couple with one contact",),
            (
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("sync"),
                Step("import the file"),
                Step("correct MN id"),
                Step("two quiet rounds"),
                Step("correct MN id"),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a student with two nicknames in one box", "a student whose contact has a title"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("edit shirt size in Givebutter", 4141),
                Step("delete sign-up"),
                Step("edit phone and email in Jotform", 0, 4573),
                Step("edit email in Jotform", 0, 5465),
                Step("two quiet rounds"),
                Step("edit phone in Jotform"),
                Step("delete sign-up"),
                Step("sign up after a deletion", 4509),
                Step("edit email in Jotform"),
                Step("edit phone in Jotform", 0, 8783),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a person's choice does not hold",
        Script(
            ("a student without a contact who types the father's phone and email",),
            (
                Step("sign up", 0, 0, 0),
                Step("create a contact by a donation", 7679, 0, 0),
                Step("edit phone in Jotform", 0, 0, 0),
                Step("create a contact by a donation", 9061, 3481, 0),
                Step("sign up again", 0, 0, 0),
                Step("edit email in Jotform", 0, 4613, 0),
                Step("sync"),
                Step("answer a question", 0, 0, 0),
                Step("edit email in Jotform", 0, 6172, 0),
                Step("sync"),
                Step("answer a question", 0, 0, 0),
                Step("correct MN id", 0, 0, 0),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "somebody else's contact is to be archived",
        Script(
            (
                "a student whose contact has a foreign phone first",
                "sisters with one home phone",
                "two students who typed none@none.com",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("upload a mangled export", 2826, 3),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("killed sync"),
                Step("archive contact in Givebutter", 9325),
                Step("upload a mangled export", 0, 3),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly", 0, 1),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up", 6703),
                Step("sync"),
                Step("answer a question"),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("archive contact in Givebutter", 7309),
                Step("sync"),
            ),
        ),
    ),
    (
        "a person's choice does not hold",
        Script(
            (
                "a student whose contact has a foreign phone first",
                "a student without a contact who types the father's phone and email",
                "a student whose contact has a junk name",
                "a student with a contact",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up", 8775),
                Step("sync"),
                Step("edit phone and email in Jotform", 8890),
                Step("merge contacts in Givebutter"),
                Step("answer a question"),
                Step("sign up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("a student with a double last name",),
            (
                Step("sign up"),
                Step("sign up again"),
                Step("edit phone and email in Jotform", 0, 7238),
                Step("sign up again"),
                Step("type two phones or emails in one box"),
                Step("sync"),
                Step("delete sign-up"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a student who types the stepfather's email",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly", 0, 1492),
                Step("sync"),
            ),
        ),
    ),
    (
        "a second run over unchanged data changes something",
        Script(
            ("a student who types the mother's phone and email",),
            (
                Step("sign up", 0, 0, 4207),
                Step("archive contact in Givebutter"),
                Step("add phone or email in Givebutter"),
                Step("sync"),
                Step("archive contact in Givebutter"),
                Step("sign up again"),
                Step("sync"),
                Step("restore a contact under a new id"),
                Step("restore contact in Givebutter"),
                Step("import the file"),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("sisters with one home phone", "a student with two contacts at Gmail"),
            (
                Step("sign up", 0, 0, 3730),
                Step("sign up", 1),
                Step("type junk for phone or email", 0, 4785),
                Step("sync"),
                Step("type junk over a name in Givebutter"),
                Step("sign up"),
                Step("sync of a short list", 1679),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("sisters with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("killed calculation"),
                Step("import a part of the file"),
                Step("two students' MN ids are exchanged"),
                Step("killed calculation", 3494, 1255),
                Step("answer a question", 2323),
                Step("sync of the forms alone"),
            ),
        ),
    ),
    (
        "a second run over unchanged data changes something",
        Script(
            ("a student who types the keys of a mother without donations",),
            (
                Step("sign up"),
                Step("killed calculation"),
                Step("answer a question"),
                Step("unsubscribe contact", 3517),
                Step("sync"),
                Step("answer a question"),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("brother and sister of related names", "cousins of one first name"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sync"),
                Step("import the file"),
                Step("edit External ID onto another contact", 0, 6644, 8156),
                Step("two students' MN ids are exchanged"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the import writes onto somebody else's contact",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up", 1),
                Step("sign up with two phones or emails in one box"),
                Step("edit phone in Jotform"),
                Step("archive contact in Givebutter"),
                Step("sync"),
                Step("sign up again"),
                Step("edit email in Jotform"),
                Step("junk in the name boxes", 0, 2002),
                Step("killed calculation"),
                Step("two students' MN ids are exchanged"),
                Step("import a part of the file"),
                Step("sync"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            (
                "brother and sister who type the mother's phone and email",
                "a student whose contact has a foreign phone first",
                "cousins of one first name",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up", 9488),
                Step("sign up", 8611),
                Step("sync"),
                Step("create a contact by a donation"),
                Step("sign up with two phones or emails in one box"),
                Step("tag contact", 8571),
                Step("type junk over a name in Givebutter"),
                Step("delete sign-up", 9363),
                Step("sync"),
            ),
        ),
    ),
)
