"""What starts runs by itself: sensors, one module each.

All of them look at how things are, not at what has just happened: a tick that was missed or a daemon that was killed
changes nothing. What a run does belongs to `jobs` and `assets`.
"""
