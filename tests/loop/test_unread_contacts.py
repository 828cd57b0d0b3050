"""No second contact is created for the person of a contact that cannot be read (rulebook, section 2)."""

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.review.error_list import ignore_errors
from tests.support.environment import SandboxEnvironment, file_of

pytestmark = pytest.mark.slow

TOO_LONG = "x" * 6_000


def load(env: SandboxEnvironment, path: str) -> None:
    if path == "export":
        env.upload()
    else:
        env.refresh(path)


def held_back(env: SandboxEnvironment) -> dict[str, str]:
    return {
        row["mn_id"]: row["message"]
        for row in env.rows(tables.sync_errors, year=env.year)
        if row["error_code"] == "CONTACT_UNREAD" and not row["resolved"]
    }


@pytest.mark.parametrize("path", ["export", "api_full"])
def test_a_new_row_waits_until_the_contact_with_its_keys_can_be_read(rounds, start, path):
    env = start(rounds["configured"])
    contacts = {
        mentor.mn_id: mentor.contact_id
        for mentor in env.server.world.truth.mentors
        if mentor.scenario in ("second_key", "middle_name", "linked")
    }
    for contact_id in contacts.values():
        env.server.dashboard.edit(contact_id, title=TOO_LONG)
    load(env, path)
    text = file_of(env.sync()).read_text(encoding="utf-8-sig")
    errors = held_back(env)
    assert errors.keys() == contacts.keys()
    assert all(f"Contact {contacts[mn_id]} cannot be read: " in errors[mn_id] for mn_id in contacts)
    assert all("title" in message.casefold() for message in errors.values())
    assert not any(mn_id in text for mn_id in contacts)
    for contact_id in contacts.values():
        env.server.dashboard.edit(contact_id, title="Teacher")
    load(env, path)
    env.sync()
    assert not held_back(env)
    assert {mn_id: env.mentor(mn_id)["gb_contact_id"] for mn_id in contacts} == contacts
    assert not env.rows(tables.unread_contacts)


def test_a_person_who_ignores_the_error_of_the_contact_sends_the_row(rounds, start):
    env = start(rounds["configured"])
    mentor = next(mentor for mentor in env.server.world.truth.mentors if mentor.scenario == "second_key")
    env.server.dashboard.edit(mentor.contact_id, title=TOO_LONG)
    load(env, "api_full")
    env.sync()
    assert list(held_back(env)) == [mentor.mn_id]
    (error,) = (row for row in env.rows(tables.sync_errors) if row["error_code"] == "CONTACT_INVALID")
    with env.engine.begin() as conn:
        ignore_errors(conn, [error["id"]], by="Robin", now=env.now)
    assert mentor.mn_id in file_of(env.sync()).read_text(encoding="utf-8-sig")
    assert not held_back(env)


@pytest.mark.parametrize("path", ["export", "api_full", "api_changes"])
def test_the_row_of_a_linked_contact_goes_out_though_the_contact_cannot_be_read(rounds, start, path):
    env = start(rounds["settled"])
    mentor = next(mentor for mentor in env.server.world.truth.mentors if mentor.scenario == "second_key")
    env.server.dashboard.edit(mentor.contact_id, title=TOO_LONG)
    load(env, path)
    (unread,) = env.rows(tables.unread_contacts)
    assert unread["subject"] == str(mentor.contact_id)
    text = file_of(env.sync()).read_text(encoding="utf-8-sig")
    assert not held_back(env)
    assert mentor.mn_id in text
