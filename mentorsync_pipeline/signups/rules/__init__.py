"""Pure rules of sign-ups (rulebook, section 2)."""
