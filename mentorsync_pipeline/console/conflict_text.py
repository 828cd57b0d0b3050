"""Texts for each type of conflict: what happened and what it means. `conflict_effects` has the effects of each choice.

Templates translate the texts and fill in `mentor`, `mn_id`, `a`, `contact`, `other`, `others` and `field`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mentorsync_pipeline.console.translation import N_
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE

Own = Literal["contact", "holder", "phone", "email", "text", "member"]
"""Kind of a custom answer, which determines the input field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictText:
    """Texts of one kind of conflict. `own`: kind of custom answer; `keywords`: keywords that are also accepted."""

    title: str
    happened: str
    means: str
    own: Own | None = None
    keywords: tuple[str, ...] = ()


_BLOCKED = N_("Until this is answered, %(mentor)s is not in the import file, and none of these contacts is archived.")
_OPEN_FIELD = N_("Not blocking. Givebutter's value is kept until this is answered.")

_RIVALS = ConflictText(
    title=N_("Which contact is %(mentor)s's?"),
    happened=N_("Givebutter has more than one contact that fits, and none is clearly the one to keep."),
    means=_BLOCKED,
    own="contact",
    keywords=(NEW_CONTACT,),
)
_DOUBTFUL = ConflictText(
    title=N_("Is this %(mentor)s's contact?"),
    happened=N_(
        "Only one contact fits, and it may be another person's: a parent's, or an earlier owner's of the phone."
    ),
    means=_BLOCKED,
    own="contact",
)
_COLLISIONS: Mapping[str, ConflictText] = {
    "holder": ConflictText(
        title=N_("Remove %(mentor)s's External ID from %(contact)s?"),
        happened=N_("%(contact)s has %(mentor)s's External ID, and nothing else shows that they are one person."),
        means=_BLOCKED,
        own="holder",
    ),
    "held": ConflictText(
        title=N_("Does %(mentor)s need a new contact?"),
        happened=N_("The only contact that fits holds the External ID of another mentor: %(others)s."),
        means=_BLOCKED,
        own="contact",
    ),
    "unexplained": ConflictText(
        title=N_("May %(mentor)s's External ID replace the one of %(a)s?"),
        happened=N_("The best contact holds an External ID that is not known to have been this person's."),
        means=_BLOCKED,
        own="contact",
        keywords=(LEAVE_UNLINKED,),
    ),
    "contested": ConflictText(
        title=N_("Is %(a)s the contact of %(mentor)s?"),
        happened=N_("Several mentors match this contact: %(others)s too. Each has a separate question."),
        means=_BLOCKED,
        own="contact",
        keywords=(LEAVE_UNLINKED,),
    ),
    "signups": ConflictText(
        title=N_("Whose MN id is %(mn_id)s?"),
        happened=N_("Two people signed up with this MN id."),
        means=N_("Until this is answered, both are not in the import file."),
    ),
}
_FIELDS: Mapping[str, ConflictText] = {
    "phone_mismatch": ConflictText(
        title=N_("Which phone is %(mentor)s's?"),
        happened=N_("The sign-up and the contact have different phones, and neither is much newer."),
        means=_OPEN_FIELD,
        own="phone",
    ),
    "email_mismatch": ConflictText(
        title=N_("Which email is %(mentor)s's?"),
        happened=N_("The sign-up and the contact have different emails, and neither is much newer."),
        means=_OPEN_FIELD,
        own="email",
    ),
    "field_mismatch": ConflictText(
        title=N_("Which is right for %(mentor)s: %(field)s?"),
        happened=N_("Both sides changed it, to different values."),
        means=_OPEN_FIELD,
        own="text",
    ),
}
_MEMBERS = ConflictText(
    title=N_("Which fundraising page is %(mentor)s's?"),
    happened=N_("Several of the campaign's member records match this mentor."),
    means=N_("Until this is answered, the recommended page is used."),
    own="member",
)
_FELL = ConflictText(
    title=N_("Is it right that %(mentor)s's amount went down?"),
    happened=N_("Givebutter shows a smaller amount than before: perhaps a refund or a deleted page."),
    means=N_("Until this is answered, Givebutter's present amount is used."),
)
_SHARED = ConflictText(
    title=N_("Are %(mentor)s and %(other)s one person?"),
    happened=N_("Two sign-ups have the same phone, and their names do not show that it is one person."),
    means=N_("Not blocking. Both sign-ups are kept until this is answered."),
)
_STALE = ConflictText(
    title=N_("Is the contact data recent enough for an import file?"),
    happened=N_("The contact data is old, so Givebutter would reject some rows of a file."),
    means=N_("No import file is created until fresh contacts are loaded or this is answered. No mentor is blocked."),
)
# Short label of each kind, for lists and filters.
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
# Labels of options whose value is a keyword.
VALUES: Mapping[str, str] = {
    NEW_CONTACT: N_("A new contact"),
    RELEASE: N_("Remove the External ID"),
    LEAVE_UNLINKED: N_("Leave without a contact for now"),
    "two_people": N_("Two people"),
    "one_person": N_("One person"),
    "refresh": N_("Refresh first"),
    "use_as_it_is": N_("Use it anyway"),
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
