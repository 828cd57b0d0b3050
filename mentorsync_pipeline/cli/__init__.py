"""The command line `mentorsync`: parses arguments, starts runs and formats results.

Its modules import the rest of the project within the commands, so that `--help` is fast. Commands call the services
of the stages; they contain no rules and no SQL.
"""

from mentorsync_pipeline.runtime.garbage_collection import without_collection

with without_collection():
    import typer

    from mentorsync_pipeline.cli import (
        archive,
        attendance,
        campaign_years,
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
        partners,
        reports,
        serving,
        trace,
        warnings,
        year_runs,
    )
    from mentorsync_pipeline.cli.output import CommandGroup

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Synchronises a student charity's mentors between Jotform and Givebutter.",
)
COMMANDS = (
    *(demo, year_runs, contacts, archive, attendance),
    *(partners, reports, conflicts, changes, trace, errors, warnings, messages),
    *(configuration, campaign_years, database, notify, console, serving),
)
for module in COMMANDS:
    module.register(app)
