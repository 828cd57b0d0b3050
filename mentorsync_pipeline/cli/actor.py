"""The person who runs a command, for the audit trail."""

import getpass
from typing import Annotated

import typer

from mentorsync_pipeline.domain.clean_text import clean_typed

By = Annotated[
    str | None,
    typer.Option("--by", help="Your name, for the audit trail.  [default: the logged-in user]", show_default=False),
]


def actor_name(by: str | None) -> str:
    """Return the name of the person who runs the command."""
    return clean_typed(by) or getpass.getuser()
