"""Dagster resources: the database, the clock, folders, notifications, Jotform and Givebutter.

Rules and SQL about mentors do not belong here.
"""
