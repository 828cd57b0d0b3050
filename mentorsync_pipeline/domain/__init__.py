"""Records, findings and normal forms that every stage uses. Pure: no I/O, no clock, and nothing of ours is imported."""
