"""A year's rules as one calculation in memory, for previews, simulations and tests.

The assets run the same rules stage by stage on the tables. No rule is defined here.
"""
