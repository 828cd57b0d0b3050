"""Rulebook sections 1 to 3 and 7: a phone or email that too many people share connects nothing."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from mentorsync_pipeline.domain.placeholders import find_widely_shared_keys, mark_placeholders
from mentorsync_pipeline.domain.records import Contact, FormEntry, Member
from mentorsync_pipeline.matching.rules.candidates import find_candidates
from mentorsync_pipeline.mentors.rules.losers import find_transferable_values
from mentorsync_pipeline.recalculation.rules.year_result import YearInputs, YearResult, recalculate_year
from tests.support.matching import AS_OF, CONFIG, EMAIL, OTHER_PHONE, PHONE, SIGNED_UP, contact, signup, submission

_FIRST = [
    "Amos",
    "Birgit",
    "Casper",
    "Delia",
    "Egon",
    "Fatima",
    "Gwen",
    "Hubert",
    "Ingrid",
    "Jerome",
    "Keiko",
    "Ludmila",
    "Marlon",
    "Nadine",
    "Otto",
    "Priya",
]
_LAST = [
    "Abbot",
    "Bronson",
    "Culver",
    "Dietz",
    "Engel",
    "Farrow",
    "Grimes",
    "Hauser",
    "Ibsen",
    "Jarvis",
    "Koenig",
    "Lindell",
    "Moreau",
    "Nyberg",
    "Ortiz",
]
STRANGERS = [f"{first} {last}" for first, last in zip(_FIRST, [*_LAST, "Pringle"], strict=True)]
STRANGERS += ["Quincy Rusk", "Rosa Sorensen", "Stellan Tate", "Ursula Usher"]
SOME = st.integers(0, 4)


def _calculate(key: str, *, signups: int, contacts: int, members: list[str], entries: list[str]) -> YearResult:
    """Calculate a year in which only one key connects people of different names."""
    names, number = iter(STRANGERS), count(1)
    contact_key = {"emails": (key,)} if "@" in key else {"phones": (key,)}
    signup_key = {"personal_email": key} if "@" in key else {"phone": key}
    record_key = {"email": key} if "@" in key else {"phone": key}
    listed = [contact(next(number), next(names), **contact_key) for _ in range(contacts)]
    return recalculate_year(
        YearInputs(
            config=CONFIG,
            as_of=AS_OF,
            submissions=[submission(place, next(names), **signup_key) for place in range(1, signups + 1)],
            contacts=listed,
            members=[Member(member_id=next(number), **_name(name), **record_key) for name in members],
            entries={
                "setup": [
                    FormEntry(submission_id=str(9000 + next(number)), created_at=SIGNED_UP, **_name(name), **record_key)
                    for name in entries
                ]
            },
        )
    )


def _name(name: str) -> dict[str, str | None]:
    first, _, last = name.partition(" ")
    return {"first_name": first or None, "last_name": last or None}


def _assert_nothing_is_connected(result: YearResult, signups: int) -> None:
    assert len(result.mentors.mentors) == signups
    assert [winner.contact_id for winner in result.winners.winners] == [None] * signups
    assert not [candidate for candidate in result.candidates.candidates if candidate.viability == "viable"]
    assert not [row for row in result.plan if row.plan_state != "kept"]
    for mentor in result.mentors.mentors:
        assert (mentor.gb_member_id, mentor.setup_submission_id, mentor.gb_contact_id) == (None, None, None)


@given(signups=st.integers(1, 6), contacts=st.integers(0, 9), members=SOME, entries=SOME)
def test_a_phone_of_strangers_connects_nothing_however_many_share_it(
    signups: int, contacts: int, members: int, entries: int
) -> None:
    others = STRANGERS[::-1]
    result = _calculate(PHONE, signups=signups, contacts=contacts, members=others[:members], entries=others[:entries])
    _assert_nothing_is_connected(result, signups)


@given(
    key=st.sampled_from([PHONE, EMAIL]),
    crowd=st.sampled_from([(4, 0), (6, 3), (1, 7), (2, 9), (5, 9)]),
    names=st.lists(st.sampled_from(["", STRANGERS[0], STRANGERS[5], STRANGERS[9], "J."]), max_size=4),
)
def test_a_placeholder_connects_nothing_whatever_the_names_on_pages_and_forms(
    key: str, crowd: tuple[int, int], names: list[str]
) -> None:
    signups, contacts = crowd
    result = _calculate(key, signups=signups, contacts=contacts, members=names, entries=names)
    _assert_nothing_is_connected(result, signups)
    assert not result.conflicts
    assert [placeholder.key for placeholder in result.signups.placeholders] == [key]


def test_a_placeholder_of_the_contacts_joins_no_signups_and_is_one_warning() -> None:
    twice = [submission(place, "Jane Smith", phone=PHONE, personal_email=f"j{place}@mail.example") for place in (1, 2)]
    contacts = [contact(number, STRANGERS[number], phones=(PHONE,)) for number in range(1, 8)]
    result = recalculate_year(YearInputs(config=CONFIG, as_of=AS_OF, submissions=twice, contacts=contacts))
    assert len(result.signups.signups) == 2
    warnings = [*result.signups.warnings, *result.candidates.warnings]
    assert [warning.subject for warning in warnings if "placeholder" in warning.subject] == [f"placeholder:{PHONE}"]
    few = recalculate_year(YearInputs(config=CONFIG, as_of=AS_OF, submissions=twice, contacts=contacts[:6]))
    assert len(few.signups.signups) == 1


def test_a_further_phone_of_the_contact_that_strangers_share_finds_no_page_and_is_not_carried_over() -> None:
    """The mentor's contact also has the office's phone, which no sign-up has."""
    office = [contact(number, STRANGERS[number], phones=(OTHER_PHONE,)) for number in range(2, 9)]
    own = contact(1, "Jane Smith", phones=(PHONE, OTHER_PHONE))
    inputs = YearInputs(
        config=CONFIG,
        as_of=AS_OF,
        submissions=[submission(1, "Jane Smith", phone=PHONE)],
        contacts=[own, *office],
        members=[Member(member_id=5, phone=OTHER_PHONE)],
        entries={"setup": [FormEntry(submission_id="9001", created_at=SIGNED_UP, phone=OTHER_PHONE)]},
    )
    (mentor,) = recalculate_year(inputs).mentors.mentors
    assert (mentor.gb_contact_id, mentor.gb_member_id, mentor.setup_submission_id) == (1, None, None)
    (marked,) = mark_placeholders([own], {OTHER_PHONE})
    assert find_transferable_values(marked, others_keys=(), dropped_tags=())["phones"] == (PHONE,)


def test_a_page_with_a_widely_shared_phone_is_no_evidence_for_a_contact() -> None:
    jane = signup(1, "Jane Smith", phone=PHONE, personal_email=EMAIL)
    mary = contact(1, "Mary Smith", phones=(PHONE, OTHER_PHONE), emails=(EMAIL,))
    page = Member(member_id=5, phone=OTHER_PHONE)
    for placeholder_keys, viability in ((), "viable"), ((OTHER_PHONE,), "doubtful"):
        (candidate,) = find_candidates(
            [jane], [mary], [page], CONFIG, as_of=AS_OF, placeholder_keys=placeholder_keys
        ).candidates
        assert candidate.viability == viability


@given(st.permutations([*STRANGERS[:7], "", "J.", "Ann and Bob", "Amos/Birgit/Casper Abbot", "Amos Otherwise"]))
def test_names_that_cannot_be_compared_do_not_hide_the_strangers(names: list[str]) -> None:
    holders: list[Contact] = [contact(number, name, phones=(PHONE,)) for number, name in enumerate(names, 1)]
    assert list(find_widely_shared_keys(holders, limit=6)) == [PHONE]
