"""Tags of runs that decide whether their steps may keep rows (`assets.settled_steps`)."""

# The run calculates every step.
EVERY_STEP = "mentorsync/every_step"
# Dagster's tag of the runs of a backfill.
BACKFILL = "dagster/backfill"
