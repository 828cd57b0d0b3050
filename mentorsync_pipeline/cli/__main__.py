"""`python -m mentorsync_pipeline.cli`: run the command line without the installed program `mentorsync`."""

from mentorsync_pipeline.cli import app

app()
