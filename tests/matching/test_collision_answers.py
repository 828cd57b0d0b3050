"""A contact that a person chose when asked about an External ID stays the mentor's (rulebook, sections 4 and 6)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mentorsync_pipeline.domain.records import Contact, Submission
from tests.support.matching import AS_OF, CONFIG, EMAIL, MENTORS, PHONE, SWAB, contact, submission
from tests.support.pure_year import Feed, PureYear

JANE = submission(1, "Jane Smith", phone=PHONE, personal_email=EMAIL)
ZOE = submission(2, "Zoe Smith", phone=PHONE, personal_email=EMAIL)
# The best contact of Jane; nobody is known to have had its External ID.
UNEXPLAINED = contact(1, "Jane Smith", emails=(EMAIL,), phones=(PHONE,), external_id="MN0777", tags=(SWAB,))
FAMILY = contact(1, " Smith", emails=(EMAIL,), phones=(PHONE,))


class Year(PureYear):
    """A year at one time."""

    def __init__(self) -> None:
        super().__init__(CONFIG, clock=lambda: AS_OF)

    def take(self, signups: tuple[Submission, ...], *contacts: Contact) -> None:
        self.sync(
            Feed(
                AS_OF,
                {signup.submission_id: signup for signup in signups},
                {listed.contact_id: listed for listed in contacts},
            )
        )

    def answer(self, mn_id: str, choice: Any, value: Any = None) -> None:
        (stored,) = (one for one in self.open_conflicts() if one.key[:2] == (mn_id, "external_id_collision"))
        self.decide(stored, choice, value)

    def winner(self, mn_id: str) -> tuple[str, int | None]:
        assert self.result is not None
        winner = next(winner for winner in self.result.winners.winners if winner.mn_id == mn_id)
        return winner.decision, winner.contact_id

    def questions(self, mn_id: str) -> Iterator[tuple[str, bool]]:
        return ((stored.key[1], stored.conflict.blocking) for stored in self.open_conflicts() if stored.key[0] == mn_id)


@pytest.fixture(
    params=[
        contact(50, "Somebody Else"),
        contact(50, "Jane Smith"),
        contact(50, "Jane Smith", phones=(PHONE,)),
        contact(50, "Somebody Else", tags=(MENTORS,)),
    ],
    ids=["another name", "the name", "the name and a phone", "a mentor's tag"],
)
def chosen(request: pytest.FixtureRequest) -> Contact:
    """A contact that somebody chooses instead of the one with the unexplained External ID."""
    elsewhere: Contact = request.param
    return elsewhere


def answered(*contacts: Contact, value: int) -> Year:
    year = Year()
    year.take((JANE,), *contacts)
    year.answer("MN0001", "custom", value)
    return year


def test_another_contact_than_the_one_with_an_unexplained_id_can_be_chosen_once_and_for_all(chosen: Contact) -> None:
    year = answered(UNEXPLAINED, chosen, value=50)
    imported = replace(chosen, external_id="MN0001", emails=(EMAIL,), phones=(PHONE,), tags=(*chosen.tags, MENTORS))
    for shown in (chosen, chosen, imported, imported):
        year.take((JANE,), UNEXPLAINED, shown)
        assert year.winner("MN0001") == ("human", 50)
        assert not list(year.questions("MN0001"))


def test_the_chosen_contact_is_linked_also_when_the_other_one_is_archived_before_the_next_run(chosen: Contact) -> None:
    year = answered(UNEXPLAINED, chosen, value=50)
    for _ in range(2):
        year.take((JANE,), chosen)
        assert year.winner("MN0001") == ("human", 50)


def test_the_chosen_contact_stays_until_a_question_about_changed_contacts_is_answered(chosen: Contact) -> None:
    year = answered(UNEXPLAINED, chosen, value=50)
    explained = replace(UNEXPLAINED, external_id=None, tags=(MENTORS, SWAB))
    for shown in (UNEXPLAINED, explained, explained):
        year.take((JANE,), shown, chosen)
        assert year.winner("MN0001") == ("human", 50)
    assert list(year.questions("MN0001")) == [("contact_selection", False)]
    (stored,) = year.open_conflicts()
    year.decide(stored, "custom", 1)
    year.take((JANE,), explained, chosen)
    assert year.winner("MN0001") == ("human", 1)
    assert not year.open_conflicts()


def test_an_answer_that_is_undone_asks_again(chosen: Contact) -> None:
    year = answered(UNEXPLAINED, chosen, value=50)
    year.take((JANE,), UNEXPLAINED, chosen)
    year.undo(next(iter(year.decisions)))
    year.take((JANE,), UNEXPLAINED, chosen)
    assert [blocking for _, blocking in year.questions("MN0001")] == [True]


def test_a_contested_contact_stays_decided_when_nobody_else_claims_it_any_more() -> None:
    year = Year()
    year.take((JANE, ZOE), FAMILY)
    year.answer("MN0001", "a")
    year.answer("MN0002", "b")
    own = contact(2, "Zoe Smith", emails=(EMAIL,), phones=(PHONE,), external_id="MN0002")
    imported = replace(FAMILY, external_id="MN0001", first_name="Jane")
    for signups, contacts in (((JANE, ZOE), [FAMILY]), ((JANE, ZOE), [FAMILY, own]), ((JANE,), [FAMILY, own])):
        year.take(signups, *contacts)
        assert year.winner("MN0001") == ("human", 1)
    year.take((JANE, ZOE), imported, own)
    assert year.winner("MN0001") == ("human", 1)


def test_the_latest_of_two_answers_about_the_contact_holds() -> None:
    first, second = (contact(number, "Jane Smith", emails=(EMAIL,), phones=(PHONE,)) for number in (1, 2))
    zoe = submission(2, "Zoe Brown", phone="+17065550177", personal_email="zoe@mail.example")
    year = Year()
    year.take((JANE, zoe), first, second)
    (stored,) = year.open_conflicts()
    year.decide(stored, "custom", 1)
    year.take((JANE, zoe), first, second)
    assert year.winner("MN0001") == ("human", 1)
    second = replace(second, emails=(), phones=())
    year.take((JANE, zoe), replace(first, external_id="MN0002"), second)
    year.answer("MN0001", "custom", 2)
    for held in ("MN0002", None, None):  # the External ID of the other mentor is removed again
        year.take((JANE, zoe), replace(first, external_id=held), second)
        assert year.winner("MN0001") == ("human", 2)
    assert not [blocking for _, blocking in year.questions("MN0001") if blocking]
