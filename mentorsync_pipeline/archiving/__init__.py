"""Archiving of duplicates: plan, approvals, guard, ledger, apply and restore (rulebook, section 10).

Deciding which contacts are duplicates is the job of `mentors.rules`; calls to Givebutter are in `resources`.
"""
