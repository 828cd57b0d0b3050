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
)
