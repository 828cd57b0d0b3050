"""Givebutter's contacts: exports, API answers, queries and search."""
