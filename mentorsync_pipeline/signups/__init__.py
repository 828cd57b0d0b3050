"""Jotform submissions and deduplicated sign-ups (rulebook, section 2)."""
