"""Conflicts, decisions, errors and warnings (rulebook, sections 5, 6 and 12)."""
