"""Import rows, created import files and loads of contacts (rulebook section 9)."""

import sqlalchemy as sa

from mentorsync_pipeline.db.tables.base import (
    Json,
    Text,
    Texts,
    identity,
    json_object,
    log_column,
    metadata,
    moment,
    one_of,
    texts,
    year_column,
)
from mentorsync_pipeline.domain.import_columns import IMPORT_COLUMNS, MESSAGE_COLUMNS

mn_gb_import = sa.Table(
    "mn_gb_import",
    metadata,
    year_column(primary_key=True),
    sa.Column("mn_id", Text, primary_key=True),
    *(sa.Column(name, Text) for name in (*IMPORT_COLUMNS, *MESSAGE_COLUMNS)),
    json_object("custom_fields"),
    log_column(),
)

gb_import_files = sa.Table(
    "gb_import_files",
    metadata,
    identity(),
    year_column(),
    sa.Column("file_name", Text, nullable=False),
    sa.Column("sha256", Text, nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("held_back", sa.Integer, nullable=False, comment="Rows that the linter kept out of the file."),
    texts("left_out", comment="MN ids of import rows that are not in the file."),
    sa.Column(
        "sent_rows",
        Json,
        nullable=False,
        server_default=sa.text("'{}'::jsonb"),
        comment="Values by submission, of the rows that differ from those of the last file with the mentor.",
    ),
    sa.Column("run_id", Text, nullable=False),
    moment("contacts_as_of", comment="The as_of of the contact data that the file was built from."),
    moment("created_at", nullable=False),
    sa.Column("forced_by", Text, comment="Who forced the file past the staleness gate, if anyone."),
    log_column(),
    sa.Index("ix_gb_import_files_campaign_year", "campaign_year", "created_at"),
)

gb_contact_loads = sa.Table(
    "gb_contact_loads",
    metadata,
    identity(),
    sa.Column("origin", Text, nullable=False),
    sa.Column("file_name", Text),
    sa.Column("sha256", Text),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("previous_row_count", sa.BigInteger),
    sa.Column(
        "changed_count",
        sa.BigInteger,
        comment="Number of contacts that differ from those before; NULL for a load that replaced all contacts.",
    ),
    moment("as_of", nullable=False, comment="Time at which the contact data was exported from Givebutter."),
    moment("loaded_at", nullable=False),
    sa.Column(
        "clock_offset",
        sa.Interval,
        comment="How far Givebutter's clock was ahead of this machine's; NULL if the load did not measure it.",
    ),
    sa.Column("run_id", Text),
    sa.Column("forced_by", Text),
    sa.Column("notes", Json),
    sa.Column(
        "custom_field_labels",
        Texts,
        comment="Labels of the custom fields at the load; NULL for a load of some contacts without a new label.",
    ),
    one_of("origin", "export", "api_full", "api_changes", "api_mentors"),
)
