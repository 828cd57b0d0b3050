"""Processes and environment: settings, Dagster's instance, runs, embedded PostgreSQL, atomic files.

No rules, and no SQL about mentors.
"""
