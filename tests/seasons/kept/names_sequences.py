"""Sequences that broke an invariant about names and what changes hands, each as short as it could be cut."""

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.season import Step
from tests.seasons.simulate import Script

NAMES: tuple[tuple[str, Script], ...] = (
    (
        "an edit in Givebutter is lost",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("archive contact in Givebutter"),
                Step("sync twice"),
                Step("marks or several people in the name boxes", 0, 3002),
                Step("change the last name in Givebutter"),
                Step("upload a mangled export"),
                Step("edit name in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit seen in Givebutter is forgotten",
        Script(
            (
                "a student with two nicknames in one box",
                "a student with two nicknames in one box",
                "a student with two nicknames in one box",
                "a student with two nicknames in one box",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("edit name in Jotform", 5025, 6310),
                Step("sync"),
                Step("sign up", 2289),
                Step("edit first name in Givebutter", 2450),
                Step("sync"),
                Step("fill in the name boxes wrongly", 9220),
                Step("sync of a short list"),
                Step("edit name in Jotform", 5074, 1662),
                Step("sync"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("a student with two contacts",),
            (
                Step("archive contact in Givebutter"),
                Step("sign up"),
                Step("sync"),
                Step("archive contact in Givebutter"),
                Step("sign up again"),
                Step("sync"),
                Step("edit phone and email in Jotform"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up"),
                Step("sync"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
                Step("import the file"),
                Step("edit name in Jotform"),
                Step("sync"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("a student whose contact has a junk name",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
                Step("import the file"),
                Step("edit name in Jotform"),
                Step("sync"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("a brother of last year's mentor", "brothers Jack and Jake"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("sign up again", 0, 0, 3392),
                Step("sign up"),
                Step("two quiet rounds"),
                Step("archive contact in Givebutter", 3668),
                Step("delete sign-up", 4826),
                Step("sync"),
                Step("answer a question"),
                Step("upload a mangled export"),
                Step("edit External ID onto another contact", 3425, 370, 8926),
                Step("sync"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            ("brother and sister with one home phone", "a couple with one contact", "a student without a contact"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sync"),
                Step("archive contact in Givebutter", 6169),
                Step("answer a question"),
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("split a couple's contact"),
                Step("edit External ID onto another contact", 6344, 4770, 5224),
                Step("sync"),
            ),
        ),
    ),
    (
        "a duplicate is made without a question",
        Script(
            ("a student whose contact is written in another script",),
            (
                Step("sign up"),
                Step("change the last name in Givebutter"),
                Step("fill in the name boxes wrongly"),
                Step("edit first name in Givebutter"),
                Step("replace email in Givebutter"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the recommendation is wrong",
        Script(
            ("a student with two nicknames in one box",),
            (
                Step("sign up"),
                Step("upload an export without one contact"),
                Step("change the last name in Givebutter"),
                Step("fill in the name boxes wrongly"),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            (
                "a couple with a slash",
                "a student whose whole name is in the contact's last box",
                "a student known by a nickname",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sync"),
                Step("sign up"),
                Step("edit name in Jotform", 2792, 7279),
                Step("sync"),
            ),
        ),
    ),
    (
        "a second run over unchanged data changes something",
        Script(
            ("father and son of one name",),
            (
                Step("sign up"),
                Step("sync"),
                Step("change the last name in Givebutter", 8149),
                Step("upload an export of another clock"),
                Step("edit name in Jotform", 0, 7601),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "a link is cut without a question",
        Script(
            (
                "brother and sister who type the mother's phone and email",
                "a student whose first name is spelled another way",
                "father and son of one name",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("replace email in Givebutter", 7062),
                Step("sync"),
                Step("type junk for phone or email", 9777, 9513),
                Step("replace phone in Givebutter", 8772),
                Step("sign up"),
                Step("sync"),
                Step("delete sign-up", 2084),
                Step("sign up after a deletion", 0, 8146),
                Step("sync"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            (
                "a student whose whole name is in the contact's last box",
                "a student whose whole name is in the contact's last box",
                "a student whose contact has a junk name",
                "a student with two contacts at Gmail",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("correct MN id"),
                Step("edit External ID onto another contact", 0, 8036, 788),
                Step("sign up"),
                Step("reuse a phone", 1252),
                Step("sync"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("roommates with one phone", "mother and daughter, Mary and Marie"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("import the file"),
                Step("two students' MN ids are exchanged"),
                Step("answer a question"),
                Step("sync of a short list"),
                Step("two quiet rounds"),
                Step("answer a question", 8411),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("brother and sister at Gmail with one home phone",),
            (
                Step("sign up"),
                Step("edit email in Jotform"),
                Step("sign up again"),
                Step("sync"),
                Step("archive contact in Givebutter", 6013),
                Step("change the last name"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("brother and sister at Gmail with one home phone",),
            (
                Step("sign up"),
                Step("edit email in Jotform"),
                Step("sync"),
                Step("sign up again"),
                Step("sync"),
                Step("archive contact in Givebutter", 6013),
                Step("edit phone in Jotform"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("a student whose contact has a foreign phone and a retyped id",),
            (
                Step("sign up"),
                Step("sign up again"),
                Step("edit email in Jotform"),
                Step("sync of a short list"),
                Step("edit shirt size in Givebutter"),
                Step("import the file"),
                Step("delete sign-up"),
                Step("replace phone in Givebutter", 4727),
                Step("two quiet rounds"),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a student with a contact", "a student without a contact"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("archive contact in Givebutter"),
                Step("two students' MN ids are exchanged"),
                Step("replace email in Givebutter"),
                Step("upload a mangled export", 0, 2),
                Step("import the file"),
                Step("sync"),
                Step("donate"),
                Step("answer a question", 4905),
                Step("sync"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "a mentor gets somebody else's contact",
        Script(
            ("a brother of last year's mentor",),
            (
                Step("sign up"),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("upload an export of another clock", 9691),
            ),
        ),
    ),
    (
        "an edit in Givebutter is lost",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sync"),
                Step("sign up again", 0, 5103),
                Step("edit first name in Givebutter", 0, 935),
                Step("upload an export of another clock"),
                Step("junk in the name boxes"),
                Step("sync"),
                Step("edit name in Jotform"),
                Step("sync of the forms alone"),
            ),
        ),
    ),
    (
        "an opt-out of a duplicate is forgotten",
        Script(
            (
                "a student who types the stepfather's email",
                "a student whose contact has a foreign phone first",
                "a student with two contacts",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up without a first name"),
                Step("sync"),
            ),
        ),
    ),
)
