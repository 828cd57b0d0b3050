"""Sequences that broke an invariant about import rows and imports, each as short as it could be cut."""

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.season import Step
from tests.seasons.simulate import Script

FILES: tuple[tuple[str, Script], ...] = (
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
        "a rejected row goes out again",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up", 3661),
                Step("two quiet rounds"),
                Step("archive contact in Givebutter"),
                Step("import the file"),
                Step("restore contact in Givebutter"),
                Step("sync"),
                Step("archive contact in Givebutter"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("twins, only one with a contact",),
            (
                Step("sign up", 1),
                Step("sync"),
                Step("import the file"),
                Step("archive contact in Givebutter"),
                Step("sign up"),
                Step("two quiet rounds"),
                Step("answer a question", 5327),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a student whose contact has a title",),
            (
                Step("sign up"),
                Step("sign up again"),
                Step("archive contact in Givebutter"),
                Step("sync"),
                Step("import the file"),
                Step("archive contact in Givebutter"),
                Step("edit phone and email in Jotform"),
                Step("sync"),
                Step("import the file"),
                Step("edit email in Jotform", 0, 4178),
                Step("restore contact in Givebutter"),
                Step("sync of a short list"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a couple with one contact",),
            (
                Step("sign up", 0, 0, 0),
                Step("two quiet rounds"),
                Step("answer a question", 0, 0, 0),
                Step("sync"),
                Step("edit phone and email in Jotform", 0, 2041, 0),
                Step("import the file"),
                Step("archive contact in Givebutter", 8179, 0, 0),
                Step("two quiet rounds"),
                Step("edit email in Jotform", 0, 3211, 0),
                Step("unsubscribe contact", 0, 0, 0),
                Step("sync"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            (
                "a student without a contact who types the father's phone and email",
                "a student whose contact is written in another script",
            ),
            (
                Step("sign up"),
                Step("sign up"),
                Step("edit email in Jotform", 7953),
                Step("two quiet rounds"),
                Step("archive contact in Givebutter"),
                Step("upload a mangled export", 0, 3),
                Step("sync"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            (
                "a student known by a nickname",
                "a student whose id a stranger's contact holds",
                "a student whose contact has a foreign phone first",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sync"),
                Step("archive contact in Givebutter", 4397),
                Step("upload a mangled export", 8927, 2),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit seen in Givebutter is forgotten",
        Script(
            ("a student whose id a stranger's contact holds", "brother and sister with one home phone"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up again", 6855, 0, 8903),
                Step("sync"),
                Step("archive contact in Givebutter", 3319),
                Step("import the file"),
                Step("sync twice"),
                Step("sign up"),
                Step("edit shirt size in Givebutter", 5315),
                Step("sync"),
                Step("edit shirt size in Givebutter", 7694, 9839),
                Step("two quiet rounds"),
                Step("delete sign-up", 3410),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("brother and sister at Gmail with one home phone",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly", 0, 8823),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student known by a nickname",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
            ),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            ("a student with two nicknames in one box", "a student with two contacts at Gmail"),
            (
                Step("sign up", 1),
                Step("sync"),
                Step("add phone or email in Givebutter", 9736),
                Step("upload a mangled export"),
                Step("edit phone and email in Jotform"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student whose contact is written in another script",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
            ),
        ),
    ),
    (
        "somebody else's phone or email is written onto a contact",
        Script(
            ("a student without a contact who types the father's phone and email",),
            (
                Step("sign up"),
                Step("sync"),
                Step("answer a question"),
                Step("changed rules recalculate"),
                Step("import the file"),
                Step("sync"),
                Step("replace email in Givebutter", 9643),
                Step("archive contact in Givebutter"),
                Step("edit email in Jotform"),
                Step("sync"),
                Step("upload a mangled export", 0, 3),
            ),
        ),
    ),
    (
        "an edit seen in Givebutter is forgotten",
        Script(
            ("brother and sister at Gmail with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("replace phone in Givebutter"),
                Step("two quiet rounds"),
                Step("sign up again", 5589),
                Step("edit phone and email in Jotform", 7121, 7238),
                Step("sign up again", 9139),
                Step("type two phones or emails in one box", 9271),
                Step("sync"),
                Step("import the file"),
                Step("sync of a short list", 83),
            ),
        ),
    ),
    (
        "somebody else's phone or email is written onto a contact",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up", 0, 0, 3257),
                Step("archive contact in Givebutter"),
                Step("two quiet rounds"),
                Step("type junk for phone or email", 0, 3619),
                Step("upload a mangled export", 57, 3),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("brother and sister who type the mother's phone and email",),
            (
                Step("sign up"),
                Step("edit email in Jotform"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("archive contact in Givebutter", 8831),
                Step("replace phone in Givebutter"),
                Step("sign up again", 0, 0, 2489),
                Step("type junk for phone or email", 0, 5161),
                Step("sync"),
            ),
        ),
    ),
    (
        "a junk name leaves",
        Script(
            ("a student whose contact has a junk name",),
            (
                Step("sign up"),
                Step("sync"),
                Step("junk in the name boxes", 0, 7091),
                Step("sync"),
                Step("junk in the name boxes"),
                Step("import the file"),
                Step("sync"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("a student with accents",),
            (
                Step("sign up"),
                Step("sync"),
                Step("sign up again", 0, 8291),
                Step("killed sync"),
                Step("import the file"),
                Step("changed rules recalculate"),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit in Jotform is lost",
        Script(
            ("a student without a contact",),
            (
                Step("sign up"),
                Step("fill in the name boxes wrongly"),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("edit name in Jotform"),
                Step("sync"),
            ),
        ),
    ),
    (
        "an edit in Givebutter is lost",
        Script(
            ("a student with accents",),
            (
                Step("sign up"),
                Step("sync"),
                Step("edit first name in Givebutter", 0, 2),
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
                Step("archive contact in Givebutter"),
                Step("two quiet rounds"),
                Step("restore contact in Givebutter"),
                Step("edit External ID onto another contact", 0, 0, 1946),
                Step("archive contact in Givebutter"),
                Step("import the file"),
                Step("sync"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("brother and sister with one home phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("edit phone and email in Jotform", 6461),
                Step("import the file"),
                Step("archive contact in Givebutter", 2411),
                Step("sync twice"),
                Step("answer a question"),
                Step("two quiet rounds"),
                Step("two students' MN ids are exchanged"),
                Step("change the last name in Givebutter"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a student whose whole name is in the contact's last box",),
            (
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("archive contact in Givebutter"),
                Step("sync"),
                Step("import the file"),
                Step("import an old file"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "the import takes something away",
        Script(
            ("a student with two contacts",),
            (
                Step("sign up"),
                Step("sync"),
                Step("clear an answer in Jotform", 0, 9998),
                Step("edit shirt size in Givebutter"),
                Step("upload a mangled export"),
                Step("import the file"),
            ),
            Options(import_blank="clear"),
        ),
    ),
)
