"""The inputs of a year's mentors and import rows, as frozen records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mentorsync_pipeline.attendance.rules.records import MentorRecord
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.known_mentors import KnownMentors
from mentorsync_pipeline.domain.records import Contact, FormEntry, Member, Mentor, Signup, Winner
from mentorsync_pipeline.mentors.rules.bases import Bases
from mentorsync_pipeline.mentors.rules.losers import Loser


@dataclass(frozen=True, slots=True, kw_only=True)
class YearData:
    """Everything that a year's mentors are made from. Every sign-up has its winner, by submission id.

    `contacts` holds the winners' contacts by id; `losers`, by submission id, the losers that hand something on
    (`mentors.rules.losers`); `setups` and `trainings` no deleted entries; `records` those of staff, undone ones
    included; `previous` the rows of the run before, by MN id; `known` what is remembered of the year's mentors;
    `declined`, by MN id, the contacts beside which a person chose to create a new one; `as_of` is when the contact
    data was taken.
    """

    config: CampaignConfig
    as_of: datetime
    signups: Sequence[Signup]
    winners: Mapping[str, Winner]
    contacts: Mapping[int, Contact]
    losers: Mapping[str, Sequence[Loser]] = field(default_factory=dict)
    members: Sequence[Member] = ()
    setups: Sequence[FormEntry] = ()
    trainings: Sequence[FormEntry] = ()
    records: Sequence[MentorRecord] = ()
    previous: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    known: KnownMentors = field(default_factory=dict)
    decisions: Decisions = field(default_factory=dict)
    declined: Mapping[str, frozenset[int]] = field(default_factory=dict)
