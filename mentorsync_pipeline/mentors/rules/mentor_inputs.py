"""Inputs of one mentor's row (rulebook section 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentorsync_pipeline.attendance.rules.mentor_records import MentorRecord
from mentorsync_pipeline.attendance.rules.own_tick import SentTick
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.records import Contact, FormEntry, Member, Mentor, Signup, Winner
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.mentors.rules.carry_over import CarryOver
from mentorsync_pipeline.mentors.rules.partner_wish import PartnerDirectory, PartnerWish
from mentorsync_pipeline.mentors.rules.sent_rows import SentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorInputs:
    """Inputs of one mentor's row.

    Attributes:
        contact: the winner as it will be after the import, including values of losers; None for a new or a blocked
            mentor.
        members: campaign members, best first.
        partners: all mentors of the year, to find a partner.
        wish: the mentor's latest entry of the partner form.
        records: records of staff.
        bases, other_contact_bases, edits_seen_since, bases_of_others, seen_bases: as in `contact_side.Sides`.
        sent_tick: what is known of our tick of the attendance box.
        sent_rows: the mentor's rows in the year's import files.
        known_fields: result of `contact_side.find_known_fields`.
        names_at_link, sent_names: `KnownMentor.names` and `KnownMentor.sent_names`.
        linked_contact_id: contact of the last link (`KnownMentor.contact_id`).

    """

    signup: Signup
    winner: Winner
    contact: Contact | None
    carried: CarryOver
    members: tuple[Member, ...]
    setup: FormEntry | None
    training: FormEntry | None
    partners: PartnerDirectory
    wish: PartnerWish | None
    records: tuple[MentorRecord, ...]
    bases: Mapping[str, Base]
    other_contact_bases: Mapping[str, Base]
    edits_seen_since: Mapping[str, Base]
    bases_of_others: Mapping[str, Base]
    seen_bases: Mapping[str, Base]
    sent_tick: SentTick
    sent_rows: Sequence[SentRow]
    previous: Mentor | None
    decisions: Decisions
    config: CampaignConfig
    as_of: datetime
    known_fields: frozenset[str]
    names_at_link: tuple[str, ...]
    sent_names: tuple[str, ...]
    linked_contact_id: int | None
