"""Inputs of a year's mentors and import rows, as frozen records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.known_mentors import KnownMentors, find_person_submissions
from mentorsync_pipeline.domain.records import Contact, DecisionInForce, FormEntry, Member, Mentor, Signup, Winner
from mentorsync_pipeline.domain.service_clock import SAME_CLOCK, ServiceClock
from mentorsync_pipeline.mentors.rules.bases import Bases, StoredBases
from mentorsync_pipeline.mentors.rules.losers import Loser
from mentorsync_pipeline.mentors.rules.sent_rows import SentRows


@dataclass(frozen=True, slots=True, kw_only=True)
class YearData:
    """All inputs of a year's mentors.

    Attributes:
        as_of: time of the contact data.
        winners: by submission id, one for every sign-up.
        contacts: the winners' contacts, by contact id.
        losers: by submission id, the losers whose data may be copied (`mentors.rules.losers`).
        donor_losers: by submission id, losers that need approval only because of their donations. Their opt-outs count.
        entries: form entries by the form's name (`domain.forms`), without deleted ones.
        records: records of staff, including undone ones.
        previous: rows of the last run, by MN id.
        known: the year's known mentors (`known_mentors`).
        placeholder_keys: phones and emails that are not used for matching.
        declined: contacts for which a person chose to create a new contact, by the answer's submission id, or by MN id
            where that is unknown.
        file_times: when the year's import files were written.
        clock: Givebutter's clock.
        sent_mn_ids: MN ids of the rows in `previous` that the last import file had as they are.
        sent_rows: values of the rows of all import files, by submission id.

    """

    config: CampaignConfig
    as_of: datetime
    signups: Sequence[Signup]
    winners: Mapping[str, Winner]
    contacts: Mapping[int, Contact]
    losers: Mapping[str, Sequence[Loser]] = field(default_factory=dict)
    donor_losers: Mapping[str, Sequence[Loser]] = field(default_factory=dict)
    members: Sequence[Member] = ()
    entries: Mapping[str, Sequence[FormEntry]] = field(default_factory=dict)
    records: Sequence[MentorRecord] = ()
    previous: Mapping[str, Mentor] = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    known: KnownMentors = field(default_factory=dict)
    decisions: Collection[DecisionInForce] = ()
    placeholder_keys: frozenset[str] = frozenset()
    declined: Mapping[str, frozenset[int]] = field(default_factory=dict)
    file_times: Sequence[datetime] = ()
    clock: ServiceClock = SAME_CLOCK
    sent_mn_ids: Collection[str] = ()
    sent_rows: SentRows = field(default_factory=dict)

    def index_bases(self) -> StoredBases:
        """Return the bases, indexed by submission and contact."""
        return StoredBases(self.bases, find_person_submissions(self.signups, self.known))
