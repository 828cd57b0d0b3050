"""Read the inputs of a year's mentors and import rows (`mentors.rules.merge_inputs`)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from operator import itemgetter

import sqlalchemy as sa

from mentorsync_pipeline.attendance import queries as attendance_queries
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.clock_offsets import read_givebutter_clock
from mentorsync_pipeline.db.load_order import read_last_load
from mentorsync_pipeline.db.record_cache import kept_until_changed
from mentorsync_pipeline.db.row_records import build_records, columns_of, read_columns
from mentorsync_pipeline.db.tables import gb_import_files, mentor_bases, mentors
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.domain.three_way import Base
from mentorsync_pipeline.matching import queries as matching_queries
from mentorsync_pipeline.mentors import queries as mentor_queries
from mentorsync_pipeline.mentors.duplicates import IS_COPIED, IS_DOUBTED, read_declined_contacts, read_losers
from mentorsync_pipeline.mentors.rules.bases import BaseKey, Bases, limit_times
from mentorsync_pipeline.mentors.rules.hidden_fields import restore_hidden_fields
from mentorsync_pipeline.mentors.rules.losers import Loser, group_losers_by_mentor
from mentorsync_pipeline.mentors.rules.merge_inputs import YearData
from mentorsync_pipeline.mentors.rules.sent_rows import SentRow, SentRows
from mentorsync_pipeline.review import queries as review_queries
from mentorsync_pipeline.signups import queries as signup_queries


def read_year_data(conn: sa.Connection, config: CampaignConfig) -> YearData:
    """Read all inputs of a year's mentors.

    Raises ContactsMissingError or CandidatesOutdatedError.
    """
    year = config.campaign_year
    return replace(
        _read_winners_and_losers(conn, config, read_losers(conn, year, where=IS_COPIED)),
        members=contact_queries.read_members(conn, year),
        entries=signup_queries.read_form_entries(conn, year),
        records=attendance_queries.read_records(conn, year),
        previous=mentor_queries.read_mentors(conn, year),
        bases=_read_limited_bases(conn, year),
        known=signup_queries.read_known_mentors(conn, year),
        decisions=review_queries.read_decisions_in_force(conn, year),
        placeholder_keys=signup_queries.read_placeholder_keys(conn, year),
        declined=read_declined_contacts(conn, {year}),
        file_times=_read_file_times(conn, year),
        clock=read_givebutter_clock(conn),
        sent_mn_ids=_read_sent_mn_ids(conn, year),
        sent_rows=read_sent_rows(conn, year),
    )


def read_carry_over_data(
    conn: sa.Connection, config: CampaignConfig, losers: Iterable[Loser] | None = None
) -> YearData:
    """Read the inputs of carry-overs: sign-ups, winners, contacts, duplicates and their bases.

    `losers` are the contacts whose data is copied; by default the stored ones. Raises as `read_year_data` does.
    """
    year = config.campaign_year
    used_losers = read_losers(conn, year, where=IS_COPIED) if losers is None else losers
    return replace(
        _read_winners_and_losers(conn, config, used_losers),
        bases=_read_limited_bases(conn, year),
        known=signup_queries.read_known_mentors(conn, year),
    )


def read_import_row_data(conn: sa.Connection, config: CampaignConfig) -> YearData:
    """Read the inputs of the import rows: those of carry-overs, and the losers whose opt-outs count.

    Raises as `read_year_data` does.
    """
    doubted = read_losers(conn, config.campaign_year, where=IS_DOUBTED)
    return replace(
        read_carry_over_data(conn, config),
        donor_losers=group_losers_by_mentor(loser for loser in doubted if loser.is_doubted_for_donations),
    )


def read_known_contacts(
    conn: sa.Connection, config: CampaignConfig, contact_ids: Collection[int]
) -> dict[int, Contact]:
    """Read active contacts with the last known values of the fields that an export hides, by contact id."""
    contacts = contact_queries.read_contacts_by_id(conn, contact_ids)
    return restore_hidden_fields(contacts, _read_limited_bases(conn, config.campaign_year), config)


def _read_winners_and_losers(conn: sa.Connection, config: CampaignConfig, losers: Iterable[Loser]) -> YearData:
    year = config.campaign_year
    winners = matching_queries.read_winners(conn, year)
    contact_ids = {winner.contact_id for winner in winners.values() if winner.contact_id is not None}
    return YearData(
        config=config,
        as_of=contact_queries.read_contacts_as_of(conn),
        signups=signup_queries.read_signups(conn, year),
        winners=winners,
        contacts={contact.contact_id: contact for contact in contact_queries.read_contacts_by_id(conn, contact_ids)},
        losers=group_losers_by_mentor(losers),
    )


def _read_file_times(conn: sa.Connection, year: int) -> tuple[datetime, ...]:
    c = gb_import_files.c
    return tuple(conn.execute(sa.select(c.created_at).where(c.campaign_year == year).order_by(c.created_at)).scalars())


def _read_sent_mn_ids(conn: sa.Connection, year: int) -> frozenset[str]:
    """Read the MN ids of the mentors whose rows were last written before the last import file, and are in it."""
    file, mentor = gb_import_files.c, mentors.c
    query = sa.select(file.sync_log_id, file.left_out).where(file.campaign_year == year).order_by(file.id.desc())
    last_file = conn.execute(query.limit(1)).first()
    if last_file is None:
        return frozenset()
    rows = sa.select(mentor.mn_id).where(mentor.campaign_year == year, mentor.sync_log_id < last_file.sync_log_id)
    return frozenset(conn.execute(rows).scalars()).difference(last_file.left_out)


def read_sent_rows(conn: sa.Connection, year: int) -> SentRows:
    """Read the different rows that the year's import files had, by submission id, oldest first."""
    file = gb_import_files.c
    sent: dict[str, list[SentRow]] = defaultdict(list)
    query = sa.select(file.sent_rows, file.created_at).where(file.campaign_year == year).order_by(file.id)
    for rows, made_at in conn.execute(query):
        for submission_id, row in rows.items():
            sent[submission_id].append(SentRow(row["contact_id"], row["values"], made_at))
    return sent


def _read_limited_bases(conn: sa.Connection, year: int) -> Bases:
    bases, load = _read_bases(conn, year), read_last_load(conn)
    return bases if load is None else limit_times(bases, as_of=load.as_of, loaded_at=load.loaded_at)


@kept_until_changed(mentor_bases)
def _read_bases(conn: sa.Connection, year: int) -> dict[BaseKey, Base]:
    """Read the bases of all submissions and contacts of the year."""
    c = mentor_bases.c
    names = (column for column in columns_of(mentor_bases, Base) if column is not c.contact_id)
    contact_id = sa.func.nullif(c.contact_id, 0).label("contact_id")
    query = sa.select(c.submission_id, c.field, *names, contact_id).where(c.campaign_year == year)
    bases: dict[BaseKey, Base] = {}
    for columns in read_columns(conn, query):
        keys = map(BaseKey, columns["submission_id"], columns["field"], columns["contact_id"])
        records = build_records(Base, columns, value=itemgetter("value"))  # lists stay lists
        bases.update(zip(keys, records, strict=True))
    return bases
