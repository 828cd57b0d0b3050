"""The store of forms and submissions, shared by Jotform's API and its editors."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from mentorsync_pipeline.sandbox.changed_keys import ChangedKeys
from mentorsync_pipeline.sandbox.jf_model import Answer, Form, Submission


class FormStore:
    """All forms by id. Hold ``lock`` while reading a form's submissions.

    ``changed`` has (form id, submission id) of what was changed or deleted since the last save.
    """

    def __init__(self, forms: Mapping[str, Form], clock: Callable[[], datetime]) -> None:
        self.lock = threading.RLock()
        self.forms = dict(forms)
        self._clock = clock
        self._serial = 900_000_000
        self.changed = ChangedKeys[tuple[str, str]]()

    def submit(self, form_id: str, answers: Mapping[str, Answer]) -> Submission:
        """Submit the form. Answers are keyed by question name."""
        with self.lock:
            form = self._form(form_id)
            unknown = set(answers) - {question.name for question in form.questions}
            if unknown:
                raise ValueError(f"sandbox: form {form_id} has no question named {', '.join(sorted(unknown))}")
            now = self._clock().replace(microsecond=0)
            submission = Submission(self._next_id(form, now), now, dict(answers))
            form.submissions[submission.id] = submission
            self.changed.add((form_id, submission.id))
            return submission

    def edit(self, form_id: str, submission_id: str, answers: Mapping[str, Answer | None]) -> Submission:
        """Edit a submission; ``None`` removes an answer. ``updated_at`` changes with any change."""
        with self.lock:
            submission = self._submission(form_id, submission_id)
            merged = {**submission.answers, **{k: v for k, v in answers.items() if v is not None}}
            merged = {name: answer for name, answer in merged.items() if answers.get(name, answer) is not None}
            if merged != submission.answers:
                submission.answers = merged
                self._touch(form_id, submission)
            return submission

    def delete(self, form_id: str, submission_id: str) -> None:
        """Move a submission to the trash: it is still listed, as ``DELETED``."""
        with self.lock:
            submission = self._submission(form_id, submission_id)
            if submission.status != "DELETED":
                submission.status = "DELETED"
                self._touch(form_id, submission)

    def restore(self, form_id: str, submission_id: str) -> None:
        """Restore a submission from the trash."""
        with self.lock:
            submission = self._submission(form_id, submission_id)
            if submission.status == "DELETED":
                submission.status = "ACTIVE"
                self._touch(form_id, submission)

    def remove(self, form_id: str, submission_id: str) -> None:
        """Delete a submission from the trash: it is no longer listed."""
        with self.lock:
            self._submission(form_id, submission_id)
            del self.forms[form_id].submissions[submission_id]
            self.changed.add((form_id, submission_id))

    def _touch(self, form_id: str, submission: Submission) -> None:
        submission.updated_at = self._clock().replace(microsecond=0)
        self.changed.add((form_id, submission.id))

    def _next_id(self, form: Form, now: datetime) -> str:
        """Return an id that the form does not have; the serial number starts again with the sandbox."""
        while True:
            self._serial += 1
            submission_id = str(int(now.timestamp()) * 10**9 + self._serial)
            if submission_id not in form.submissions:
                return submission_id

    def _form(self, form_id: str) -> Form:
        if form_id not in self.forms:
            raise LookupError(f"sandbox: there is no form {form_id}")
        return self.forms[form_id]

    def _submission(self, form_id: str, submission_id: str) -> Submission:
        form = self._form(form_id)
        if submission_id not in form.submissions:
            raise LookupError(f"sandbox: form {form_id} has no submission {submission_id}")
        return form.submissions[submission_id]
