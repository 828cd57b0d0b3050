"""A local Jotform and Givebutter for the demo, the tests and new developers.

The sandbox shares no code with the rest of the package, so that an error in the rules cannot be hidden by the same
error in the test world. Only the command line, tests and benchmarks import it.
"""
