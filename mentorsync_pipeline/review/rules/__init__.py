"""Pure rules of reviewing: the evidence of a conflict (rulebook, sections 5 and 6)."""
