"""Sequences in which a restored contact was archived again, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

ARCHIVES: tuple[tuple[str, Script], ...] = (
    (
        "a restored contact is archived again unasked",
        Script(
            ("a student with two contacts at Gmail",),
            (
                Step("sign up"),
                Step("type another spelling of a Gmail address in Givebutter", 5597),
                Step("sync"),
                Step("answer a question"),
                Step("two quiet rounds"),
                Step("killed apply"),
                Step("restore contact in Givebutter"),
                Step("upload a mangled export"),
            ),
        ),
    ),
    (
        "a restored contact is archived again unasked",
        Script(
            ("a student with two contacts at Gmail",),
            (
                Step("sign up"),
                Step("type another spelling of a Gmail address in Givebutter", 5597),
                Step("sync"),
                Step("answer a question"),
                Step("two quiet rounds"),
                Step("killed apply"),
                Step("restore contact in Givebutter"),
                Step("apply the archive plan"),
            ),
        ),
    ),
    (
        "a phone or email of nobody leaves",
        Script(
            (
                "sisters with one home phone",
                "brother and sister at Gmail with one home phone",
                "a student whose contact has a foreign phone first",
                "cousins of one first name",
            ),
            (
                Step("sign up"),
                Step("sign up", 1, 0, 7774),
                Step("sync"),
                Step("a newsletter creates a duplicate", 6839, 9017),
                Step("type junk over a name in Givebutter", 6207),
                Step("edit phone and email in Jotform", 7609),
                Step("sign up", 9236),
                Step("sync"),
                Step("import the file"),
                Step("sync"),
                Step("answer a question"),
                Step("sync of the forms alone"),
            ),
        ),
    ),
    (
        "a restored contact is archived again unasked",
        Script(
            ("a student whose contact has a junk name",),
            (
                Step("sign up"),
                Step("a newsletter creates a duplicate"),
                Step("sync"),
                Step("import the file"),
                Step("upload a mangled export"),
                Step("killed apply"),
                Step("restore contact in Givebutter"),
                Step("sync of the forms alone"),
                Step("apply the archive plan"),
                Step("sync"),
                Step("apply the archive plan"),
                Step("approve an archive"),
                Step("sync"),
                Step("apply the archive plan"),
            ),
        ),
    ),
    (
        "a duplicate is archived before its values arrive",
        Script(
            (
                "a family with one contact",
                "a student whose contact has a foreign phone and a retyped id",
                "a student whose id a stranger's contact holds",
            ),
            (
                Step("sign up"),
                Step("sign up", 1),
                Step("sign up with two phones or emails in one box"),
                Step("sync"),
                Step("a newsletter creates a duplicate", 7756),
                Step("two quiet rounds"),
                Step("sync"),
                Step("upload a mangled export", 6050, 3),
                Step("upload an old export"),
                Step("changed rules recalculate"),
            ),
        ),
    ),
    (
        "a duplicate is archived before its values arrive",
        Script(
            ("a student whose contact has two emails in one box",),
            (
                Step("sign up"),
                Step("tag contact"),
                Step("a newsletter creates a duplicate"),
                Step("sync"),
                Step("replace email in Givebutter"),
                Step("two quiet rounds"),
            ),
        ),
    ),
)
