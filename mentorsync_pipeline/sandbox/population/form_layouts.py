"""The questions of the charity's forms."""

from collections.abc import Sequence

from mentorsync_pipeline.sandbox.jf_model import Question
from mentorsync_pipeline.sandbox.population.world import (
    GENDERS,
    SHIFTS,
    SHIRT_SIZES,
    UGA_CLASSES,
    SandboxForms,
)

TRAININGS = ("Sunday 2pm, Tate 141", "Tuesday 7pm, online", "Thursday 6pm, Tate 141")
_Row = tuple[str, str, str, tuple[str, ...]]


def _build(rows: Sequence[_Row], first_qid: int) -> tuple[Question, ...]:
    return tuple(
        Question(str(first_qid + place), name, text, kind, options)
        for place, (name, text, kind, options) in enumerate(rows)
    )


def signup_questions(config: SandboxForms, first_qid: int = 1) -> tuple[Question, ...]:
    """The sign-up form. Beyond the mapped questions it has one of every other control that Jotform knows."""
    name = config.signup_questions
    rows: list[_Row] = [
        ("heading", "Mentor Sign-Up", "control_head", ()),
        (name["name"], "What is your full name?", "control_fullname", ()),
        (name["preferred_name"], "What should we call you?", "control_textbox", ()),
        (name["phone"], "Phone Number", "control_phone", ()),
        (name["personal_email"], "Personal email (not UGA)", "control_email", ()),
        (name["uga_email"], "UGA email", "control_email", ()),
        (name["gender"], "Gender", "control_radio", GENDERS),
        (name["shirt_size"], "T-shirt size", "control_dropdown", SHIRT_SIZES),
        (name["uga_class"], "Class", "control_dropdown", UGA_CLASSES),
        (name["shift_preference"], "Which shift?", "control_radio", SHIFTS),
        (name["partner_preference"], "Who would you like to work with?", "control_textarea", ()),
        ("howHeard", "How did you hear about us?", "control_checkbox", ("Friend", "Tabling", "Instagram")),
        ("birthDate", "Date of birth", "control_datetime", ()),
        ("homeAddress", "Address", "control_address", ()),
        ("availability", "Availability", "control_matrix", ()),
        ("waiver", "Signed waiver", "control_fileupload", ()),
        (name["mn_id"], "Unique ID", "control_autoincrement", ()),
        ("submit2", "Submit", "control_button", ()),
    ]
    return _build(rows, first_qid)


def setup_questions(config: SandboxForms) -> tuple[Question, ...]:
    """The set-up form, filled in once the fundraising page is to be made; the mentor id is typed by hand."""
    name = config.setup_questions
    rows: list[_Row] = [
        ("heading", "Fundraising Page Set-Up", "control_head", ()),
        (name["name"], "Name", "control_fullname", ()),
        (name["email"], "Email", "control_email", ()),
        (name["phone"], "Phone", "control_phone", ()),
        (name["mn_id"], "Your mentor id (MN…)", "control_textbox", ()),
        ("submit", "Submit", "control_button", ()),
    ]
    return _build(rows, 1)


def training_questions(config: SandboxForms) -> tuple[Question, ...]:
    """The training form: the set-up form's questions, a session and an appointment."""
    name = config.training_questions
    rows: list[_Row] = [
        ("heading", "Training Sign-Up", "control_head", ()),
        (name["name"], "Name", "control_fullname", ()),
        (name["email"], "Email", "control_email", ()),
        (name["phone"], "Phone", "control_phone", ()),
        (name["mn_id"], "Your mentor id (MN…)", "control_textbox", ()),
        (name["training_session"], "Which session?", "control_dropdown", TRAININGS),
        ("checkIn", "Check-in", "control_appointment", ()),
        ("submit", "Submit", "control_button", ()),
    ]
    return _build(rows, 3)
