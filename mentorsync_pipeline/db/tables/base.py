"""Metadata, schema name and recurring columns of the tables."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

SCHEMA = "mentorsync"

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    },
)

Text = sa.Text
Json = pg.JSONB
Texts = pg.ARRAY(sa.Text)
Moment = sa.DateTime(timezone=True)
Money = sa.Numeric(12, 2)


def year_column(*, primary_key: bool = False) -> sa.Column[int]:
    """Return the column of a row's campaign year (rulebook, section 12)."""
    return sa.Column("campaign_year", sa.Integer, primary_key=primary_key, nullable=False, autoincrement=False)


def identity() -> sa.Column[int]:
    """Return a column with a surrogate key that PostgreSQL generates."""
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def moment(name: str, *, nullable: bool = True, **kw: Any) -> sa.Column[Any]:
    """Return a column of a time, stored with its zone (UTC)."""
    return sa.Column(name, Moment, nullable=nullable, **kw)


def now_column(name: str) -> sa.Column[Any]:
    """Return a column of a time; the default is the time of the insert."""
    return sa.Column(name, Moment, nullable=False, server_default=sa.func.now())


def log_column() -> sa.Column[int]:
    """Return the column with the `sync_log` id of the run that last wrote the row."""
    return sa.Column("sync_log_id", sa.BigInteger, nullable=True)


def texts(name: str, **kw: Any) -> sa.Column[Any]:
    """Return a column of a list of texts, never NULL."""
    return sa.Column(name, Texts, nullable=False, server_default="{}", **kw)


def json_object(name: str) -> sa.Column[Any]:
    """Return a column of a JSON object, never NULL."""
    return sa.Column(name, Json, nullable=False, server_default=sa.text("'{}'::jsonb"))


def flag(name: str, *, default: bool = False, comment: str | None = None) -> sa.Column[bool]:
    """Return a boolean column, never NULL."""
    return sa.Column(
        name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false(), comment=comment
    )


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """Return a constraint of a text column to a few values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)
