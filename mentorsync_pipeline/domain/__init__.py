"""Records, normal forms, names, conflicts, findings and error codes that all stages share.

Pure: imports nothing else of this package, and no I/O, clock, Dagster or SQL.
"""
