"""`python -m mentorsync_pipeline.cli`: the command line, whatever folder the program `mentorsync` is in."""

from mentorsync_pipeline.cli import app

app()
