"""Which names of a sign-up are sent: told apart, written neatly, or the contact's own (rulebook, sections 1 and 7).

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


def with_neat_names(signup: Signup, contact: Contact | None) -> Signup:
    """The sign-up with the names that are sent; `contact` is the winner, None when the import creates one."""
    typed = NameBoxes(signup.first_name, signup.last_name)
    first, last = tidy_boxes(*typed)
    preferred = None if is_placeholder_name(signup.preferred_name) else format_name(signup.preferred_name or "")
    if contact is not None:
        agree = (
            compare_names(person_name(signup), person_name(contact), alike_matches=True, share_email=True) == "agree"
        )
        swapped = _are_swapped(typed, contact)
        first = _better(first, typed.first, contact.first_name, agree=agree, swapped=swapped)
        last = _better(last, typed.last, contact.last_name, agree=agree, swapped=swapped)
    return replace(signup, first_name=first, last_name=last, preferred_name=preferred)


def _better(tidied: str | None, typed: str | None, held: str | None, *, agree: bool, swapped: bool) -> str | None:
    """One name: the contact's (`held`) where it is neat and better than what was typed, else the tidied one."""
    if is_neat(held) and (tidied is None or (agree and (swapped or tidied != typed))):
        return held
    return tidied


def _are_swapped(typed: NameBoxes, contact: Contact) -> bool:
    keys = name_key(typed.first), name_key(typed.last)
    return keys == (name_key(contact.last_name), name_key(contact.first_name)) and keys[0] != keys[1]
