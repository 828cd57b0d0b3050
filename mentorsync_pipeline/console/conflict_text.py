"""Texts for each type of conflict: what happened, what it means, and the effect of each choice.

Templates translate the texts and fill in `mentor`, `a`, `b`, `contact`, `others` and `field`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE

Own = Literal["contact", "holder", "phone", "email", "text", "member"]
"""What a value of one's own is: it decides which field the person is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictText:
    """The texts of one kind of question; `own` says which value of one's own it takes besides `words_of_own`."""

    title: str
    happened: str
    means: str
    a: str
    b: str
    own: Own | None = None
    words_of_own: tuple[str, ...] = ()


_BLOCKED = N_(
    "Until somebody answers, %(mentor)s is left out of the import file, and none of these contacts is archived."
)
_OPEN_FIELD = N_("Not blocking. Givebutter's value is kept until this is answered.")
_NEW = N_("Give %(mentor)s a contact of their own; the import creates it.")
_WAIT = N_("Leave %(mentor)s without a contact for now. They stay out of the import file.")

_RIVALS = ConflictText(
    title=N_("Which contact is %(mentor)s's?"),
    happened=N_("Givebutter has more than one contact that fits, and their scores are too close to choose by rule."),
    means=_BLOCKED,
    a=N_("Contact %(a)s is kept. The others become duplicates: what they know is carried over, then they may go."),
    b=N_("Contact %(b)s is kept. The others become duplicates: what they know is carried over, then they may go."),
    own="contact",
    words_of_own=(NEW_CONTACT,),
)
_DOUBTFUL = ConflictText(
    title=N_("Is this %(mentor)s's contact?"),
    happened=N_("Only one contact fits, and it may be somebody else's: a parent's, or one with a passed-on phone."),
    means=_BLOCKED,
    a=N_("Contact %(a)s is the mentor's: it is kept, and gets the mentor's External ID."),
    b=N_("It is somebody else's and is left alone. The import creates a contact for %(mentor)s."),
    own="contact",
)
_COLLISIONS: Mapping[str, ConflictText] = {
    "holder": ConflictText(
        title=N_("May the External ID be taken off contact %(contact)s?"),
        happened=N_(
            "Contact %(contact)s holds %(mentor)s's External ID, and nothing else says that it is the mentor's."
        ),
        means=_BLOCKED,
        a=N_("The id is taken off contact %(contact)s (this can be undone), and %(mentor)s gets it afterwards."),
        b=_WAIT,
        own="holder",
    ),
    "held": ConflictText(
        title=N_("Does %(mentor)s need a contact of their own?"),
        happened=N_("The only contact that fits holds the External ID of another mentor: %(others)s."),
        means=_BLOCKED,
        a=_NEW,
        b=_WAIT,
        own="contact",
    ),
    "unexplained": ConflictText(
        title=N_("May %(mentor)s's id replace the one on contact %(a)s?"),
        happened=N_("The best contact holds an External ID that is not known to have been this person's."),
        means=_BLOCKED,
        a=N_("Contact %(a)s is the mentor's, and the mentor's id replaces the one that it holds."),
        b=_NEW,
        own="contact",
        words_of_own=(LEAVE_UNLINKED,),
    ),
    "contested": ConflictText(
        title=N_("Is contact %(a)s %(mentor)s's?"),
        happened=N_("More than one mentor is after this contact: %(others)s as well. Each is asked by itself."),
        means=_BLOCKED,
        a=N_("Contact %(a)s is %(mentor)s's."),
        b=_NEW,
        own="contact",
        words_of_own=(LEAVE_UNLINKED,),
    ),
    "signups": ConflictText(
        title=N_("Whose id is it?"),
        happened=N_("Two people signed up with one and the same mentor's id."),
        means=N_("Until somebody answers, both are left out of the import file."),
        a=N_("The newer sign-up keeps the id. The other is not used until Jotform gives it an id of its own."),
        b=N_("The older sign-up keeps the id. The other is not used until Jotform gives it an id of its own."),
    ),
}
_FIELD_A = N_("The sign-up is right: its value goes to Givebutter with the next import.")
_FIELD_B = N_("Givebutter is right: its value stays, and the mentor's record takes it over.")
_FIELDS: Mapping[str, ConflictText] = {
    "phone_mismatch": ConflictText(
        title=N_("Which phone is %(mentor)s's?"),
        happened=N_("The sign-up and the contact have different phones, and neither is much newer."),
        means=_OPEN_FIELD,
        a=_FIELD_A,
        b=_FIELD_B,
        own="phone",
    ),
    "email_mismatch": ConflictText(
        title=N_("Which email is %(mentor)s's?"),
        happened=N_("The sign-up and the contact have different emails, and neither is much newer."),
        means=_OPEN_FIELD,
        a=_FIELD_A,
        b=_FIELD_B,
        own="email",
    ),
    "field_mismatch": ConflictText(
        title=N_("Which is right for %(mentor)s: %(field)s?"),
        happened=N_("Both sides changed it to different values since they last agreed."),
        means=_OPEN_FIELD,
        a=N_("The form is right: its value goes to Givebutter with the next import."),
        b=_FIELD_B,
        own="text",
    ),
}
_MEMBERS = ConflictText(
    title=N_("Which fundraising page counts for %(mentor)s?"),
    happened=N_("More than one of the campaign's member records fits this mentor."),
    means=N_("Until somebody answers, the recommended one counts."),
    a=N_("Member record %(a)s counts: its amount and its page are the mentor's."),
    b=N_("Member record %(b)s counts: its amount and its page are the mentor's."),
    own="member",
)
_FELL = ConflictText(
    title=N_("Is it right that %(mentor)s's amount went down?"),
    happened=N_("Givebutter shows a smaller amount than before: perhaps a refund, perhaps a page that is gone."),
    means=N_("Until somebody answers, Givebutter's present amount is used."),
    a=N_("Givebutter is right: $%(a)s counts from now on."),
    b=N_("Keep the amount from before, $%(b)s, until Givebutter shows more."),
)
_SHARED = ConflictText(
    title=N_("One phone: two people, or one?"),
    happened=N_("Two sign-ups give the same phone, and their names do not say that it is one person."),
    means=N_("Not blocking. Both sign-ups are kept until this is answered."),
    a=N_("They are two people who share a phone. Both stay mentors."),
    b=N_("It is one person who signed up twice. The newest sign-up is kept."),
)
_STALE = ConflictText(
    title=N_("Is the contact data recent enough for an import file?"),
    happened=N_("What we know of Givebutter's contacts is old, so a file made from it would be rejected in part."),
    means=N_("Until fresh contacts are there, or somebody answers, no import file is made. No mentor is held up."),
    a=N_("Refresh the contacts first: upload a new export, or fetch them. The question then goes away by itself."),
    b=N_("Make the file from the present data anyway. Some rows may be rejected."),
)
# One line for each kind, for lists and filters.
KINDS: Mapping[str, str] = {
    "contact_selection": N_("Which contact"),
    "external_id_collision": N_("Whose External ID"),
    "phone_mismatch": N_("Which phone"),
    "email_mismatch": N_("Which email"),
    "field_mismatch": N_("Which value"),
    "fundraising_mismatch": N_("Fundraising"),
    "shared_phone": N_("Shared phone"),
    "data_staleness": N_("Old contact data"),
}
# An option whose value is a word rather than a record.
VALUES: Mapping[str, str] = {
    NEW_CONTACT: N_("A new contact"),
    RELEASE: N_("Take the External ID off"),
    LEAVE_UNLINKED: N_("Leave unlinked for now"),
    "two_people": N_("Two people"),
    "one_person": N_("One person"),
    "refresh": N_("Refresh first"),
    "use_as_it_is": N_("Use it as it is"),
}


def conflict_text(conflict: Mapping[str, Any]) -> ConflictText:
    """Return the texts for a conflict (a row of `sync_conflicts`)."""
    kind, subject = conflict["conflict_type"], conflict["subject"]
    if kind == "contact_selection":
        return _DOUBTFUL if conflict["option_b"]["value"] == NEW_CONTACT else _RIVALS
    if kind == "external_id_collision":
        return _COLLISIONS[subject.partition(":")[0]]
    if kind == "fundraising_mismatch":
        return _MEMBERS if subject == "campaign_member" else _FELL
    return {**_FIELDS, "shared_phone": _SHARED, "data_staleness": _STALE}[kind]
