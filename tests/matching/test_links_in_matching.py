"""The linked contact in matching, and decisions whose inputs have changed (rulebook sections 3, 4 and 6)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.conflicts import NEW_CONTACT
from mentorsync_pipeline.domain.known_mentors import KnownMentor, Link, find_links
from mentorsync_pipeline.domain.records import Contact, DecisionInForce, Signup, Submission, Winner
from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.matching.rules.winners import WinnerResult, choose_winners
from tests.support.answers import Choice
from tests.support.matching import (
    AS_OF,
    CONFIG,
    EMAIL,
    MENTORS,
    PHONE,
    UGA_EMAIL,
    contact,
    decide,
    outcome,
    signup,
    submission,
)
from tests.support.pure_year import Feed, PureYear

OTHER_PHONE, OTHER_EMAIL = "+14045550177", "other@mail.example"
KEYS = {"phone": PHONE, "personal_email": EMAIL}


def choose(
    jane: Signup, contacts: list[Contact], *, linked: int | None = None, decisions: Any = None
) -> tuple[Winner, WinnerResult]:
    link = {} if linked is None else {jane.submission_id: Link(contact_id=linked, keys=frozenset(KEYS.values()))}
    candidates = find_candidates([jane], contacts, (), CONFIG, as_of=AS_OF, links=link)
    result = choose_winners(
        [jane],
        candidates.candidates,
        CONFIG,
        decisions=decisions or {},
        known={c.contact_id: c for c in contacts},
        links=link,
    )
    return result.winners[0], result


def decided(jane: Signup, question: Any, choice: str) -> dict[tuple[str, str, str], DecisionInForce]:
    option = {"a": question.option_a, "b": question.option_b}[choice]
    answer = DecisionInForce(
        mn_id=jane.mn_id,
        conflict_type=question.conflict_type,
        subject=question.subject,
        input_fingerprint=question.input_fingerprint,
        choice=choice,  # type: ignore[arg-type]
        value=option.value,
    )
    return {(jane.mn_id, question.conflict_type, question.subject): answer}


@pytest.mark.parametrize(("first", "decision"), [("Jane", "external_id"), ("", "external_id"), ("Rosa", "blocked")])
def test_a_linked_contact_with_the_mentors_id_stays_when_nothing_else_is_shared(first: str, decision: str) -> None:
    own = contact(5, "Jane Doe", phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,), external_id="MN0001")
    winner, _ = choose(signup(first_name=first or None, last_name="Moe", **KEYS), [own], linked=5)
    assert winner.decision == decision


@pytest.mark.parametrize(
    ("linked", "holder", "keys", "winner_id"),
    [
        ("Jane Doe", "Jane Moe", {"phones": (PHONE,)}, None),  # cousins of one first name
        ("Jane Doe", "Rosa Doe", {"phones": (PHONE,), "emails": (EMAIL,)}, None),  # sisters with the mother's email
        ("Jane Married", "Rosa Doe", {"emails": (EMAIL,)}, None),
        ("Jane Married", "Jane Moe", {"phones": (PHONE,)}, 6),  # neither fits better
        ("Jane Doe", "Jane Doe", {"phones": (PHONE,)}, 6),
        ("Jane Doe", "Jane Moe", {"emails": ("zz-jane@uga.edu",)}, 6),
        ("Rosa Doe", "Jane Moe", {"phones": (PHONE,)}, 6),
    ],
)
def test_an_id_on_a_contact_whose_name_fits_less_moves_no_link(
    linked: str, holder: str, keys: dict[str, Any], winner_id: int | None
) -> None:
    own = contact(5, linked, phones=(PHONE,), emails=(EMAIL,))
    other = contact(6, holder, external_id="MN0001", **keys)
    winner, result = choose(signup(name="Jane Doe", uga_email="zz-jane@uga.edu", **KEYS), [own, other], linked=5)
    assert winner.contact_id == winner_id
    asked = [(question.conflict_type, question.subject) for question in result.conflicts]
    assert asked == ([] if winner_id else [("external_id_collision", "holder:6")])


def test_of_several_contacts_with_the_mentors_id_the_next_run_chooses_in_the_same_way() -> None:
    jane = signup(name="Jane Doe", **KEYS)
    best = contact(5, "Jane Doe", emails=(EMAIL,), external_id="MN0001", tags=(MENTORS,))
    other = contact(6, "Jane Moe", phones=(PHONE,), external_id="MN0001")
    first, _ = choose(jane, [best, other])
    assert (first.contact_id, first.decision) == (5, "clear_winner")
    assert choose(jane, [best, other], linked=5)[0] == first


@pytest.mark.parametrize(
    ("own", "holder_keys", "is_asked"),
    [
        ({"phones": (PHONE,)}, (), True),
        ({"phones": (PHONE,)}, (PHONE,), False),  # it shares more than the id
        ({"phones": (PHONE,), "last_name": "Moe"}, (), False),  # a cousin's
        ({}, (), False),
    ],
)
def test_the_contact_of_an_absent_namesake_is_not_taken_by_an_id_when_the_mentor_has_an_own_one(
    own: dict[str, Any], holder_keys: tuple[str, ...], is_asked: bool
) -> None:
    jane = signup(name="Jane Doe", **KEYS)
    contacts = [
        replace(contact(5, "Jane Doe"), **own),
        contact(6, "Jane Doe", phones=(OTHER_PHONE, *holder_keys), emails=(OTHER_EMAIL,), external_id="MN0001"),
    ]
    keys = frozenset({OTHER_PHONE, OTHER_EMAIL})
    links = {"absent": Link(contact_id=6, keys=keys, names=("Jane", "Doe", ""), mn_ids=("MN0001",))}
    result = decide([jane], contacts, links=links)
    assert outcome(result) == (("external_id_collision", None) if is_asked else ("external_id", 6))


@given(
    phone=st.sampled_from([PHONE, OTHER_PHONE, None]),
    personal=st.sampled_from([EMAIL, OTHER_EMAIL, None]),
    uga=st.sampled_from(["zz-jane@uga.edu", "zz-new@uga.edu", None]),
    first=st.sampled_from(["Jane", "Janie", ""]),
)
def test_edited_keys_do_not_end_a_link(phone: str | None, personal: str | None, uga: str | None, first: str) -> None:
    own = contact(5, phones=(PHONE,), emails=(EMAIL,), first_name="Jane", last_name="Doe")
    jane = signup(phone=phone, personal_email=personal, uga_email=uga, first_name=first or None, last_name="Doe")
    winner, result = choose(jane, [own], linked=5)
    assert winner.contact_id == 5
    assert result.conflicts == ()


UGA = {"uga_email": "zz-jane@uga.edu"}


@pytest.mark.parametrize(
    ("typed", "names", "keys", "held", "is_asked"),
    [
        ({}, ("Muhammad", "Doe", ""), (PHONE,), ("Muhammad", "Doe"), True),  # sounds alike
        ({}, ("Mohammed", "Doe", ""), (PHONE,), ("Muhammad", "Doe"), True),  # fits several deleted sign-ups
        ({}, ("Mohammed", "Roe", ""), (PHONE,), ("Mohammed", "Roe"), True),  # another last name
        ({}, ("Мохаммед", "Doe", ""), (PHONE,), ("Мохаммед", "Doe"), True),
        ({"first_name": "."}, ("Mohammed", "Doe", ""), (PHONE,), ("Mohammed", "Doe"), True),
        ({}, ("", "Doe", ""), (PHONE,), (None, "Doe"), True),
        ({}, ("Mohammed Jr.", "Doe", ""), (PHONE,), ("Mohammed", "Doe"), True),
        ({}, ("Mohammed & Ann", "Doe", ""), (EMAIL,), ("Mohammed", "Doe"), True),
        (UGA, ("Mohammed", "Doe", ""), (PHONE, "zz-other@uga.edu"), ("Mohammed", "Doe"), False),  # another student
        ({}, ("Muhammad", "Doe", ""), (OTHER_PHONE,), ("Muhammad", "Doe"), False),  # no common key
        ({}, ("Ann", "Doe", ""), (PHONE,), ("Ann", "Doe"), False),  # a sister
        ({}, ("Muhammad", "Doe", ""), (PHONE,), ("Ann", "Doe"), False),  # the contact is somebody else's now
    ],
)
def test_a_contact_of_a_deleted_sign_up_that_may_be_the_persons_is_asked_about(
    typed: dict[str, str], names: tuple[str, ...], keys: tuple[str, ...], held: tuple[str | None, str], is_asked: bool
) -> None:
    person = signup(**{"first_name": "Mohammed", "last_name": "Doe", **KEYS, **typed})
    other = signup(submission_id="9", mn_id="MN0009", external_id="MN0009", phone=OTHER_PHONE, first_name="Peter")
    own = replace(contact(5, phones=("+14045550188",)), first_name=held[0], last_name=held[1])
    known = {"1": KnownMentor(submission_id="1", mn_id="MN0008", contact_id=5, names=names, keys=keys)}

    def ask(known: dict[str, KnownMentor]) -> list[tuple[str, Any, Any, str | None]]:
        links = find_links([person, other], known)
        found = find_candidates([person, other], [own], (), CONFIG, as_of=AS_OF, links=links).candidates
        conflicts = choose_winners([person, other], found, CONFIG, known={5: own}, links=links).conflicts
        return [(c.mn_id, c.option_a.value, c.option_b.value, c.recommended_option) for c in conflicts]

    assert ask(known) == ([(person.mn_id, 5, NEW_CONTACT, None)] if is_asked else [])
    others = KnownMentor(submission_id="9", mn_id="MN0009", contact_id=5, names=("Peter", "", ""))
    assert [row for row in ask({**known, "9": others}) if row[0] == person.mn_id] == [], (
        "another mentor is linked to it"
    )


def test_a_linked_contact_with_another_name_raises_a_conflict_and_stays_linked() -> None:
    own = contact(5, phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,), first_name="Peter", last_name="Doe")
    jane = signup(first_name="Jane", last_name="Doe", **KEYS)
    winner, result = choose(jane, [own], linked=5)
    assert winner.decision == "blocked"
    (question,) = result.conflicts
    assert (question.option_a.value, question.option_b.value) == (5, NEW_CONTACT)


def test_a_linked_contact_with_another_mentors_id_is_refused() -> None:
    other = signup(submission_id="9", mn_id="MN0009", external_id="MN0009", phone=OTHER_PHONE, first_name="Peter")
    own = contact(5, external_id="MN0009", phones=(PHONE,), first_name="Jane", last_name="Doe")
    jane = signup(first_name="Jane", last_name="Doe", **KEYS)
    links = {jane.submission_id: Link(contact_id=5)}
    candidates = find_candidates([jane, other], [own], (), CONFIG, as_of=AS_OF, links=links)
    assert {c.viability for c in candidates.candidates if c.submission_id == jane.submission_id} == {"refused"}


def rivals() -> tuple[Signup, list[Contact]]:
    jane = signup(first_name="Jane", last_name="Doe", **KEYS)
    names = {"first_name": "Jane", "last_name": "Doe"}
    return jane, [contact(5, phones=(PHONE,), **names), contact(6, emails=(EMAIL,), **names)]


@pytest.mark.parametrize("choice", ["a", "b"])
def test_a_decision_applies_while_its_changed_inputs_raise_the_conflict_again(choice: str) -> None:
    jane, contacts = rivals()
    winner, result = choose(jane, contacts)
    (question,) = result.conflicts
    answers = decided(jane, question, choice)
    chosen = answers[jane.mn_id, "contact_selection", jane.submission_id].value

    changed = [replace(c, tags=(*c.tags, "Alumni")) for c in contacts]
    winner, result = choose(jane, changed, decisions=answers)
    assert (winner.decision, winner.contact_id) == ("human", chosen)
    (again,) = result.conflicts
    assert again.input_fingerprint != question.input_fingerprint
    assert not again.blocking, "the old answer holds meanwhile"

    answers = decided(jane, again, choice)
    winner, result = choose(jane, changed, decisions=answers)
    assert result.conflicts == ()


def test_a_decision_equal_to_the_rules_result_raises_no_conflict() -> None:
    jane, contacts = rivals()
    (question,) = choose(jane, contacts)[1].conflicts
    answers = decided(jane, question, "a")
    chosen = answers[jane.mn_id, "contact_selection", jane.submission_id].value
    imported = [replace(c, external_id=jane.external_id) if c.contact_id == chosen else c for c in contacts]
    winner, result = choose(jane, imported, decisions=answers)
    assert (winner.decision, winner.contact_id, result.conflicts) == ("human", chosen, ())


def test_a_chosen_contact_is_kept_when_the_student_corrects_all_keys() -> None:
    jane, contacts = rivals()
    (question,) = choose(jane, contacts)[1].conflicts
    answers = decided(jane, question, "b")
    chosen = answers[jane.mn_id, "contact_selection", jane.submission_id].value
    corrected = replace(jane, phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    winner, result = choose(corrected, contacts, linked=chosen, decisions=answers)
    assert (winner.decision, winner.contact_id, result.conflicts) == ("human", chosen, ())


def test_a_change_of_last_modified_only_raises_no_conflict() -> None:
    jane, contacts = rivals()
    (question,) = choose(jane, contacts)[1].conflicts
    answers = decided(jane, question, "a")
    touched = [replace(c, last_modified=AS_OF) for c in contacts]
    assert choose(jane, touched, decisions=answers)[1].conflicts == ()


def test_the_decision_for_a_new_contact_ends_when_the_contact_exists() -> None:
    jane = signup(first_name="Jane", last_name="Doe", **KEYS)
    mothers = contact(5, emails=(EMAIL,), first_name="Mary", last_name="Doe")
    (question,) = choose(jane, [mothers])[1].conflicts
    answers = decided(jane, question, "b")
    assert choose(jane, [mothers], decisions=answers)[0].contact_id is None
    names = {"first_name": "Jane", "last_name": "Doe"}
    created = contact(9, external_id=jane.external_id, phones=(PHONE,), emails=(EMAIL,), **names)
    winner, result = choose(jane, [mothers, created], decisions=answers)
    assert (winner.contact_id, result.conflicts) == (9, ())
    untagged = replace(created, external_id=None)
    winner, result = choose(jane, [mothers, untagged], linked=9, decisions=answers)
    assert (winner.contact_id, result.conflicts) == (9, ()), "also when somebody removed the External ID"


@pytest.mark.parametrize("external_id", [None, "MN0001", "MN0077"])
def test_an_answer_for_a_new_contact_does_not_count_again_when_the_parents_keys_return(external_id: str | None) -> None:
    """The created contact shares no key with the sign-up then, and its External ID may have been edited."""
    jane, fathers = signup(name="Jane Smith", **KEYS), contact(2, "Howard Smith", emails=(EMAIL,), phones=(PHONE,))
    own = contact(5, "Jane Smith", phones=(OTHER_PHONE,), emails=(OTHER_EMAIL,), external_id=external_id)
    answer = decided(jane, choose(jane, [fathers])[1].conflicts[0], "b")
    assert choose(jane, [fathers], decisions=answer)[0].decision == "human"
    winner, result = choose(jane, [fathers, own], linked=5, decisions=answer)
    if external_id == "MN0077":
        assert [conflict.conflict_type for conflict in result.conflicts] == ["external_id_collision"]
    else:
        assert (winner.contact_id, result.conflicts) == (5, ())


def test_an_answer_for_a_new_contact_creates_no_other_one_when_only_the_uga_email_is_left() -> None:
    """Somebody takes the parent's phone and email, which the student had typed, off the created contact."""
    jane = signup(name="Jane Smith", uga_email=UGA_EMAIL, **KEYS)
    fathers = contact(2, "Howard Smith", emails=(EMAIL,), phones=(PHONE,))
    answer = decided(jane, choose(jane, [fathers])[1].conflicts[0], "b")
    created = contact(5, "Jane Smith", emails=(UGA_EMAIL,), external_id=jane.external_id)
    winner, result = choose(jane, [fathers, created], linked=5, decisions=answer)
    assert (winner.contact_id, result.conflicts) == (5, ())


