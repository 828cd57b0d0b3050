"""Determine a mentor's status (rulebook section 7)."""

from decimal import Decimal

from mentorsync_pipeline.domain.vocabulary import MentorStatus


def determine_status(
    *, amount_raised: Decimal, campaign_member: bool, has_setup: bool, fundraising_goal: Decimal
) -> MentorStatus:
    """Return the first status that applies: goal reached, page exists, set-up form submitted, none of these.

    Amounts are in dollars.
    """
    if amount_raised >= fundraising_goal:
        return "complete"
    if campaign_member:
        return "needs_fundraising"
    return "needs_page" if has_setup else "needs_setup"
