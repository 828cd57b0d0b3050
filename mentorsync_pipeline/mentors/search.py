"""Find a year's mentors by name, MN id, email, phone or contact id, in memory (`domain.word_index`)."""

from typing import Any

import sqlalchemy as sa

from mentorsync_pipeline.db.filters import calculations, is_any_of
from mentorsync_pipeline.db.tables import mentors, sync_log
from mentorsync_pipeline.db.versioned_cache import VersionedCache
from mentorsync_pipeline.domain.word_index import WordIndex, index_words, phone_words, search_words

_MOST = 500


def read_mentor_words(conn: sa.Connection, year: int, cache: VersionedCache) -> WordIndex[str]:
    """Return the MN ids by the words of the mentors, as of the last run that wrote them."""
    log_id = conn.execute(sa.select(sa.func.max(sync_log.c.id)).where(calculations(year))).scalar()
    return cache.read((_read_index, year), log_id, lambda: _read_index(conn, year))


def find_mentors(
    conn: sa.Connection, year: int, text: str, cache: VersionedCache, *, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Return the first matching mentors by name, and the number of all; none for less than two characters."""
    c = mentors.c
    mn_ids = read_mentor_words(conn, year, cache).find(search_words(text), limit=_MOST)
    columns = (c.mn_id, c.first_name, c.last_name, c.preferred_name, c.phone, c.personal_email, c.uga_email)
    query = (
        sa.select(*columns, c.status, c.sync_state, c.dropped)
        .where(c.campaign_year == year, is_any_of(c.mn_id, mn_ids))
        .order_by(c.last_name, c.first_name, c.mn_id)
        .limit(limit)
    )
    return [dict(row) for row in conn.execute(query).mappings()], len(mn_ids)


def find_mentors_of_contact(conn: sa.Connection, contact_id: int) -> list[dict[str, Any]]:
    """Return the mentors that this contact belongs to, newest year first."""
    c = mentors.c
    columns = (c.campaign_year, c.mn_id, c.first_name, c.last_name, c.preferred_name)
    query = sa.select(*columns).where(c.gb_contact_id == contact_id).order_by(c.campaign_year.desc(), c.mn_id)
    return [dict(row) for row in conn.execute(query).mappings()]


def _read_index(conn: sa.Connection, year: int) -> WordIndex[str]:
    c = mentors.c
    columns = (c.mn_id, c.first_name, c.last_name, c.preferred_name, c.personal_email, c.uga_email, c.phone)
    rows = conn.execute(sa.select(*columns, c.gb_contact_id, c.submission_id).where(c.campaign_year == year))
    return WordIndex(
        (
            row.mn_id,
            [
                *index_words(row.mn_id, row.mn_id.removeprefix("MN"), row.first_name, row.last_name),
                *index_words(row.preferred_name, row.personal_email, row.uga_email),
                *index_words(str(row.gb_contact_id or ""), row.submission_id),
                *phone_words(row.phone),
            ],
        )
        for row in rows
    )
