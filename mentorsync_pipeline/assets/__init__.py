"""The assets: each reads tables or a service, calls a rule, writes a table and reports. One module per stage."""
