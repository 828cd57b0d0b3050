"""The calculation itself: pure functions over frozen records."""
