"""The import file for Givebutter: its rows, linter, age check and record (rulebook, section 9)."""