@pytest.mark.parametrize(
    "name", [".|Smith", "dan@mail.example|Smith", "D|Smith", "|Smith", "Danielle|Smith", "Даниэл|Smith", "n/a|n/a"]
)
@pytest.mark.parametrize("syncs", [1, 2])
def test_a_changed_name_moves_no_link_to_a_relatives_contact(name: str, syncs: int) -> None:
    first, _, last = name.partition("|")
    daniel = submission(1, "Daniel Smith", phone=PHONE, personal_email=EMAIL)
    contacts = {
        1: contact(1, "Daniel Smith", emails=(EMAIL,)),
        2: contact(2, "Danielle Smith", emails=(OTHER_EMAIL,), phones=(PHONE,), tags=("SWAB",)),
    }
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    year.sync(Feed(AS_OF, {daniel.submission_id: daniel}, contacts))
    changed = replace(daniel, first_name=first or None, last_name=last)
    for _ in range(syncs):
        result = year.sync(Feed(AS_OF, {daniel.submission_id: changed}, contacts))
    assert [mentor.gb_contact_id for mentor in year.mentors.values()] == [1]
    assert [row.plan_state for row in result.plan] == ["kept"]


@pytest.mark.parametrize("first", [None, ".", "D", "dan@mail.example"])
def test_contacts_of_two_people_are_asked_about_when_the_sign_up_has_no_name(first: str | None) -> None:
    nameless = signup(first_name=first, last_name="Smith", **KEYS)
    own = contact(1, "Daniel Smith", emails=(EMAIL,))
    sisters = contact(2, "Danielle Smith", emails=(OTHER_EMAIL,), phones=(PHONE,), tags=("SWAB",))
    winner, result = choose(nameless, [own, sisters])
    assert (winner.decision, winner.contact_id) == ("blocked", None)
    assert [(c.conflict_type, c.recommended_option) for c in result.conflicts] == [("contact_selection", None)]


