"""The Jotform forms of a campaign year, each declared once.

A new form needs one row in `FORMS` and the migration of its table (docs/add-a-form.md). The row defines the keys of the
year's configuration, the raw table with its checks, the asset and its source in Dagster.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mentorsync_pipeline.domain.answers import PASS_THROUGH

# Answers by which an entry is linked to its mentor (`mentors.rules.links`). Every form but the sign-up form has them.
KEY_ANSWERS = ("mn_id", "first_name", "last_name", "phone", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of a campaign year.

    Attributes:
        name: the form in keys and names, in lower case: `training` in `jotform_training_form_id`,
            `training_field_map` and `jotform_training_form`.
        noun: the form's name for people, such as `training` of "training form" and "training entry".
        table: its raw table.
        source_meaning: who fills it in, as the description of the source in Dagster.
        table_meaning: description of the raw table in Dagster.
        required: False if a year need not have the form.
        key_answers: columns that identify the sender.
        answers: further columns that a field map may fill, with their meanings.

    """

    name: str
    noun: str
    table: str
    source_meaning: str
    table_meaning: str
    required: bool = False
    key_answers: tuple[str, ...] = KEY_ANSWERS
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the raw table that a field map may fill."""
        return (*self.key_answers, *self.answers)

    @property
    def title(self) -> str:
        """The form's name in a sentence, such as `training form`."""
        return f"{self.noun} form"

    @property
    def form_id_key(self) -> str:
        """Key of the form's id in the year's configuration."""
        return f"jotform_{self.name}_form_id"

    @property
    def field_map_key(self) -> str:
        """Key of the form's field map in the year's configuration."""
        return f"{self.name}_field_map"

    @property
    def source(self) -> str:
        """The form's external asset in Dagster."""
        return f"jotform_{self.name}_form"


SIGNUP = Form(
    name="signup",
    noun="sign-up",
    table="raw_mn_signups",
    source_meaning="The year's sign-up form: people who register as mentors.",
    table_meaning="Every submission of the sign-up form as returned by Jotform, with its payload, including deleted "
    "ones. A submission that is no longer listed remains with `removed_at` set.",
    required=True,
    key_answers=("mn_id", "first_name", "last_name", "preferred_name", "phone", "personal_email", "uga_email"),
    answers={answer.name: answer.meaning for answer in PASS_THROUGH},
)
SETUP = Form(
    name="setup",
    noun="set-up",
    table="raw_mn_funds_setup",
    source_meaning="The year's set-up form: mentors who request a fundraising page.",
    table_meaning="Every submission of the set-up form: mentors who request a fundraising page. They type the mentor "
    "id by hand.",
    required=True,
)
TRAINING = Form(
    name="training",
    noun="training",
    table="raw_mn_training_signup",
    source_meaning="The year's training form: mentors and the session that they chose.",
    table_meaning="Every submission of the training form: mentors and the session that they chose. They type the "
    "mentor id by hand.",
    required=True,
    answers={
        "uga_class": "Year at the university.",
        "training_session": "The chosen training session.",
        "session_time": "Time of the chosen training session.",
    },
)
PARTNER = Form(
    name="partner",
    noun="partner",
    table="raw_mn_partner_preference",
    source_meaning="The year's partner form, if it has one: the partner and the shift that mentors wish for.",
    table_meaning="Every submission of the partner form: the partner and the shift that mentors wish for. They type "
    "their own and the partner's id or phone by hand. Empty in a year without this form.",
    answers={
        "partner_mn_id": "The partner's mentor id, as typed.",
        "partner_phone": "The partner's phone, as typed.",
        "shift_preference": "The shift that the mentor would like.",
        "partner_notes": "What the mentor adds about the partner and the shift.",
    },
)
FORMS = (SIGNUP, SETUP, TRAINING, PARTNER)
ENTRY_FORMS = tuple(form for form in FORMS if form is not SIGNUP)
"""Forms whose entries are linked to mentors: all but the sign-up form."""
