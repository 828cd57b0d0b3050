"""Who may do what in the console, and what protects it: logins, roles, tokens, CSRF, limits, headers."""
