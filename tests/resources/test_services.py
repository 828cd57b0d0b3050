"""Calls of Jotform and Givebutter: paging, retries, and errors with the next step."""

import json
import logging
import threading
import time
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mentorsync_pipeline.resources import jotform as jotform_module
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.http import ServiceError
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.sandbox.faults import Fault
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY
from tests.support.sources import NOW, givebutter_of, jotform_of

SIGNUP = "250685983663169"


def error_of(call):
    with pytest.raises(ServiceError) as raised:
        call()
    assert JOTFORM_KEY not in str(raised.value)
    assert GIVEBUTTER_KEY not in str(raised.value)
    return raised.value


def all_contacts(givebutter, **options):
    return [contact for page in givebutter.contacts(**options) for contact in page]


# --- temporary errors are retried --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["server_error", "timeout", "truncated"])
def test_temporary_failures_are_retried(sandbox, jotform, givebutter, world, kind):
    for service in ("jotform", "givebutter"):
        sandbox.sandbox.faults.add(Fault(service, kind, next=2, seconds=0.01))
    assert len(jotform.submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)
    assert len(all_contacts(givebutter)) == len(world.contacts)


def test_a_failed_page_that_cannot_be_halved_is_retried(sandbox, world):
    smallest = jotform_of(sandbox, page_size=50)
    sandbox.sandbox.faults.add(Fault("jotform", "truncated", next=2))
    assert smallest.questions(SIGNUP)
    sandbox.sandbox.faults.add(Fault("jotform", "truncated", next=2))
    assert len(smallest.submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)


def test_retry_after_is_respected(sandbox, givebutter):
    sandbox.sandbox.faults.add(Fault("givebutter", "rate_limited", next=1, seconds=1))
    started = time.monotonic()
    givebutter.campaign("SWABUGA2025")
    assert time.monotonic() - started >= 1


def test_a_requested_wait_that_is_too_long_is_an_error(sandbox, givebutter):
    sandbox.sandbox.faults.add(Fault("givebutter", "rate_limited", next=1, seconds=3600))
    assert "3600 seconds" in str(error_of(lambda: givebutter.campaign("SWABUGA2025")))


def test_the_error_of_a_service_that_is_down_names_it(sandbox):
    sandbox.sandbox.faults.add(Fault("givebutter", "server_error", rate=1.0, status=502))
    error = error_of(lambda: givebutter_of(sandbox, attempts=3).campaign("SWABUGA2025"))
    assert error.code == "SERVICE_UNAVAILABLE"
    assert "HTTP 502" in str(error)


def test_a_refused_connection_is_one_short_error():
    error = error_of(
        lambda: GivebutterResource(api_url="http://127.0.0.1:9", api_key="k", attempts=2, first_wait=0.01).members(1)
    )
    assert (error.code, error.__cause__) == ("SERVICE_UNAVAILABLE", None)


def test_a_refusal_is_not_retried(sandbox, givebutter):
    assert error_of(lambda: givebutter.members(4711)).code == "SERVICE_NOT_FOUND"
    assert sandbox.sandbox.log.summary("givebutter").total == 1


# --- errors with a next step ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (lambda s: jotform_of(s, api_key="wrong").submissions(SIGNUP), "SERVICE_KEY_REJECTED", "JOTFORM_API_KEY"),
        (lambda s: givebutter_of(s, api_key="wrong").members(1), "SERVICE_KEY_REJECTED", "GIVEBUTTER_API_KEY"),
        (lambda s: jotform_of(s).submissions("999999"), "JOTFORM_FORM_MISSING", "form 999999"),
        (lambda s: jotform_of(s).questions("999999"), "JOTFORM_FORM_MISSING", "form 999999"),
        (lambda s: givebutter_of(s).campaign("SWABUGA1999"), "GIVEBUTTER_CAMPAIGN_MISSING", "nearest: SWABUGA"),
    ],
)
def test_an_error_has_a_message_and_the_next_step(sandbox, call, code, message):
    error = error_of(lambda: call(sandbox))
    assert error.code == code
    assert message in str(error)


@pytest.mark.parametrize(("kind", "named"), [("redirect", "EU"), ("no_content", "https://eu-api.jotform.com")])
def test_a_wrong_region_is_recognised_and_not_followed(sandbox, jotform, kind, named):
    sandbox.sandbox.faults.add(Fault("jotform", kind, next=1))
    error = error_of(lambda: jotform.submissions(SIGNUP))
    assert error.code == "SERVICE_WRONG_HOST"
    assert named in str(error)


