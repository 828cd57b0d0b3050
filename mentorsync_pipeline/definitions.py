"""The code location that Dagster loads, and nothing else; see `build` for what it is made of."""

from mentorsync_pipeline.build import build_defs

defs = build_defs()
