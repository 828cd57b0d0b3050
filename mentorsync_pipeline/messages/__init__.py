"""Message campaigns: files, audience, texts, and the cells that they fill (rulebook, section 13)."""
