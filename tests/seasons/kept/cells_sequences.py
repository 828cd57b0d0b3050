"""Sequences about values that a file cannot have and opt-outs of duplicates, each as short as it could be cut."""

from mentorsync_pipeline.sandbox.options import Options
from tests.seasons.season import Step
from tests.seasons.simulate import Script

CELLS: tuple[tuple[str, Script], ...] = (
    (
        "no rest after two quiet rounds",
        Script(
            ("a student whose first name is spelled another way",),
            (
                Step("sign up"),
                Step("two quiet rounds"),
                Step("edit phone in Jotform"),
                Step("sync of the forms alone"),
                Step("import the file"),
                Step("choose an option that the configuration lacks"),
                Step("type a foreign phone in Jotform"),
                Step("two quiet rounds"),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "a killed run changes the next one",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("answer with an unknown option"),
                Step("sign up"),
                Step("sync"),
                Step("import the file"),
                Step("killed calculation", 2),
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
                Step("answer with an unknown option"),
                Step("import the file"),
                Step("sync"),
                Step("upload a mangled export"),
                Step("import the file"),
            ),
            Options(import_blank="clear"),
        ),
    ),
    (
        "an opt-out is archived before it arrives",
        Script(
            ("a student with a double last name",),
            (
                Step("write an address in Givebutter"),
                Step("sign up"),
                Step("sync"),
                Step("a newsletter creates a duplicate", 0, 0, 8651),
                Step("import the file twice"),
                Step("sync"),
            ),
        ),
    ),
    (
        "the import takes something away",
        Script(
            ("sisters with one home phone",),
            (
                Step("sign up"),
                Step("killed calculation"),
                Step("import the file"),
                Step("sync"),
                Step("choose an option that the configuration lacks"),
                Step("upload an export without one contact", 6953),
                Step("upload a mangled export"),
                Step("import the file"),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "the import takes something away",
        Script(
            ("cousins of one first name",),
            (
                Step("sign up"),
                Step("sign up"),
                Step("sync"),
                Step("export during an import"),
                Step("sync of a short list", 7561),
                Step("delete sign-up"),
                Step("answer with an unknown option"),
                Step("upload a mangled export"),
                Step("import the file"),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "Givebutter rejects a row of a fresh file",
        Script(
            ("mother and daughter, Mary and Marie",),
            (
                Step("sign up"),
                Step("edit phone in Jotform"),
                Step("sync"),
                Step("import the file"),
                Step("killed calculation"),
                Step("type an External ID with a space onto a duplicate", 0, 0, 8129),
                Step("sync"),
                Step("import the file"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a student whose donor contact opted out",),
            (
                Step("sign up without a first name"),
                Step("sync"),
                Step("replace phone in Givebutter"),
                Step("replace email in Givebutter"),
                Step("upload a mangled export"),
                Step("import the file twice"),
                Step("type an External ID with a space onto a duplicate", 0, 0, 3890),
                Step("fill in the name boxes wrongly"),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "a rejected row goes out again",
        Script(
            ("a student whose contact has a foreign phone and a retyped id",),
            (
                Step("sign up", 0, 0, 7275),
                Step("retire an option in Givebutter", 9859),
                Step("two quiet rounds"),
                Step("fill in a form", 0, 3740),
                Step("sync"),
                Step("import the file twice"),
            ),
        ),
    ),
    (
        "somebody else's phone or email is written onto a contact",
        Script(
            ("a student who types the mother's phone and email",),
            (
                Step("sign up"),
                Step("upload an export without one contact"),
                Step("upload an export alone"),
                Step("answer a question"),
                Step("archive contact in Givebutter"),
                Step("sync"),
                Step("type junk for phone or email"),
                Step("upload a mangled export", 0, 4138),
            ),
        ),
    ),
    (
        "the import takes something away",
        Script(
            ("a student whose contact is written in another script",),
            (
                Step("sign up"),
                Step("write details in Givebutter", 0, 2),
                Step("delete sign-up"),
                Step("sync"),
                Step("sign up after a deletion"),
                Step("upload a mangled export", 0, 6),
                Step("import the file"),
            ),
            Options(import_blank="clear", import_tags="add", import_primary="replace"),
        ),
    ),
    (
        "no rest after two quiet rounds",
        Script(
            (
                "roommates with one phone",
                "a student whose contact has two emails in one box",
                "mother and daughter, Mary and Marie",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("a newsletter creates a duplicate", 4147, 3117),
                Step("edit phone and email in Jotform"),
                Step("sync"),
                Step("answer a question", 0, 5099),
                Step("upload an export alone"),
                Step("import the file"),
                Step("sign up", 6101),
                Step("merge contacts in Givebutter"),
                Step("upload a mangled export", 759, 978),
                Step("import the file"),
                Step("type an External ID with a space onto a duplicate", 6358),
                Step("two quiet rounds"),
            ),
        ),
    ),
    (
        "an opt-out of a duplicate is forgotten",
        Script(
            (
                "a student without a contact who types the father's phone and email",
                "a student whose contact has a foreign phone first",
                "a brother of last year's mentor",
            ),
            (
                Step("sign up", 0, 0, 9191),
                Step("sign up"),
                Step("a newsletter creates a duplicate", 9369),
                Step("sync"),
                Step("a newsletter creates a duplicate"),
                Step("a newsletter creates a duplicate", 0, 0, 9471),
                Step("donate", 404),
                Step("answer a question"),
                Step("sync"),
            ),
        ),
    ),
)
