"""Message campaigns: files, audience, texts and what they write (rulebook, section 13)."""
