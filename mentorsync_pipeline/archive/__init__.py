"""Archiving and restoring contacts over Givebutter's API, each call entered in the ledger before and after it.

What is archived does not belong here (`rules.archive_plan`), nor the tables (`store.archive_ledger`) or the calls
themselves (`resources.givebutter_contacts`).
"""
