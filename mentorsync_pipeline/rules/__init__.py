"""The rulebook as pure functions: no I/O, no clock, no Dagster, no SQL.

Reading tables, calling services and writing results do not belong here; see `assets`, `resources` and `store`.
"""
