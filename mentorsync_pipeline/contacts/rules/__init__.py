"""Pure rules that turn export cells, API contacts and members into rows (rulebook, section 1)."""
