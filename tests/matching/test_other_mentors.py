"""Contacts of other mentors of the year: a moved id or key gives nobody another one's contact (rulebook 3, 4 and 7)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT
from mentorsync_pipeline.domain.records import Contact, Submission
from tests.support.matching import AS_OF, CONFIG, EMAIL, MENTORS, OTHER_EMAIL, PHONE, UGA_EMAIL, contact, submission
from tests.support.pure_year import Feed, PureYear

MOTHERS = {"phone": PHONE, "personal_email": EMAIL}
HOME_PHONE, KEITHS_EMAIL = "+17065550177", "keith@mail.example"
KAREN = submission(1, "Karen Smith", **MOTHERS)
KEITH = submission(2, "Keith Smith", uga_email=UGA_EMAIL, **MOTHERS)
KEITHS = contact(2, "Keith Smith", emails=(UGA_EMAIL, EMAIL), phones=(PHONE,), external_id="MN0002", tags=("SWAB",))
STRANGERS = contact(3, "Zoe Brown", emails=("zoe@mail.example",))


def sync(year: PureYear, people: list[Submission], contacts: list[Contact]) -> Mapping[str, tuple[str, int | None]]:
    """Return state and contact of each mentor by MN id."""
    result = year.sync(
        Feed(AS_OF, {one.submission_id: one for one in people}, {one.contact_id: one for one in contacts})
    )
    return {mentor.mn_id: (mentor.sync_state, mentor.gb_contact_id) for mentor in result.mentors.mentors}


def start(people: list[Submission], contacts: list[Contact]) -> PureYear:
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    sync(year, people, contacts)
    return year


def asked(year: PureYear, mn_id: str) -> list[tuple[str, Any, Any]]:
    return [
        (one.conflict.conflict_type, one.conflict.option_a.value, one.conflict.option_b.value)
        for one in year.open_conflicts()
        if one.key[0] == mn_id
    ]


@pytest.mark.parametrize("moved_to_stranger", [True, False])
@pytest.mark.parametrize("is_absent", [True, False])
@pytest.mark.parametrize("tags", [("SWAB",), ("Mentors 2025",)])
def test_an_id_taken_off_a_brothers_contact_does_not_make_it_the_sisters(
    tags: tuple[str, ...], *, is_absent: bool, moved_to_stranger: bool
) -> None:
    year = start([KEITH], [KEITHS, STRANGERS])
    contacts = [
        replace(KEITHS, external_id=None, tags=tags),
        replace(STRANGERS, external_id="MN0002" if moved_to_stranger else None),
    ]
    present = sync(year, [KAREN] if is_absent else [KAREN, KEITH], contacts)
    assert present["MN0001"] == ("blocked", None)
    assert asked(year, "MN0001") == [("contact_selection", 2, NEW_CONTACT)]
    if not is_absent:
        state = "blocked" if moved_to_stranger else "matched"
        assert (present["MN0002"], year.known[KEITH.submission_id].contact_id) == ((state, 2), 2)


def test_a_deleted_brothers_contact_is_not_recommended_to_the_sister() -> None:
    year = start([KEITH], [KEITHS])
    assert sync(year, [KAREN], [KEITHS])["MN0001"] == ("blocked", None)
    (question,) = (one.conflict for one in year.open_conflicts())
    assert (question.conflict_type, question.recommended_option) == ("contact_selection", "b")


def test_a_sisters_linked_contact_that_has_lost_its_first_name_is_not_recommended() -> None:
    marie = submission(1, "Marie Smith", phone=PHONE, uga_email=UGA_EMAIL)
    maries = contact(1, "Marie Smith", emails=("marie@mail.example",), phones=(PHONE,), last_modified=AS_OF)
    marias = contact(2, "Maria Smith", phones=(PHONE,), last_modified=AS_OF - timedelta(days=30))
    year = start([marie], [maries])
    assert year.known[marie.submission_id].contact_id == 1
    maria = submission(2, "Maria Smith", phone=PHONE, personal_email=OTHER_EMAIL)
    sync(year, [maria], [replace(maries, first_name="."), marias])
    (question,) = (one.conflict for one in year.open_conflicts())
    assert {question.option_a.value, question.option_b.value} == {1, 2}
    assert question.recommended_option is None


@pytest.mark.parametrize("is_absent", [True, False])
def test_a_strangers_linked_contact_that_has_lost_its_first_name_is_not_given_with_its_reissued_phone(
    *, is_absent: bool
) -> None:
    lucia = submission(1, "Lucia Garcia-Moreno", phone=PHONE, personal_email=EMAIL)
    lucias = contact(1, "Lucia Garcia", phones=(PHONE,))
    year = start([lucia], [lucias])
    lucia = replace(lucia, phone=HOME_PHONE)
    eric = submission(2, "Eric Irons", phone=PHONE, personal_email=OTHER_EMAIL)
    rows = sync(year, [eric] if is_absent else [lucia, eric], [replace(lucias, first_name=".")])
    assert rows["MN0002"] == ("blocked", None)
    assert asked(year, "MN0002") == [("contact_selection", 1, NEW_CONTACT)]


def test_a_cousins_linked_contact_that_has_lost_its_first_name_is_not_given_for_a_shared_phone() -> None:
    vance = submission(1, "Emily Vance", phone=PHONE, personal_email=EMAIL)
    vances = contact(1, "Emily Vance", phones=(PHONE,), last_modified=AS_OF)
    ferro = submission(2, "Emily Ferro", phone=PHONE, personal_email=OTHER_EMAIL)
    ferros = contact(2, "Emily Ferro", phones=(PHONE,), last_modified=AS_OF - timedelta(days=30))
    year = start([vance, ferro], [vances, ferros])
    rows = sync(year, [ferro], [replace(vances, first_name=".", tags=("Dropped 25",)), ferros])
    assert rows["MN0002"] == ("matched", 2)


@pytest.mark.parametrize("is_absent", [True, False])
def test_a_brothers_earlier_contact_is_not_the_sisters_after_his_id_was_moved(*, is_absent: bool) -> None:
    second = contact(4, "Keith Smith", emails=(KEITHS_EMAIL,))
    contacts = [replace(KEITHS, emails=(EMAIL,), tags=(MENTORS,)), second]
    year = start([KEITH], contacts)
    moved = [replace(contacts[0], external_id=None), replace(second, external_id="MN0002")]
    assert sync(year, [KEITH], moved)["MN0002"] == ("matched", 4)
    assert sync(year, [KAREN] if is_absent else [KAREN, KEITH], moved)["MN0001"] == ("blocked", None)
    assert asked(year, "MN0001") == [("contact_selection", 2, NEW_CONTACT)]


@pytest.mark.parametrize("has_linked", [True, False])
@pytest.mark.parametrize("answer", [None, "a", "b"])
def test_a_mentor_whose_id_is_on_a_strangers_contact_keeps_the_claim_on_the_own_one(
    answer: Any, *, has_linked: bool
) -> None:
    ingrid = submission(1, "Ingrid Tull", phone=PHONE, personal_email=EMAIL)
    ingmar = submission(2, "Ingmar Irons", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    junk = contact(1, "F.12.3 L.12.3", emails=(EMAIL,), phones=(PHONE,), external_id="MN0001")
    foreign = contact(2, "Ingmar Irons", emails=(OTHER_EMAIL,), external_id="MN0002")
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    if has_linked:
        sync(year, [ingrid, ingmar], [junk, foreign])
    reused = [replace(ingrid, phone="+17065550188"), replace(ingmar, phone=PHONE)]
    moved = [replace(junk, external_id=None), replace(foreign, external_id="MN0001")]
    for _ in range(3):
        present = sync(year, reused, moved)
        assert present["MN0002"][1] != 1
        assert present["MN0001"] == ("blocked", 1 if has_linked else None)
        for one in year.open_conflicts():
            if one.key[0] == "MN0001" and answer is not None:
                year.decide(one, answer)


@pytest.mark.parametrize("syncs", [0, 1])
@pytest.mark.parametrize(
    ("first", "second", "is_absent"),
    [
        ("Vladimir Tull|Владимир Tull", "Vladimir Irons|Владимир Irons", False),
        ("Vladimir Tull|Владимир Tull", "Vladimir Irons|Владимир Irons", True),
        ("Emily Vance|Emily Vance", "Emily Ferro|Emily Ferro", False),
        ("Emily Vance|Emily Vance", "Emily Ferro|Emily Ferro", True),
        ("Sarah Kim|Sarah Kim", "Sarah Kim|Sarah Kim", False),
    ],
)
def test_exchanged_ids_and_a_reused_phone_exchange_no_contacts(
    first: str, second: str, *, is_absent: bool, syncs: int
) -> None:
    names = [text.split("|") for text in (first, second)]
    phones, emails = ("+17065550111", "+17065550112"), ("one@mail.example", "two@mail.example")
    people = [
        submission(n, names[n - 1][0], phone=phones[n - 1], personal_email=emails[n - 1], uga_email=f"zz-{n}@uga.edu")
        for n in (1, 2)
    ]
    contacts = [contact(n, names[n - 1][1], emails=(emails[n - 1],), phones=(phones[n - 1],)) for n in (1, 2)]
    year = start(people, contacts)
    reused = [replace(people[0], phone="+17065550199"), replace(people[1], phone=phones[0])]
    imported = [replace(one, external_id=f"MN000{one.contact_id}") for one in contacts]
    for _ in range(syncs):
        assert sync(year, reused, imported) == {"MN0001": ("matched", 1), "MN0002": ("matched", 2)}
    exchanged = [replace(reused[0], mn_id="MN0002"), replace(reused[1], mn_id="MN0001")]
    present = sync(year, exchanged[1:] if is_absent else exchanged, imported)
    assert present["MN0001"] == ("blocked", 2)
    assert [kind for kind, *_ in asked(year, "MN0001")] == ["external_id_collision"]
    if not is_absent:
        assert present["MN0002"] == ("blocked", 1)


def test_exchanged_ids_do_not_replace_a_linked_contact_by_a_cousins() -> None:
    justin = submission(1, "Justin Tull", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    emily = submission(2, "Emily Vance", **MOTHERS)
    justins = contact(1, "Justin Tull", emails=(OTHER_EMAIL,), phones=(HOME_PHONE,))
    emilys = contact(2, "Emily Vance", emails=(EMAIL,), phones=(PHONE,), external_id="MN0002")
    cousins = contact(3, "Emily Ferro", emails=("ferro@mail.example",), phones=(PHONE,))
    year = start([justin, emily], [replace(justins, external_id="MN0001"), emilys, cousins])
    exchanged = [replace(justin, mn_id="MN0002"), replace(emily, mn_id="MN0001")]
    for _ in range(2):
        present = sync(year, exchanged, [justins, emilys, replace(cousins, external_id="MN0001")])
        assert present == {"MN0001": ("blocked", 2), "MN0002": ("blocked", 1)}
        assert ("external_id_collision", "release", LEAVE_UNLINKED) in asked(year, "MN0001")


@pytest.mark.parametrize("email", [EMAIL, OTHER_EMAIL])
@pytest.mark.parametrize("phone", [PHONE, HOME_PHONE, None])
def test_a_contact_created_for_a_sister_does_not_become_the_brothers_by_exchanged_ids(
    phone: str | None, email: str
) -> None:
    year = start([KAREN, KEITH], [])
    created = contact(9, "Karen Smith", emails=(EMAIL,), phones=(PHONE,), external_id="MN0001")
    karen = replace(KAREN, mn_id="MN0002", phone=phone, personal_email=email)
    exchanged = [karen, replace(KEITH, mn_id="MN0001")]
    for _ in range(3):
        assert sync(year, exchanged, [created])["MN0001"] == ("blocked", None)
        assert ("external_id_collision", "release", LEAVE_UNLINKED) in asked(year, "MN0001")


@pytest.mark.parametrize(("held_email", "is_asked"), [(EMAIL, True), (OTHER_EMAIL, False), (None, False)])
def test_a_contact_that_shares_more_with_a_cousin_is_not_taken_by_an_id_and_a_phone(
    held_email: str | None, *, is_asked: bool
) -> None:
    people = [submission(1, "Emily Ferro", phone=PHONE), submission(2, "Emily Vance", **MOTHERS)]
    emails = (held_email,) if held_email else ()
    held = contact(5, "Emily Marlowe", emails=emails, phones=(PHONE,), external_id="MN0001")
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    for _ in range(2):
        assert sync(year, people, [held])["MN0001"] == (("blocked", None) if is_asked else ("matched", 5))
        assert (("external_id_collision", "release", LEAVE_UNLINKED) in asked(year, "MN0001")) == is_asked


MARIE = submission(1, "Marie Smith", phone=PHONE, personal_email=EMAIL)
MARIA = submission(2, "Maria Smith", phone=PHONE, personal_email=OTHER_EMAIL)
MARIES = contact(1, "Marie Smith", emails=(EMAIL,), phones=(PHONE,), days=200)
MARIAS = contact(2, "Maria Smith", phones=(PHONE,), days=1)


@pytest.mark.parametrize("tags", [(), ("Mentors 2025",)])
@pytest.mark.parametrize("emails", [(EMAIL,), ()])
def test_a_sisters_contact_without_its_email_does_not_win_over_the_own_one(
    emails: tuple[str, ...], tags: tuple[str, ...]
) -> None:
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    contacts = [replace(MARIES, emails=emails), replace(MARIAS, tags=tags)]
    assert sync(year, [MARIE], contacts) == {"MN0001": ("matched", 1)}
    assert [row.plan_state for row in year.result.plan if year.result] == ["needs_approval"]


@pytest.mark.parametrize("name", ["Maria Smith", "Smith Maria", "MARIA SMITH"])
def test_a_sisters_contact_without_an_email_is_not_given_for_a_home_phone(name: str) -> None:
    """Her sign-up has other keys now, and only her name shows whose contact it is."""
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    maria = submission(2, name, phone=HOME_PHONE, personal_email="maria.new@mail.example")
    marias = contact(2, "Maria Smith", phones=(PHONE,))
    states = sync(year, [MARIE, maria], [marias])
    assert states == {"MN0001": ("blocked", None), "MN0002": ("new", None)}
    assert asked(year, "MN0001") == [("contact_selection", 2, NEW_CONTACT)]
    assert sync(PureYear(CONFIG, clock=lambda: AS_OF), [MARIE], [marias]) == {"MN0001": ("matched", 2)}


def test_a_contact_with_the_name_of_another_mentor_and_a_home_phone_is_that_ones() -> None:
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    marias = [MARIAS, contact(4, "Maria Smith", emails=(OTHER_EMAIL,), tags=("SWAB",))]
    present = sync(year, [MARIE, MARIA], marias)
    assert present["MN0002"] == ("matched", 4)
    assert present["MN0001"] == ("blocked", None)
    assert [row.plan_state for row in year.result.plan if year.result] == ["kept"]


@pytest.mark.parametrize("choice", ["a", "b"])
def test_a_created_contact_that_gets_another_mentors_id_is_asked_about(choice: Any) -> None:
    mothers = contact(1, "Helena Smith", emails=(EMAIL,), phones=(PHONE,))
    zoe = submission(3, "Zoe Brown", phone=HOME_PHONE, personal_email="zoe@mail.example")
    year = start([KAREN, zoe], [mothers])
    (question,) = (one for one in year.open_conflicts() if one.key[0] == "MN0001")
    year.decide(question, "b")
    assert sync(year, [KAREN, zoe], [mothers])["MN0001"] == ("new", None)
    created = contact(9, "Karen Smith", emails=(EMAIL,), phones=(PHONE,), external_id="MN0001")
    assert sync(year, [KAREN, zoe], [mothers, created])["MN0001"] == ("matched", 9)
    lost = [mothers, replace(created, external_id="MN0003")]
    for _ in range(2):
        assert sync(year, [KAREN, zoe], lost)["MN0001"][0] == "blocked"
    (question,) = (one for one in year.open_conflicts() if one.key[0] == "MN0001")
    assert (question.conflict.option_a.value, question.conflict.option_b.value) == (NEW_CONTACT, LEAVE_UNLINKED)
    year.decide(question, choice)
    for _ in range(3):
        expected = ("new", None) if choice == "a" else ("blocked", 9)
        assert sync(year, [KAREN, zoe], lost)["MN0001"] == expected
        assert asked(year, "MN0001") == []
    assert sync(year, [KAREN, zoe], [mothers, created])["MN0001"] == ("matched", 9)


@pytest.mark.parametrize("order", [("MN0001", "MN0002"), ("MN0002", "MN0001")])
def test_an_answer_about_a_contested_contact_is_not_asked_for_again(order: tuple[str, str]) -> None:
    people, family = [KAREN, KEITH], contact(1, " Smith", phones=(PHONE,), emails=(EMAIL,))
    year = start(people, [family])
    for mn_id in order:
        questions = [
            one for one in year.open_conflicts() if one.key[:3] == (mn_id, "external_id_collision", "contested:1")
        ]
        for question in questions:  # none when the other mentor no longer claims the contact
            year.decide(question, "a" if mn_id == "MN0001" else "b")
            sync(year, people, [family])
    imported = replace(family, first_name="Karen", external_id="MN0001")
    for contacts in ([family], [imported]):
        for _ in range(2):
            assert sync(year, people, contacts) == {"MN0001": ("matched", 1), "MN0002": ("new", None)}
            assert [one.key[1] for one in year.open_conflicts()] == ["shared_phone"]


def test_a_second_contact_of_a_brother_whose_name_became_junk_is_not_the_sisters() -> None:
    second = contact(4, "Keith Smith", emails=(KEITHS_EMAIL,), external_id="MN0002")
    first = replace(KEITHS, emails=(EMAIL,), external_id=None, tags=(MENTORS,))
    year = start([KEITH], [KEITHS])
    for _ in range(2):
        present = sync(year, [KAREN, replace(KEITH, first_name=".")], [first, second])
    assert present == {"MN0001": ("blocked", None), "MN0002": ("matched", 4)}
    assert asked(year, "MN0001") == [("contact_selection", 2, NEW_CONTACT)]


def test_an_exchanged_id_of_a_superseded_sign_up_moves_no_namesakes_contact() -> None:
    one = submission(1, "Sarah Kim", phone=PHONE, personal_email=EMAIL)
    two = submission(2, "Sarah Kim", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    contacts = [contact(1, "Sarah Kim", emails=(EMAIL,), phones=(PHONE,), external_id="MN0001")]
    year = start([one, two], contacts)
    again = submission(3, "Sarah Kim", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    present = sync(year, [replace(one, mn_id="MN0002"), replace(two, mn_id="MN0001"), again], contacts)
    assert present["MN0003"] == ("blocked", None)
    assert present["MN0002"][1] == 1


@pytest.mark.parametrize("last", [None, ".", "(706) 555-0199", "V.", "jo@mail.example"])
def test_junk_for_the_last_name_gives_no_cousins_contact_when_the_own_one_is_archived(last: str | None) -> None:
    emily = submission(1, "Emily Vance", phone=PHONE, personal_email=EMAIL)
    own = contact(1, "Emily Vance", emails=(EMAIL,), phones=(PHONE,))
    cousins = contact(2, "Emily Ferro", emails=(OTHER_EMAIL,), phones=(PHONE,))
    year = start([emily], [own, cousins])
    for _ in range(2):
        assert sync(year, [replace(emily, last_name=last)], [cousins]) == {"MN0001": ("blocked", 1)}
    assert asked(year, "MN0001") == [("contact_selection", 2, NEW_CONTACT)]


@pytest.mark.parametrize("first", [None, "."])
def test_a_contact_created_for_a_mentor_without_a_first_name_does_not_become_anothers(first: str | None) -> None:
    nameless = submission(1, "Jo Irons", phone=PHONE, personal_email=EMAIL, first_name=first)
    vladimir = submission(2, "Vladimir Reed", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    year = start([nameless, vladimir], [])
    created = contact(1, "Jo Irons", phones=(PHONE,), external_id="MN0001", first_name=None)
    exchanged = [replace(nameless, mn_id="MN0002", phone=None), replace(vladimir, mn_id="MN0001", phone=PHONE)]
    for _ in range(2):
        assert sync(year, exchanged, [created])["MN0001"] == ("blocked", None)


def test_a_mentors_contact_that_anothers_id_took_is_the_mentors_again_without_the_id() -> None:
    jo = submission(1, "Jo Irons", phone=PHONE, personal_email=EMAIL)
    zoe = submission(2, "Zoe Brown", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    own = contact(1, "Jo Irons", emails=(EMAIL,), phones=(PHONE,))
    year = start([jo, zoe], [own])
    people = [replace(jo, phone="+17065550188", personal_email="jo.new@mail.example"), zoe]
    taken = replace(own, external_id="MN0002")
    assert sync(year, people, [taken])["MN0001"] == ("blocked", 1)
    (question,) = (one for one in year.open_conflicts() if one.key[:3] == ("MN0001", "external_id_collision", "held:1"))
    year.decide(question, "a")
    results = [sync(year, people, [taken]) and year.result for _ in range(2)]
    assert [winner.decision for winner in results[1].winners.winners] == ["human", "blocked"]
    assert results[0].winners == results[1].winners
    assert sync(year, people, [own])["MN0001"] == ("matched", 1)


def test_a_question_about_a_contact_that_anothers_id_took_offers_no_cousins_contact() -> None:
    emily, zoe = submission(1, "Emily Vance", **MOTHERS), submission(2, "Zoe Brown", phone=HOME_PHONE)
    own = contact(1, "Emily Vance", emails=(EMAIL,), phones=(PHONE,))
    cousins = contact(2, "Emily Ferro", emails=(OTHER_EMAIL,), phones=(PHONE,))
    year = start([emily, zoe], [own, cousins])
    for _ in range(2):
        present = sync(year, [emily, zoe], [replace(own, external_id="MN0002"), cousins])
        assert present["MN0001"] == ("blocked", 1)
        assert asked(year, "MN0001") == [("external_id_collision", NEW_CONTACT, LEAVE_UNLINKED)]


def test_a_contact_left_for_a_new_one_is_not_the_loser_of_the_mentor_who_got_its_id() -> None:
    annette = submission(1, "Annette Tull", phone=PHONE, personal_email=EMAIL)
    quincy = submission(2, "Quincy Irons", phone=HOME_PHONE, personal_email=OTHER_EMAIL)
    annettes = [contact(number, "Annette Tull", emails=(EMAIL,), phones=(PHONE,)) for number in (1, 4)]
    left = contact(2, "Quincy Irons", phones=(HOME_PHONE,), external_id="MN0002")
    year = start([annette, quincy], [*annettes, left])
    (question,) = (stored for stored in year.open_conflicts() if stored.key[0] == "MN0001")
    year.decide(question, "a")
    changed = {"phone": "+17065550188", "personal_email": "quincy.new@mail.example"}
    exchanged = [replace(annette, mn_id="MN0002"), replace(quincy, mn_id="MN0001", **changed)]
    sync(year, exchanged, [*annettes, left])
    created = contact(3, "Quincy Irons", emails=("quincy.new@mail.example",), external_id="MN0001")
    for _ in range(3):
        present = sync(year, exchanged, [*annettes, left, created])
        assert {mn_id: state for mn_id, (state, _) in present.items()} == {"MN0001": "matched", "MN0002": "matched"}
        assert year.result is not None
        assert {row.contact_id: row.plan_state for row in year.result.plan}[left.contact_id] == "kept"
