"""Render pages: the Jinja environment, its filters and functions, and formats of values."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.console.auth.request_guard import CSRF_FIELD, csrf_token
from mentorsync_pipeline.console.auth.user import Person
from mentorsync_pipeline.console.flash_messages import take_notice
from mentorsync_pipeline.console.navigation import PLACES, read_navigation
from mentorsync_pipeline.console.page_text import to_page_text
from mentorsync_pipeline.console.page_times import day, day_of, moment
from mentorsync_pipeline.console.translation import words
from mentorsync_pipeline.domain.phones import format_phone
from mentorsync_pipeline.domain.team_time import TEAM_ZONE
from mentorsync_pipeline.runtime.formatting import EMPTY_TEXT, format_value

if TYPE_CHECKING:
    from mentorsync_pipeline.console.listing import Kind

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DASH = Markup('<span class="dash">{}</span>').format(EMPTY_TEXT)
_E164 = re.compile(r"(?<!\S)\+[1-9][0-9]{7,14}(?!\w)")


class _ConstantTexts(NodeTransformer):
    """Translates the constant texts of a template, so that its pages need not look them up."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  # a name of Jinja
        """Replace `_("…")` by its result; a text with values stays a call."""
        match self.generic_visit(node):
            case nodes.Call(
                node=nodes.Name(name="_" | "gettext"),
                args=[nodes.Const(value=text)],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                return nodes.MarkSafe(nodes.Const(str(translate(text))), lineno=node.lineno)
        return node


class PageEnvironment(jinja2.Environment):
    """Jinja's environment with constant texts translated once, and a direct look-up of `row.name` in dictionaries."""

    def compile(
        self, source: str | nodes.Template, name: str | None = None, filename: str | None = None, *more: Any, **kw: Any
    ) -> Any:
        """Compile a template."""
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        return super().compile(_ConstantTexts().visit(tree).set_environment(self), name, filename, *more, **kw)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a value of a dictionary, else an attribute or item as Jinja does."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)


@cache
def environment() -> jinja2.Environment:
    """Build the Jinja environment. Values are escaped, and undefined names are errors."""
    env = PageEnvironment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.install_gettext_translations(words(), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    env.filters.update(
        emails=mark_emails,
        format_cell=format_cell,
        format_page_value=format_page_value,
        money=money,
        moment=moment,
        day=day,
        answer=format_answer,
        translated=translate_data,
        message_column=name_message_column,
        hours_old=hours_old,
        field_label=field_label,
        day_of=day_of,
        number=format_number,
        page_text=to_page_text,
        phone=format_phone,
        field_name=labels.field_name,
        groupby_in_order=group_in_order,
        join_values=join_values,
        joined=join_given,
        label_badge=label_badge,
        mark_dash=mark_dash,
    )
    env.globals.update(static=static_url, labels=labels, places=PLACES, zone=TEAM_ZONE)
    # Faster than those of the extension, which look up their functions at each call.
    env.globals.update(_=translate, gettext=translate, ngettext=translate_number)
    return env


# Integers that identify something; they have no separators.
_IDENTIFIERS = frozenset({"id", "year"})


def translate(text: str, /, **values: Any) -> Markup:
    """Translate a text of `_("…")` and fill in its values, which are escaped; numbers get separators."""
    template = _translated(text)
    return template % _separated(values) if values or "%" in template else template


def translate_data(text: str) -> str:
    """Translate a text that may be one of people; unlike those of `_("…")`, it is escaped."""
    return words().gettext(text) if text else text


def name_message_column(column: str) -> str:
    """Return the name of a message column: `text_2` is "text message 2"."""
    kind, _, number = column.partition("_")
    return f"{words().gettext(labels.MESSAGE_COLUMN[kind])} {number}".strip()


def translate_number(singular: str, plural: str, number: int, /, **values: Any) -> Markup:
    """Translate a text of `{% pluralize %}` for a number."""
    template = Markup(words().ngettext(singular, plural, number))  # noqa: S704  # texts of the templates
    return template % _separated({"num": number, **values})


def _separated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: format_number(value) if type(value) is int and name not in _IDENTIFIERS else value
        for name, value in values.items()
    }


def format_number(value: int | None) -> str:
    """Format a number with separators of thousands."""
    return EMPTY_TEXT if value is None else f"{value:,}"


@lru_cache(maxsize=5_000)
def _translated(text: str) -> Markup:
    return Markup(words().gettext(text))  # noqa: S704  # texts of the templates, not of people


def render(request: Request, template: str, /, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Render a page. Templates also have `request`, `person` (None before login), `year`, `navigation` and others.

    On the pages of a closed year, `person` may only look; the pages that allow more pass the person.
    """
    person: Person | None = getattr(request.state, "person", None)
    year_is_closed = getattr(request.state, "year_is_closed", False)
    if person is not None and year_is_closed:
        person = replace(person, role="viewer")
    token = csrf_token(request) if "session" in request.scope else ""
    defaults = {
        "person": person,
        "year_is_closed": year_is_closed,
        "year": request.path_params.get("year"),
        "csrf": token,
        "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token),
        "navigation": lambda: read_navigation(request),
        "with_query": lambda **changes: _with_query(request, changes),
        "flash": lambda: take_notice(request),
        "request": request,
    }
    return HTMLResponse(environment().get_template(template).render({**defaults, **context}), status_code)


@cache
def static_url(name: str) -> str:
    """Return the URL of a static file. It includes a hash of the content, so that browsers can cache it permanently."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def format_cell(value: Any, kind: "Kind") -> str:
    """Format the value of a list's cell; `kind` is that of its column."""
    match kind:
        case "moment":
            return moment(value)
        case "money":
            return money(value)
        case "number":
            return format_number(value)
        case "word":
            return field_label(value) if value else EMPTY_TEXT
        case "yes_no":
            return words().gettext("yes") if value else words().gettext("no")
        case _:
            return format_page_value(value)


def label_badge(value: str, labels_of_kind: Mapping[str, tuple[str, str]]) -> Markup:
    """Return the badge of a value with its label and class (`labels`); of a value without a label, as it is."""
    return _badge(*labels_of_kind.get(value, (value, "")))


@lru_cache(maxsize=1_000)
def _badge(label: str, style: str) -> Markup:
    return Markup('<span class="badge {}">{}</span>').format(style, words().gettext(label))


def join_given(values: Iterable[Any], separator: str = " ") -> str:
    """Join those values that are not empty."""
    return separator.join(str(value) for value in values if value)


def join_values(values: Iterable[str]) -> str:
    """Join emails, phones and other values of a contact, with phones as people read them."""
    return ", ".join(map(format_phone, values))


def mark_dash(cell: Markup) -> Markup:
    """Mark a cell that is only a dash, because narrow pages leave it out."""
    return _DASH if str.strip(cell) == EMPTY_TEXT else cell


def mark_emails(text: str) -> str:
    """Mark the emails of a text, so that narrow columns break them before the @ and not in the middle of a word."""
    if "@" not in text:
        return text
    words = (_mark_email(word) if "@" in word else word for word in str(escape(text)).split(" "))
    return Markup(" ".join(words))  # noqa: S704  # escaped


def _mark_email(word: str) -> str:
    return f'<span class="email">{word.replace("@", "<wbr>@")}</span>'


def format_page_value(value: Any) -> str:
    """Format a value, with the keys of mappings as labels and phones as people read them."""
    if type(value) is str and "+" not in value:
        return value or EMPTY_TEXT
    if isinstance(value, date) and not isinstance(value, datetime):
        return day(value)
    text = format_value(value, moment=moment, name=field_label)
    return text if isinstance(value, datetime) else _E164.sub(lambda number: format_phone(number[0]), text)


def money(value: Decimal | float | None) -> str:
    """Format an amount in dollars."""
    if value is None:
        return EMPTY_TEXT
    return f"${value:,.0f}" if value == int(value) else f"${value:,.2f}"


def hours_old(span: timedelta | None) -> str:
    """Format the age of data in hours or days; pages with ages are refreshed every hour (`data_version`)."""
    if span is None:
        return EMPTY_TEXT
    if span < timedelta(hours=1):
        return words().gettext("less than an hour")
    hours = int(span.total_seconds() // 3600)
    if hours < 48:
        return words().ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return words().ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}


def format_answer(text: str) -> str:
    """Format an answer of a form: a date as on all pages, any other text as it is."""
    try:
        return day(date.fromisoformat(text)) if _ISO_DATE.fullmatch(text) else text
    except ValueError:  # not a date
        return text


def group_in_order(rows: Sequence[Mapping[str, Any]], key: str) -> list[tuple[Any, list[Mapping[str, Any]]]]:
    """Group sorted rows by a column, in their order."""
    return [(value, list(group)) for value, group in groupby(rows, key=itemgetter(key))]


def field_label(name: str) -> str:
    """Convert a column or code to a label: `needs_page` is "needs page"."""
    return name.replace("_", " ")


def _with_query(request: Request, changes: Mapping[str, Any]) -> str:
    """Return the URL of this page with changed query parameters; None removes one."""
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    added = [(name, value) for name, value in changes.items() if value is not None]
    return f"{request.url.path}?{urlencode([*parameters, *added])}"
