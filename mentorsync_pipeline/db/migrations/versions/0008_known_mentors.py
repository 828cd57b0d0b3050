"""Mentors are remembered by their submission: links, former MN ids, rows set aside, and bases of every contact.

Revision 0008, made on 2026-11-28; it follows 0007.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
_REMEMBER = """
    INSERT INTO mentorsync.known_mentors
           (campaign_year, submission_id, mn_id, mn_ids, contact_id, member_ids, keys)
    SELECT m.campaign_year, m.submission_id, m.mn_id, ARRAY[m.mn_id], m.gb_contact_id,
           array_remove(ARRAY[m.gb_member_id], NULL),
           ARRAY(SELECT DISTINCT key FROM unnest(ARRAY[d.phone, d.personal_email, d.uga_email]) key
                  WHERE key IS NOT NULL ORDER BY key)
      FROM mentorsync.mentors m
      LEFT JOIN mentorsync.deduplicated_signups d USING (campaign_year, submission_id)
     WHERE m.submission_id IS NOT NULL
    ON CONFLICT DO NOTHING
"""
# A base whose mentor has no submission is kept for its contact.
_OWNERS = """
    UPDATE mentorsync.mentor_bases b
       SET submission_id = coalesce(
               (SELECT m.submission_id FROM mentorsync.mentors m
                 WHERE m.campaign_year = b.campaign_year AND m.mn_id = b.mn_id),
               'of ' || b.mn_id),
           contact_id = coalesce(b.contact_id, 0)
"""
_KEY = "pk_mentor_bases"
_NO_CONTACT = "The contact that confirmed it; 0 where no contact has a say."


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "known_mentors",
        sa.Column(
            "campaign_year",
            sa.Integer,
            nullable=False,
            autoincrement=False,
            comment="The campaign year that the row belongs to.",
        ),
        sa.Column("submission_id", sa.Text, nullable=False, comment="Jotform's id of the sign-up."),
        sa.Column("mn_id", sa.Text, nullable=False, comment="The id that the mentor had last."),
        sa.Column(
            "mn_ids",
            pg.ARRAY(sa.Text),
            nullable=False,
            server_default="{}",
            comment="Every id that the submission has carried, the present one last.",
        ),
        sa.Column("contact_id", sa.BigInteger, comment="The contact that the mentor was linked to last."),
        sa.Column(
            "member_ids",
            pg.ARRAY(sa.BigInteger),
            nullable=False,
            server_default="{}",
            comment="All campaign members that were found to be the mentor's.",
        ),
        sa.Column(
            "keys",
            pg.ARRAY(sa.Text),
            nullable=False,
            server_default="{}",
            comment="The phone and emails of the sign-up when the link was worked out.",
        ),
        sa.Column("last_row", pg.JSONB, comment="The last row of `mentors`, while the mentor has none."),
        sa.Column("sync_log_id", sa.BigInteger, comment="The run (`sync_log`) that wrote the row's values."),
        sa.PrimaryKeyConstraint("campaign_year", "submission_id", name=op.f("pk_known_mentors")),
        schema=_SCHEMA,
    )
    op.execute(_REMEMBER)
    op.add_column(
        "mentor_bases", sa.Column("submission_id", sa.Text, comment="Jotform's id of the sign-up."), schema=_SCHEMA
    )
    op.execute(_OWNERS)
    op.drop_constraint(_KEY, "mentor_bases", schema=_SCHEMA)
    op.alter_column("mentor_bases", "submission_id", schema=_SCHEMA, nullable=False)
    op.alter_column(
        "mentor_bases", "contact_id", schema=_SCHEMA, nullable=False, server_default="0", comment=_NO_CONTACT
    )
    op.create_primary_key(
        _KEY, "mentor_bases", ["campaign_year", "submission_id", "field", "contact_id"], schema=_SCHEMA
    )


def downgrade() -> None:
    """Take this revision back: of each mentor the bases of the present contact stay."""
    op.drop_constraint(_KEY, "mentor_bases", schema=_SCHEMA)
    op.alter_column("mentor_bases", "contact_id", schema=_SCHEMA, nullable=True, server_default=None)
    op.execute("UPDATE mentorsync.mentor_bases SET contact_id = NULL WHERE contact_id = 0")
    op.execute(
        """
        DELETE FROM mentorsync.mentor_bases b
         WHERE NOT EXISTS (
               SELECT FROM mentorsync.mentors m
                WHERE m.campaign_year = b.campaign_year AND m.mn_id = b.mn_id AND m.submission_id = b.submission_id
                  AND (b.contact_id IS NULL OR b.contact_id = m.gb_contact_id))
        """
    )
    op.drop_column("mentor_bases", "submission_id", schema=_SCHEMA)
    op.create_primary_key(_KEY, "mentor_bases", ["campaign_year", "mn_id", "field"], schema=_SCHEMA)
    op.drop_table("known_mentors", schema=_SCHEMA)
