"""Loading of contacts into `raw_gb_full_contacts`, streamed and in one transaction."""
