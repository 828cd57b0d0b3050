"""Rulebook section 2 for all inputs: no answer stops the year, and no short list removes many rows."""

import operator
import re
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.assets.raw_givebutter import raw_gb_campaign_members, raw_gb_full_contacts
from mentorsync_pipeline.assets.raw_jotform import raw_mn_signups
from mentorsync_pipeline.checks.raw_schemas import CONTACTS, FORMS, MEMBERS
from mentorsync_pipeline.contacts.load.api_rows import ApiReader
from mentorsync_pipeline.contacts.rules.members import parse_member, parse_member_id
from mentorsync_pipeline.db.list_write import write_members, write_submissions
from mentorsync_pipeline.db.row_limits import require_fitting
from mentorsync_pipeline.db.tables import raw_gb_campaign_members as members_table
from mentorsync_pipeline.db.tables import raw_mn_signups as signups_table
from mentorsync_pipeline.domain.forms import SIGNUP as SIGNUP_FORM
from mentorsync_pipeline.domain.record_fields import read_records
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.signups.rules.jotform_answers import (
    find_unusual_answers,
    list_answers,
    parse_submission,
    parse_submission_id,
)
from tests.support.examples import examples
from tests.support.raw_assets import rows
from tests.support.sources import NOW, YEAR, jotform_of

SIGNUP = "250685983663169"
EASTERN = ZoneInfo("America/New_York")
texts = (
    st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(
        ["\0", "\ud83d", "\u202e", "0000-00-00 00:00:00", "9999-12-31 23:59:59", "-1", "1e400", "MN0001", "x" * 6000]
    )
    | st.sampled_from(["0", "12abc", "+49 1641", "٣"])
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(10**18, 10**30), st.floats(), texts)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
SUBMISSION = {
    "id": "5000000000000000001",
    "form_id": SIGNUP,
    "created_at": "2025-09-01 10:00:00",
    "updated_at": None,
    "status": "ACTIVE",
    "answers": {
        "1": {"name": "mentorId", "order": "1", "text": "Unique ID", "type": "control_textbox", "answer": "MN0001"},
        "2": {"name": "fullName", "type": "control_fullname", "answer": {"first": "Ava", "last": "Quill"}},
        "3": {"name": "phone", "type": "control_phone", "answer": {"full": "(404) 555-0101"}},
    },
}
FIELD_MAP = {"mn_id": "mentorId", "first_name": "fullName.first", "phone": "phone", "gender": "gender"}
MEMBER_FIELDS = ["id", "first_name", "email", "phone", "raised", "goal", "donors", "items", "url", "created_at"]
CONTACT_FIELDS = [
    "id", "external_id", "type", "first_name", "dob", "emails", "phones", "primary_email", "primary_phone",
    "addresses", "primary_address", "stats", "tags", "custom_fields", "is_email_subscribed", "archived_at",
    "updated_at", "contact_since", "note",
]  # fmt: skip


@st.composite
def submissions(draw):
    """A submission with arbitrary JSON values in some members, or in one answer."""
    changed = draw(st.dictionaries(st.sampled_from([*SUBMISSION, "extra"]), json_values, max_size=2))
    answer = draw(st.one_of(st.none(), json_values))
    answers = {**SUBMISSION["answers"]}
    if answer is not None:
        number = draw(st.sampled_from(sorted(answers)))
        member = draw(st.sampled_from(["answer", "name", "type", "order", "text"]))
        answers[number] = {**answers[number], member: answer}
    return {**SUBMISSION, "answers": answers, **changed}


def read_submission(submission):
    row = dict.fromkeys(SIGNUP_FORM.columns) | parse_submission(submission, FIELD_MAP, EASTERN)
    require_fitting(signups_table, row, FIELD_MAP)
    find_unusual_answers(submission, row["payload"])
    list_answers(row["payload"])
    return row


def stops_the_year(checks, row):
    """The columns of a row whose values break a rule of the table's structure, which stops the run."""
    holds = {"ge": operator.ge, "gt": operator.gt, "str_matches": lambda text, pattern: re.search(pattern, text)}
    return [
        name
        for name, column in checks.structure.items()
        if name in row
        and not (
            column.nullable
            if row[name] is None
            else all(holds[rule.kind](row[name], rule.argument) for rule in column.rules)
        )
    ]


def without_field_name(unreadable):
    return [record for record in unreadable if record.field == "the record"]


@settings(max_examples=examples(100))
@given(submission=submissions())
def test_any_submission_is_a_row_or_an_error_that_names_a_field(submission):
    read, unreadable = read_records([submission], parse_submission_id, read_submission)
    assert len(read) + len(unreadable) == 1
    assert not without_field_name(unreadable)
    assert not [name for row in read for name in stops_the_year(FORMS[0], row)]


