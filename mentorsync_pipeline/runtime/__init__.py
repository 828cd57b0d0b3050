"""Processes and environment: settings, Dagster's instance, runs, embedded PostgreSQL, atomic files.

Rules and SQL about mentors do not belong here.
"""
