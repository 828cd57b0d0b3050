"""The assets: each reads tables or a service, calls a rule, writes a table and reports. One module per stage.

Decisions about the data do not belong here; see `mentorsync_pipeline.rules`.
"""
