"""The review console: web pages for a charity worker, and the same through an API for other programs.

What a page or a route does to the data does not belong here: that is in `store` and in the jobs, which the command
line uses as well.
"""
