"""Pages out of templates: the Jinja environment, what every template may use, and how values are written."""

import gettext
import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.auth.guard import CSRF_FIELD, csrf_token
from mentorsync_pipeline.runtime.formatting import EMPTY_TEXT, format_value

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


@cache
def environment() -> jinja2.Environment:
    """The templates; everything is escaped, and a name that is not there is an error."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_translations(words(), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    env.filters.update(
        format_page_value=format_page_value, money=money, moment=moment, day=day, age=age, field_label=field_label
    )
    env.globals.update(static=static_url, labels=labels)
    return env


@cache
def words() -> gettext.NullTranslations:
    """The texts in the language that people speak."""
    return gettext.translation("console", FOLDER / "locales", fallback=True)


def render(request: Request, template: str, /, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """A page. Besides `context` a template has `request`, `person` (None before login), `year` and `csrf_field`."""
    token = csrf_token(request) if "session" in request.scope else ""
    given = {
        "person": getattr(request.state, "person", None),
        "year": request.path_params.get("year"),
        "csrf": token,
        "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token),
        "with_query": lambda **changes: _with_query(request, changes),
        "request": request,
    }
    return HTMLResponse(environment().get_template(template).render({**given, **context}), status_code)


@cache
def static_url(name: str) -> str:
    """The address of a file under `static`; it changes with the content, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def format_page_value(value: Any) -> str:
    """A value as a person reads it; a mapping's names in plain words."""
    return format_value(value, moment=moment, name=field_label)


def money(value: Decimal | float | None) -> str:
    """An amount in dollars."""
    if value is None:
        return EMPTY_TEXT
    return f"${value:,.0f}" if value == int(value) else f"${value:,.2f}"


def moment(value: datetime | None) -> str:
    """A moment to the minute, in UTC; the browser shows it in the person's own time zone (`static/js/app.js`)."""
    if value is None:
        return EMPTY_TEXT
    return Markup('<time datetime="{}">{}</time>').format(
        value.isoformat(), f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    )


def day(value: date | None) -> str:
    """A day."""
    return EMPTY_TEXT if value is None else f"{value:%Y-%m-%d}"


def age(span: timedelta | None) -> str:
    """How long something has lasted, in the largest unit that fits."""
    if span is None:
        return EMPTY_TEXT
    minutes = max(0, int(span.total_seconds() // 60))
    hours, days = minutes // 60, minutes // (24 * 60)
    if days >= 2:
        return words().ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if hours:
        return words().ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return words().ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def field_label(name: str) -> str:
    """A name from a table in plain words: `needs_page` is "needs page"."""
    return name.replace("_", " ")


def _with_query(request: Request, changes: Mapping[str, Any]) -> str:
    """The address of this page with some of its query parameters changed; None takes one away."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    added = [(name, value) for name, value in changes.items() if value is not None]
    return f"{request.url.path}?{urlencode([*kept, *added])}"
