"""Rulebook section 3: the table of `matching.rules.viability`, and the rows before it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mentorsync_pipeline.domain.records import Contact, Member, Signup
from mentorsync_pipeline.matching.rules.candidates import CandidateResult, find_candidates
from tests.support.matching import AS_OF, CONFIG, EMAIL, OTHER_EMAIL, PHONE, UGA_EMAIL, contact, signup

JANE = signup(1, "Jane Smith", phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)
BOTH = {"phones": (PHONE,), "emails": (EMAIL,)}


def find(signups: list[Signup], contacts: list[Contact]) -> CandidateResult:
    return find_candidates(signups, contacts, [], CONFIG, as_of=AS_OF)


def viability(holder: Contact, **changes: Any) -> list[str]:
    return [candidate.viability for candidate in find([replace(JANE, **changes)], [holder]).candidates]


ROWS = pytest.mark.parametrize(
    ("changes", "agree", "unclear", "differ", "other_person"),
    [
        ({"external_id": "mn0001 "}, "viable", "viable", "viable", "viable"),
        (BOTH, "viable", "viable", "doubtful", "doubtful"),
        ({"phones": (PHONE,), "emails": (UGA_EMAIL,)}, "viable", "viable", "viable", "viable"),
        ({"emails": (UGA_EMAIL,)}, "viable", "viable", "viable", "doubtful"),
        ({"emails": (EMAIL,)}, "viable", "viable", "doubtful", "doubtful"),
        ({"phones": (PHONE,)}, "viable", "doubtful", "doubtful", "refused"),
    ],
)


@ROWS
def test_each_row_of_the_rules_table(
    changes: dict[str, Any], agree: str, unclear: str, differ: str, other_person: str
) -> None:
    names = {"Jane Smith": agree, "Jane Jones": unclear, "Mary Smith": differ, "Mary Jones": other_person}
    for name, expected in names.items():
        assert viability(contact(1, name, **changes)) == [expected], name


@ROWS
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (None, "Jane Smith"),
        ("Jane Smith", None),
        ("Smith, Jane", None),
        ("Jane Smith", "Smith"),
        ("Jane Smith", "Jane Smith"),
        ("JANE", "SMITH"),
        ("Ms. Jane", "Smith"),
        (None, "Jane de la Smith"),
    ],
)
def test_the_table_holds_for_each_spelling_of_the_students_name(
    first: str | None,
    last: str | None,
    changes: dict[str, Any],
    agree: str,
    unclear: str,
    differ: str,
    other_person: str,
) -> None:
    names = {"Jane Smith": agree, "Jane Jones": unclear, "Mary Smith": differ, "Mary Jones": other_person}
    for name, expected in names.items():
        holder = contact(1, name, **changes)
        assert viability(holder, first_name=first, last_name=last) == [expected], name


def test_a_whole_name_in_one_box_is_not_only_alike_to_its_first_name() -> None:
    holder = contact(1, emails=(EMAIL, "zz-other@uga.edu"))
    assert viability(holder) == viability(holder, first_name="Jane de la Smith", last_name=None) == ["viable"]


@pytest.mark.parametrize(
    ("boxes", "held"),
    [
        (("Tull", "Priya"), ("Priya", "Marlowe")),  # swapped
        (("Priya", "Tull"), ("Marlowe", "Priya")),
        (("TULL", "VLAD"), ("Vladimir", "Marlowe")),
        (("Tull", "Elizabeth (Liz)"), ("Liz", "Marlowe")),
        ((None, "Tull Priya"), ("Priya", "Marlowe")),  # in one box
        (("Priya Tull", None), ("Priya", "Marlowe")),
        (("Tull, Priya", None), ("Priya", "Marlowe")),
        (("Priya", "Tull"), ("Priya Marlowe", None)),
        (("Priya", "Tull"), (None, "Marlowe Priya")),
        (("Mary Ann", None), ("Mary", "Smith")),
    ],
)
def test_the_first_name_in_any_box_with_another_last_name_and_the_same_phone_is_doubtful(
    boxes: tuple[str | None, str | None], held: tuple[str | None, str | None]
) -> None:
    holder = replace(contact(1, phones=(PHONE,)), first_name=held[0], last_name=held[1])
    assert viability(holder, first_name=boxes[0], last_name=boxes[1]) == ["doubtful"]


@ROWS
def test_the_table_holds_for_names_that_are_swapped_on_both_sides(
    changes: dict[str, Any], agree: str, unclear: str, differ: str, other_person: str
) -> None:
    boxes = {("Smith", "Jane"): agree, ("Smith", "Mary"): differ}
    for (first, last), expected in boxes.items():
        holder = replace(contact(1, **changes), first_name=first, last_name=last)
        assert viability(holder, first_name="Smith", last_name="Jane") == [expected], last


@pytest.mark.parametrize("held", [("Juan Carlos", "Pérez"), ("Juan Carlos", None), ("Juan", None)])
def test_a_first_name_of_two_words_beside_a_blank_last_name_is_viable(held: tuple[str, str | None]) -> None:
    holder = replace(contact(1, phones=(PHONE,)), first_name=held[0], last_name=held[1])
    assert viability(holder, first_name="Juan Carlos", last_name=None) == ["viable"]


def test_the_traditional_writing_of_a_name_with_the_same_phone_is_viable() -> None:
    for first, last, expected in (("偉", "張", "viable"), ("偉", "李", "doubtful"), ("麗", "張", "doubtful")):
        holder = replace(contact(1, phones=(PHONE,)), first_name=first, last_name=last)
        assert viability(holder, first_name="伟", last_name="张") == [expected], first + last


@pytest.mark.parametrize("boxes", [("Jane Smith's", "Mom"), ("Jane\u2019s", "mother"), ("Bob and", "Jane Smith")])
@pytest.mark.parametrize("changes", [BOTH, {"phones": (PHONE,)}, {"emails": (EMAIL,)}])
def test_a_relative_or_couple_over_both_boxes_is_doubtful(boxes: tuple[str, str], changes: dict[str, Any]) -> None:
    assert viability(contact(1, first_name=boxes[0], last_name=boxes[1], **changes)) == ["doubtful"]


@pytest.mark.parametrize(("first", "other"), [("Владимир", "Mary"), ("Sarah", "יוסף"), ("محمد", "Curtis")])
def test_a_name_in_another_script_that_sounds_like_anothers_is_doubtful(first: str, other: str) -> None:
    for changes in (BOTH, {"phones": (PHONE,)}, {"emails": (EMAIL,)}):
        assert viability(contact(1, first_name=other, last_name="Smith", **changes), first_name=first) == ["doubtful"]
    own = contact(1, first_name=other, last_name="Smith", emails=(UGA_EMAIL,))
    assert viability(own, first_name=first) == ["viable"]


@pytest.mark.parametrize(("first", "other"), [("TJ", "Tyler"), ("Tyler", "TJ"), ("JP", "John"), ("AJ", "Andrew")])
def test_initials_and_a_name_with_the_same_phone_are_doubtful(first: str, other: str) -> None:
    for keys, expected in (({"phones": (PHONE,)}, "doubtful"), ({"emails": (EMAIL,)}, "viable"), (BOTH, "viable")):
        holder = contact(1, first_name=other, last_name="Smith", **keys)
        assert viability(holder, first_name=first) == [expected]
    assert viability(contact(1, first_name=first, last_name="Smith", phones=(PHONE,)), first_name=first) == ["viable"]


@pytest.mark.parametrize("tag", ["Mentors 2024", "mentors", "SWAB Mentor 22"])
def test_a_mentor_tag_of_any_year_is_a_student_sign(tag: str) -> None:
    assert viability(contact(1, "Mary Smith", **BOTH)) == ["doubtful"]
    assert viability(contact(1, "Mary Smith", tags=(tag,), **BOTH)) == ["viable"]


@pytest.mark.parametrize("tag", ["Mentor parent", "Parents of Mentors 2024", "Friends of mentors", "Mentorship"])
def test_a_tag_of_a_mentors_relative_is_no_student_sign(tag: str) -> None:
    assert viability(contact(1, "Mary Smith", tags=(tag,), **BOTH)) == ["doubtful"]


@pytest.mark.parametrize(
    "name", ["Jane and Bob Smith", "Jane & Bob Smith", "Bob & Ann Smith", "Smith Family Smith", "Jane/Bob Smith"]
)
@pytest.mark.parametrize("changes", [BOTH, {"phones": (PHONE,)}, {"emails": (EMAIL,)}])
def test_a_couples_contact_is_doubtful(name: str, changes: dict[str, Any]) -> None:
    first, last = name.rsplit(" ", 1)
    assert viability(contact(1, first_name=first, last_name=last, **changes)) == ["doubtful"]


@pytest.mark.parametrize(
    "first",
    [
        "Mary (Jane's mom)",
        "Jane\u2019s Mother",
        "Janes dad",
        "Mary, mother of Jane",
        "MOM",
        "Parent",
        "Jane (mom)",
        "Jane [parent]",
        "In memory of Jane",
    ],
)
@pytest.mark.parametrize("changes", [BOTH, {"phones": (PHONE,)}, {"emails": (EMAIL,)}])
def test_a_contact_that_is_named_as_a_relative_is_doubtful(first: str, changes: dict[str, Any]) -> None:
    assert viability(contact(1, first_name=first, last_name="Smith", **changes)) == ["doubtful"]
    tagged = contact(1, first_name=first, last_name="Smith", tags=("Mentors 2025",), **BOTH)
    assert viability(tagged) == ["viable"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("M.", "doubtful"),
        ("M", "doubtful"),
        ("Mrs. M.", "doubtful"),
        ("J.", "viable"),
        ("J.T.", "viable"),
        ("Ж.", "viable"),
    ],
)
@pytest.mark.parametrize("changes", [BOTH, {"phones": (PHONE,)}, {"emails": (EMAIL,)}])
def test_a_contact_with_the_initial_of_another_name_is_doubtful(
    first: str, expected: str, changes: dict[str, Any]
) -> None:
    assert viability(contact(1, first_name=first, last_name="Smith", **changes)) == [expected]
    assert viability(contact(1, first_name=first, last_name="Smith", emails=(UGA_EMAIL,))) == ["viable"]


@pytest.mark.parametrize("first", ["Miss", ".", None, "n/a", "FNU"])
@pytest.mark.parametrize("changes", [BOTH, {"phones": (PHONE,)}, {"emails": (EMAIL,)}])
def test_a_contact_is_viable_for_a_sign_up_without_a_first_name(first: str | None, changes: dict[str, Any]) -> None:
    for donations in (Decimal(0), Decimal(900), None):
        holder = contact(1, "Gloria Smith", total_contributions=donations, **changes)
        assert viability(holder, first_name=first) == ["viable"]


@pytest.mark.parametrize("last", ["Parent", "Papa", "Guardian", "Mum"])
def test_a_last_name_that_is_also_a_word_for_a_relative_is_a_name(last: str) -> None:
    assert viability(contact(1, first_name="Jane", last_name=last, **BOTH), last_name=last) == ["viable"]


def test_a_couples_contact_with_the_students_uga_email_is_viable() -> None:
    assert viability(contact(1, first_name="Jane & Bob", emails=(UGA_EMAIL,))) == ["viable"]


@pytest.mark.parametrize(("name", "first"), [("Daniel Smith", "Danielle"), ("Erica Smith", "Eric")])
def test_two_uga_emails_with_first_names_that_are_only_alike_are_doubtful(name: str, first: str) -> None:
    person = {"first_name": name.split(maxsplit=1)[0], "last_name": "Smith"}
    holder = contact(1, f"{first} Smith", phones=(PHONE,), emails=(EMAIL, "zz-other@uga.edu"), tags=("Mentors 2025",))
    assert viability(holder, **person) == ["doubtful"]


@pytest.mark.parametrize(("name", "first"), [("Daniel", "Danielle"), ("Chris", "Christina"), ("Marie", "Maria")])
def test_a_siblings_contact_with_the_home_phone_is_doubtful(name: str, first: str) -> None:
    holder = contact(1, f"{first} Smith", phones=(PHONE,), emails=(OTHER_EMAIL,))
    assert viability(holder, first_name=name) == ["doubtful"]
    assert viability(replace(holder, primary_email="#N/A", emails=()), first_name=name) == ["doubtful"]


@pytest.mark.parametrize("last", ["Smith Jr.", "Smith Sr"])
def test_a_fathers_contact_with_another_suffix_is_doubtful(last: str) -> None:
    other = {"Smith Jr.": "Sr.", "Smith Sr": "Jr."}[last]
    holder = contact(1, first_name="Jane", last_name="Smith", suffix=other, phones=(PHONE,))
    assert viability(holder, last_name=last) == ["doubtful"]


@pytest.mark.parametrize(
    ("student", "holder"),
    [("Jr.", None), (None, "Sr."), ("III", None), (None, "II"), ("Junior", None)],
)
def test_a_contact_with_the_home_phone_and_a_suffix_on_one_side_only_is_doubtful(
    student: str | None, holder: str | None
) -> None:
    last = {"last_name": f"Smith {student}" if student else "Smith"}
    father = contact(1, "Jane Smith", suffix=holder, phones=(PHONE,), emails=(OTHER_EMAIL,))
    assert viability(father, **last) == ["doubtful"]
    # An email or the university's email in common, or the External ID, is one person's.
    for own in ({"emails": (EMAIL,)}, {"emails": (UGA_EMAIL,)}, {"external_id": "MN0001"}):
        assert viability(replace(father, **own), **last) == ["viable"]


def test_other_spellings_of_a_key_find_the_contact() -> None:
    holder = contact(1, "Jane Smith", emails=("j.a.ne+x@googlemail.com",))
    candidates = find([signup(1, "Jane Smith", personal_email="jane@gmail.com")], [holder]).candidates
    assert [(candidate.matched_on, candidate.viability) for candidate in candidates] == [
        (("personal_email",), "viable")
    ]


def test_an_email_of_seven_people_is_not_a_key_and_has_one_warning() -> None:
    names = ("Ann Lee", "Bo Kim", "Cyrus Dow", "Dinah Fox", "Egon Ray", "Fay Orr", "Gus Poe")
    holders = [contact(n, name, emails=(EMAIL,)) for n, name in enumerate(names, 1)]
    result = find([JANE], holders)
    assert not result.candidates
    assert [warning.subject for warning in result.warnings] == [f"placeholder:{EMAIL}"]
    assert len(find([JANE], holders[:6]).candidates) == 6


@pytest.mark.parametrize(("name", "expected"), [("Vladimir Smith", "viable"), ("Mary Smith", "doubtful")])
def test_a_relative_is_recognised_in_another_script(name: str, expected: str) -> None:
    vladimir = {"first_name": "Владимир", "last_name": "Smith"}
    assert viability(contact(1, name, phones=(PHONE,)), **vladimir) == [expected]


@pytest.mark.parametrize(
    ("page", "viability"),
    [
        ("Jane Smith", "doubtful"),  # the student's page with the parent's email
        ("Mary Smith", "doubtful"),  # the parent's own page
        ("Janey Smith", "doubtful"),
        ("Jane/Mary Smith", "viable"),  # the student goes by both names
        (" ", "viable"),  # the page has no name
    ],
)
def test_a_page_is_a_student_sign_only_if_its_name_agrees_with_both(page: str, viability: str) -> None:
    first, _, last = page.partition(" ")
    jane = signup(phone=PHONE, personal_email=EMAIL)
    parent = contact(1, "Mary Smith", phones=(PHONE,), emails=(EMAIL,))
    member = Member(member_id=1, first_name=first or None, last_name=last or None, email=EMAIL)
    (candidate,) = find_candidates([jane], [parent], [member], CONFIG, as_of=AS_OF).candidates
    assert (candidate.viability, candidate.campaign_member) == (viability, True)
