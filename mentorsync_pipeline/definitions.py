"""The code location that Dagster loads (`build`)."""

from mentorsync_pipeline.build import build_defs

defs = build_defs()
