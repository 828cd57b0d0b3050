"""The command line `mentorsync`: reads arguments, starts runs, shows what they did.

Modules of this package import the rest of the project inside of the commands, so that `--help` answers at once.
"""

import typer

from mentorsync_pipeline.cli import (
    archive,
    changes,
    configuration,
    conflicts,
    console,
    contacts,
    database,
    demo,
    errors,
    messages,
    notify,
    services,
    trace,
    warnings,
    years,
)
from mentorsync_pipeline.cli.output import OneLineErrors

app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps a student charity's mentors in step between Jotform and Givebutter.",
)
COMMANDS = (
    *(demo, years, contacts, archive),
    *(conflicts, changes, trace, errors, warnings, messages),
    *(configuration, database, notify, console, services),
)
for module in COMMANDS:
    module.register(app)
