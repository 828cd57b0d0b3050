"""Pure rules of this stage: frozen records in, frozen records out; no I/O, clock, Dagster or SQL."""
