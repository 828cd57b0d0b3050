"""Authentication and security of the console: logins, roles, tokens, CSRF, limits, headers."""
