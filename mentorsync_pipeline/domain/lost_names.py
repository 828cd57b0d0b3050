"""Restore the earlier names of a sign-up whose name boxes were filled with junk (rulebook sections 1 and 7)."""

from dataclasses import replace
from functools import lru_cache

from mentorsync_pipeline.domain.names.compare_names import compare_first_names, compare_names
from mentorsync_pipeline.domain.names.couples import is_couple_or_relative
from mentorsync_pipeline.domain.names.name_boxes import split_boxes
from mentorsync_pipeline.domain.names.written_names import PersonName, has_first_name, real_name_key
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import person_name

# Several steps of a run read the names of the same sign-ups.
_CACHE_SIZE = 1 << 13


def parse_known_names(names: tuple[str, ...]) -> PersonName:
    """Return stored names (`KnownMentor.names`) for comparison; names that are blank or unknown are None."""
    first, last, preferred = (name or None for name in names or ("", "", ""))
    return PersonName(first=first, last=last, preferred=preferred)


def restore_names(signup: Signup, names: tuple[str, ...]) -> Signup:
    """Return a sign-up with the names that it had when the link was made (`KnownMentor.names`)."""
    if not names:
        return signup
    name = parse_known_names(names)
    return replace(signup, first_name=name.first, last_name=name.last, preferred_name=name.preferred)


def restore_lost_name(signup: Signup, names: tuple[str, ...]) -> Signup:
    """Return a sign-up with its earlier names (`KnownMentor.names`) if its name is no single person's any more.

    The earlier names show whose sign-up it is. Otherwise junk, a friend's name or `Ann's mom` in the name boxes would
    join brother and sister who share an email, or link one's page or a parent's contact to the other; and junk for the
    last name alone would link a cousin's contact.
    """
    if not has_lost_name(signup, names):
        return signup
    restored = restore_names(signup, names)
    return restored if _is_single_person(_split_name(restored)) else signup


def has_lost_name(signup: Signup, names: tuple[str, ...]) -> bool:
    """Return whether a name is no single person's, or has lost its last name (`names` are the earlier ones)."""
    name = _split_name(signup)
    if not _is_single_person(name):
        return True
    if not names or real_name_key(name.last, is_last=True):
        return False
    earlier = _split_name(restore_names(signup, names))
    return bool(real_name_key(earlier.last, is_last=True)) and compare_first_names(name, earlier) == "match"


def has_other_last_name(signup: Signup, names: tuple[str, ...]) -> bool:
    """Return whether a sign-up may be of the same person under another last name than the earlier names (`names`)."""
    return compare_names(person_name(signup), person_name(restore_names(signup, names))) == "unclear"


def _split_name(signup: Signup) -> PersonName:
    return _split_whole_name(person_name(signup))


@lru_cache(_CACHE_SIZE)
def _split_whole_name(name: PersonName) -> PersonName:
    """Return a name with a whole name in one box split, unless it is a couple's or a relative's."""
    if is_couple_or_relative(name):
        return name
    first, last = split_boxes(name.first, name.last)
    return name._replace(first=first, last=last)


@lru_cache(_CACHE_SIZE)
def _is_single_person(name: PersonName) -> bool:
    return has_first_name(name) and not is_couple_or_relative(name)
