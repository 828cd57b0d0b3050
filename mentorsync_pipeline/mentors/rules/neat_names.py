"""Choose the names and answers to send: the sign-up's, tidied, or the contact's own (rulebook, sections 1 and 7).

| the sign-up's name is          | the contact's own name                | what is sent       |
|--------------------------------|---------------------------------------|--------------------|
| neat                           | any                                   | the sign-up's      |
| a placeholder, an email, a     | neat                                  | the contact's      |
| link, a number, a sentence     |                                       |                    |
| the same, by a correction      | blank or junk                         | the sign-up's      |
|                                |                                       | earlier name       |
| an initial, or has an email,   | neat, and the names do not differ     | the contact's      |
| digits, signs or emoji         |                                       |                    |
| not neat                       | neat, and the names of the two agree  | the contact's      |
| in the wrong box               | neat, and the names do not differ     | the contact's      |
| in the wrong box               | one of them neat, and it shows that   | the tidied sign-up,|
|                                | the boxes are swapped                 | swapped            |
| not neat, or in the wrong box  | anything else                         | the tidied sign-up |
| the contact's with a title or  | neat                                  | the contact's      |
| a full stop                    |                                       |                    |
| a couple's or a relative's     | neat, and the names do not differ     | the contact's      |
| any                            | a whole name in one box, and the      | the tidied sign-up |
|                                | names agree                           |                    |
| a last name that repeats the   | neat, with the same first name        | the contact's      |
| first one                      |                                       |                    |
| in one box, or the same in     | neat, and in another script           | the contact's      |
| both, not to be divided        |                                       |                    |
| a correction of swapped boxes  | the swapped names                     | the sign-up's      |
| (`is_correction`)              |                                       |                    |
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mentorsync_pipeline.domain.clean_text import clean_line, narrow
from mentorsync_pipeline.domain.names.compare_names import compare_first_names, compare_names, last_names_match
from mentorsync_pipeline.domain.names.couples import is_couple, is_noted_as_relative
from mentorsync_pipeline.domain.names.first_names import is_latin
from mentorsync_pipeline.domain.names.name_boxes import (
    MAX_BOX_LETTERS,
    NameBoxes,
    format_name,
    has_signs,
    is_junk_name,
    is_neat,
    remove_marks,
    split_boxes,
    tidy_boxes,
)
from mentorsync_pipeline.domain.names.name_parts import (
    find_suffix,
    is_suffix,
    is_title,
    remove_certain_titles,
    remove_degrees,
    remove_titles,
)
from mentorsync_pipeline.domain.names.nickname_pairs import is_known_first_name
from mentorsync_pipeline.domain.names.other_texts import remove_other_texts
from mentorsync_pipeline.domain.names.preferred_names import read_preferred_name
from mentorsync_pipeline.domain.names.written_names import PersonName, has_first_name, real_name_key
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, NameAgreement, Signup
from mentorsync_pipeline.domain.sharing import person_name
from mentorsync_pipeline.domain.three_way import Base

_END_DOT = re.compile(r"(?:^|[\s-])([^\s.-]+)\.$")
NAME_FIELDS = frozenset({"first_name", "last_name", "preferred_name"})


def choose_names(signup: Signup, contact_name: PersonName | None) -> Signup:
    """Return the sign-up with the names to send.

    Args:
        contact_name: the winner's own name. Where the import creates the contact, the name last known of the mentor's
            earlier contact (`read_last_known_name`), None without one.

    """
    entered = NameBoxes(signup.first_name, signup.last_name)
    first, last = _tidy_single_box(entered, contact_name) or tidy_boxes(*entered)
    first, last = first and _remove_additions(first), last and _remove_additions(last, is_last=True)
    read_name = read_preferred_name(signup.preferred_name, last)
    preferred = read_name and _remove_additions(format_name(read_name))
    if contact_name is not None and not _has_these_names(contact_name, first, last, preferred):
        agreement = compare_names(person_name(signup), contact_name, alike_matches=True, share_email=True)
        own = _read_own_boxes(contact_name, agreement, NameBoxes(first, last))
        are_swapped = _are_swapped(entered, contact_name._replace(first=own.first, last=own.last))
        agreement = "unclear" if are_swapped and agreement == "differ" else agreement
        are_own_neat = is_neat(own.first) and is_neat(own.last)
        if not are_own_neat:
            # One of the contact's names beside one of the sign-up's would be the same name twice.
            if _shows_swap(entered, own):
                return choose_names(replace(signup, first_name=entered.last, last_name=entered.first), contact_name)
            are_swapped = False
        if name_key(first) == name_key(last) == name_key(own.first) and is_neat(own.last):
            last = own.last
        if not (first or own.first) and name_key(own.last).endswith(name_key(last)):
            last = own.last  # a whole name in the last box
        is_divided_by_contact = _is_divided_by(own, NameBoxes(first, last), agreement)
        if are_own_neat and (is_divided_by_contact or _is_of_others(signup, agreement)):
            first, last = own
        first = _choose_name(first, entered.first, own.first, agreement, are_swapped=are_swapped)
        last = _choose_name(last, entered.last, own.last, agreement, are_swapped=are_swapped, is_last=True)
        if find_suffix(None, own.last, None) is None:
            last = _remove_suffix(last, contact_name.suffix)
        preferred = preferred and _choose_name(
            preferred, signup.preferred_name, contact_name.preferred, agreement, are_swapped=False
        )
    if (first, last, preferred) == (*entered, signup.preferred_name):
        return signup
    return replace(signup, first_name=first, last_name=last, preferred_name=preferred)


def keep_names_before(named: Signup, typed: Signup, contact: Contact, bases: Mapping[str, Base]) -> Signup:
    """Return the sign-up with the name that it had before, where the contact's name is used in place of the typed one.

    The sign-up never had the contact's name, so that a correction of the boxes is no newer edit than one in Givebutter.
    """
    used = {
        name: bases[name].source_value
        for name in ("first_name", "last_name")
        if name in bases
        and bases[name].source_value not in (None, getattr(named, name))
        and getattr(named, name) == getattr(contact, name)
    }
    own = choose_names(typed, None) if used else typed
    kept: dict[str, Any] = {name: value for name, value in used.items() if getattr(own, name) != getattr(named, name)}
    return replace(named, **kept) if kept else named


def _has_these_names(contact_name: PersonName, first: str | None, last: str | None, preferred: str | None) -> bool:
    """Return whether the contact has the tidied names in the same boxes, as after an import: nothing is to be chosen.

    The contact may have no preferred name. False for a last name with a suffix, which may be removed.
    """
    return (
        bool(contact_name.first and contact_name.last and first and last)
        and split_boxes(contact_name.first, contact_name.last) == (first, last)
        and (preferred is None or contact_name.preferred in (None, preferred))
        and find_suffix(None, last, None) is None
    )


def _tidy_single_box(entered: NameBoxes, contact_name: PersonName | None) -> NameBoxes | None:
    """Return the only box that is filled, tidied, if it is the contact's whole first or last name: `Juan Carlos`.

    Without the contact it would be split as a whole name.
    """
    filled = [clean_line(box or "") for box in entered if not is_junk_name(box)]
    if len(filled) != 1 or contact_name is None or not (contact_name.first and contact_name.last):
        return None
    key = name_key(filled[0])
    if key == name_key(contact_name.first):
        return NameBoxes(format_name(filled[0]), None)
    return NameBoxes(None, format_name(filled[0], is_last=True)) if key == name_key(contact_name.last) else None


def _remove_additions(name: str, *, is_last: bool = False) -> str:
    """Return a name without titles, degrees and a full stop; `Wm.` is a first name."""
    return _remove_end_dot(remove_degrees(remove_certain_titles(name), is_last=is_last), shortest=2 if is_last else 4)


def _remove_end_dot(name: str, *, shortest: int) -> str:
    """Return `Cruz` for `Cruz.`; `Jr.`, initials and short forms with fewer than `shortest` letters stay."""
    end = _END_DOT.search(name)
    if end is None or len(end[1]) < shortest or is_suffix(end[1]) or is_title(end[1]):
        return name
    return name.removesuffix(".")


def _is_divided_by(own: NameBoxes, tidied: NameBoxes, agreement: NameAgreement) -> bool:
    """Return whether a sign-up has one name only, or the same twice, that the contact's two names divide: `김지훈`.

    A name in another script cannot be compared; it would stand beside the contact's last name.
    """
    if tidied.first and tidied.last and name_key(tidied.first) != name_key(tidied.last):
        return False
    in_two_scripts = is_latin(name_key(tidied.first or tidied.last)) != is_latin(name_key(own.first))
    return agreement == "agree" or (agreement == "unclear" and in_two_scripts)


def _is_of_others(signup: Signup, agreement: NameAgreement) -> bool:
    """Return whether a sign-up's name is a couple's (`The Tulls`) or has a note on a relative (`Tull (mom)`)."""
    name = person_name(signup)
    return agreement != "differ" and (is_couple(name) or is_noted_as_relative(name))


def _read_own_boxes(contact_name: PersonName, agreement: NameAgreement, tidied: NameBoxes) -> NameBoxes:
    """Return the contact's first and last name; none if its whole name is in one box, because it is not neat there.

    Names agree only when both have a first and a last name, so that an agreeing name with a blank box is a whole one.
    It shows the order of a sign-up's names, and is not lost when the sign-up has no first name.
    """
    first, last = contact_name.first, contact_name.last
    if first and last:
        return split_boxes(first, last)
    whole = split_boxes(first, last)
    if tidied.first is None:
        return whole if first else NameBoxes(first, last)
    if agreement != "agree":
        return NameBoxes(first, last)
    return whole if name_key(whole.last) == name_key(tidied.first) else NameBoxes(None, None)


def choose_answers(signup: Signup, held: Mapping[str, str | None]) -> Signup:
    """Return the sign-up with Givebutter's spelling of answers that differ only in capitals: `Female` for `FEMALE`.

    Args:
        held: the contact's texts by field, without those of fields with options.

    """
    spelled: dict[str, Any] = {
        name: text
        for name, text in held.items()
        if text is not None and _differs_in_capitals_only(getattr(signup, name), text)
    }
    return replace(signup, **spelled) if spelled else signup


def _differs_in_capitals_only(typed: str | None, held: str) -> bool:
    if typed is None or typed == held or typed.casefold() != held.casefold():
        return False
    return typed in (typed.upper(), typed.lower()) and is_neat(held)


def read_last_known_name(bases: Mapping[str, Base]) -> PersonName | None:
    """Read the name of an earlier contact from the mentor's bases with it; None where no name was confirmed.

    A whole name in one box is split, because a new contact is made with it.
    """
    names = {name: bases[name].value for name in NAME_FIELDS & bases.keys()}
    if names.keys().isdisjoint({"first_name", "last_name"}):
        return None
    first, last = split_boxes(names.get("first_name"), names.get("last_name"))
    return PersonName(first=first, preferred=names.get("preferred_name"), last=last)


def choose_reference_name(
    signup: Signup, contact: Contact, bases: Mapping[str, Base], sent_names: tuple[str, ...]
) -> PersonName:
    """Return the name by which a sign-up's name is tidied: the contact's own, or the tidied name of the bases.

    The latter where it fits the sign-up better. An edit of one name in Givebutter must not change how the other one is
    read, or its capitals or box in the sign-up would be sent over the contact's. Where neither fits a sign-up whose
    boxes were swapped since, it is the name that import rows last had (`sent_names`).
    """
    present = person_name(contact)
    values = {name: bases[name].source_value for name in NAME_FIELDS & bases.keys()}
    before = present._replace(
        first=values.get("first_name"), preferred=values.get("preferred_name"), last=values.get("last_name")
    )
    sent = present._replace(first="".join(sent_names[:1]), last="".join(sent_names[1:]))
    names = [present]
    if before.first and before.last:
        names.append(before)
    if _is_in_other_boxes(signup, sent):
        names.append(sent)
    if all(name == present for name in names):
        return present
    return max(names, key=lambda name: _rank_agreement(signup, name))


def fill_junk_boxes(
    contact_name: PersonName | None, signup: Signup, names_at_link: tuple[str, ...]
) -> PersonName | None:
    """Return the contact's name, with the sign-up's earlier names in boxes that are junk on both sides by now."""
    name = contact_name or PersonName()
    typed, held = (signup.first_name, signup.last_name), (name.first, name.last)
    first, last = (
        earlier if is_neat(earlier) and is_junk_name(box) and is_junk_name(own) else own
        for earlier, box, own in zip(
            tidy_boxes(*names_at_link[:2]) if names_at_link else held, typed, held, strict=True
        )
    )
    return contact_name if (first, last) == held else name._replace(first=first, last=last)


def _is_in_other_boxes(signup: Signup, name: PersonName) -> bool:
    """Return whether a sign-up has the last name in the box of the first one, which alone is a known first name."""
    return (
        bool(name.last)
        and name_key(signup.first_name) == name_key(name.last)
        and is_known_first_name(name_key(signup.last_name))
        and not is_known_first_name(name_key(name.last))
        and compare_first_names(PersonName(first=signup.last_name), PersonName(first=name.first)) == "match"
    )


def _rank_agreement(signup: Signup, name: PersonName) -> int:
    agreement = compare_names(person_name(signup), name, alike_matches=True, share_email=True)
    return ("differ", "unclear", "agree").index(agreement)


def is_correction(
    signup: Signup,
    contact_name: PersonName,
    sent_names: tuple[str, ...],
    *,
    names_at_link: tuple[str, ...] = (),
    earlier_names: tuple[str, ...] = (),
) -> bool:
    """Return whether a student has corrected swapped names that the contact has, because an import wrote them.

    Where only one of the names is a known first name, it is the first name. A name that the contact had before, and
    that no import wrote, stays otherwise.

    Args:
        sent_names: first and last name that import rows last had in place of the contact's; empty if there were none.
        names_at_link: first, last and preferred name of the sign-up when the link was made; empty if unknown.
        earlier_names: first and last name of the earlier row; empty if the contact is neither the linked one nor one
            that an import may have made.

    """
    corrected = (name_key(signup.first_name), name_key(signup.last_name))
    shown = (name_key(contact_name.first), name_key(contact_name.last))
    if not all(corrected) or shown != corrected[::-1]:
        return False
    sent = tuple(map(name_key, sent_names))
    # The correction itself is sent until an import has written it, unless it was only to be a new contact's name.
    is_sent_again = sent == corrected == tuple(map(name_key, earlier_names))
    is_ours = sent == shown or is_sent_again
    if not is_ours and tuple(map(name_key, names_at_link[:2])) != shown:
        return False
    is_first_known, is_last_known = map(is_known_first_name, corrected)
    return is_ours if is_first_known == is_last_known else is_first_known


def _remove_suffix(last_name: str | None, suffix: str | None) -> str | None:
    """Return `Tull` for `Tull Jr.` when the contact has the suffix in a column of its own."""
    key = find_suffix(suffix, None, None)
    return remove_titles(last_name) if last_name and key and key == find_suffix(None, last_name, None) else last_name


def _choose_name(
    tidied_name: str | None,
    entered: str | None,
    contact_name: str | None,
    agreement: NameAgreement,
    *,
    are_swapped: bool,
    is_last: bool = False,
) -> str | None:
    """Return the contact's name if it is neat and better than the entered name, else the tidied name."""
    if not is_neat(contact_name) or tidied_name is None:
        return contact_name if is_neat(contact_name) else tidied_name
    typed = clean_line(narrow((entered or "")[:MAX_BOX_LETTERS]))
    is_junk = (
        not is_neat(tidied_name)
        or not real_name_key(remove_titles(tidied_name, is_last=is_last), is_last=is_last)
        or has_signs(typed)
        or remove_other_texts(typed) != typed
    )
    if agreement != "differ" and is_junk and real_name_key(contact_name, is_last=is_last):
        return contact_name
    if _has_additions_only(tidied_name, contact_name) or contact_name == entered:
        return contact_name
    is_better = (
        (agreement == "agree" and not _is_written_so(tidied_name, typed))
        or (agreement != "differ" and are_swapped)
        or (agreement != "differ" and _is_shouted(tidied_name, contact_name))
    )
    return contact_name if is_better else tidied_name


