"""What staff observe of a mentor: attendance at the training, verified cash, notes (rulebook, section 14).

How a record is merged with Givebutter's checkbox is a rule of this package; the rows of `mentors` are made elsewhere.
"""
