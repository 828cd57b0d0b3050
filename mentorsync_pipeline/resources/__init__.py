"""What the pipeline reaches outside of itself: the database, the clock, Jotform, Givebutter."""
