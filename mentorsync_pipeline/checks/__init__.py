"""The asset checks: what must be true of each table, and which rows are worth a look.

Rules that decide something about a mentor do not belong here; see `mentorsync_pipeline.rules`.
"""
