"""Pure rules of the archive plan and its guard (rulebook, section 10)."""
