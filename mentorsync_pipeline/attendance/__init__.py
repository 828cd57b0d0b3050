"""What staff observe of a mentor: attendance at the training, verified cash, notes (rulebook, section 14).

The merge with Givebutter's checkbox is a rule of this package; the rows of `mentors` are built in `mentors`.
"""
