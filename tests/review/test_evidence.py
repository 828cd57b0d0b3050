"""The evidence of a conflict: its people, cited contacts, and what differs, marked by character."""

import pytest

from mentorsync_pipeline.console.conflict_effects import describe_effects
from mentorsync_pipeline.console.conflict_view import find_same_answer
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE
from mentorsync_pipeline.review.rules.evidence import (
    compare_people,
    find_cited_contacts,
    find_people,
    mark_differences,
)

SIGNUP = {
    "submission_id": "77",
    "mn_id": "MN0412",
    "first_name": "Maya",
    "last_name": "Chen",
    "phone": "+14045550123",
    "emails": ["maya.chen@mail.example", "mc00412@uga.edu"],
}


def contact(contact_id: int, first: str = "Maya", **facts):
    return {"contact_id": contact_id, "first_name": first, "last_name": "Chen", "viability": "viable", **facts}


def conflict(a, b, *, kind="contact_selection", subject="77", context=None, reason="A has the higher score."):
    """A conflict with these options, each a value with its metadata."""
    return {
        "conflict_type": kind,
        "subject": subject,
        "mn_id": "MN0412",
        "status": "pending",
        "option_a": {"value": a[0], "metadata": a[1]},
        "option_b": {"value": b[0], "metadata": b[1]},
        "context": {"signup": SIGNUP, **(context or {})},
        "recommendation_reason": reason,
        "previous_decision": {},
    }


RIVALS = conflict(
    (1, contact(1, phones=["+14045550123"], emails=["mc00412@uga.edu"])),
    (2, contact(2, "Mei", phones=["+14045550123"], emails=["mei.chen@mail.example"], total_contributions=150)),
)


def texts(question, letter: str) -> list[str]:
    evidence = compare_people(find_people(question))
    return [effect.text % effect.values for effect in describe_effects(question, evidence, "Maya Chen")[letter]]


def test_the_sign_up_comes_first_and_then_a_and_b():
    assert [(person.kind, person.letters) for person in find_people(RIVALS)] == [
        ("signup", ()),
        ("contact", ("a",)),
        ("contact", ("b",)),
    ]


def test_a_new_contact_is_no_person_of_its_own():
    people = find_people(conflict((1, contact(1)), (NEW_CONTACT, SIGNUP)))
    assert [(person.kind, person.record_id, person.letters) for person in people] == [
        ("signup", "77", ()),
        ("contact", "1", ("a",)),
    ]


def test_a_contact_without_a_name_is_named_by_its_email():
    nameless = {"contact_id": 1, "emails": ["maya.chen@mail.example"], "viability": "viable"}
    assert texts(conflict((1, nameless), (NEW_CONTACT, SIGNUP)), "b")[1] == "maya.chen@mail.example is not changed."


def test_an_option_that_links_no_contact_marks_none():
    for keyword in (LEAVE_UNLINKED, RELEASE):
        people = find_people(conflict((NEW_CONTACT, SIGNUP), (keyword, contact(1))))
        assert [person.letters for person in people] == [(), ()]


def test_the_sign_ups_value_is_an_option_of_its_own():
    phones = ("+14045550123", SIGNUP), ("+17065550199", contact(1, phones=["+17065550199"]))
    people = find_people(conflict(*phones, kind="phone_mismatch", subject="phone"))
    assert [(person.kind, person.letters) for person in people] == [("signup", ("a",)), ("contact", ("b",))]


def test_two_sign_ups_are_compared_with_each_other():
    older = {**SIGNUP, "submission_id": "60", "first_name": "Mei"}
    metadata = {"kept": SIGNUP, "older": older}
    question = conflict(("two_people", metadata), ("one_person", metadata), kind="shared_phone") | {"context": {}}
    assert [person.record_id for person in find_people(question)] == ["77", "60"]


def test_other_mentors_and_cited_contacts_are_included_once():
    question = conflict(
        (1, contact(1)),
        (NEW_CONTACT, SIGNUP),
        context={"contact": contact(1), "other_mentors": [{**SIGNUP, "submission_id": "88"}], "compared_contacts": [1]},
        reason="Contact 17006492 shares more with the mentor than contact 17006492 or 1 of 2026.",
    )
    people = find_people(question)
    assert [person.record_id for person in people] == ["77", "88", "1"]
    assert find_cited_contacts(question, people) == [17006492]


