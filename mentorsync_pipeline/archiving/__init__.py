"""Archiving of duplicates: plan, approvals, guard, ledger, apply and restore (rulebook, section 10).

Which contacts are duplicates is decided in `mentors.rules`; the HTTP calls are in `resources`.
"""
