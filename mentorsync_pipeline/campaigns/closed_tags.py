"""Store the contacts with tags without a year (`Mentors`, `Dropped`) of closed years (rulebook, section 11).

Several years may use the same tag. When a year is closed, its tags are stored with the contacts that have them; for
later years they do not count on these contacts. When contact data shows that a tag was removed or renamed, the
contact's row is deleted, so that the tag counts when it is added again.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from mentorsync_pipeline.campaigns import configuration
from mentorsync_pipeline.db.tables import closed_year_tags, raw_gb_full_contacts, year_closings
from mentorsync_pipeline.domain.clean_text import tag_key
from mentorsync_pipeline.domain.config import CampaignConfig


def store_tags(conn: sa.Connection, config: CampaignConfig) -> int:
    """Store the contacts that have a tag without the year of a year that is being closed; return their number.

    If the year was closed before, tags that a later year uses are skipped: since then they were added for that year.
    """
    year = config.campaign_year
    keys = {tag_key(tag) for tag in config.undated_tags}
    closed_before = sa.select(year_closings).where(year_closings.c.campaign_year == year)
    if conn.execute(closed_before).first() is not None:
        later = (
            later_year
            for later_year in configuration.read_configured_years(conn, active_only=False)
            if later_year > year
        )
        keys -= {
            tag_key(tag) for later_year in later for tag in configuration.read_config(conn, later_year).undated_tags
        }
    contacts = raw_gb_full_contacts.c
    tag = sa.func.unnest(contacts.tags).table_valued("tag").render_derived()
    tagged = (
        sa.select(contacts.contact_id, sa.func.lower(tag.c.tag), sa.literal(year))
        .distinct()
        .select_from(raw_gb_full_contacts)
        .join(tag, sa.true())
        .where(sa.func.lower(tag.c.tag) == sa.any_(sa.bindparam(None, sorted(keys), type_=pg.ARRAY(sa.Text))))
    )
    insert = pg.insert(closed_year_tags).from_select(["contact_id", "tag_key", "campaign_year"], tagged)
    return conn.execute(insert.on_conflict_do_nothing()).rowcount


def forget_removed_tags(conn: sa.Connection) -> None:
    """Delete the rows of contacts whose data no longer has the tag."""
    contacts, ended = raw_gb_full_contacts.c, closed_year_tags.c
    tag = sa.func.unnest(contacts.tags).table_valued("tag").render_derived()
    has_tag = sa.exists(sa.select(sa.literal(1)).select_from(tag).where(sa.func.lower(tag.c.tag) == ended.tag_key))
    conn.execute(sa.delete(closed_year_tags).where(contacts.contact_id == ended.contact_id, ~has_tag))
