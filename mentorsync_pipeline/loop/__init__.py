"""The season's loop: its state between two exports, and the next step of a person.

`rules/` decides from counts and times; `queries.py` reads them. What a step does is in the stages.
"""
