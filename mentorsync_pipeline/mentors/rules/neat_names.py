"""Choose the names to send: the sign-up's, tidied, or the contact's own (rulebook, sections 1 and 7).

| the sign-up's name is          | the contact's own name                | what is sent       |
|--------------------------------|---------------------------------------|--------------------|
| neat                           | any                                   | the sign-up's      |
| a placeholder                  | neat                                  | the contact's      |
| not neat, or in the wrong box  | neat, and the names of the two agree  | the contact's      |
| not neat, or in the wrong box  | anything else                         | the tidied sign-up |
"""

from dataclasses import replace

from mentorsync_pipeline.domain.name_boxes import NameBoxes, format_name, is_neat, is_placeholder_name, tidy_boxes
from mentorsync_pipeline.domain.names import compare_names
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, Signup
from mentorsync_pipeline.domain.sharing import person_name

NAME_FIELDS = frozenset({"first_name", "last_name", "preferred_name"})


def choose_names(signup: Signup, contact: Contact | None) -> Signup:
    """Return the sign-up with the names to send; `contact` is the winner, None when the import creates the contact."""
    entered = NameBoxes(signup.first_name, signup.last_name)
    first, last = tidy_boxes(*entered)
    preferred = None if is_placeholder_name(signup.preferred_name) else format_name(signup.preferred_name or "")
    if contact is not None:
        names_agree = (
            compare_names(person_name(signup), person_name(contact), alike_matches=True, share_email=True) == "agree"
        )
        are_swapped = _are_swapped(entered, contact)
        first = _choose_name(first, entered.first, contact.first_name, names_agree=names_agree, are_swapped=are_swapped)
        last = _choose_name(last, entered.last, contact.last_name, names_agree=names_agree, are_swapped=are_swapped)
    return replace(signup, first_name=first, last_name=last, preferred_name=preferred)


def _choose_name(
    tidied_name: str | None, entered: str | None, contact_name: str | None, *, names_agree: bool, are_swapped: bool
) -> str | None:
    """Choose the contact's name where it is neat and better than the entered one, else the tidied name."""
    if is_neat(contact_name) and (tidied_name is None or (names_agree and (are_swapped or tidied_name != entered))):
        return contact_name
    return tidied_name


def _are_swapped(entered: NameBoxes, contact: Contact) -> bool:
    keys = name_key(entered.first), name_key(entered.last)
    return keys == (name_key(contact.last_name), name_key(contact.first_name)) and keys[0] != keys[1]
