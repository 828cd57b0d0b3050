"""One search over mentors, contacts, questions and errors, on every page."""

import re

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import build_error
from mentorsync_pipeline.review.finding_store import record_errors
from tests.console.conftest import Console


def links(client, year: int, text: str, **headers: str) -> list[str]:
    answer = client.get(f"/{year}/find", params={"q": text}, headers=headers)
    assert answer.status_code == 200
    return re.findall(r'<li><a (?:class="more" )?href="([^"]+)"', answer.text.partition("<main")[2])


@pytest.fixture(scope="module")
def browser(shown: Console):
    return shown.browser("Vic Viewer", "viewer")


def first(console: Console, query: sa.Select) -> sa.RowMapping:
    with console.services.reading() as conn:
        return conn.execute(query).mappings().first()


def test_a_mentor_is_found_by_everything_that_identifies_one(shown, browser):
    c = t.mentors.c
    mentor = first(shown, sa.select(t.mentors).where(c.campaign_year == shown.year, c.phone.is_not(None)))
    path = f"/{shown.year}/mentors/{mentor['mn_id']}"
    national = mentor["phone"][2:]
    for text in (
        mentor["mn_id"].lower(),
        f"{mentor['last_name'].upper()} {mentor['first_name'][:2]}",
        f"({national[:3]}) {national[3:6]}-{national[6:]}",
        f"1.{national[:3]}.{national[3:6]}.{national[6:]}",
        mentor["personal_email"] or mentor["uga_email"],
        str(mentor["gb_contact_id"] or mentor["mn_id"]),
    ):
        assert path in links(browser, shown.year, text), text


def test_an_archived_contact_is_found_and_shown_as_such(console):
    c = t.raw_gb_full_contacts.c
    linked = sa.select(t.mentors.c.gb_contact_id).where(t.mentors.c.gb_contact_id.is_not(None))
    query = sa.select(t.raw_gb_full_contacts).where(c.last_name.is_not(None), c.contact_id.not_in(linked))
    contact = first(console, query)
    one = c.contact_id == contact["contact_id"]
    with console.services.engine.begin() as conn:
        conn.execute(sa.update(t.raw_gb_full_contacts).where(one).values(archived_at=sa.func.now()))
    viewer = console.browser()
    path = f"/{console.year}/contacts/{contact['contact_id']}"
    assert path in links(viewer, console.year, str(contact["contact_id"]))
    assert ">archived<" in viewer.get(f"/{console.year}/find", params={"q": contact["contact_id"]}).text
    page = viewer.get(path).text
    assert ">archived<" in page
    assert "not a mentor's contact" in page
    assert viewer.get(f"/{console.year}/contacts/1").status_code == 404


def test_a_contact_is_found_by_the_beginning_of_an_email(shown, browser):
    c = t.raw_gb_full_contacts.c
    linked = sa.select(t.mentors.c.gb_contact_id).where(t.mentors.c.gb_contact_id.is_not(None))
    query = sa.select(c.contact_id, c.email_keys).where(c.contact_id.not_in(linked), c.email_keys[1].like("%.%@%"))
    contact = first(shown, query.order_by(c.contact_id))
    mailbox, _, domain = contact["email_keys"][0].partition("@")
    for text in (mailbox, mailbox.upper(), f"{mailbox}@", f"{mailbox}@{domain}"):
        assert f"/{shown.year}/contacts/{contact['contact_id']}" in links(browser, shown.year, text), text


def test_names_of_a_new_load_are_found_at_once(console):
    viewer = console.browser()
    assert links(viewer, console.year, "Zyxgard") == []
    with console.services.engine.begin() as conn:
        one = sa.select(sa.func.min(t.raw_gb_full_contacts.c.contact_id)).scalar_subquery()
        conn.execute(
            sa.update(t.raw_gb_full_contacts)
            .where(t.raw_gb_full_contacts.c.contact_id == one)
            .values(last_name="Žyxgård")
        )
        now = console.services.now()
        conn.execute(sa.insert(t.gb_contact_loads).values(origin="export", row_count=1, as_of=now, loaded_at=now))
    assert len(links(viewer, console.year, "Zyxgard")) == 1


def test_questions_and_errors_are_found_by_the_person(console):
    c = t.sync_conflicts.c
    question = first(console, sa.select(t.sync_conflicts).where(c.status == "pending", c.blocking))
    raw = t.raw_mn_signups.c
    of_year = (raw.campaign_year == console.year, raw.last_name.is_not(None))
    signup = first(console, sa.select(t.raw_mn_signups).where(*of_year))
    error = build_error("INVALID_MN_ID", subject=signup["submission_id"], message="Wrong.", source_table="x")
    with console.services.engine.begin() as conn:
        record_errors(conn, console.year, [error], source_table="x", log_id=1, now=console.services.now())
    viewer = console.browser()
    assert f"/{console.year}/conflicts/{question['id']}" in links(viewer, console.year, question["mn_id"])
    assert f"/{console.year}/conflicts/{question['id']}" in links(viewer, console.year, f"#{question['id']}")
    assert f"/{console.year}/errors?error_code=INVALID_MN_ID" in links(viewer, console.year, signup["last_name"])
    assert f"/{console.year}/errors?error_code=INVALID_MN_ID" in links(viewer, console.year, "usable mn id")


@pytest.mark.parametrize("text", ["", "x", "%", "'; drop table", "\\", "＃１", "9" * 60, "<script>", "()", "null"])
def test_any_text_is_answered(shown, browser, text):
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.get(f"/{shown.year}/find", params={"q": text}, headers=headers)
        assert answer.status_code == 200
        assert "<script>" not in answer.text.partition("<main")[2]
    assert ("<html" in answer.text) == ("HX-Request" not in headers)
