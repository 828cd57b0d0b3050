"""Whole campaign years in memory: people act on both services, MentorSync syncs, invariants hold after every step."""
