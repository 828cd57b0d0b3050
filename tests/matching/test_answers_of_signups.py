"""An answer belongs to the sign-up that it was given for, whoever has the MN id now (rulebook, sections 2 and 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from mentorsync_pipeline.domain.records import Contact, Member, Submission
from tests.support.answers import Choice
from tests.support.matching import AS_OF, CONFIG, EMAIL, OTHER_PHONE, PHONE, contact, submission
from tests.support.pure_year import Feed, PureYear

JANE = submission(1, "Jane Smith", phone=PHONE, personal_email=EMAIL)
AGAIN = submission(5, "Jane Smith", phone=PHONE, personal_email=EMAIL)
ZOE = submission(2, "Zoe Brown", phone=OTHER_PHONE, personal_email="zoe@mail.example")
STRANGER = submission(9, "Cal Dunn", phone="+17065550177", personal_email="cal@mail.example")
OF_JANE = contact(1, "Jane Smith", emails=(EMAIL,), phones=(PHONE,))


@dataclass(frozen=True)
class Question:
    """A situation in which Jane (MN0001) is asked something, and the answer."""

    kind: str
    subject: str
    choice: Choice
    contacts: tuple[Contact, ...]
    members: tuple[Member, ...] = ()
    others: tuple[Submission, ...] = field(default=(ZOE,))


QUESTIONS = (
    Question("external_id_collision", "unexplained:1", "b", (replace(OF_JANE, external_id="MN0777"),)),
    Question("external_id_collision", "unexplained:1", "a", (replace(OF_JANE, external_id="MN0777"),)),
    Question(
        "external_id_collision",
        "holder:1",
        "b",
        (contact(1, "Mary Hill", external_id="MN0001"),),
    ),
    Question("external_id_collision", "held:1", "a", (replace(OF_JANE, phones=(), external_id="MN0002"),)),
    Question(
        "external_id_collision",
        "contested:1",
        "b",
        (contact(1, " Smith", phones=(PHONE,), emails=(EMAIL,)),),
        others=(replace(JANE, submission_id=ZOE.submission_id, mn_id="MN0002", first_name="Zoe"),),
    ),
    Question("phone_mismatch", "phone", "b", (replace(OF_JANE, phones=("+17065550144",), last_modified=AS_OF),)),
    Question("phone_mismatch", "phone", "skipped", (replace(OF_JANE, phones=("+17065550144",), last_modified=AS_OF),)),
    Question(
        "fundraising_mismatch",
        "campaign_member",
        "b",
        (OF_JANE,),
        members=(
            Member(member_id=7, first_name="Jane", last_name="Smith", email=EMAIL, raised=Decimal(5)),
            Member(member_id=8, first_name="Jane", last_name="Smith", email=EMAIL, raised=Decimal(9)),
        ),
    ),
)


@dataclass
class World:
    """A year in which Jane's question has been answered and the answer applied."""

    question: Question
    year: PureYear = field(default_factory=lambda: PureYear(CONFIG, clock=lambda: AS_OF))

    def sync(self, *signups: Submission) -> None:
        contacts = {one.contact_id: one for one in self.question.contacts}
        submissions = {one.submission_id: one for one in signups}
        self.year.sync(Feed(AS_OF, submissions, contacts, members=self.question.members))

    def has_answer(self, mn_id: str) -> bool:
        """Whether the rules use Jane's answer for the mentor with this id."""
        assert self.year.result is not None
        decision = self.year.result.mentors.decisions.get((mn_id, self.question.kind, self.question.subject))
        return decision is not None and decision.submission_id in (JANE.submission_id, AGAIN.submission_id)

    def statuses(self, mn_id: str) -> Mapping[str, str]:
        """The statuses of the questions of this kind under an MN id, by sign-up."""
        key = (mn_id, self.question.kind, self.question.subject)
        return {stored.key[3]: stored.status for stored in self.year.conflicts.values() if stored.key[:3] == key}


