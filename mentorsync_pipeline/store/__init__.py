"""How rows get into and out of PostgreSQL: loads, differences, findings, the log of each run.

Decisions about the data do not belong here; see `mentorsync_pipeline.rules`.
"""
