"""Pure rules of the import file (rulebook, section 9)."""
