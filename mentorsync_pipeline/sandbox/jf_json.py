"""JSON of forms, questions and submissions in Jotform's API."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mentorsync_pipeline.sandbox.jf_model import Answer, Form, Question, Submission

Json = dict[str, Any]
EASTERN = ZoneInfo("America/New_York")


def wall_clock(moment: datetime | None) -> str | None:
    """Format a time as ``YYYY-MM-DD HH:MM:SS`` in New York time, without a time zone."""
    return None if moment is None else moment.astimezone(EASTERN).strftime("%Y-%m-%d %H:%M:%S")


def form_json(form: Form) -> Json:
    """Return a form; every scalar is a string."""
    times = [s.updated_at or s.created_at for s in form.submissions.values()]
    return {
        "id": form.id,
        "username": "sandbox",
        "title": form.title,
        "height": "539",
        "status": "ENABLED",
        "created_at": wall_clock(form.created_at),
        "updated_at": wall_clock(form.created_at),
        "last_submission": wall_clock(max(times, default=None)),
        "new": "0",
        "count": str(len(form.submissions)),
        "type": "LEGACY",
        "url": f"https://form.jotform.example/{form.id}",
    }


def questions_json(form: Form) -> Json:
    """Return the questions by question id."""
    return {question.qid: _question(question, place) for place, question in enumerate(form.questions, 1)}


def _question(question: Question, place: int) -> Json:
    shown = {
        "qid": question.qid,
        "name": question.name,
        "order": str(place),
        "text": question.text,
        "type": question.type,
        "required": "No",
    }
    if question.options:
        shown["options"] = "|".join(question.options)
    if question.type == "control_autoincrement":
        shown |= {"prefix": "MN", "idPadding": "4"}
    return shown


def submission_json(form: Form, submission: Submission) -> Json:
    """Return a submission with its answers by question id; non-inputs are included without an answer."""
    answers: Json = {}
    for place, question in enumerate(form.questions, 1):
        shown: Json = {"name": question.name, "order": str(place), "text": question.text, "type": question.type}
        if question.name in submission.answers:
            answer = submission.answers[question.name]
            shown["answer"] = answer
            pretty = _pretty(question.type, answer)
            if pretty:
                shown["prettyFormat"] = pretty
        answers[question.qid] = shown
    return {
        "id": submission.id,
        "form_id": form.id,
        "ip": submission.ip,
        "created_at": wall_clock(submission.created_at),
        "updated_at": wall_clock(submission.updated_at),
        "status": submission.status,
        "new": "0",
        "flag": "0",
        "notes": "",
        "answers": answers,
    }


def _pretty(kind: str, answer: Answer) -> str | None:
    if isinstance(answer, list):
        return "; ".join(answer) or None
    if not isinstance(answer, dict) or not answer:
        return None
    match kind:
        case "control_fullname":
            return " ".join(answer.values())
        case "control_phone":
            return answer.get("full") or f"({answer.get('area', '')}) {answer.get('phone', '')}"
        case "control_datetime":
            return f"{answer['month']}/{answer['day']}/{answer['year']}"
        case "control_address":
            return "<br>".join(answer.values())
    return None


def envelope(content: object, *, limit_left: int, **page: int) -> Json:
    """Return a successful answer; ``page`` becomes ``resultSet`` (offset, limit and the page's row count)."""
    shown: Json = {"responseCode": 200, "message": "success", "content": content}
    if page:
        shown["resultSet"] = page
    return {**shown, "duration": "21ms", "info": None, "limit-left": limit_left}


def failure(code: int, message: str) -> Json:
    """Return an unsuccessful answer."""
    return {"responseCode": code, "message": message, "content": "", "duration": "3ms", "info": None}
