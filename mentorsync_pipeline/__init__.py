"""MentorSync synchronises a student charity's mentors between Jotform and Givebutter.

The package is a Dagster code location (`mentorsync_pipeline.definitions`) and a command line (`mentorsync`).
Nothing is imported here, so that a rule or the command line's help loads without Dagster or pandas.
"""
