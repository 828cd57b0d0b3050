"""Find what each mentor still lacks.

| lacks    | while                                                                      |
|----------|----------------------------------------------------------------------------|
| set-up   | there is neither a set-up form nor a fundraising page                      |
| page     | the mentor is not a member of the campaign                                 |
| training | the training was not attended; whether the mentor signed up for it is kept |
| partner  | nobody wishes back: the state is neither matched nor different shifts      |

A mentor with a page needs no set-up form, as in the status (rulebook, section 7).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.label_matching import match_option
from mentorsync_pipeline.domain.vocabulary import PartnerState

PAIRED: frozenset[PartnerState] = frozenset({"matched", "different_shifts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A mentor who has not dropped out, as in `mentors` and `partner_matches`."""

    mn_id: str
    uga_class: str | None
    shift_preference: str | None
    setup_submission_id: str | None
    campaign_member: bool
    training_signup: bool
    attended_training: bool
    partner_state: PartnerState


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorGaps:
    """What a mentor lacks (`mentor_gaps`). `uga_class` and `shift_preference` are options of their fields."""

    mn_id: str
    uga_class: str | None
    shift_preference: str | None
    lacks_setup: bool
    lacks_page: bool
    lacks_training: bool
    lacks_partner: bool
    training_signup: bool
    partner_state: PartnerState


def find_gaps(mentors: Iterable[Progress], config: CampaignConfig) -> tuple[MentorGaps, ...]:
    """Return one result for each mentor, in the same order."""
    return tuple(
        MentorGaps(
            mn_id=mentor.mn_id,
            uga_class=match_option(config, "uga_class", mentor.uga_class),
            shift_preference=match_option(config, "shift_preference", mentor.shift_preference),
            lacks_setup=mentor.setup_submission_id is None and not mentor.campaign_member,
            lacks_page=not mentor.campaign_member,
            lacks_training=not mentor.attended_training,
            lacks_partner=mentor.partner_state not in PAIRED,
            training_signup=mentor.training_signup,
            partner_state=mentor.partner_state,
        )
        for mentor in mentors
    )
