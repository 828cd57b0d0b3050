"""Dagster resources: the database, the clock, folders, notifications, Jotform and Givebutter.

No rules, and no SQL about mentors.
"""
