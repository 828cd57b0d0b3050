"""Injected faults, the request filter of each service, and the request counts."""

import json
import time

import httpx
import pytest

from mentorsync_pipeline.sandbox.faults import Fault, FaultBook
from mentorsync_pipeline.sandbox.gate import MinuteLimit
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer


def fault(control: httpx.Client, service: str, kind: str, **more: object) -> None:
    answer = control.post("/faults", json={"service": service, "kind": kind, **more})
    assert answer.status_code == 204, answer.text


def test_too_many_requests(control: httpx.Client, givebutter: httpx.Client) -> None:
    fault(control, "givebutter", "rate_limited", next=1, seconds=3)
    refused = givebutter.get("/campaigns")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3"
    assert givebutter.get("/campaigns").status_code == 200


def test_server_errors_by_path_and_method(control: httpx.Client, givebutter: httpx.Client) -> None:
    fault(control, "givebutter", "server_error", next=2, path="/contacts", method="GET", status=500)
    assert givebutter.get("/campaigns").status_code == 200
    assert [givebutter.get("/contacts").status_code for _ in range(3)] == [500, 500, 200]


def test_the_answer_is_lost_after_the_request_is_processed(
    control: httpx.Client, givebutter: httpx.Client, sandbox: SandboxServer
) -> None:
    contact = next(c for c in sandbox.world.contacts if c.archived_at is None)
    fault(control, "givebutter", "server_error", next=1, method="DELETE", after=True)
    assert givebutter.delete(f"/contacts/{contact.id}").status_code == 503
    assert contact.archived_at is not None
    assert givebutter.delete(f"/contacts/{contact.id}").status_code == 403


def test_timeout(control: httpx.Client, givebutter: httpx.Client) -> None:
    fault(control, "givebutter", "timeout", next=1, seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        givebutter.get("/campaigns", timeout=httpx.Timeout(5, read=0.1))
    assert givebutter.get("/campaigns").status_code == 200


def test_slow(control: httpx.Client, givebutter: httpx.Client) -> None:
    fault(control, "givebutter", "slow", next=1, seconds=0.3)
    started = time.monotonic()
    assert givebutter.get("/campaigns").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_truncated_json(control: httpx.Client, jotform: httpx.Client, sandbox: SandboxServer) -> None:
    fault(control, "jotform", "truncated", next=1)
    answer = jotform.get(f"/form/{sandbox.world.config.signup_form_id}/submissions")
    assert answer.status_code == 200
    assert len(answer.content) > 100
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_wrong_host(control: httpx.Client, jotform: httpx.Client) -> None:
    fault(control, "jotform", "redirect", next=1)
    assert jotform.get("/user").status_code == 301
    fault(control, "jotform", "no_content", next=1)
    assert "content" not in jotform.get("/user").json()


def test_clearing(control: httpx.Client, givebutter: httpx.Client) -> None:
    fault(control, "givebutter", "server_error", rate=1.0)
    assert givebutter.get("/campaigns").status_code == 503
    assert control.delete("/faults").status_code == 204
    assert givebutter.get("/campaigns").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"service": "mail", "kind": "slow"},
        {"service": "jotform", "kind": "sleepy"},
        {"service": "jotform", "kind": "slow", "rate": 2},
        {"service": "jotform", "kind": "slow", "how": "very"},
        {"service": "jotform"},
    ],
)
def test_invalid_faults_are_refused(control: httpx.Client, body: dict[str, object]) -> None:
    assert control.post("/faults", json=body).status_code == 422


def test_the_random_draws_are_seeded() -> None:
    def draws(seed: int) -> list[bool]:
        book = FaultBook(seed)
        book.add(Fault("givebutter", "server_error", rate=0.3))
        return [book.draw("givebutter", "GET", "/contacts") is not None for _ in range(200)]

    assert draws(1) == draws(1) != draws(2)
    assert 30 < sum(draws(1)) < 90
    book = FaultBook(1)
    book.add(Fault("givebutter", "server_error", rate=0.3))
    for_others = [book.draw("givebutter", "GET", f"/contacts/{number}") is not None for number in range(50)]
    assert [book.draw("givebutter", "GET", "/contacts") is not None for _ in range(200)] == draws(1)
    assert any(for_others)
    book = FaultBook(1)
    book.add(Fault("givebutter", "server_error", rate=1))
    assert book.draw("jotform", "GET", "/contacts") is None


def test_the_minute_limit_resets() -> None:
    now = 0.0
    limit = MinuteLimit(2, monotonic=lambda: now)
    assert [limit.wait() for _ in range(3)] == [0, 0, 60]
    now = 45.5
    assert limit.wait() == 15
    now = 60.0
    assert [limit.wait() for _ in range(3)] == [0, 0, 60]
    assert MinuteLimit(None).wait() == 0


def test_requests_are_counted(control: httpx.Client, givebutter: httpx.Client, jotform: httpx.Client) -> None:
    jotform.get("/user")
    givebutter.get("/campaigns")
    givebutter.get("/contacts/1")
    httpx.get(givebutter.base_url.join("campaigns"))
    counts = control.get("/requests").json()
    assert counts["jotform"]["total"] == 1
    assert counts["givebutter"]["calls"] == {
        "GET /givebutter/v1/campaigns 200": 1,
        "GET /givebutter/v1/contacts/{id} 404": 1,
        "GET /givebutter/v1/campaigns 401": 1,
    }
    assert counts["givebutter"]["peak_per_minute"] == 3
    assert control.delete("/requests").status_code == 204
    assert control.get("/requests").json()["givebutter"]["total"] == 0
