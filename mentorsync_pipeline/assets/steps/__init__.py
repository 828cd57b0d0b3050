"""What the assets do when they run, one module per module of assets.

The assets import these modules in their first run, because a code location that is only listed needs none of the rules.
"""