@settings(max_examples=examples(100))
@given(patch=st.dictionaries(st.sampled_from(MEMBER_FIELDS), json_values, max_size=3))
def test_any_member_is_a_row_or_an_error_that_names_a_field(patch):
    def read(member):
        row = parse_member(member, 1)
        require_fitting(members_table, row, {})
        return row

    read_rows, unreadable = read_records([{"id": 7, "raised": 5, **patch}], parse_member_id, read)
    assert len(read_rows) + len(unreadable) == 1
    assert not without_field_name(unreadable)
    assert not [name for row in read_rows for name in stops_the_year(MEMBERS, row)]


@settings(max_examples=examples(100))
@given(patch=st.dictionaries(st.sampled_from(CONTACT_FIELDS), json_values, max_size=3))
def test_any_contact_is_a_row_or_an_error_that_names_a_field(patch):
    reader = ApiReader()
    converted = reader.convert([{"id": 7, **patch}])
    assert converted.rows + len(reader.unreadable) == 1
    assert not [key for key in reader.contact_ids if stops_the_year(CONTACTS, {"contact_id": key})]
    assert not without_field_name(reader.unreadable)


@settings(max_examples=examples(2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_answer_stops_the_year(engine, materialize, sandbox, world, data):
    faults = sandbox.sandbox.faults
    faults.clear()
    materialize(raw_mn_signups)
    before = {row["submission_id"] for row in rows(engine, signups_table) if row["removed_at"] is None}
    patches = st.dictionaries(texts | st.sampled_from([*SUBMISSION, *MEMBER_FIELDS, *CONTACT_FIELDS]), json_values)
    for service, path, keys in (
        ("jotform", f"{SIGNUP}/submissions", list(world.forms[SIGNUP].submissions)),
        ("givebutter", "/members", [member.id for member in next(iter(world.members.values()))]),
        ("givebutter", "/contacts", [contact.id for contact in world.contacts]),
    ):
        chosen = {str(key): data.draw(patches) for key in keys[:12]}
        faults.add(Fault(service, "records", path=path, records=chosen, rate=1.0))
    for asset in (raw_mn_signups, raw_gb_campaign_members):
        assert isinstance(materialize(asset, at=NOW + timedelta(days=1)), dict)
    assert isinstance(materialize(raw_gb_full_contacts, mode="api_full"), dict)
    after = {row["submission_id"] for row in rows(engine, signups_table) if row["removed_at"] is None}
    assert len(before - after) <= max(10, len(before) // 5)


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(missing=st.sets(st.integers(0, 119)), unreadable=st.sets(st.integers(0, 119), max_size=5))
def test_a_short_list_removes_few_rows(configured, missing, unreadable):
    template = dict.fromkeys(SIGNUP_FORM.columns) | parse_submission(SUBMISSION, FIELD_MAP, EASTERN)
    stored_rows = [template | {"submission_id": str(number + 1)} for number in range(120)]
    members = [parse_member({"id": number + 1, "raised": 5}, 1) for number in range(120)]
    allowed = max(10, int(120 * Decimal("0.20")))
    broken = [{**SUBMISSION, "id": str(number + 1), "created_at": "?"} for number in unreadable]
    _, bad = read_records(broken, parse_submission_id, read_submission)
    remaining = [number for number in range(120) if number not in missing | unreadable]
    common = {"year": YEAR, "log_id": 1, "now": NOW}
    with configured.connect() as conn:
        write_submissions(conn, signups_table, stored_rows, **common)
        write_members(conn, members_table, members, **common)
        if remaining:
            listed = [stored_rows[number] for number in remaining]
            written = write_submissions(conn, signups_table, listed, **common, unreadable=bad)
            assert written.diff.removed == (len(missing - unreadable) if len(missing - unreadable) <= allowed else 0)
            written = write_members(conn, members_table, [members[number] for number in remaining], **common)
            assert written.diff.removed <= allowed
            broken = [{**SUBMISSION, "id": str(number + 1), "created_at": "?"} for number in missing | unreadable]
            _, bad = read_records(broken, parse_submission_id, read_submission)
            write_submissions(conn, signups_table, listed, **common, unreadable=bad)
            assert not any(row["removed_at"] for row in conn.execute(sa.select(signups_table)).mappings())
        conn.rollback()


def test_the_example_submission_has_the_members_of_the_sandbox(sandbox):
    (submission, *_) = jotform_of(sandbox).submissions(SIGNUP)
    assert set(SUBMISSION) <= set(submission)
