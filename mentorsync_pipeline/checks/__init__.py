"""Asset checks: the rules of each table, and warnings of unusual rows."""