def test_a_used_up_quota_fails_at_once(serve):
    server = serve(jotform_daily_limit=1)
    jotform = jotform_of(server, first_wait=5)
    jotform.questions(SIGNUP)
    assert error_of(lambda: jotform.submissions(SIGNUP)).code == "SERVICE_QUOTA_USED_UP"
    assert server.sandbox.log.summary("jotform").total == 2


@pytest.mark.parametrize(
    ("resource", "variable"), [(JotformResource, "JOTFORM_API_KEY"), (GivebutterResource, "GIVEBUTTER_API_KEY")]
)
def test_a_missing_key_is_named(resource, variable):
    error = error_of(lambda: resource().submissions("1") if resource is JotformResource else resource().members(1))
    assert error.code == "SERVICE_KEY_MISSING"
    assert variable in str(error)


def test_settings_come_from_the_environment(sandbox, monkeypatch, world):
    monkeypatch.setenv("JOTFORM_API_URL", sandbox.jotform_url + "/")
    monkeypatch.setenv("JOTFORM_API_KEY", JOTFORM_KEY)
    monkeypatch.setenv("JOTFORM_TIMEZONE", "America/Chicago")
    assert len(JotformResource().submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)
    assert JotformResource().zone.key == "America/Chicago"


def test_no_key_reaches_the_log(sandbox, givebutter, jotform, caplog):
    caplog.set_level(logging.DEBUG)
    sandbox.sandbox.faults.add(Fault("givebutter", "server_error", next=1))
    givebutter.campaign("SWABUGA2025")
    jotform.questions(SIGNUP)
    assert "try 2" in caplog.text
    assert GIVEBUTTER_KEY not in caplog.text
    assert JOTFORM_KEY not in caplog.text


# --- Jotform's pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page_size", [50, 60, 1000])
def test_every_submission_is_returned_once_for_any_page_size(sandbox, world, page_size):
    listed = jotform_of(sandbox, page_size=page_size).submissions(SIGNUP)
    assert sorted(row["id"] for row in listed) == sorted(world.forms[SIGNUP].submissions)


def test_deleted_submissions_are_listed(sandbox, jotform, world):
    deleted = {key for key, row in world.forms[SIGNUP].submissions.items() if row.status == "DELETED"}
    assert deleted == {row["id"] for row in jotform.submissions(SIGNUP) if row["status"] == "DELETED"}
    assert deleted


@pytest.mark.parametrize(("kind", "status"), [("server_error", 504), ("truncated", 200)])
def test_a_page_that_is_too_large_is_halved(sandbox, world, kind, status):
    sandbox.sandbox.faults.add(Fault("jotform", kind, next=1, status=status))
    sandbox.sandbox.log.clear()
    assert len(jotform_of(sandbox).submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)
    assert sandbox.sandbox.log.summary("jotform").total == 2, "the same page was asked for again before it was halved"


