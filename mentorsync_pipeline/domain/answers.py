"""Answers of the sign-up form that pass through to Givebutter, each declared once.

A new answer needs only one row here in code. It defines the columns of `raw_mn_signups`,
`deduplicated_signups` and `mentors` (`make migration` writes the migration), the fields of the records, the field rule
of the merge, the column of the import file, the variable of message texts, the field of the API and the line on the
mentor's page. The year's configuration has the question and the custom field (docs/add-a-form-field.md).
"""

from dataclasses import dataclass
from typing import TypeVar

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer that is stored and pushed as its text.

    Attributes:
        meaning: comment of its database columns.
        contact_column: column of the contact. None: the custom field in the year's `custom_field_labels`.
        import_column: column of the import file. None: the same custom field.

    """

    name: str
    meaning: str
    contact_column: str | None = None
    import_column: str | None = None


PASS_THROUGH = (
    Answer(name="gender", meaning="Gender, as given.", contact_column="gender", import_column="Gender"),
    Answer(name="shirt_size", meaning="Size of the mentor's shirt."),
    Answer(name="uga_class", meaning="Year at the university."),
    Answer(name="shift_preference", meaning="The shift that the mentor would like."),
    Answer(name="partner_preference", meaning="With whom the mentor would like to work."),
)
PASS_THROUGH_NAMES = tuple(answer.name for answer in PASS_THROUGH)


def with_answers(record: type[Record]) -> type[Record]:
    """Add an optional text field for each pass-through answer to a class that becomes a dataclass.

    Apply it below `@dataclass`. The fields have no static type; rules read them by name.
    """
    record.__annotations__ = {**record.__annotations__, **dict.fromkeys(PASS_THROUGH_NAMES, str | None)}
    for name in PASS_THROUGH_NAMES:
        setattr(record, name, None)
    return record
