"""Rulebook section 1: however a name is written, it agrees with itself and differs from another person's."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName

FIRST_NAMES = (
    *(
        "Ann",
        "Mary Jo",
        "José",
        "Dmitri",
        "O'Shea",
        "Jean-Luc",
        "Mohammed",
        "Li",
        "TJ",
        "Elizabeth",
        "D'Andre",
        "Chris",
    ),
    *("Nguyễn", "Ka'i", "Xu", "Maria del Carmen", "Jo", "Łukasz", "Søren"),
)
LAST_NAMES = (
    *("Smith", "de la Cruz", "O'Neil", "García López", "Smith-Jones", "van der Berg", "McDonald", "St. John"),
    *("Al-Masri", "Ng", "Fitzgerald", "Wang", "Müller"),
)
# The first and the last box.
BOXES = (
    *(("Dr. {first}", "{last}"), ("Dr.{first}", "{last}"), ("Ms {first}", "{last}"), ("Rev. Dr. {first}", "{last}")),
    *(
        ("The Rev. {first}", "{last}"),
        ("Judge {first}", "{last}"),
        ("Dr.", "{first} {last}"),
        ("{first}", "{last}, MD"),
    ),
    *(
        ("{first} (Zuzu)", "{last}"),
        ('{first} "Zuzu"', "{last}"),
        ("{first} [Zuzu]", "{last}"),
        ("{first}/Zuzu", "{last}"),
    ),
    *(
        ("{first} “Zuzu”", "{last}"),
        ("{first} «Zuzu»", "{last}"),
        ("{first} (Zuzu", "{last}"),
        ('{first} "Zuzu', "{last}"),
    ),
    *(
        ("{first} - Zuzu", "{last}"),
        ("{first}, goes by Zuzu", "{last}"),
        ("{first} Q.", "{last}"),
        ("Q. {first}", "{last}"),
    ),
    *(("{last}", "{first}"), ("{first} {last}", None), (None, "{first} {last}"), ("{first} {last}", "{last}")),
    *(
        ("{first}", "{first} {last}"),
        ("{first} {last}", "{first} {last}"),
        ("{first} {last}", "."),
        ("{last}, {first}", None),
    ),
    *(("{last},{first}", "n/a"), ("{first} {last} (Zuzu)", "{last}"), ("{first}", "{last}, Ph.D.")),
    *(("{first} (she/her)", "{last}"), ("{first} they/them", "{last}"), ("{first}", "{last} (they/them)")),
    *(
        ('"{first}"', "{last},"),
        ("{first}!", "{last};"),
        ("✨{first} 🌸", "{last}🎉"),
        (" {first}\u00a0", "\u200e{last}\u200b"),
    ),
)
REPLACED = (
    *(("'", mark) for mark in "’‘`´ʼʻ＇"),
    *(("-", mark) for mark in ("‐", "‑", "–", "—", " - ", " ")),
    (" ", "  "),
)
NAMES = st.tuples(st.sampled_from(FIRST_NAMES), st.sampled_from(LAST_NAMES))


def assert_agrees_with_itself_only(written: PersonName, first: str, last: str) -> None:
    name, stranger = PersonName(first=first, last=last), PersonName(first="Zebulon", last=last)
    assert compare_names(written, name) == compare_names(name, written) == "agree"
    assert compare_names(written, stranger) == compare_names(stranger, written) == "differ"


@given(NAMES, st.sampled_from(BOXES))
def test_a_name_agrees_with_itself_in_any_boxes(names: tuple[str, str], boxes: tuple[str | None, str | None]) -> None:
    first, last = names
    in_boxes = (box and box.format(first=first, last=last) for box in boxes)
    assert_agrees_with_itself_only(PersonName(*(next(in_boxes), None, next(in_boxes))), first, last)


@given(NAMES, st.sampled_from(REPLACED), st.sampled_from([str.upper, str.lower, str]), st.sampled_from(["NFC", "NFD"]))
def test_a_name_agrees_with_itself_in_any_letters(
    names: tuple[str, str], replaced: tuple[str, str], case: type[str], form: str
) -> None:
    first, last = (unicodedata.normalize(form, case(name.replace(*replaced))) for name in names)
    assert_agrees_with_itself_only(PersonName(first=first, last=last), *names)
