"""Sequences that once broke an invariant, each as short as it could be cut; none may break one again."""

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.season import Step
from tests.seasons.simulate import Script

FOUND: tuple[tuple[str, Script], ...] = (
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
        "a junk name leaves",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up", 0, 3847),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("father and son of one name",),
            (
                Step("sign up", 0, 8794, 1287),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up", 0, 8470),
                Step("sign up"),
                Step("sync of a short list", 2863),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student with two contacts",),
            (
                Step("sign up", 0, 6356),
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
        "a rejected row goes out again",
        Script(
            ("a student whose contact has a title",),
            (
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("archive contact in Givebutter"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "an edit in Givebutter is lost",
        Script(
            (
                "brother and sister with one home phone",
                "a student with two nicknames in one box",
                "two students who typed none@none.com",
            ),
            (
                Step("sign up", 0, 0, 4587),
                Step("sign up", 1, 3847, 1480),
                Step("archive contact in Givebutter"),
                Step("sync"),
                Step("import the file"),
                Step("merge contacts in Givebutter"),
                Step("sign up", 7375),
                Step("delete sign-up", 4540),
                Step("correct MN id"),
                Step("create a contact by a donation"),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("replace email in Givebutter", 8184),
                Step("restore sign-up"),
                Step("sync"),
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
                Step("edit phone in Jotform", 0, 0, 4521),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("edit email in Jotform"),
                Step("sign up again", 0, 0, 6933),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("father and son of one name",),
            (
                Step("sign up", 0, 0, 5097),
                Step("two quiet rounds"),
                Step("edit email in Jotform", 0, 0, 1005),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("edit phone and email in Jotform"),
                Step("sign up again", 0, 0, 6934),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit seen in Givebutter is forgotten",
        Script(
            (
                "brother and sister with one home phone",
                "a student with two nicknames in one box",
                "two students who typed none@none.com",
            ),
            (
                Step("sign up", 0, 0, 4587),
                Step("sign up", 1, 3847, 1480),
                Step("archive contact in Givebutter"),
                Step("sync"),
                Step("import the file"),
                Step("merge contacts in Givebutter"),
                Step("sign up", 7375),
                Step("delete sign-up", 4540),
                Step("correct MN id"),
                Step("create a contact by a donation"),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("replace email in Givebutter", 8184),
                Step("restore sign-up"),
                Step("sync"),
                Step("sync"),
            ),
        ),
    ),
    (
        "edits of both sides, and nobody is asked",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 4043),
                Step("two quiet rounds"),
                Step("edit shirt size in Givebutter", 0, 5921),
                Step("sync of a short list", 471),
                Step("sign up again", 9815),
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
        "the import takes something away",
        Script(
            ("a student with two nicknames in one box", "a couple with one contact", "a couple with one contact"),
            (
                Step("sign up", 5356),
                Step("sync"),
                Step("unsubscribe contact", 8743),
                Step("killed sync"),
                Step("import the file"),
            ),
        ),
    ),
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
        "an edit seen in Givebutter is forgotten",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("sign up"),
                Step("sync"),
                Step("sign up again"),
                Step("replace phone in Givebutter", 1345),
                Step("sync"),
                Step("delete sign-up"),
                Step("edit phone and email in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("a student whose contact has a title",),
            (
                Step("sign up"),
                Step("sign up again", 0, 0, 7443),
                Step("sync"),
                Step("import the file"),
                Step("edit phone and email in Jotform"),
                Step("sync"),
                Step("edit shirt size in Jotform"),
                Step("edit phone and email in Jotform", 0, 1246),
                Step("sync"),
                Step("edit shirt size in Jotform", 0, 3387),
                Step("import the file"),
                Step("sync"),
            ),
        ),
    ),
    (
        "somebody else's phone or email is written onto a contact",
        Script(
            ("twins, only one with a contact", "a student who types the mother's phone and email"),
            (
                Step("sign up"),
                Step("sign up", 1, 0, 5053),
                Step("sync of a short list", 3557),
                Step("answer a question"),
                Step("sync"),
                Step("import the file"),
                Step("replace phone in Givebutter", 6166),
                Step("sync"),
                Step("answer a question"),
                Step("edit phone and email in Jotform", 8753),
                Step("sync"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a student whose id a stranger's contact holds",),
            (
                Step("sign up"),
                Step("archive contact in Givebutter"),
                Step("two quiet rounds"),
                Step("archive contact in Givebutter"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "the import takes something away",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up", 1),
                Step("sync"),
                Step("tag contact"),
                Step("killed sync"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("sisters with one home phone",),
            (
                Step("sign up"),
                Step("sign up again"),
                Step("sync"),
                Step("sign up"),
                Step("replace phone in Givebutter", 9977),
                Step("import the file"),
                Step("edit phone and email in Jotform"),
                Step("two quiet rounds"),
                Step("correct MN id", 2347),
                Step("sync"),
                Step("correct MN id"),
                Step("answer a question"),
                Step("two quiet rounds"),
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
        "an edit in Jotform is lost",
        Script(
            ("a student whose contact has a foreign phone first",),
            (
                Step("sign up"),
                Step("edit phone in Jotform"),
                Step("replace email in Givebutter"),
                Step("edit email in Jotform"),
                Step("edit email in Jotform", 0, 9356),
                Step("sync"),
                Step("import the file"),
                Step("sign up again"),
                Step("sync"),
                Step("edit phone in Jotform"),
                Step("replace phone in Givebutter", 41),
                Step("two quiet rounds"),
                Step("edit phone in Jotform", 0, 1558),
                Step("sync"),
            ),
        ),
    ),
    (
        "somebody else's phone or email is written onto a contact",
        Script(
            ("a student without a contact", "a student without a contact who types the father's phone and email"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("sync"),
                Step("delete sign-up"),
                Step("correct MN id"),
                Step("import the file"),
                Step("edit phone in Jotform"),
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
        "an edit seen in Givebutter is forgotten",
        Script(
            ("a student without a contact who types the father's phone and email",),
            (
                Step("sign up", 0, 0, 5722),
                Step("sign up again", 0, 0, 3379),
                Step("delete sign-up"),
                Step("edit phone and email in Jotform"),
                Step("two quiet rounds"),
                Step("replace phone in Givebutter", 9687),
                Step("sync"),
                Step("restore sign-up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit seen in Givebutter is forgotten",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up"),
                Step("sign up", 0, 0, 1505),
                Step("sign up again", 1201, 0, 8650),
                Step("edit phone and email in Jotform", 4687),
                Step("two quiet rounds"),
                Step("replace phone in Givebutter"),
                Step("sync"),
                Step("sync of a short list"),
            ),
            Options(import_primary="replace"),
        ),
    ),
    (
        "an edit seen in Givebutter is forgotten",
        Script(
            ("a student whose contact has a title",),
            (
                Step("sign up", 0, 0, 4226),
                Step("delete sign-up"),
                Step("sign up after a deletion", 0, 0, 3343),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("restore sign-up"),
                Step("edit shirt size in Givebutter"),
                Step("sync"),
                Step("delete sign-up"),
                Step("sync"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up", 1),
                Step("sync"),
                Step("sign up again"),
                Step("import the file"),
                Step("sync"),
                Step("edit phone and email in Jotform", 0, 9838),
                Step("sync"),
                Step("answer a question"),
                Step("edit email in Jotform", 0, 1678),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("a student known by a nickname",),
            (
                Step("sign up"),
                Step("edit phone and email in Jotform", 0, 4763),
                Step("sign up again"),
                Step("sync"),
                Step("edit email in Jotform", 0, 7118),
                Step("replace email in Givebutter"),
                Step("sync"),
                Step("edit email in Jotform", 0, 4264),
                Step("sync of a short list"),
            ),
        ),
    ),
)
