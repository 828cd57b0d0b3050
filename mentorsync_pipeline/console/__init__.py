"""The review console: web pages for charity workers, and an API with the same functions for programs.

Rules and SQL do not belong here; pages and routes call the services and queries of the stages.
"""
