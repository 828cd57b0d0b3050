"""Candidates and winning contacts (rulebook, sections 3 and 4)."""
