"""The `mentors` table: merge of the sources, history, provenance and lists (rulebook, sections 7 and 8)."""
