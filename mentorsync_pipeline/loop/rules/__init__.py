"""Pure rules of the season's loop."""
