"""Texts of errors and warnings for pages: commands become pages and buttons, codes titles, times those of the charity.

These texts are written for the command line as well, so they name commands, keys of the configuration and codes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from mentorsync_pipeline.console.finding_text import ERROR_TITLES
from mentorsync_pipeline.console.page_times import day, moment_text
from mentorsync_pipeline.console.translation import N_, words
from mentorsync_pipeline.domain.config import CampaignConfig, Thresholds

PAGES: Mapping[str, str] = {
    "archive show": N_("Archive"),
    "attendance import": N_("Check-in"),
    "attendance list": N_("Check-in"),
    "changes": N_("Changes"),
    "conflicts accept-all": N_("Questions"),
    "conflicts list": N_("Questions"),
    "conflicts resolve": N_("Questions"),
    "conflicts show": N_("Questions"),
    "conflicts undo": N_("Questions"),
    "errors list": N_("Errors"),
    "forms": N_("Forms"),
    "messages apply": N_("Messages"),
    "messages clear": N_("Messages"),
    "messages list": N_("Messages"),
    "messages preview": N_("Messages"),
    "partners": N_("Partners"),
    "reports": N_("Reports"),
    "status": N_("Overview"),
    "trace": N_("Mentors"),
    "warnings ack": N_("Warnings"),
    "warnings list": N_("Warnings"),
    "year close": N_("Close the year"),
    "year list": N_("Close the year"),
    "year open": N_("Open the next year"),
    "year reopen": N_("Close the year"),
}
"""Commands of people, and the page that is opened in their place."""

BUTTONS: Mapping[str, str] = {
    "archive apply": N_("“Archive now” on the page Archive"),
    "archive approve": N_("“Approve” on the page Archive"),
    "archive plan": N_("“Refresh plan” on the page Archive"),
    "archive reject": N_("“Keep this contact” on the page Archive"),
    "archive restore": N_("“Restore” on the page Archived contacts"),
    "attendance cash": N_("“Record cash” on the mentor's page"),
    "attendance check-in": N_("“Check in” on the page Check-in"),
    "attendance note": N_("“Add note” on the mentor's page"),
    "attendance undo": N_("“Undo” on the mentor's page"),
    "errors accept": N_("“Accept the list”"),
    "errors ignore": N_("“Dismiss”"),
    "errors retry": N_("“Sync and retry”"),
    "etl": N_("“Recalculate the year” on the page Runs"),
    "export": N_("“Create import file” on the page Import file"),
    "refresh-contacts": N_("“Fetch changed contacts” on the page Runs"),
    "sync": N_("“Sync everything” on the page Runs"),
    "upload": N_("“Upload” on the page Import file"),
    "validate": N_("“Check against current contacts” on the page Import file"),
}
"""Commands of people, and the button that is pressed in their place."""

ADMINISTRATOR = frozenset({"config", "console", "db", "demo", "notify", "sandbox", "up"})
"""Commands, or groups of them, that only the administrator runs."""

TABLES: Mapping[str, str] = {
    "raw_mn_signups": N_("the sign-ups"),
    "raw_mn_funds_setup": N_("the set-up form"),
    "raw_mn_training_signup": N_("the training form"),
    "raw_mn_partner_preference": N_("the partner form"),
    "raw_gb_campaign_members": N_("the fundraising pages"),
    "raw_gb_full_contacts": N_("the contacts"),
}
"""Tables that texts name as the list of a service."""

_DAGSTER: Mapping[str, str] = {
    "Look at its runs in Dagster's UI": N_("Look at its runs on the page Runs"),
    "in Dagster's UI": N_("in the technical details of its run"),
}
"""Places in Dagster's user interface, and the place in the console that shows the same or leads there."""

