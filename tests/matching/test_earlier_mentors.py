"""Mentors of earlier years are recognised by person; ids that start again name other people (rulebook 3 and 4)."""

from typing import Any

import pytest

from mentorsync_pipeline.domain.records import EarlierMentor
from tests.support.matching import (
    CONFIG,
    EMAIL,
    JANE,
    MENTORS,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    UGA_EMAIL,
    contact,
    decide,
    mentor_of,
    outcome,
    signup,
)

FAMILY = {"phones": (PHONE,), "emails": (EMAIL,)}
MARY = mentor_of(2024, "MN0001", "Mary Smith", phone=PHONE, emails=(EMAIL,), contact_id=1)


def test_a_student_who_changed_phone_and_email_is_recognised_by_the_contact_of_the_earlier_year() -> None:
    earlier = mentor_of(2024, "MN0777", "Jane Smith", phone=OTHER_PHONE, emails=(OTHER_EMAIL,), contact_id=1)
    updated = contact(1, external_id="MN0777", **FAMILY)
    assert outcome(decide([JANE], [updated], earlier=[earlier])) == ("only_candidate", 1)
    unlinked = mentor_of(2024, "MN0777", "Jane Smith", phone=OTHER_PHONE, emails=(OTHER_EMAIL,))
    assert outcome(decide([JANE], [updated], earlier=[unlinked])) == ("external_id_collision", None)


@pytest.mark.parametrize("name", ["Mary Smith", "Zoe Brown"])
def test_the_contact_of_the_earlier_year_is_not_enough_for_another_name(name: str) -> None:
    earlier = mentor_of(2024, "MN0777", name, phone=OTHER_PHONE, emails=(OTHER_EMAIL,), contact_id=1)
    result = decide([JANE], [contact(1, external_id="MN0777", **FAMILY)], earlier=[earlier])
    assert outcome(result)[1] is None


def test_a_uga_email_is_enough_when_phone_and_personal_email_changed() -> None:
    earlier = mentor_of(2024, "MN0777", "Jane Smith", phone=OTHER_PHONE, emails=(OTHER_EMAIL, UGA_EMAIL))
    jane = signup(phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)
    hers = contact(1, external_id="MN0777", phones=(OTHER_PHONE,), emails=(OTHER_EMAIL, UGA_EMAIL))
    assert outcome(decide([jane], [hers], earlier=[earlier])) == ("only_candidate", 1)


@pytest.mark.parametrize(
    "values",
    [
        {"emails": (EMAIL,), "phones": (OTHER_PHONE,)},
        {"emails": (EMAIL,), "phones": (PHONE,)},
        {"phones": (PHONE,)},
        {"emails": (EMAIL,), "phones": (PHONE,), "tags": (MENTORS,)},
    ],
)
def test_a_sister_with_the_new_id_does_not_take_the_contact_of_the_old_one(values: dict[str, Any]) -> None:
    marys = contact(1, "Mary Smith", external_id="MN0001", **values)
    result = decide([JANE], [marys], earlier=[MARY])
    assert outcome(result) == ("external_id_collision", None)
    (conflict,) = result.conflicts
    assert (conflict.option_a.value, conflict.recommended_option) == ("release", "a")


@pytest.mark.parametrize("tags", [(), (MENTORS,), ("Mentors 2019",)])
@pytest.mark.parametrize("name", ["Mary Smith", "", "M. S."])
def test_a_sister_does_not_take_a_contact_without_an_id_either(name: str, tags: tuple[str, ...]) -> None:
    marys = contact(1, name, tags=tags, **FAMILY)
    result = decide([JANE], [marys], earlier=[MARY])
    assert outcome(result) == ("contact_selection", None)
    (conflict,) = result.conflicts
    assert conflict.option_b.value == "new_contact"


def test_a_sister_has_a_separate_contact() -> None:
    marys, janes = contact(1, "Mary Smith", tags=(MENTORS,), **FAMILY), contact(2, **FAMILY)
    assert outcome(decide([JANE], [marys, janes], earlier=[MARY])) == ("only_candidate", 2)


def test_a_new_name_with_the_same_uga_email_is_the_same_student() -> None:
    earlier = mentor_of(2024, "MN0777", "Wanda Jones", emails=(UGA_EMAIL,), contact_id=1)
    jane = signup(phone=PHONE, personal_email=EMAIL, uga_email=UGA_EMAIL)
    contact_1 = contact(1, "Jane Jones", external_id="MN0777", phones=(PHONE,), emails=(EMAIL, UGA_EMAIL))
    candidates = decide([jane], [contact_1], earlier=[earlier])
    assert outcome(candidates)[0] == "external_id_collision"  # the names differ: a person decides
    assert candidates.conflicts[0].option_a.value == 1


def test_an_id_that_was_given_to_somebody_else_is_a_collision_for_both_and_no_swap() -> None:
    """Jane has Zoe's old id, and Zoe, a mentor again, has a new one; Zoe's contact still holds the old id."""
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    earlier = mentor_of(2024, "MN0001", "Zoe Brown", phone=OTHER_PHONE, emails=(OTHER_EMAIL,), contact_id=1)
    zoes = contact(1, "Zoe Brown", external_id="MN0001", phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,))
    result = decide([JANE, zoe], [zoes, contact(2, **FAMILY)], earlier=[earlier])
    assert outcome(result, "MN0001") == ("external_id_collision", None)
    assert outcome(result, "MN0002") == ("external_id_collision", None)


def test_with_the_year_in_the_id_both_are_recognised() -> None:
    config = CONFIG.model_copy(update={"external_id_template": "{year}-{mn_id}"})
    jane = signup(1, phone=PHONE, personal_email=EMAIL, external_id="2025-MN0001")
    zoe = signup(2, "Zoe Brown", phone=OTHER_PHONE, personal_email=OTHER_EMAIL, external_id="2025-MN0002")
    earlier = [
        mentor_of(2024, "2024-MN0001", "Zoe Brown", phone=OTHER_PHONE, emails=(OTHER_EMAIL,), contact_id=1),
        mentor_of(2024, "2024-MN0002", "Jane Smith", phone=PHONE, emails=(EMAIL,), contact_id=2),
    ]
    zoes = contact(1, "Zoe Brown", external_id="2024-MN0001", phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,))
    result = decide(
        [jane, zoe], [zoes, contact(2, external_id="2024-MN0002", **FAMILY)], earlier=earlier, config=config
    )
    assert outcome(result, "MN0001") == ("only_candidate", 2)
    assert outcome(result, "MN0002") == ("only_candidate", 1)
    assert result.conflicts == ()


def test_last_years_id_of_a_stranger_is_no_link() -> None:
    strangers = contact(1, "Zoe Brown", external_id="2024-MN0001", phones=(OTHER_PHONE,))
    earlier: list[EarlierMentor] = [mentor_of(2024, "2024-MN0001", "Zoe Brown", phone=OTHER_PHONE, contact_id=1)]
    assert outcome(decide([JANE], [strangers], earlier=earlier)) == ("new_contact", None)
