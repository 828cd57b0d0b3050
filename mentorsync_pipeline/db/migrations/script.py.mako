<%
    def without_comments(statements):
        """Return Alembic's statements without its own comments."""
        lines = (statements or "pass").split("\n    ")
        return "\n    ".join(line for line in lines if not line.startswith("# ###"))
%>\
"""${message[:1].upper() + message[1:]}.

Revision ${up_revision}, made on ${create_date.date()}; it follows ${down_revision or "nothing: the database is empty"}.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    ${without_comments(upgrades)}


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    ${without_comments(downgrades)}