@pytest.mark.parametrize("first", [None, ".", "K", "Keith & Zuzu", "Keith's mom"])
def test_a_junk_name_takes_no_parents_contact_when_the_linked_one_is_gone(first: str | None) -> None:
    keith = submission(1, "Keith Smith", phone=PHONE, personal_email=EMAIL)
    contacts = {
        1: contact(1, "Keith Smith", emails=(EMAIL, OTHER_EMAIL), phones=(PHONE,), tags=("Mentors 2024",)),
        2: contact(2, "Helena Smith", emails=(EMAIL,), phones=(PHONE,)),
    }
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    year.sync(Feed(AS_OF, {keith.submission_id: keith}, contacts))
    assert [mentor.gb_contact_id for mentor in year.mentors.values()] == [1]
    year.sync(Feed(AS_OF, {keith.submission_id: replace(keith, first_name=first)}, {2: contacts[2]}))
    (mentor,) = year.mentors.values()
    assert (mentor.sync_state, [conflict.conflict.conflict_type for conflict in year.open_conflicts()]) == (
        "blocked",
        ["contact_selection"],
    )


@pytest.mark.parametrize("first", [None, ".", "K"])
def test_a_junk_name_does_not_replace_the_remembered_one_at_a_new_link(first: str | None) -> None:
    keith = submission(1, "Keith Smith", phone=PHONE, personal_email=EMAIL)
    junk = {keith.submission_id: replace(keith, first_name=first)}
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    year.sync(Feed(AS_OF, {keith.submission_id: keith}, {1: contact(1, "Keith Smith", emails=(EMAIL,))}))
    present = {2: contact(2, "Keith Smith", phones=(PHONE,), emails=(EMAIL,))}
    rows = [year.sync(Feed(AS_OF, junk, present)).import_rows for _ in range(2)]
    assert [mentor.gb_contact_id for mentor in year.mentors.values()] == [2]
    assert rows[0] == rows[1]
    assert year.known[keith.submission_id].names == ("Keith", "Smith", "")