def test_a_page_that_is_smaller_than_requested_is_not_the_last(sandbox, world, monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.sandbox.jotform._MAX_LIMIT", 55)
    assert len(jotform_of(sandbox).submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)


def test_a_deletion_between_two_pages_skips_no_submission(sandbox, world, monkeypatch):
    form = world.forms[SIGNUP]
    newest = max(form.submissions.values(), key=lambda row: (row.created_at, row.id)).id
    expected = set(form.submissions) - {newest}
    original = jotform_module._page

    def page(client, form_id, limit, offset):
        if offset:
            form.submissions.pop(newest, None)
        return original(client, form_id, limit, offset)

    monkeypatch.setattr(jotform_module, "_page", page)
    listed = {row["id"] for row in jotform_of(sandbox, page_size=50).submissions(SIGNUP)}
    assert expected <= listed


# --- Givebutter's pages ------------------------------------------------------------------------------------------


def test_every_contact_is_returned_once(givebutter, world):
    contact_ids = [contact["id"] for contact in all_contacts(givebutter)]
    assert sorted(contact_ids) == sorted(contact.id for contact in world.contacts)


def test_only_contacts_changed_since_are_returned(givebutter, world):
    since = NOW - timedelta(days=30)
    contact_ids = {contact["id"] for contact in all_contacts(givebutter, updated_after=since)}
    assert contact_ids == {contact.id for contact in world.contacts if contact.updated_at >= since}


@pytest.mark.parametrize("code", ["SWABUGA2025", " swabuga2025 "])
def test_a_campaign_is_found_by_slug_over_all_pages(givebutter, code):
    assert givebutter.campaign(code)["slug"] == "SWABUGA2025"


def test_a_campaign_is_found_by_its_short_code(givebutter):
    code = givebutter.campaign("SWABUGA2025")["code"]
    assert givebutter.campaign(code)["slug"] == "SWABUGA2025"


@pytest.mark.parametrize("wrapped", [True, False])
def test_single_contacts_may_be_wrapped(serve, wrapped, world):
    givebutter = givebutter_of(serve(wrap_single=wrapped))
    archived = next(contact.id for contact in world.contacts if contact.archived_at)
    active = [contact.id for contact in world.contacts if not contact.archived_at][:3]
    result = givebutter.find_contacts([*active, archived, 1])
    assert [contact["id"] for contact in result.contacts] == sorted(active)
    assert (result.withheld, result.missing) == ((archived,), (1,))


def test_a_contact_that_givebutter_cannot_return_is_unreadable(sandbox, world):
    failing, refused, *others = (contact.id for contact in world.contacts if not contact.archived_at)
    sandbox.sandbox.faults.add(Fault("givebutter", "server_error", path=f"/contacts/{failing}", rate=1.0))
    sandbox.sandbox.faults.add(
        Fault("givebutter", "answer", path=f"/contacts/{refused}", status=409, body='{"message": "?"}', rate=1.0)
    )
    result = givebutter_of(sandbox, attempts=2).find_contacts([failing, refused, *others[:20]])
    assert set(result.unreadable) == {failing, refused}
    assert len(result.contacts) == 20


def test_an_outage_ends_requests_of_single_contacts_early(sandbox, world):
    sandbox.sandbox.faults.add(Fault("givebutter", "server_error", path="/contacts/", rate=1.0))
    givebutter = givebutter_of(sandbox, attempts=2)
    assert error_of(lambda: givebutter.find_contacts(contact.id for contact in world.contacts)).code == (
        "SERVICE_UNAVAILABLE"
    )
    assert sandbox.sandbox.log.summary("givebutter").total <= 2 * (5 + 4)


@pytest.fixture
def paged():
    """Call it with a link and a total for a service of two pages, of which the first one's `links.next` is the link."""
    servers = []

    def start(link, total=2, first=({"id": 1},)):
        class Pages(BaseHTTPRequestHandler):
            def do_GET(self):  # the name that the base class calls
                next_page = None if "page=2" in self.path else link.replace("HOST", f"127.0.0.1:{server.server_port}")
                data = [{"id": 2}, {"id": 1}] if "page=2" in self.path else list(first)
                body = json.dumps({"data": data, "links": {"next": next_page}, "meta": {"total": total}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        return GivebutterResource(api_url=url, api_key="k", requests_per_minute=60_000)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_paging_follows_links_if_the_last_page_is_unknown(paged):
    assert [contact["id"] for contact in all_contacts(paged("http://HOST/v1/contacts?page=2"))] == [1, 2]


def test_the_difference_of_the_clocks_is_read_from_the_answers(paged, monkeypatch):
    givebutter = paged("http://HOST/v1/contacts?page=2")
    assert givebutter.clock_offset is None
    all_contacts(givebutter)
    assert abs(givebutter.clock_offset) < timedelta(minutes=1)
    ahead = formatdate(time.time() + 7200, usegmt=True)
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: ahead)
    all_contacts(givebutter)
    assert abs(givebutter.clock_offset - timedelta(hours=2)) < timedelta(minutes=1)


def test_paging_never_leaves_the_configured_host(paged):
    givebutter = paged("https://elsewhere.example/v1/contacts?page=2")
    assert error_of(lambda: all_contacts(givebutter)).code == "SERVICE_WRONG_HOST"


@pytest.mark.parametrize(
    "first", [({"id": 1},), ({"id": 1}, {"id": 1}), ({"id": 1}, {"id": 1}, {"id": 1})], ids=["once", "twice", "thrice"]
)
def test_fewer_records_than_announced_are_an_error(paged, first):
    givebutter = paged("http://HOST/v1/contacts?page=2", total=3, first=first)
    assert error_of(lambda: all_contacts(givebutter)).code == "GIVEBUTTER_LIST_CHANGED"


def test_different_records_with_one_id_count_as_announced(paged):
    different = ({"id": 1}, {"id": 1, "name": "a"}, {"id": 1, "name": "b"})
    contacts = all_contacts(paged("http://HOST/v1/contacts?page=2", total=4, first=different))
    assert [contact["id"] for contact in contacts] == [1, 1, 2]
