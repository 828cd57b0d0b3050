"""The review console: web pages for charity workers, and an API with the same functions for programs.

Pages and routes call the services and queries of the stages; they contain no rules and no SQL.
"""