@pytest.mark.parametrize(("name", "recommended"), [("Jane Smith", "a"), ("J. Smith", None)])
def test_a_new_sign_up_with_the_id_on_a_mentors_contact_moves_no_link(name: str, recommended: str | None) -> None:
    jane, other = submission(1, "Jane Smith", **KEYS), submission(2, "Zoe Brown", phone=OTHER_PHONE)
    contacts = {1: contact(1, "Jane Smith", emails=(EMAIL,), external_id="MN0002", tags=("SWAB",))}
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    year.sync(Feed(AS_OF, {jane.submission_id: jane}, contacts))
    (question,) = year.open_conflicts()  # whose the id was is not known
    year.decide(question, "a")
    year.sync(Feed(AS_OF, {jane.submission_id: jane}, contacts))
    contacts |= {2: contact(2, name, phones=(PHONE,))}
    year.sync(Feed(AS_OF, {person.submission_id: person for person in (jane, other)}, contacts))
    asked = [
        (conflict.conflict.conflict_type, conflict.conflict.option_a.value, conflict.conflict.recommended_option)
        for conflict in year.open_conflicts()
        if conflict.key[0] == "MN0001"
    ]
    assert asked == [("contact_selection", 2, recommended)]
    assert year.mentors["MN0001"].gb_contact_id == 1