_FORCED: Mapping[str, str] = {
    "export": N_("“Create anyway…” on the page Import file"),
    "upload": N_("“Upload” with a reason, on the page Import file"),
}
_ARGUMENTS = r"(?: (?:--[a-z-]+|[A-Z][A-Z_]*\b|MN[0-9]+|[0-9]+|…))*"
_ALTERNATIVES = "|".join(sorted({*PAGES, *BUTTONS}, key=len, reverse=True))
_OF_PEOPLE = re.compile(
    rf"(?P<lead>(?: with)?: )?[`“]?mentorsync (?P<command>{_ALTERNATIVES})\b(?P<arguments>{_ARGUMENTS})[`”]?"
)
_OF_ADMINISTRATOR = re.compile(
    rf"[`“]?(?P<command>mentorsync (?:{'|'.join(sorted(ADMINISTRATOR))})\b(?:[^`“”,;().]|\.(?=\w))*(?<! ))[`”]?"
)
_KEYS = sorted({name for model in (CampaignConfig, Thresholds) for name in model.model_fields if "_" in name})
# A command and the text of a message keep their keys.
_KEY = re.compile(rf"“mentorsync [^“”]*”|`[^`{{]*{{[^`]*`|`?\b(?P<key>{'|'.join(_KEYS)})\b`?")
_TABLE = re.compile(rf"\b(?:{'|'.join(TABLES)})\b")
_CODE = re.compile(rf"\b(?:{'|'.join(ERROR_TITLES)})\b")
_MN_ID = re.compile(r"\bMN[0-9]+\b")
_UTC = re.compile(r"\b(2[0-9]{3}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) UTC\b")
# Not within a file's name or a quoted value.
_DAY = re.compile(r"(?<![\w/“\"'-])2[0-9]{3}-[0-9]{2}-[0-9]{2}(?![\w\"”-])")


def to_page_text(text: str) -> str:
    """Convert a text of an error or warning for a page."""
    if "Dagster" in text:
        for phrase, on_page in _DAGSTER.items():
            text = text.replace(phrase, words().gettext(on_page))
    if "mentorsync " in text:
        text = _OF_PEOPLE.sub(_replace_command, text)
        text = _OF_ADMINISTRATOR.sub(_mark_command, text)
    if "_" in text:
        text = text.replace("archived_duplicates.before_image", words().gettext("the list of archived contacts"))
        text = _TABLE.sub(lambda table: words().gettext(TABLES[table[0]]), text)
        text = _KEY.sub(_name_setting, text)
        text = _CODE.sub(lambda code: f"“{words().gettext(ERROR_TITLES[code[0]])}”", text)
    return _DAY.sub(_format_day, _UTC.sub(_format_time, text)) if "-" in text else text


def _replace_command(match: re.Match[str]) -> str:
    command, lead = match["command"], match["lead"] or ""
    mn_id = _MN_ID.search(match["arguments"])
    if command == "trace" and mn_id:
        return f"{lead}{mn_id[0]}"
    if command in BUTTONS:
        phrases = _FORCED if command in _FORCED and "--force" in match["arguments"] else BUTTONS
        return f"{': ' if lead else ''}{words().gettext(phrases[command])}"
    page = words().gettext(PAGES[command])
    if lead or match.string[: match.start()].endswith("("):
        return f"{' ' if lead else ''}{words().gettext(N_('on the page %(page)s')) % {'page': page}}"
    return words().gettext(N_("the page %(page)s")) % {"page": page}


def _mark_command(match: re.Match[str]) -> str:
    return words().gettext(N_("“%(command)s” (for the administrator)")) % {"command": match["command"]}


def _name_setting(match: re.Match[str]) -> str:
    if match["key"] is None:
        return match[0]
    return words().gettext(N_("the setting “%(name)s”")) % {"name": match["key"].replace("_", " ")}


def _format_time(match: re.Match[str]) -> str:
    try:
        return moment_text(datetime.fromisoformat(f"{match[1]} {match[2]}").replace(tzinfo=UTC))
    except ValueError:
        return match[0]


def _format_day(match: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(match[0]))
    except ValueError:
        return match[0]
