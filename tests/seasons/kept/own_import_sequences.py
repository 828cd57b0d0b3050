"""Sequences in which our own import was taken for an edit or read anew, each as short as it could be cut."""

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.season import Step
from tests.seasons.simulate import Script

OWN_IMPORTS: tuple[tuple[str, Script], ...] = (
    (
        "a second run over unchanged data changes something",
        Script(
            ("a student with two contacts", "a student whose contact has a junk name"),
            (
                Step("sign up"),
                Step("sign up"),
                Step("fill in a form", 0, 7424),
                Step("sync"),
                Step("import the file"),
                Step("delete a form entry"),
                Step("sync twice"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("brother and sister whose names sound alike",),
            (
                Step("sign up"),
                Step("killed sync"),
                Step("edit phone and email in Jotform"),
                Step("upload an export alone"),
                Step("sync"),
                Step("import the file"),
                Step("type junk for phone or email"),
                Step("sync of the forms alone"),
                Step("upload an export of another clock", 8371),
            ),
            Options(import_primary="replace"),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            (
                "a student whose whole name is in the contact's last box",
                "a student with two contacts at Gmail",
                "brother and sister at Gmail with one home phone",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("edit phone and email in Jotform", 8151),
                Step("two quiet rounds"),
                Step("sign up"),
                Step("edit email in Jotform", 5138, 9532),
                Step("sync"),
                Step("create a contact by a donation", 5835),
                Step("sign up"),
                Step("upload a mangled export"),
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
        "our own import is taken for an edit",
        Script(
            ("a student with a mass-email stub",),
            (
                Step("create a contact by a donation", 0, 9487),
                Step("sign up"),
                Step("two quiet rounds"),
                Step("edit phone and email in Jotform", 0, 6644),
                Step("sync"),
                Step("approve an archive"),
                Step("sync"),
                Step("set up a page", 0, 5081),
                Step("sync"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("two students who typed none@none.com",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sign up again", 3987),
                Step("sync"),
                Step("edit phone in Jotform", 733),
                Step("import the file"),
                Step("sync"),
                Step("sync of a short list"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            (
                "a student with a married name",
                "a student with a mass-email stub",
                "a student with accents",
                "a student whose contact has no umlauts",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up without a first name"),
                Step("sync"),
                Step("edit phone and email in Jotform", 2627),
                Step("sign up"),
                Step("sync"),
                Step("import a part of the file", 601),
                Step("edit phone in Jotform", 974),
                Step("sync"),
                Step("type junk for phone or email", 9942),
                Step("sync"),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("a student whose id a mentor of last year had",),
            (
                Step("sign up"),
                Step("sign up again", 0, 4359),
                Step("sync"),
                Step("import the file twice"),
                Step("sign up again"),
                Step("sync twice"),
                Step("archive contact in Givebutter", 4017),
                Step("upload an export alone"),
                Step("answer a question"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("brothers Jack and Jake", "a student whose contact has a junk name"),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("edit email in Jotform", 7517),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("sign up again", 725),
                Step("sync"),
                Step("clear an answer in Jotform", 2717, 1822),
                Step("export during an import"),
                Step("sync"),
            ),
            Options(import_primary="replace"),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("roommates with one phone",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("clear an answer in Jotform", 5975),
                Step("sync"),
                Step("import the file"),
                Step("two students' MN ids are exchanged"),
                Step("upload a mangled export"),
                Step("correct MN id", 7),
                Step("answer a question", 5417),
                Step("sync"),
                Step("answer a question"),
                Step("answer a question"),
                Step("sync"),
                Step("import the file"),
                Step("take an answer back", 3934),
                Step("sync"),
            ),
        ),
    ),
    (
        "a killed run changes the next one",
        Script(
            ("brother and sister of related names",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync twice"),
                Step("import a part of the file"),
                Step("killed calculation", 6911),
            ),
        ),
    ),
    (
        "a field that an export hides changes",
        Script(
            (
                "mother and daughter, Mary and Marie",
                "a student with a contact",
                "a student whose id a mentor of last year had",
                "a student whose contact has a foreign phone and a retyped id",
            ),
            (
                Step("sign up", c=1291),
                Step("clear an answer in Jotform", b=9097),
                Step("create a contact by a donation"),
                Step("sync"),
                Step("answer a question"),
                Step("upload an export alone"),
                Step("edit email in Jotform"),
                Step("upload a mangled export", 6238, 7695),
            ),
        ),
    ),
    (
        "our own import is taken for an edit",
        Script(
            ("a student with a married name",),
            (
                Step("sign up"),
                Step("move an email or a phone to another contact", 0, 5019),
                Step("edit email in Jotform"),
                Step("killed sync"),
                Step("move an email or a phone to another contact", 5489, 3559),
                Step("sync of the forms alone"),
                Step("upload an export alone"),
            ),
        ),
    ),
    (
        "a field that an export hides changes",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("edit phone in Jotform", 2917),
                Step("sync twice"),
                Step("import the file"),
                Step("upload a mangled export", 8789, 6594),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "somebody else's phone or email is written onto a contact",
        Script(
            ("a student who types the stepfather's email",),
            (
                Step("sign up", 0, 0, 9335),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("clear an answer in Jotform", 0, 2977),
                Step("correct MN id"),
                Step("sync of the forms alone"),
                Step("archive contact in Givebutter", 7909),
                Step("upload an export of another clock", 9097),
            ),
        ),
    ),
)
