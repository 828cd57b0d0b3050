"""What the pipeline reaches outside of itself: the database, the clock, Jotform, Givebutter.

Decisions about the data do not belong here; see `mentorsync_pipeline.rules`.
"""
