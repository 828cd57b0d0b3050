"""The code location that Dagster loads (`build`)."""

from mentorsync_pipeline.runtime.garbage_collection import without_collection

with without_collection():
    from mentorsync_pipeline.build import build_defs

    defs = build_defs()