def _is_written_so(name: str, typed: str) -> bool:
    """Return whether a name was typed so, perhaps with a title, a degree or marks: it is as neat as without them."""
    bare = remove_marks(typed)
    return name in (_remove_additions(bare), _remove_additions(bare, is_last=True))


def _has_additions_only(name: str, contact_name: str | None) -> bool:
    """Return whether a name is the contact's with titles or a full stop added, or twice: `Ms. Jo`, `Jo.`, `Jo Jo`."""
    bare = name.rstrip(".")
    return (
        name != contact_name and contact_name in (bare, remove_titles(bare)) and find_suffix(None, bare, None) is None
    ) or name_key(name) == 2 * name_key(contact_name)


def _is_shouted(name: str, contact_name: str | None) -> bool:
    """Return whether a name is the contact's in capitals, such as `JO`, which could be initials otherwise."""
    return contact_name is not None and name.isupper() and name == contact_name.upper() != contact_name


def _are_swapped(entered: NameBoxes, contact_name: PersonName) -> bool:
    """Return whether the names may be the contact's only with first and last name swapped.

    Also where the contact has another last name, if the names themselves show that they are in the wrong boxes.
    """
    written = PersonName(first=entered.first, last=entered.last)
    swapped = PersonName(first=entered.last, last=entered.first)
    if not has_first_name(contact_name) or last_names_match(written, contact_name):
        return False
    return compare_first_names(swapped, contact_name) != "differ" and (
        _is_only_last_known(entered) or last_names_match(swapped, contact_name)
    )


def _shows_swap(entered: NameBoxes, own: NameBoxes) -> bool:
    """Return whether a contact of which a name is missing or not neat shows that the sign-up's boxes are swapped.

    Its first or last name is the one in the other box, and the last box alone has a known first name.
    """
    if not _is_only_last_known(entered):
        return False
    written, swapped = PersonName(first=entered.first, last=entered.last), PersonName(entered.last, last=entered.first)
    contact_name = PersonName(first=own.first, last=own.last)
    if last_names_match(written, contact_name) or compare_first_names(written, contact_name) == "match":
        return False
    compared = compare_first_names(swapped, contact_name)
    return compared == "match" or (compared != "differ" and last_names_match(swapped, contact_name))


def _is_only_last_known(entered: NameBoxes) -> bool:
    """Return whether the last name is a known first name, and the first one is none."""
    return is_known_first_name(name_key(entered.last)) and not is_known_first_name(name_key(entered.first))
