"""The review console: web pages for a charity worker, and the same through an API for other programs."""
