"""Sequences that broke an invariant about names, each as short as it could be cut."""

from tests.seasons.season import Step
from tests.seasons.simulate import Script

NAMES: tuple[tuple[str, Script], ...] = (
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
)
