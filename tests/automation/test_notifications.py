"""Notifications: one per change, without personal data, and none lost."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.automation.notifications import TopicState, build_messages
from mentorsync_pipeline.db import tables
from mentorsync_pipeline.resources.notifier import NotifierResource, NotifyError

SENSOR = "notifications"


class Inbox:
    """A service that receives Apprise's JSON messages; with `refuses` it fails."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.refuses = False
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not inbox.refuses:
                    inbox.messages.append(body["message"])
                self.send_response(500 if inbox.refuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/secret-token"

    def take_messages(self) -> str:
        """Return the messages since the last call."""
        text = "\n".join(self.messages)
        self.messages.clear()
        return text


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    box = Inbox()
    monkeypatch.setenv("MENTORSYNC_NOTIFY_URLS", box.url)
    thread = Thread(target=box.server.serve_forever, args=(0.01,))
    thread.start()
    yield box
    box.server.shutdown()
    thread.join()
    box.server.server_close()


def finished(daemon, job, *, failed):
    definition = daemon.definitions().resolve_job_def(job)
    run = daemon.instance.create_run_for_job(
        definition, tags={"dagster/partition": "2026"}, status=dg.DagsterRunStatus.STARTED
    )
    if failed:
        daemon.instance.report_run_failed(run)
    else:
        daemon.instance.report_dagster_event(
            dg.DagsterEvent(event_type_value="PIPELINE_SUCCESS", job_name=job, message=""), run_id=run.run_id
        )


def test_without_urls_no_notifications_are_sent(daemon):
    assert "MENTORSYNC_NOTIFY_URLS" in daemon.ask(SENSOR).skip_message


def test_pending_work_is_reported_once_without_personal_data(daemon, env, inbox):
    daemon.ask(SENSOR)
    sent = inbox.take_messages()
    assert f"{env.year}: " in sent
    assert "conflicts block mentors" in sent
    assert "http://127.0.0.1:3000" in sent
    assert "@" not in sent
    assert not [row for row in env.rows(tables.mentors, year=env.year) if row["last_name"] in sent.split()]
    for _ in range(3):
        daemon.ask(SENSOR)
    assert inbox.take_messages() == ""


def test_a_failure_and_the_next_success_are_reported(daemon, inbox):
    daemon.ask(SENSOR)
    inbox.take_messages()
    finished(daemon, "etl", failed=True)
    daemon.ask(SENSOR)
    assert "The run etl 2026 failed." in inbox.take_messages()
    finished(daemon, "etl", failed=True)
    daemon.ask(SENSOR)
    assert inbox.take_messages() == ""
    finished(daemon, "etl", failed=False)
    daemon.ask(SENSOR)
    assert "The run etl 2026 succeeded again." in inbox.take_messages()


def test_changes_during_a_downtime_are_reported_once(daemon, inbox):
    daemon.ask(SENSOR)
    inbox.take_messages()
    for _ in range(3):
        finished(daemon, "etl", failed=True)
    for failed in (True, False):
        finished(daemon, "sync", failed=failed)
    daemon.ask(SENSOR)
    sent = inbox.take_messages()
    assert sent.count("The run etl 2026 failed.") == 1
    assert "sync" not in sent, "it failed and succeeded again"


def test_a_canceled_run_is_neither_a_failure_nor_a_success(daemon, inbox):
    daemon.ask(SENSOR)
    finished(daemon, "etl", failed=True)
    daemon.ask(SENSOR)
    inbox.take_messages()
    job = daemon.definitions().resolve_job_def("etl")
    run = daemon.instance.create_run_for_job(
        job, tags={"dagster/partition": "2026"}, status=dg.DagsterRunStatus.STARTED
    )
    daemon.instance.report_run_canceled(run)
    daemon.ask(SENSOR)
    assert inbox.take_messages() == ""


def test_stale_and_fresh_contact_data_are_reported(daemon, env, inbox):
    daemon.ask(SENSOR)
    inbox.take_messages()
    env.later(days=8)
    daemon.ask(SENSOR)
    assert f"{env.year}: the contact data is older than 7 days" in inbox.take_messages()
    env.upload()
    daemon.ask(SENSOR)
    assert f"{env.year}: the contact data is fresh again" in inbox.take_messages()


def test_a_plan_that_needs_approval_is_reported(daemon, env, inbox):
    daemon.ask(SENSOR)
    inbox.take_messages()
    table = tables.archive_plan
    with env.engine.begin() as conn:
        conn.execute(sa.delete(table))
        conn.execute(
            sa.insert(table).values(
                campaign_year=env.year,
                purpose="duplicates",
                contact_id=1,
                action="archive",
                plan_state="needs_approval",
                reason_code="donor",
                reason="-",
                input_fingerprint="-",
            )
        )
    cursor = json.loads(daemon.cursors[SENSOR])
    cursor.pop(f"archive {env.year}", None)
    daemon.cursors[SENSOR] = json.dumps(cursor)
    daemon.ask(SENSOR)
    assert f"{env.year}: 1 contacts need approval" in inbox.take_messages()


def test_a_message_that_could_not_be_sent_is_sent_at_the_next_tick(daemon, inbox):
    inbox.refuses = True
    with pytest.raises(NotifyError) as caught:
        daemon.ask(SENSOR)
    assert "secret-token" not in str(caught.value)
    assert daemon.cursors.get(SENSOR) is None
    inbox.refuses = False
    daemon.ask(SENSOR)
    assert "conflicts block mentors" in inbox.take_messages()


def test_only_new_conflicts_are_reported():
    def conflicts(state):
        return {"conflicts": TopicState(state, f"question {state}")}

    messages, states = build_messages({}, conflicts("7"))
    assert messages == ["question 7"]
    messages, states = build_messages(states, conflicts("5"))
    assert (messages, states) == ([], {"conflicts": "7"})
    messages, states = build_messages(states, conflicts("8"))
    assert messages == ["question 8"]
    assert build_messages(states, conflicts("")) == ([], {})


def test_an_unknown_url_is_named_by_its_position_only(monkeypatch):
    monkeypatch.setenv("MENTORSYNC_NOTIFY_URLS", "nothing://secret")
    with pytest.raises(NotifyError, match="URL 1 of MENTORSYNC_NOTIFY_URLS") as caught:
        NotifierResource().send("a", "b")
    assert "secret" not in str(caught.value)
