"""The asset checks: what must be true of each table, and which rows are worth a look."""
