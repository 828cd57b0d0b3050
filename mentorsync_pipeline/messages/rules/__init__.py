"""Pure rules of message campaigns (rulebook, section 13)."""
