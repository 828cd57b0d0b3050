"""How far a mentor has come (rulebook section 7, status)."""

from decimal import Decimal

from mentorsync_pipeline.domain.vocabulary import MentorStatus


def status(
    *, amount_raised: Decimal, campaign_member: bool, has_setup: bool, fundraising_goal: Decimal
) -> MentorStatus:
    """The first that holds: the goal is reached, there is a page, the page was asked for, nothing yet.

    Amounts are in dollars.
    """
    if amount_raised >= fundraising_goal:
        return "complete"
    if campaign_member:
        return "needs_fundraising"
    return "needs_page" if has_setup else "needs_setup"