def test_what_matches_and_what_differs():
    evidence = compare_people(find_people(RIVALS))
    rows = {row.name: row.cells for row in evidence.rows}
    assert list(rows) == ["name", "phone", "uga_email", "email", "external_id"]
    assert [[value.same for value in cell] for cell in rows["phone"]] == [[False], [True], [True]]
    assert {value.text for cell in rows["phone"] for value in cell} == {"(404) 555-0123"}
    assert [[value.same for value in cell] for cell in rows["name"]] == [[False], [True], [False]]
    assert rows["uga_email"][2] == ()
    (mei,) = rows["name"][2]
    assert "".join(mark.text for mark in mei.marks) == "Mei Chen"
    assert [mark.text for mark in mei.marks if mark.differs] == ["ei"]


def test_a_mailbox_in_another_spelling_is_the_same():
    other = contact(1, emails=["m.aya@googlemail.com"])
    signup = {**SIGNUP, "emails": ["maya@gmail.com"]}
    question = conflict((1, other), (NEW_CONTACT, signup), context={"signup": signup})
    (row,) = (row for row in compare_people(find_people(question)).rows if row.name == "email")
    assert row.cells[1][0].same


@pytest.mark.parametrize(
    ("text", "reference", "marked"),
    [
        ("+14045550199", "+14045550123", ["99"]),
        ("Chen", "chen", []),
        ("Wayne Glenland", "Rohan Glenland", ["W", "y", "e"]),
        ("x@y.example", "+14045550123", ["x@y.example"]),
        ("İnci", "inci", ["İnci"]),
        ("", "Maya", []),
        ("Maya", "", ["Maya"]),
    ],
)
def test_differences_are_marked_by_character(text, reference, marked):
    marks = mark_differences(text, reference)
    assert "".join(mark.text for mark in marks) == text
    assert [mark.text for mark in marks if mark.differs and mark.text] == marked


def test_people_without_any_data_have_no_rows():
    empty = conflict((None, {}), (None, {})) | {"context": {}}
    assert compare_people(find_people(empty)).rows == ()


def test_the_effects_of_choosing_a_contact():
    assert texts(RIVALS, "a") == [
        "Maya Chen is linked to Maya Chen (1).",
        "The next file updates this contact and sets the External ID MN0412.",
        "Mei Chen becomes a duplicate. It has donations, so it is archived only after your approval.",
    ]
    assert "Maya Chen (1) becomes a duplicate: its emails, phones and tags are added" in texts(RIVALS, "b")[2]


def test_the_effects_of_a_new_contact_and_of_leaving_unlinked():
    question = conflict((1, contact(1, viability="doubtful")), (NEW_CONTACT, SIGNUP))
    assert texts(question, "b") == ["The next file creates a contact for Maya Chen.", "Maya Chen (1) is not changed."]
    unlinked = conflict((NEW_CONTACT, SIGNUP), (LEAVE_UNLINKED, contact(1)), kind="external_id_collision")
    assert texts(unlinked, "b") == ["Maya Chen has no contact and is left out of the file.", "Nothing is archived."]


def test_the_effects_on_an_external_id():
    holder = contact(9, "Mei", external_id="MN0412")
    release = conflict(
        (RELEASE, holder),
        (LEAVE_UNLINKED, SIGNUP),
        kind="external_id_collision",
        subject="holder",
        context={"contact": holder},
    )
    assert texts(release, "a")[0] == (
        "Archiving removes the External ID MN0412 from Mei Chen. The contact stays active. This can be undone."
    )
    other = conflict(
        (9, contact(9, external_id="MN0007")),
        (NEW_CONTACT, SIGNUP),
        kind="external_id_collision",
        subject="unexplained",
    )
    assert "Its External ID MN0007 is replaced by MN0412." in texts(other, "a")[1]
    signups = conflict(
        ("77", SIGNUP),
        ("60", {**SIGNUP, "submission_id": "60", "first_name": "Mei"}),
        kind="external_id_collision",
        subject="signups:MN0412",
    ) | {"context": {}}
    assert texts(signups, "b") == [
        "Mei Chen keeps the id MN0412 and is in the next file.",
        "Maya Chen is left out until the sign-up has an id of its own in Jotform.",
    ]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({}, None),
        ({"choice": "a", "value": 2}, ("b", 2)),
        ({"choice": "custom", "value": 5}, ("custom", 5)),
        ({"choice": "a", "value": 5}, None),
        ({"choice": "skipped", "value": None}, None),
    ],
)
def test_the_same_answer_is_found_by_its_value(before, expected):
    assert find_same_answer(RIVALS | {"previous_decision": before}) == expected
    assert find_same_answer(RIVALS | {"previous_decision": before, "status": "decided"}) is None
