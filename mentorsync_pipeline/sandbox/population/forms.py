"""Fills the Jotform forms: this year's sign-up, set-up, training and partner form, and last year's forms."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from mentorsync_pipeline.sandbox.jf_json import wall_clock
from mentorsync_pipeline.sandbox.jf_model import Answer, Form, Submission
from mentorsync_pipeline.sandbox.population import answers as say
from mentorsync_pipeline.sandbox.population import form_layouts
from mentorsync_pipeline.sandbox.population.history import OldSignup
from mentorsync_pipeline.sandbox.population.mentors import SignUp
from mentorsync_pipeline.sandbox.population.persons import Person
from mentorsync_pipeline.sandbox.population.world import (
    CLASS_ANSWERS,
    GENDERS,
    PLAIN_ANSWERS,
    SHIFT_ANSWERS,
    SandboxForms,
)

_HOURS_OF_SIGNUPS = 100 * 24


class FormFiller:
    """Generates the forms of one world."""

    def __init__(self, rng: random.Random, config: SandboxForms, now: datetime) -> None:
        self._rng = rng
        self._config = config
        self._now = now
        self._serial = 0

    def signup_form(self, entries: Iterable[SignUp]) -> tuple[Form, dict[int, str]]:
        """The sign-up form of this year, and each entry's submission id by ``id(entry)``."""
        questions = form_layouts.signup_questions(self._config)
        form = Form(self._config.signup_form_id, "Mentor Sign-Up", questions, self._now - timedelta(days=130))
        ids: dict[int, str] = {}
        for entry in entries:
            submission = self._submit(form, entry.at, self._signup_answers(entry))
            if entry.kind == "deleted":
                submission.status = "DELETED"
            elif self._rng.random() < 0.08:
                submission.updated_at = min(entry.at + timedelta(hours=self._rng.randrange(1, 400)), self._now)
            ids[id(entry)] = submission.id
        return form, ids

    def setup_form(self, people: Sequence[Person]) -> tuple[Form, dict[str, str]]:
        """The set-up form of ``people``, and the submission id by person."""
        questions = form_layouts.setup_questions(self._config)
        form = Form(self._config.setup_form_id, "Fundraising Page Set-Up", questions, self._now - timedelta(days=95))
        return form, {
            person.person_id: self._submit(
                form, self._after_signup(person), self._by_hand(person, person.mn_id, self._config.setup_questions)
            ).id
            for person in people
        }

    def training_form(self, people: Sequence[Person]) -> tuple[Form, dict[str, str]]:
        """The training form of ``people``, and the submission id by person."""
        questions = form_layouts.training_questions(self._config)
        form = Form(self._config.training_form_id, "Training Sign-Up", questions, self._now - timedelta(days=60))
        return form, {
            person.person_id: self._submit(form, self._after_signup(person), self._training(person, person.mn_id)).id
            for person in people
        }

    def partner_form(self, people: Sequence[Person]) -> Form:
        """The partner form of ``people``: two and two wish for each other, some wishes are one-sided or unknown."""
        rng, names = self._rng, self._config.partner_questions
        questions = form_layouts.partner_questions(self._config)
        form = Form(self._config.partner_form_id, "Partner and Shift", questions, self._now - timedelta(days=40))
        for place, person in enumerate(people):
            partner = people[place ^ 1] if place ^ 1 < len(people) else person
            draw = rng.random()
            wish = partner.phone if draw < 0.8 else rng.choice(people).phone if draw < 0.95 else "706-555"
            answers: dict[str, Answer | None] = {
                "partner_phone": say.phone_answer(rng, wish) if wish and wish.startswith("+") else wish,
                "shift_preference": SHIFT_ANSWERS[place // 2 % len(SHIFT_ANSWERS)]
                if draw < 0.85
                else rng.choice(SHIFT_ANSWERS),
                "partner_notes": self._free_text(),
            }
            self._submit(
                form,
                self._after_signup(person),
                self._by_hand(person, person.mn_id, names) | _by_question(answers, names),
            )
        return form

    def previous_forms(self, signups: Sequence[OldSignup]) -> list[Form]:
        """Last year's three forms: the same questions under other ids, and whoever signed up then."""
        config, opened = self._config, self._now - timedelta(days=495)
        layouts = (
            (config.previous_signup_form_id, "Mentor Sign-Up", form_layouts.signup_questions(config, first_qid=21)),
            (config.previous_setup_form_id, "Fundraising Page Set-Up", form_layouts.setup_questions(config)),
            (config.previous_training_form_id, "Training Sign-Up", form_layouts.training_questions(config)),
        )
        signup, setup, training = (Form(key, f"{title} (last year)", rows, opened) for key, title, rows in layouts)
        phone = config.signup_questions["phone"]
        for place, old in enumerate(signups):
            at = opened + timedelta(minutes=60 + place * 120_000 // max(len(signups), 1))
            answers = self._signup_answers(SignUp(old.person, at, "valid", old.mn_id))
            answers.pop(phone, None)
            if old.phone:
                answers[phone] = say.phone_answer(self._rng, old.phone)
            self._submit(signup, at, answers)
            if self._rng.random() < 0.6:
                by_hand = self._by_hand(old.person, old.mn_id, config.setup_questions)
                self._submit(setup, at + timedelta(days=9), by_hand)
            if self._rng.random() < 0.5:
                self._submit(training, at + timedelta(days=20), self._training(old.person, old.mn_id))
        return [signup, setup, training]

    def _training(self, person: Person, mn_id: str) -> dict[str, Answer]:
        names = self._config.training_questions
        day = self._now + timedelta(days=self._rng.randrange(-20, 20))
        chosen = {
            "uga_class": CLASS_ANSWERS,
            "training_session": form_layouts.TRAININGS,
            "session_time": form_layouts.TRAINING_TIMES,
        }
        return {
            **self._by_hand(person, mn_id, names),
            **{names[meaning]: self._rng.choice(options) for meaning, options in chosen.items() if meaning in names},
            "checkIn": {
                "implementation": "new",
                "date": f"{day:%Y-%m-%d} 14:00",
                "duration": "60",
                "timezone": "America/New_York (GMT-05:00)",
            },
        }

    def _submit(self, form: Form, at: datetime, answers: dict[str, Answer]) -> Submission:
        self._serial += 1
        submission = Submission(str(int(at.timestamp()) * 10**9 + self._serial), at, answers)
        form.submissions[submission.id] = submission
        return submission

    def _after_signup(self, person: Person) -> datetime:
        start = person.signup_at or self._now - timedelta(days=2)
        span = int((self._now - start).total_seconds()) - 3600
        return start + timedelta(seconds=self._rng.randrange(600, max(span, 601)))

    def _by_hand(self, person: Person, mn_id: str, names: Mapping[str, str]) -> dict[str, Answer]:
        """Name, email, phone and the mentor id as typed; people who share a phone give their id properly instead."""
        rng = self._rng
        typed = mn_id if person.shares_phone else say.typed_mn_id(rng, mn_id)
        phone = None if person.shares_phone or person.phone is None else say.phone_answer(rng, person.phone)
        email = person.personal_email if rng.random() < 0.7 and not person.shares_phone else person.uga_email
        answers: dict[str, Answer | None] = {
            "name": say.name_answer(rng, person.call_name, person.last),
            "email": say.email_answer(rng, email) if email else None,
            "phone": phone,
            "mn_id": typed,
        }
        return _by_question(answers, names)

    def _signup_answers(self, entry: SignUp) -> dict[str, Answer]:
        rng, names = self._rng, self._config.signup_questions
        person, mn_id = entry.person, entry.mn_id
        nicknamed = entry.kind == "earlier" and rng.random() < 0.5
        first = (
            person.call_name if nicknamed else person.first.formal if person.typed_first is None else person.typed_first
        )
        preferred = person.call_name if rng.random() < 0.4 else None
        prefix = None if "preferred_name" in names else preferred
        last = person.last if person.typed_last is None else person.typed_last
        answers: dict[str, Answer | None] = {
            "mn_id": mn_id.lower() + " " if mn_id and rng.random() < 0.004 else mn_id,
            "name": say.name_answer(rng, first, last, prefix=prefix),
            "preferred_name": preferred or say.unanswered(rng),
            "phone": self._phone(person, entry.other_phone),
            "personal_email": person.email_text or self._email(person.personal_email),
            "uga_email": self._email(person.uga_email),
            "gender": rng.choice(GENDERS),
            **{row.name: rng.choice(row.options) if row.options else self._free_text() for row in PLAIN_ANSWERS},
            "uga_class": rng.choice(CLASS_ANSWERS),
            "shift_preference": rng.choice(SHIFT_ANSWERS),
            "partner_preference": self._free_text(),
        }
        return _by_question(answers, names) | {
            "howHeard": rng.sample(("Friend", "Tabling", "Instagram"), rng.randrange(1, 3)),
            "birthDate": self._birth_date(),
            "homeAddress": {"addr_line1": f"{rng.randrange(1, 900)} Baxter St", "city": "Athens", "state": "GA"},
            "availability": {"Saturday": rng.choice(("Yes", "No")), "Sunday": "Yes"},
            "waiver": [f"https://files.example/uploads/{rng.randrange(10**6)}/waiver.pdf"],
        }

    def _phone(self, person: Person, other: str | None) -> Answer | None:
        if other is None and person.phone_text is not None:
            return {"full": person.phone_text}
        number = other or person.phone
        return say.unanswered(self._rng) if number is None else say.phone_answer(self._rng, number)

    def _email(self, email: str | None) -> Answer | None:
        return say.unanswered(self._rng) if email is None else say.email_answer(self._rng, email)

    def _free_text(self) -> Answer | None:
        if self._rng.random() < 0.5:
            return say.unanswered(self._rng)
        texts = say.FORMULA_TEXTS if self._rng.random() < 0.03 else say.FREE_TEXTS
        return say.escaped(self._rng, self._rng.choice(texts))

    def _birth_date(self) -> Answer:
        year, month, day = self._now.year - self._rng.randrange(18, 24), self._rng.randrange(1, 13), "14"
        answer = {"day": day, "month": f"{month:02d}", "year": str(year)}
        if self._rng.random() < 0.5:
            answer["datetime"] = f"{year}-{month:02d}-{day} 00:00:00"
        return answer


def _by_question(answers: Mapping[str, Answer | None], names: Mapping[str, str]) -> dict[str, Answer]:
    """The answers to the questions that a form has, by question name; unanswered ones are left out."""
    return {names[meaning]: answer for meaning, answer in answers.items() if meaning in names and answer is not None}


def edit_in_repeated_hour(form: Form, now: datetime) -> None:
    """Let two students have edited the sign-up in the last hour that Jotform's clock showed twice."""
    hours = (now - timedelta(hours=hours) for hours in range(_HOURS_OF_SIGNUPS))
    repeated = next((hour for hour in hours if _is_repeated(hour)), None)
    if repeated is None:
        return
    active = (submission for submission in form.submissions.values() if submission.status == "ACTIVE")
    for submission in islice((listed for listed in active if listed.created_at < repeated), 2):
        submission.updated_at = repeated


def _is_repeated(moment: datetime) -> bool:
    """Return whether Jotform's clock showed the same time an hour before, before it was set back."""
    return wall_clock(moment) == wall_clock(moment - timedelta(hours=1))
