"""Files that people hand in: the drop folder, their checks, and Givebutter's rejected rows."""
