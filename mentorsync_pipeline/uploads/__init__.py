"""Uploaded and dropped files: the drop folder, checks, and Givebutter's rejected rows (rulebook, section 9)."""
