"""Rulebook section 2: answers that are wrong, slow or huge end in an error with a stable code."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest

from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.resources import http as http_module
from mentorsync_pipeline.resources import http_transport
from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.http import ServiceError
from mentorsync_pipeline.resources.jotform import JotformResource
from mentorsync_pipeline.sandbox.faults import Fault
from tests.resources.served_answers import code_of, contacts, givebutter_at, serving
from tests.support.sources import givebutter_of, jotform_of

SIGNUP = "250685983663169"
HTML = "<html><body>We are down for maintenance.</body></html>"
DEEP = '{"data": ' + "[" * 50_000 + "]" * 50_000 + "}"


# --- answers of a wrong type ---------------------------------------------------------------------------------------

WRONG_JOTFORM = {
    "content is a text": {"content": "none"},
    "content is an object": {"content": {"id": "1"}},
    "content is null": {"content": None},
    "resultSet is a list": {"resultSet": [1]},
    "resultSet is a text": {"resultSet": "x"},
    "no code": {"responseCode": "fine"},
    "an error inside": {"responseCode": 503},
}
WRONG_GIVEBUTTER = {
    "data is a text": {"data": "none"},
    "data is an object": {"data": {}},
    "data is null": {"data": None},
    "meta is a list": {"meta": [1]},
    "meta is a text": {"meta": "x"},
    "links are a list": {"links": ["x"]},
    "total is a text": {"meta": {"total": "many"}},
    "total is true": {"meta": {"total": True}},
    "last page is negative": {"meta": {"last_page": -1}},
    "next is a number": {"links": {"next": 7}},
    "next is no address": {"links": {"next": "http://[::1"}},
    "next is an object": {"links": {"next": {"page": 2}}},
}
WRONG_BODIES = [HTML, "", "null", "[]", '"text"', '{"data": [', "7", DEEP, "{'a': 1}", "\ud800"]


@pytest.mark.parametrize("patch", WRONG_JOTFORM.values(), ids=WRONG_JOTFORM.keys())
def test_a_wrong_type_of_jotform_is_retried_and_then_an_error(sandbox, world, patch):
    smallest = jotform_of(sandbox, page_size=50, attempts=2)
    sandbox.sandbox.faults.add(Fault("jotform", "patched", patch=patch, next=1))
    assert len(smallest.submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)
    sandbox.sandbox.faults.add(Fault("jotform", "patched", patch=patch, rate=1.0))
    assert code_of(lambda: smallest.submissions(SIGNUP)) == "SERVICE_BAD_ANSWER"


@pytest.mark.parametrize("patch", WRONG_GIVEBUTTER.values(), ids=WRONG_GIVEBUTTER.keys())
def test_a_wrong_type_of_givebutter_is_retried_and_then_an_error(sandbox, world, patch):
    givebutter = givebutter_of(sandbox, attempts=2)
    sandbox.sandbox.faults.add(Fault("givebutter", "patched", patch=patch, next=1))
    assert len(contacts(givebutter)) == len(world.contacts)
    sandbox.sandbox.faults.add(Fault("givebutter", "patched", patch=patch, rate=1.0))
    assert code_of(lambda: contacts(givebutter)) == "SERVICE_BAD_ANSWER"


@pytest.mark.parametrize("body", WRONG_BODIES, ids=lambda body: repr(body[:12]))
def test_an_answer_without_a_json_object_is_retried_and_then_an_error(sandbox, world, body):
    smallest, givebutter = jotform_of(sandbox, page_size=50, attempts=2), givebutter_of(sandbox, attempts=2)
    kind = "text/html" if body == HTML else "application/json"
    for service in ("jotform", "givebutter"):
        sandbox.sandbox.faults.add(Fault(service, "answer", body=body, content_type=kind, next=1))
    assert len(smallest.submissions(SIGNUP)) == len(world.forms[SIGNUP].submissions)
    assert len(contacts(givebutter)) == len(world.contacts)
    for service in ("jotform", "givebutter"):
        sandbox.sandbox.faults.add(Fault(service, "answer", body=body, content_type=kind, rate=1.0))
    assert code_of(lambda: contacts(givebutter)) == "SERVICE_BAD_ANSWER"
    assert code_of(lambda: smallest.submissions(SIGNUP)) == (
        "SERVICE_WRONG_HOST" if body == HTML else "SERVICE_BAD_ANSWER"
    )


@pytest.mark.parametrize("body", ['{"responseCode": 200, "content": [7]}', '{"responseCode": 200, "content": "x"}'])
def test_questions_of_a_wrong_type_are_an_error(sandbox, body):
    sandbox.sandbox.faults.add(Fault("jotform", "answer", path="/questions", body=body, rate=1.0))
    assert code_of(lambda: jotform_of(sandbox, attempts=2).questions(SIGNUP)) == "SERVICE_BAD_ANSWER"


def test_an_invalid_byte_damages_only_its_text():
    body = b'{"data": [{"id": 1, "first_name": "A\xffva"}, {"id": 2, "raised": 1e400, "goal": NaN}]}'
    with serving(lambda _: body) as url:
        first, second = contacts(givebutter_at(url))
    assert first == {"id": 1, "first_name": "A\udcffva"}
    assert second == {"id": 2, "raised": "1e400", "goal": "NaN"}


# --- headers and pages that no service sends -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Note": "caf\xe9"},
        {"Set-Cookie": "\xff\xfe=\x80; expires=Someday"},
        *({"Content-Type": f"application/json; charset={name}"} for name in ("base64", "undefined", "rot13", "\xff")),
    ],
    ids=repr,
)
@pytest.mark.parametrize(("status", "codes"), [(200, ("", "")), (400, ("JOTFORM_FORM_MISSING", "SERVICE_REFUSED"))])
def test_no_header_of_an_answer_causes_an_unexpected_error(headers, status, codes):
    body = b'{"message": "\xff\xfe", "responseCode": 200, "content": [], "data": []}'
    with serving(lambda _: body, status=status, headers=headers) as url:
        calls = (
            lambda: JotformResource(api_url=url, api_key="k", attempts=1).submissions("1"),
            lambda: contacts(givebutter_at(url)),
        )
        for call, code in zip(calls, codes, strict=True):
            assert (code_of(call) if code else call()) == (code or [])


def test_a_page_of_very_many_records_is_read_in_linear_time():
    many = [{"id": number} for number in range(20_000)] + [{"id": 1, "n": number} for number in range(20_000)]
    with serving(lambda _: {"responseCode": 200, "content": many, "data": many, "meta": {"last_page": 1}}) as url:
        assert len(contacts(givebutter_at(url))) == 20_001
        jotform = JotformResource(api_url=url, api_key="k", attempts=2, first_wait=0.01)
        assert code_of(lambda: jotform.submissions("1")) == "SERVICE_LIST_ENDLESS"


@pytest.mark.parametrize(
    "proxy", ["socks5://u:s3cret@127.0.0.1:1", "http://[::1", "http://u:s3cret@a..b", "http://h:99999"]
)
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(monkeypatch, proxy):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(MentorSyncError, match=r"SETTINGS_INVALID.*HTTP_PROXY") as raised:
        contacts(givebutter_at("http://api.example/v1"))
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_named(monkeypatch, tmp_path, content):
    path = tmp_path / "certificates.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    http_transport._trusted.cache_clear()
    with pytest.raises(MentorSyncError, match=r"SETTINGS_INVALID.*SSL_CERT_FILE"):
        contacts(givebutter_at("https://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (httpcore.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: expired"), "certificate"),
        (httpcore.ConnectError("[Errno -2] Name or service not known"), "its name is unknown"),
        (httpcore.ProxyError("407 Proxy Authentication Required"), "the proxy asks for a login"),
        (httpcore.ConnectError("[Errno 111] Connection refused"), "does not answer (ConnectError)"),
    ],
)
def test_causes_of_a_lost_connection_are_told_apart(error, meaning):
    assert meaning in http_transport.describe_error(error)


@pytest.mark.parametrize("status", [403, 404])
def test_a_page_of_a_firewall_does_not_mean_that_the_form_is_missing(status):
    with serving(lambda _: b"<html>Blocked</html>", status=status, headers={"Content-Type": "text/html"}) as url:
        jotform = JotformResource(api_url=url, api_key="k", attempts=2, first_wait=0.01)
        assert code_of(lambda: jotform.submissions("1")) == "SERVICE_WRONG_HOST"


def test_a_proxy_that_asks_for_a_login_is_not_taken_for_the_service():
    with serving(lambda _: b"<html>", status=407) as url, pytest.raises(ServiceError, match="proxy asks for a login"):
        contacts(givebutter_at(url))


# --- answers about single contacts -----------------------------------------------------------------------------------

CONTACT = {"id": 1, "first_name": "Ava", "last_name": "Quill", "external_id": None, "archived_at": None}


@pytest.mark.parametrize(
    "body",
    [
        {**CONTACT, "id": 2},
        {"data": [CONTACT]},
        {"contact": CONTACT},
        {},
        {**CONTACT, "archived_at": "0000-00-00 00:00:00"},
        {**CONTACT, "archived_at": True},
    ],
    ids=["another contact", "a list", "another envelope", "nothing", "a time of zeros", "no time"],
)
def test_an_answer_that_may_be_about_another_contact_is_not_used(body):
    with serving(lambda _: body) as url, givebutter_at(url).contact_calls() as calls:
        assert code_of(lambda: calls.read_state(1)) == "SERVICE_BAD_ANSWER"


@pytest.mark.parametrize("archived_at", [None, "", 0, False])
def test_a_contact_without_a_time_of_its_archive_is_active(archived_at):
    body = {**CONTACT, "archived_at": archived_at}
    with serving(lambda _: body) as url, givebutter_at(url).contact_calls() as calls:
        assert calls.read_state(1).state == "active"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({**CONTACT, "external_id": "MN1"}, ""),
        ({**CONTACT, "id": 2, "external_id": "MN1"}, "SERVICE_BAD_ANSWER"),
        (CONTACT, "SERVICE_REFUSED"),
    ],
)
def test_a_changed_external_id_is_confirmed_by_the_contact_itself(changed, code):
    with serving(lambda _: changed) as url, givebutter_at(url).contact_calls() as calls:
        if code:
            assert code_of(lambda: calls.set_external_id(CONTACT, "MN1")) == code
        else:
            calls.set_external_id(CONTACT, "MN1")


@pytest.mark.parametrize("shown_id", ["MN1", None])
def test_a_change_without_an_answer_is_confirmed_by_reading_the_contact(shown_id):
    bodies = iter([b"", {**CONTACT, "external_id": shown_id}])
    with serving(lambda _: next(bodies)) as url, givebutter_at(url).contact_calls() as calls:
        if shown_id is None:
            assert code_of(lambda: calls.set_external_id(CONTACT, "MN1")) == "SERVICE_REFUSED"
        else:
            calls.set_external_id(CONTACT, "MN1")


@pytest.mark.parametrize("body", [b"", b" ", b"null", b"{}", b"true"])
def test_an_archive_is_done_whatever_its_answer_is(body):
    with serving(lambda _: body) as url, givebutter_at(url).contact_calls() as calls:
        assert calls.archive(1)


@pytest.mark.parametrize("status", [408, 425])
def test_a_time_out_of_a_proxy_is_temporary(status):
    with serving(lambda _: {"message": "?"}, status=status) as url:
        assert code_of(lambda: contacts(givebutter_at(url))) == "SERVICE_UNAVAILABLE"


def test_a_count_may_be_a_number_with_a_decimal_point():
    with serving(lambda _: {"data": [CONTACT], "meta": {"last_page": 1.0, "total": 1.0}}) as url:
        assert len(contacts(givebutter_at(url))) == 1


# --- slow and huge ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["jotform", "givebutter"])
def test_a_slow_body_has_a_deadline(sandbox, service):
    options = {"attempts": 1, "timeout": 0.2}
    sandbox.sandbox.faults.add(Fault(service, "drip", seconds=0.01, rate=1.0))
    started = time.monotonic()
    call = {
        "jotform": lambda: jotform_of(sandbox, page_size=50, **options).submissions(SIGNUP),
        "givebutter": lambda: contacts(givebutter_of(sandbox, **options)),
    }
    assert code_of(call[service]) == "SERVICE_UNAVAILABLE"
    assert time.monotonic() - started < 60, "without a deadline it takes minutes"


def test_slow_headers_have_the_same_deadline():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # the name that the base class calls
            try:
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.02)
            except OSError:
                pass  # the client gave up

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    givebutter = GivebutterResource(api_url=url, api_key="k", attempts=1, timeout=0.2, requests_per_minute=60_000)
    started = time.monotonic()
    assert code_of(lambda: contacts(givebutter)) == "SERVICE_UNAVAILABLE"
    assert time.monotonic() - started < 60, "without a deadline it takes minutes"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
@pytest.mark.parametrize("service", ["jotform", "givebutter"])
def test_a_huge_answer_is_refused_before_it_is_read(sandbox, service, compressed, monkeypatch):
    monkeypatch.setattr(http_module, "MAX_ANSWER_BYTES", 3 * 1024 * 1024)
    sandbox.sandbox.faults.add(Fault(service, "huge", megabytes=40, compressed=compressed, rate=1.0))
    call = {
        "jotform": lambda: jotform_of(sandbox, attempts=1).submissions(SIGNUP),
        "givebutter": lambda: contacts(givebutter_of(sandbox, attempts=1)),
    }
    assert code_of(call[service]) == "SERVICE_ANSWER_TOO_LARGE"


# --- Retry-After -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0", "-1", "-86400", "soon", "nan", "", "Thu, 01 Jan 1970 00:00:00 GMT", "0.01"])
def test_an_unreadable_retry_after_is_ignored(sandbox, text):
    sandbox.sandbox.faults.add(Fault("givebutter", "rate_limited", retry_after=text or " ", next=1))
    assert givebutter_of(sandbox).campaign("SWABUGA2025")


@pytest.mark.parametrize("text", ["86400", "1e300", "inf", "Fri, 31 Dec 2199 00:00:00 GMT"])
def test_a_requested_wait_of_a_day_is_an_error(sandbox, text):
    sandbox.sandbox.faults.add(Fault("givebutter", "rate_limited", retry_after=text, next=1))
    assert code_of(lambda: givebutter_of(sandbox).campaign("SWABUGA2025")) == "SERVICE_UNAVAILABLE"
    assert sandbox.sandbox.log.summary("givebutter").total == 1


# --- a key inside an address -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@api.example/v1",
        "https://s3cret@api.example",
        "https://api.example/v1?apiKey=s3cret",
        "https://api.example/v1#s3cret",
        "https://api.example/v1;api_key=s3cret",
    ],
)
def test_an_address_with_a_key_inside_is_refused_without_showing_it(url):
    for resource in (GivebutterResource(api_url=url, api_key="k"), JotformResource(api_url=url, api_key="k")):
        with pytest.raises(MentorSyncError, match="SETTINGS_INVALID") as raised:
            resource.campaign("x") if isinstance(resource, GivebutterResource) else resource.questions("1")
        assert "s3cret" not in str(raised.value)
