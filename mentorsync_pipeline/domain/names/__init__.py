"""Names of people: read, compared, split and capitalised (rulebook, section 1, "Names").

`compare_names` compares the names of two people, `written_names` reads a name as it was typed, and `name_boxes`
corrects names that are in the wrong box or case.
"""
