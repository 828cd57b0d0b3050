"""The kinds of faults, and the error that reports one."""

KINDS = frozenset(
    {
        "Givebutter rejects a row of a fresh file",
        "a check-in is lost",
        "a contact that is to be kept is archived",
        "a donor is archived unasked",
        "a duplicate is made without a question",
        "a field that an export hides changes",
        "a file is made from contacts older than the last file",
        "a form entry goes to somebody else",
        "a form entry is lost",
        "a junk name leaves",
        "a killed run changes the next one",
        "a link is cut without a question",
        "a mentor gets somebody else's contact",
        "a mentor gets somebody else's page",
        "a mentor vanishes",
        "a mentor's row is dropped",
        "a page falls off its mentor",
        "a person's choice does not hold",
        "a phone or email of nobody leaves",
        "a person's own id is taken for another's",
        "a phone that was taken off in Givebutter is sent back",
        "a recommendation without evidence",
        "a record of staff is lost",
        "an archived contact's phone or email is nowhere",
        "an amount is not that of the page",
        "a rejected row goes out again",
        "a second import of a file creates contacts",
        "a restored contact is archived again unasked",
        "a second run over unchanged data changes something",
        "a subscription is switched on",
        "a tag leaves in two spellings",
        "a tick is taken back",
        "an External ID leaves twice",
        "an MN id of two people is not asked about",
        "an edit in Givebutter is lost",
        "an old export takes the place of newer contacts",
        "an edit in Jotform is lost",
        "an edit seen in Givebutter is forgotten",
        "edits of both sides, and nobody is asked",
        "invisible characters leave",
        "junk replaces a neat name",
        "no rest after two quiet rounds",
        "one contact has two mentors",
        "one subject is asked about twice",
        "our own import is taken for an edit",
        "somebody else's contact is to be archived",
        "somebody else's phone or email is written onto a contact",
        "the import changes a contact that is not in the file",
        "the import takes something away",
        "the import writes onto somebody else's contact",
        "the ledger does not know an archive",
        "the ledger says archived, Givebutter does not",
        "the recommendation is wrong",
        "two people become one mentor",
        "a broken cell holds a row",
        "a contact with a typed phone or email is no candidate",
        "a doubtful contact is taken for a duplicate",
        "a duplicate is archived before its values arrive",
        "a phone or email is not the one that was typed first",
        "an address leaves in part",
        "an opt-out is archived before it arrives",
        "an opt-out of a duplicate is forgotten",
        "one person stays two mentors",
        "a short list is believed",
        "a whole list is refused",
    }
)
JUNK_NAMES = (".", "n/a", "706-555-0100")
"""What people type over names in Givebutter."""
TRACKED = ("first_name", "last_name", "shirt_size", "phone", "personal_email")


class BrokenError(AssertionError):
    """An invariant does not hold: the `kind` of fault, and what happened."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind
