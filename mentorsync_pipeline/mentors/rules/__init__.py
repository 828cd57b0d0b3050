"""Pure rules of the merge, the duplicates and the changes (rulebook, sections 7 and 8)."""