@pytest.fixture(params=QUESTIONS, ids=lambda question: f"{question.subject}-{question.choice}")
def world(request: pytest.FixtureRequest) -> World:
    answered = World(request.param)
    question = answered.question
    answered.sync(JANE, *question.others)
    (stored,) = (
        one for one in answered.year.open_conflicts() if one.key[:3] == ("MN0001", question.kind, question.subject)
    )
    answered.year.decide(stored, question.choice)
    answered.sync(JANE, *question.others)
    assert answered.has_answer("MN0001")
    return answered


def with_id(person: Submission, mn_id: str) -> Submission:
    return replace(person, mn_id=mn_id)


def test_the_next_owner_of_an_id_has_no_answer_and_the_first_one_keeps_it(world: World) -> None:
    """Jane's sign-up is deleted, a stranger gets her MN id; then hers is restored with another one."""
    before, others = world.statuses("MN0001"), world.question.others
    world.sync(with_id(STRANGER, "MN0001"), *others)
    assert not world.has_answer("MN0001")
    world.sync(with_id(STRANGER, "MN0001"), with_id(JANE, "MN0008"), *others)
    assert (world.has_answer("MN0001"), world.has_answer("MN0008")) == (False, True)
    if world.question.choice != "skipped":
        # The External ID of `holder` is the stranger's now.
        assert world.statuses("MN0008") == before
    elif world.question.subject == "phone":
        assert world.statuses("MN0008") == {JANE.submission_id: "pending"}, "its question had been closed"


def test_answers_follow_ids_that_two_mentors_exchange(world: World) -> None:
    before, others = world.statuses("MN0001"), world.question.others
    world.sync(JANE, with_id(STRANGER, "MN0006"), *others)
    world.sync(with_id(JANE, "MN0006"), with_id(STRANGER, "MN0001"), *others)
    assert (world.has_answer("MN0006"), world.has_answer("MN0001")) == (True, False)
    assert world.statuses("MN0006") == before
    world.sync(JANE, with_id(STRANGER, "MN0006"), *others)
    assert (world.has_answer("MN0001"), world.has_answer("MN0006")) == (True, False)
    assert world.statuses("MN0001") == before


def test_a_corrected_id_keeps_the_answer_and_the_freed_id_has_none(world: World) -> None:
    others = world.question.others
    world.sync(with_id(JANE, "MN0008"), *others)
    assert world.has_answer("MN0008")
    world.sync(with_id(JANE, "MN0008"), with_id(STRANGER, "MN0001"), *others)
    assert (world.has_answer("MN0008"), world.has_answer("MN0001")) == (True, False)


def test_a_second_sign_up_keeps_the_answer_and_an_undo_takes_it_back(world: World) -> None:
    others = world.question.others
    for listed in ((JANE, AGAIN), (AGAIN,), (JANE, AGAIN)):
        world.sync(*listed, *others)
        assert world.has_answer("MN0005")
    world.sync(JANE, *others)
    assert world.has_answer("MN0001"), "the second one is deleted"
    world.sync(AGAIN, JANE, *others)
    (key,) = (key for key in world.year.decisions if key[1:3] == (world.question.kind, world.question.subject))
    world.year.undo(key)
    world.sync(JANE, AGAIN, *others)
    assert not world.has_answer("MN0005")
    assert "decided" not in world.statuses("MN0005").values()


def test_two_owners_of_an_id_have_two_answers() -> None:
    """Nothing shows that the holder of the External ID is the mentor's: Jane is left unlinked, then a stranger."""
    question = QUESTIONS[2]
    world = World(question)
    for person in (JANE, with_id(STRANGER, "MN0001")):
        world.sync(person)
        (stored,) = world.year.open_conflicts()
        assert stored.key == ("MN0001", question.kind, question.subject, person.submission_id)
        world.year.decide(stored, "b")
        world.sync(person)
        assert world.year.open_conflicts() == []
    assert world.statuses("MN0001") == {JANE.submission_id: "decided", STRANGER.submission_id: "decided"}
    world.sync(JANE)
    assert world.year.open_conflicts() == []