@pytest.mark.parametrize("count", [2, 3])
def test_exchanged_ids_are_released_on_all_contacts_when_a_person_says_so(count: int) -> None:
    """Each contact holds another mentor's id until then; asking about that again would end nowhere."""
    keys = [{"phone": f"+1706555020{n}", "personal_email": f"mentor{n}@mail.example"} for n in range(count)]
    names = ["Aki Mori", "Bea Nunn", "Cy Opal"][:count]
    first = [submission(n + 1, name, **keys[n]) for n, name in enumerate(names)]
    exchanged = [replace(one, mn_id=first[(n + 1) % count].mn_id) for n, one in enumerate(first)]
    own = [
        contact(
            n + 1, name, phones=(keys[n]["phone"],), emails=(keys[n]["personal_email"],), external_id=first[n].mn_id
        )
        for n, name in enumerate(names)
    ]
    year = PureYear(CONFIG, clock=lambda: AS_OF)

    def sync(submissions: list[Submission], contacts: list[Contact]) -> None:
        year.sync(
            Feed(AS_OF, {one.submission_id: one for one in submissions}, {one.contact_id: one for one in contacts})
        )

    sync(first, own)
    sync(exchanged, own)
    for question in list(year.open_conflicts()):
        assert (question.conflict.conflict_type, question.conflict.option_a.value) == (
            "external_id_collision",
            "release",
        )
        year.decide(question, "a")
    sync(exchanged, own)
    assert [*year.open_conflicts()] == []
    assert {(row.contact_id, row.action) for row in year.result.plan} == {(one.contact_id, "release") for one in own}
    sync(exchanged, [replace(one, external_id=None) for one in own])
    assert [*year.open_conflicts()] == []
    assert {year.mentors[one.mn_id].gb_contact_id: one.first_name for one in exchanged} == {
        one.contact_id: one.first_name for one in own
    }


@pytest.mark.parametrize("choice", ["a", "custom"])
@pytest.mark.parametrize("has_other_contact", [True, False])
def test_a_chosen_contact_that_another_mentor_gets_before_the_next_run_is_asked_about(
    choice: Choice, *, has_other_contact: bool
) -> None:
    jane, other = submission(1, "Jane Smith", **KEYS), submission(2, "Zoe Brown", phone=OTHER_PHONE)
    contacts = {1: contact(1, "Jane Smith", emails=(EMAIL,), phones=(PHONE,), external_id="MN0002", tags=("SWAB",))}
    if has_other_contact:
        contacts |= {3: contact(3, "Jane Smith", phones=(PHONE,))}
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    year.sync(Feed(AS_OF, {jane.submission_id: jane}, contacts))
    (question,) = year.open_conflicts()
    year.decide(question, choice, 1)
    for _ in range(2):
        year.sync(Feed(AS_OF, {one.submission_id: one for one in (jane, other)}, contacts))
        (asked,) = (one.conflict for one in year.open_conflicts() if one.key[0] == "MN0001")
        reasons = f"{asked.recommendation_reason} {asked.context.get('reason')}"
        assert "a person chose" in reasons.lower()
        assert (year.mentors["MN0001"].sync_state, year.mentors["MN0001"].gb_contact_id) == ("blocked", None)
    assert asked.option_a.value == (3 if has_other_contact else NEW_CONTACT)
    year.decide(next(one for one in year.open_conflicts() if one.conflict is asked), "a")
    year.sync(Feed(AS_OF, {one.submission_id: one for one in (jane, other)}, contacts))
    assert year.mentors["MN0001"].gb_contact_id == (3 if has_other_contact else None)
    assert [one for one in year.open_conflicts() if one.key[0] == "MN0001"] == []


def test_a_corrected_name_moves_a_link_when_the_linked_contact_is_gone() -> None:
    jane = submission(1, "Peanut Smith", phone=PHONE, personal_email=EMAIL)
    contacts = {1: contact(1, "Peanut Smith", emails=(EMAIL,)), 2: contact(2, "Jane Smith", phones=(PHONE,))}
    year = PureYear(CONFIG, clock=lambda: AS_OF)
    year.sync(Feed(AS_OF, {jane.submission_id: jane}, contacts))
    corrected = replace(jane, first_name="Jane")
    year.sync(Feed(AS_OF, {jane.submission_id: corrected}, {2: contacts[2]}))
    assert [mentor.gb_contact_id for mentor in year.mentors.values()] == [2]


@pytest.mark.parametrize("typed", [". Smith", "? Smith", "m@x.example Smith", "Rosa's mom Smith", "n/a Smith"])
def test_junk_for_the_name_of_a_mentor_without_a_link_links_no_relative(typed: str) -> None:
    """A brother is asked about his sister's contact, whose phone and email he types; then he types no name."""
    first, _, last = typed.rpartition(" ")
    year, brother = PureYear(CONFIG, clock=lambda: AS_OF), submission(1, "Rupert Smith", **KEYS)
    contacts = {10: contact(10, "Rosalie Smith", phones=(PHONE,), emails=(EMAIL,))}
    for names in (("Rupert", "Smith"), (first, last), (first, last), ("Rupert", "Smith")):
        brother = replace(brother, first_name=names[0], last_name=names[1])
        year.sync(Feed(AS_OF, {brother.submission_id: brother}, contacts))
        (mentor,) = year.mentors.values()
        assert (mentor.sync_state, mentor.gb_contact_id) == ("blocked", None)
        assert [one.key[1] for one in year.open_conflicts()] == ["contact_selection"]


def test_a_name_that_is_corrected_while_a_question_is_open_counts() -> None:
    year, sister = PureYear(CONFIG, clock=lambda: AS_OF), submission(1, "Rupert Smith", **KEYS)
    contacts = {10: contact(10, "Rosalie Smith", phones=(PHONE,), emails=(EMAIL,))}
    for first, linked in ("Rupert", None), ("Rosalie", 10), (".", 10):
        sister = replace(sister, first_name=first)
        year.sync(Feed(AS_OF, {sister.submission_id: sister}, contacts))
        assert [mentor.gb_contact_id for mentor in year.mentors.values()] == [linked]


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "not listed"])
def test_the_id_of_a_second_sign_up_is_the_mentors_when_the_first_one_counts_again(is_deleted: bool) -> None:
    first = submission(1, "Jane Smith", **KEYS)
    second = submission(2, "Jane Smith", **KEYS)
    own = contact(1, "Jane Smith", emails=(EMAIL,), phones=(PHONE,))
    year = PureYear(CONFIG, clock=lambda: AS_OF)

    def sync(*signups: Submission, contact_id: str | None) -> None:
        listed = {one.submission_id: one for one in signups}
        year.sync(Feed(AS_OF, listed, {1: replace(own, external_id=contact_id)}))

    sync(first, second, contact_id=None)
    corrected = replace(second, phone=OTHER_PHONE, personal_email=OTHER_EMAIL)
    sync(first, corrected, contact_id="MN0002")
    for _ in range(2):
        sync(first, *([replace(corrected, status="DELETED")] if is_deleted else []), contact_id="MN0002")
        assert [(mentor.mn_id, mentor.gb_contact_id) for mentor in year.mentors.values()] == [("MN0001", 1)]
        assert not year.open_conflicts()
