"""A local Jotform and Givebutter for the demo, the tests and new developers.

Belongs here: everything that pretends to be one of the two services, or a person at Givebutter's dashboard, and the
generator of the invented people in them. Does not belong here: any rule of MentorSync. The sandbox shares no code with
the rest of the package, so that an error in our rules cannot hide behind the same error in the test world, and nothing
but the command line and the tests may import it.
"""
