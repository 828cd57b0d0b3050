"""Pure rules of candidates and winners (rulebook, sections 3 and 4)."""
