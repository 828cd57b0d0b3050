"""Hypothesis strategies of small worlds with few names, phones and emails, so that people share keys."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.support.matching import (
    DROPPED,
    EMAIL,
    MENTORS,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    UGA_EMAIL,
    contact,
    mentor_of,
    signup,
)

NAMES = st.sampled_from(["", "Jane Smith", "Janie Smith", "Mary Smith", "Jane Jones", "Zoe Brown", "F.1 Smith"])
MAYBE_PHONE = st.sampled_from([None, PHONE, OTHER_PHONE])
PHONES = st.lists(st.sampled_from([PHONE, OTHER_PHONE]), max_size=2, unique=True).map(tuple)
EMAILS = st.lists(st.sampled_from([EMAIL, OTHER_EMAIL, UGA_EMAIL]), max_size=3, unique=True).map(tuple)
EXTERNAL_IDS = ["MN0001", "MN0002", "MN0003", "MN0004", "MN0090", "MN0091"]

SIGNUPS = st.lists(
    st.builds(
        signup,
        number=st.integers(1, 4),
        name=NAMES,
        phone=MAYBE_PHONE,
        personal_email=st.sampled_from([None, EMAIL, OTHER_EMAIL]),
        uga_email=st.sampled_from([None, UGA_EMAIL]),
        superseded_mn_ids=st.sampled_from([(), ("MN0004",), ("MN0090",)]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda signup: signup.submission_id,
)
CONTACTS = st.lists(
    st.builds(
        contact,
        number=st.integers(1, 30),
        name=NAMES,
        days=st.sampled_from([None, 0, 20, 120, 400]),
        emails=EMAILS,
        phones=PHONES,
        tags=st.sampled_from([(), (), (MENTORS,), (DROPPED,)]),
        external_id=st.sampled_from([None, None, None, *EXTERNAL_IDS]),
    ),
    max_size=8,
    unique_by=lambda contact: contact.contact_id,
)
EARLIER = st.lists(
    st.builds(
        mentor_of,
        year=st.sampled_from([2023, 2024]),
        external_id=st.sampled_from(EXTERNAL_IDS),
        name=NAMES,
        phone=MAYBE_PHONE,
        emails=EMAILS,
        contact_id=st.none() | st.integers(1, 4),
    ),
    max_size=3,
)
# The same, with two mentors of one MN id now and then.
CLASHING_SIGNUPS = st.tuples(SIGNUPS, st.booleans()).map(
    lambda drawn: (
        [replace(signup, mn_id="MN0001", external_id="MN0001") for signup in drawn[0]] if drawn[1] else drawn[0]
    )
)
