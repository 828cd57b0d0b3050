"""Column comments in plain English; the columns themselves stay.

Revision 0013, made on 2026-11-28; it follows 0012.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SCHEMA = "mentorsync"
# Former comment: new comment.
_COMMENTS = {
    "A running number.": "Serial number.",
    "When it was made.": "Time of creation.",
    "When it was last changed.": "Time of the last change.",
    "When it was made, as Jotform wrote it (US Eastern wall clock).": "Time of creation, as Jotform wrote it (US Eastern wall clock).",
    "When it was last edited, as Jotform wrote it.": "Time of the last edit, as Jotform wrote it.",
    "When we read it from its source.": "Time at which it was read from its source.",
    "Which way it came: which file or which service.": "Where it came from: a file or a service.",
    "The table that the finding is about.": "The table or asset that the finding is about.",
    "The name that the person goes by.": "Preferred first name.",
    "What follows the name, such as Jr.": "Suffix of the name, such as Jr.",
    "The training session that was chosen.": "The chosen training session.",
    "The email as it is compared, to match by.": "Normalised email, for matching.",
    "The phone in its normal form (E.164), to match by.": "Normalised phone (E.164), for matching.",
    "All emails as they are compared (one for a mailbox), the primary one first, without placeholders.": "All normalised emails (one per mailbox), primary first, without placeholders.",
    "All phones in their normal form (E.164), the primary one first, without placeholders.": "All normalised phones (E.164), primary first, without placeholders.",
    "Since when Givebutter counts the contact.": "Contact since (Givebutter).",
    "The household that the contact belongs to; known from exports alone.": "The contact's household; only in exports.",
    "Whether it is the household's main contact.": "Whether the contact is the household's primary contact.",
    "When the contact was made in Givebutter.": "Time at which the contact was created in Givebutter.",
    "When it was archived, if it was.": "Time of archiving; NULL while active.",
    "How many people have given.": "Number of donors.",
    "How many items were bought.": "Number of purchased items.",
    "Phones and emails that so many people share that they match nobody.": "Phones and emails that are not used for matching because too many people share them.",
    "Which keys the sign-up and the contact share.": "Keys that the sign-up and the contact share.",
    "viable: may win; doubtful: only a person may choose it; refused: somebody else.": "viable: may be chosen; doubtful: only by a decision; refused: another person.",
    "Why, in plain words.": "Reason, as a sentence.",
    "Whether the two names agree, differ, or it cannot be told.": "Whether the two names agree, differ or are unclear.",
    "Whether its emails, phones and tags go to the kept contact.": "Whether its emails, phones and tags are copied to the kept contact.",
    "Emails that it may hand on to the kept contact.": "Emails that may be copied to the kept contact.",
    "Phones that it may hand on to the kept contact.": "Phones that may be copied to the kept contact.",
    "The contact's points.": "Score of the contact.",
    "What the points are made of.": "Parts of the score.",
    "The next best contact's points.": "Score of the second-best contact.",
    "The next best contact.": "The second-best contact.",
    "The conflicts that the mentor waits for.": "The open conflicts that block the mentor.",
    "The campaign member that belongs to the mentor.": "The mentor's campaign member.",
    "matched: has a contact; new: the import makes one; blocked: waits for a person.": "matched: has a contact; new: the import creates one; blocked: needs a decision.",
    "For each field: where its value comes from, when it was read, and which rule chose it.": "For each field: the value's source, the time it was read, and the rule that chose it.",
    "What kind of change it is.": "Type of change.",
    "Who or what made the change.": "Source of the change.",
    "When the change was found.": "Time at which the change was detected.",
    "The file's fingerprint.": "SHA-256 of the file.",
    "How many rows it has.": "Number of rows.",
    "How many rows there were before.": "Previous number of rows.",
    "When it was loaded.": "Time of loading.",
    "Who let it through against a warning, if anyone.": "Person who forced it despite a warning; NULL for none.",
    "planned, needs_approval (a person must say yes) or kept.": "planned, needs_approval or kept.",
    "What is moved to the kept contact first.": "Values copied to the kept contact before archiving.",
    "The whole contact as it was, so that it can be restored.": "The original contact, for restoring.",
    "The External ID that was taken off it.": "The External ID that was removed from the contact.",
    "What kind of question it is.": "Type of conflict.",
    "The record that it is about.": "The record concerned.",
    "Whether the mentor waits for the answer.": "Whether the mentor is blocked until the conflict is answered.",
    "The first answer: its value, its source and what is known of it.": "Option A: value, source and details.",
    "The second answer.": "Option B: value, source and details.",
    "What else helps to decide.": "Further details for the decision.",
    "The answer that is recommended, if one is.": "Recommended option; NULL for no recommendation.",
    "What was compared, as a hash: when it changes, the question is asked again.": "Hash of the compared values; the conflict is opened again when it changes.",
    "What a person answered before the inputs changed.": "The answer before the inputs changed.",
    "When the decision was taken back.": "Time at which the decision was undone.",
    "Who took it back.": "Person who undid it.",
    "What is wrong, in plain words.": "What is wrong.",
    "What to do about it.": "Next step.",
    "Whether trying again may help.": "Whether a retry may succeed.",
    "How often it was tried again.": "Number of retries so far.",
    "How often it will be tried again.": "Maximum number of retries.",
    "When it will be tried again.": "Time of the next retry.",
    "Whether it is settled.": "Whether it is resolved.",
    "How it was settled: auto_retry, manual or ignored.": "How it was resolved: auto_retry, manual or ignored.",
    "Who settled it.": "Person who resolved it.",
    "When it was settled.": "Time of resolution.",
    "What kind of warning it is.": "Type of warning.",
    "What the warning says, as a hash: an acknowledged one is not repeated while it is the same.": "Hash of the warning; an acknowledged warning is not repeated while it is unchanged.",
    "Whether a person has seen it.": "Whether it is acknowledged.",
    "Who has seen it.": "Person who acknowledged it.",
    "When it was seen.": "Time of acknowledgement.",
    "The state that it is in.": "Status.",
    "Rows there were afterwards.": "Rows after the run.",
    "What went wrong.": "Error message.",
    "What a person did.": "The recorded action.",
    "contact: a person looked at this contact; plan: it is one of a plan that was let past the guard.": "contact: approved by itself; plan: approved with a plan that the guard stopped.",
    "What was looked at, as a hash: the yes holds for no other.": "Hash of the reviewed row; the answer is valid for this row only.",
    "yes: it may go; no: it is struck out.": "yes: may be archived; no: kept.",
    "When a no was taken back.": "Time at which the decision to keep was withdrawn.",
    "Why, in the person's words.": "Reason given by the person.",
    "duplicate: it may be archived; needs_approval: when a person approves; protected: it stays.": "duplicate: may be archived; needs_approval: after approval; protected: kept.",
    "The contact that confirmed it; 0 where no contact has a say.": "The contact that confirmed it; 0 for fields without a contact.",
    "What our own source said when the value was confirmed.": "Value of MentorSync's own source when the value was confirmed.",
    "What the contact's primary field held when the value was confirmed.": "Value of the contact's primary field when the value was confirmed.",
    "The phone and emails of the sign-up when the link was worked out.": "Phone and emails of the sign-up when the link was determined.",
    "The last row of `mentors`, while the mentor has none.": "The last row of `mentors`, while the mentor has no row there.",
    "The whole file as it was applied; later runs go by this text.": "The whole file as it was applied; later runs use this text.",
    "The message; NULL when the mentor had one and has none any more.": "The message; NULL when it was cleared.",
    "Since when the mentor has no message any more.": "Time at which the message was cleared.",
    "When it ceased to be in force; NULL while it is.": "End of its validity; NULL while in force.",
    "What the question is about, stable between runs.": "The record concerned, stable between runs.",
    "What a search looks in.": "Text for searches.",
    "NULL for an error that belongs to no one year.": "NULL for an error that concerns all years.",
    "Who had it tried again last; NULL when nobody asked for that try.": "Person who started the last retry; NULL for an automatic one.",
    "What a person may accept; NULL for an error that is to be put right.": "Fingerprint that a person may accept; NULL for an error that must be corrected.",
    "What a person accepted; it holds for this content alone.": "Accepted fingerprint; valid for this content only.",
    "When a run no longer found the cause.": "Time at which a run no longer found the cause.",
    "NULL for an act that concerns all years.": "NULL for an action that concerns all years.",
    "What it was done to: a run's id, or a file's sha256.": "The object: a run's id, or a file's SHA-256.",
    "How that was proved: by a login, by a token, or on the machine.": "How the person was identified: login, API token or account on the machine.",
    "The contact that shall lose the mentor's id, as a person decided.": "The contact from which the mentor's id is removed by a decision.",
}
_COLUMNS = sa.text(
    """
    SELECT c.relname, a.attname, d.description
      FROM pg_description d
      JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
     WHERE c.relnamespace = CAST(:schema AS regnamespace) AND d.objsubid > 0
    """
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    _replace(_COMMENTS)


def downgrade() -> None:
    """Take this revision back."""
    _replace({new: old for old, new in _COMMENTS.items()})


def _replace(comments: Mapping[str, str]) -> None:
    for table, column, comment in op.get_bind().execute(_COLUMNS, {"schema": _SCHEMA}).all():
        if comment in comments:
            op.alter_column(table, column, comment=comments[comment], schema=_SCHEMA)
