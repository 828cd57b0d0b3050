"""A local Jotform and Givebutter for the demo, the tests and new developers.

The sandbox shares no code with the rest of the package, so that an error in our rules cannot hide behind the same
error in the test world, and nothing but the command line and the tests may import it.
"""
