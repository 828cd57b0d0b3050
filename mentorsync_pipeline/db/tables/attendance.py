"""Table of the records of staff: attendance, verified cash and notes (rulebook, section 14)."""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
    Money,
    Text,
    flag,
    identity,
    metadata,
    moment,
    one_of,
    year_column,
)
from mentorsync_pipeline.domain.vocabulary import RECORD_KINDS

mentor_records = sa.Table(
    "mentor_records",
    metadata,
    identity(),
    year_column(),
    sa.Column("mn_id", Text, nullable=False, comment="The mentor's present id; it follows a corrected id."),
    sa.Column("submission_id", Text, comment="The mentor's sign-up when the record was made."),
    sa.Column("kind", Text, nullable=False, comment="attended_training, cash_verified or note."),
    sa.Column("session", Text, comment="The training session, for attendance."),
    sa.Column("amount", Money, comment="The cash that was counted, in dollars; never added to amount_raised."),
    sa.Column("note", Text, comment="The text of a note."),
    moment("observed_at", nullable=False, comment="When it was observed, by the device's clock or the file."),
    sa.Column("observed_on", sa.Date, nullable=False, comment="The day of observed_at in the charity's time zone."),
    moment("recorded_at", nullable=False, comment="When it was recorded here."),
    sa.Column("recorded_by", Text, nullable=False, comment="Who recorded it."),
    sa.Column(
        "device_record_id", Text, nullable=False, comment="An id made on the device, so that a repeat counts once."
    ),
    moment("undone_at", comment="When it was undone; NULL while in force."),
    sa.Column("undone_by", Text, comment="Who undid it."),
    flag("withdraws_tick"),
    one_of("kind", *RECORD_KINDS),
    sa.CheckConstraint("(kind = 'cash_verified') = (amount IS NOT NULL)", name="amount"),
    sa.CheckConstraint("(kind = 'note') = (note IS NOT NULL)", name="note"),
    sa.CheckConstraint("kind = 'attended_training' OR session IS NULL", name="session"),
    sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by"),
    sa.Index("uq_mentor_records_device_record_id", "device_record_id", unique=True),
    sa.Index("ix_mentor_records_campaign_year_mn_id", "campaign_year", "mn_id"),
)
