"""The questions of the charity's forms."""

from collections.abc import Mapping, Sequence

from mentorsync_pipeline.sandbox.jf_model import Question
from mentorsync_pipeline.sandbox.population.world import (
    CLASS_ANSWERS,
    GENDERS,
    PLAIN_ANSWERS,
    SHIFT_ANSWERS,
    PlainAnswer,
    SandboxForms,
)

TRAININGS = ("Sunday, October 5, Tate 141", "Tuesday, October 7, online", "Thursday, October 9, Tate 141")
TRAINING_TIMES = ("2:00 PM", "6:00 PM", "7:00 PM")
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
        (name["phone"], "Phone Number", "control_phone", ()),
        (name["personal_email"], "Personal email (not UGA)", "control_email", ()),
        (name["uga_email"], "UGA email", "control_email", ()),
        (name["gender"], "Gender", "control_radio", GENDERS),
        *((name[row.name], row.title, _kind(row), row.options) for row in PLAIN_ANSWERS if row.name in name),
        (name["uga_class"], "Class", "control_dropdown", CLASS_ANSWERS),
        ("howHeard", "How did you hear about us?", "control_checkbox", ("Friend", "Tabling", "Instagram")),
        ("birthDate", "Date of birth", "control_datetime", ()),
        ("homeAddress", "Address", "control_address", ()),
        ("availability", "Availability", "control_matrix", ()),
        ("waiver", "Signed waiver", "control_fileupload", ()),
        (name["mn_id"], "Unique ID", "control_autoincrement", ()),
        ("submit2", "Submit", "control_button", ()),
    ]
    optional = {
        "preferred_name": ("What should we call you?", "control_textbox", ()),
        "shift_preference": ("Which shift?", "control_radio", SHIFT_ANSWERS),
        "partner_preference": ("Who would you like to work with?", "control_textarea", ()),
    }
    rows[2:2] = [(name[meaning], *layout) for meaning, layout in optional.items() if meaning in name]
    return _build(rows, first_qid)


def _kind(answer: PlainAnswer) -> str:
    return "control_dropdown" if answer.options else "control_textbox"


def setup_questions(config: SandboxForms) -> tuple[Question, ...]:
    """The set-up form, filled in once the fundraising page is to be made; the mentor id is typed by hand."""
    return _build(
        [("heading", "Fundraising Page Set-Up", "control_head", ()), *_by_hand(config.setup_questions), _SUBMIT], 1
    )


def training_questions(config: SandboxForms) -> tuple[Question, ...]:
    """The training form: who signs up, a session, and an appointment."""
    name = config.training_questions
    optional = {
        "uga_class": ("Class", "control_dropdown", CLASS_ANSWERS),
        "training_session": ("Which session?", "control_dropdown", TRAININGS),
        "session_time": ("What time?", "control_dropdown", TRAINING_TIMES),
    }
    rows: list[_Row] = [
        ("heading", "Training Sign-Up", "control_head", ()),
        *_by_hand(name),
        *((name[meaning], *layout) for meaning, layout in optional.items() if meaning in name),
        ("checkIn", "Check-in", "control_appointment", ()),
        _SUBMIT,
    ]
    return _build(rows, 3)


def partner_questions(config: SandboxForms) -> tuple[Question, ...]:
    """The partner form: the partner's phone, the shift, and what the mentor wants to add."""
    name = config.partner_questions
    rows: list[_Row] = [
        ("heading", "Partner and Shift", "control_head", ()),
        *_by_hand(name),
        (name["partner_phone"], "Your partner's phone", "control_phone", ()),
        (name["shift_preference"], "Which shift?", "control_radio", SHIFT_ANSWERS),
        (name["partner_notes"], "Anything else?", "control_textarea", ()),
        _SUBMIT,
    ]
    return _build(rows, 1)


_SUBMIT: _Row = ("submit", "Submit", "control_button", ())


def _by_hand(name: Mapping[str, str]) -> list[_Row]:
    """The questions by which somebody says who they are, as far as the form has them."""
    layouts: dict[str, tuple[str, str, tuple[str, ...]]] = {
        "name": ("Name", "control_fullname", ()),
        "email": ("Email", "control_email", ()),
        "phone": ("Phone", "control_phone", ()),
        "mn_id": ("Your mentor id (MN…)", "control_textbox", ()),
    }
    return [(name[meaning], *layout) for meaning, layout in layouts.items() if meaning in name]
