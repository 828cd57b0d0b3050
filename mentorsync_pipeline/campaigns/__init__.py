"""Configuration of the campaign years, and the files that ship with the package (rulebook, section 11)."""
