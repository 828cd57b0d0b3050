"""Settings, Dagster's instance, runs in this process, orphaned runs, the embedded PostgreSQL and atomic files."""
