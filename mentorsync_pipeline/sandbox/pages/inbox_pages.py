"""Jotform's inbox: the forms, their entries, and a page to submit, edit, delete and restore an entry."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mentorsync_pipeline.sandbox.jf_model import Answer, Form, Submission
from mentorsync_pipeline.sandbox.pages import entry_form
from mentorsync_pipeline.sandbox.pages.page_templates import Slice, go_to, render
from mentorsync_pipeline.sandbox.sandbox import Sandbox

_LIST = "/inbox"


class InboxPages:
    """The pages over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._store = sandbox.forms

    def routes(self) -> list[Route]:
        """The routes of these pages."""
        form, entry = f"{_LIST}/{{form_id}}", f"{_LIST}/{{form_id}}/{{submission_id:int}}"
        return [
            Route(_LIST, self.list_forms),
            Route(form, self.list_entries),
            Route(f"{form}/new", self.new, methods=["GET"]),
            Route(f"{form}/new", self.submit, methods=["POST"]),
            Route(entry, self.show, methods=["GET"]),
            Route(entry, self.edit, methods=["POST"]),
            Route(f"{entry}/delete", self.delete, methods=["POST"]),
            Route(f"{entry}/restore", self.restore, methods=["POST"]),
        ]

    async def list_forms(self, request: Request) -> Response:
        """All forms with their numbers of entries."""
        return render(request, "forms.html", forms=list(self._store.forms.values()))

    async def list_entries(self, request: Request) -> Response:
        """The entries of a form, newest first; ``?q=`` finds in answers, ``?state=deleted`` lists the trash."""
        form = self._form(request)
        query, deleted = request.query_params.get("q", "").strip(), request.query_params.get("state") == "deleted"
        words = query.casefold().split()
        with self._store.lock:
            entries = [
                entry
                for entry in form.submissions.values()
                if (entry.status == "DELETED") == deleted and all(word in _search_text(entry) for word in words)
            ]
        entries.sort(key=lambda entry: (entry.created_at, entry.id), reverse=True)
        found = Slice(request, entries)
        shown = {entry.id: _summary(form, entry.answers) for entry in found.rows}
        return render(request, "entries.html", form=form, found=found, shown=shown, query=query, deleted=deleted)

    async def new(self, request: Request) -> Response:
        """An empty form."""
        form = self._form(request)
        return render(request, "entry.html", form=form, entry=None, fields=entry_form.fields_of(form, {}))

    async def submit(self, request: Request) -> Response:
        """Submit the form; a question for a unique id gets the next one."""
        form = self._form(request)
        async with request.form() as submitted:
            given = entry_form.read_answers(form, {}, submitted)
        answers = {name: answer for name, answer in given.items() if answer is not None}
        with self._store.lock:
            for question in form.questions:
                if question.type == "control_autoincrement":
                    answers[question.name] = entry_form.next_unique_id(form, question)
            entry = self._store.submit(form.id, answers)
        return go_to(f"{_LIST}/{form.id}/{entry.id}", "submitted")

    async def show(self, request: Request) -> Response:
        """One entry with its answers."""
        form, entry = self._entry(request)
        fields = entry_form.fields_of(form, entry.answers)
        name = next(iter(_summary(form, entry.answers)), "No name")
        return render(request, "entry.html", form=form, entry=entry, fields=fields, name=name)

    async def edit(self, request: Request) -> Response:
        """Save changed answers."""
        form, entry = self._entry(request)
        async with request.form() as submitted:
            with self._store.lock:
                changed = entry_form.read_answers(form, entry.answers, submitted)
                self._store.edit(form.id, entry.id, changed)
        return go_to(f"{_LIST}/{form.id}/{entry.id}", "saved" if changed else "unchanged")

    async def delete(self, request: Request) -> Response:
        """Move an entry to the trash."""
        form, entry = self._entry(request)
        self._store.delete(form.id, entry.id)
        return go_to(f"{_LIST}/{form.id}/{entry.id}", "deleted")

    async def restore(self, request: Request) -> Response:
        """Restore an entry from the trash."""
        form, entry = self._entry(request)
        self._store.restore(form.id, entry.id)
        return go_to(f"{_LIST}/{form.id}/{entry.id}", "restored")

    def _form(self, request: Request) -> Form:
        form = self._store.forms.get(request.path_params["form_id"])
        if form is None:
            raise HTTPException(404, "There is no form with this id.")
        return form

    def _entry(self, request: Request) -> tuple[Form, Submission]:
        form = self._form(request)
        entry = form.submissions.get(str(request.path_params["submission_id"]))
        if entry is None:
            raise HTTPException(404, "The form has no entry with this id.")
        return form, entry


def _summary(form: Form, answers: Mapping[str, Answer]) -> list[str]:
    """Return the first answers of an entry, for a list: name, id, phone, email."""
    texts: list[str] = []
    order = ("control_fullname", "control_autoincrement", "control_textbox", "control_email", "control_phone")
    for kind in order:
        for field in entry_form.fields_of(form, answers):
            if field.question.type == kind:
                text = " ".join(value for name, _, value in field.parts if value and not name.endswith(".prefix"))
                texts += [text] if text else []
    return texts[:4]


def _search_text(entry: Submission) -> str:
    texts: list[str] = [entry.id]
    for answer in entry.answers.values():
        texts += [answer] if isinstance(answer, str) else answer.values() if isinstance(answer, dict) else answer
    return " ".join(texts).casefold()
