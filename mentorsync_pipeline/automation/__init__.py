"""Jobs, schedules and sensors: what runs, and what starts runs automatically.

Sensors compare states and do not depend on events, so that a missed tick or a killed daemon loses nothing. What the
runs compute is in `assets`.
"""
