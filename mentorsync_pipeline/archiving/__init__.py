"""Archiving of duplicates: plan, approvals, guard, ledger, apply and restore (rulebook, section 10).

What does not belong here: deciding which contacts are duplicates (`mentors.rules`) and the HTTP calls (`resources`).
"""
