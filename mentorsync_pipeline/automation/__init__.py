"""Jobs, schedules and sensors: what runs, and what starts runs automatically.

Sensors compare states and do not depend on events, so that a missed tick or a killed daemon loses nothing. The contents
of runs do not belong here; see `assets`.
"""
