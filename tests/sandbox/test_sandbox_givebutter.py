"""Givebutter's API in the sandbox over HTTP, compared with the documentation of the real service."""

import re
from typing import Any

import httpx
import pytest

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.sandbox.conftest import Clock, Serve

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer sandbox-givebutter-key"}


def pull(client: httpx.Client, path: str, **params: object) -> list[dict[str, Any]]:
    """All rows of a list, by following links.next."""
    rows: list[dict[str, Any]] = []
    url: str | None = str(client.base_url.join(path.lstrip("/")).copy_merge_params({"per_page": 100, **params}))
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        rows.extend(answer.json()["data"])
        url = answer.json()["links"]["next"]
    return rows


def live(sandbox: SandboxServer) -> Contact:
    return next(c for c in sandbox.world.contacts if c.archived_at is None and c.first_name and c.last_name and c.tags)


def test_the_list_is_paged(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    first = givebutter.get("/contacts").json()
    total = len(sandbox.world.contacts)
    assert len(first["data"]) == first["meta"]["per_page"] == 20
    assert first["meta"]["total"] == total
    assert first["links"]["prev"] is None
    assert first["links"]["next"].startswith(sandbox.givebutter_url)
    assert givebutter.get("/contacts", params={"per_page": 500}).json()["meta"]["per_page"] == 100
    rows = pull(givebutter, "/contacts")
    assert [row["id"] for row in rows] == [contact.id for contact in sandbox.world.contacts]
    beyond = givebutter.get("/contacts", params={"page": 999}).json()
    assert beyond["data"] == []
    assert beyond["links"]["next"] is None
    assert givebutter.get("/contacts", params={"page": 0}).status_code == 422


def test_a_contact_reads_as_documented(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    contact = next(c for c in sandbox.world.contacts if c.custom and c.archived_at is None)
    shown = givebutter.get(f"/contacts/{contact.id}").json()
    assert shown["id"] == contact.id
    assert shown["emails"] == [{"type": "personal", "value": email} for email in contact.emails]
    assert shown["primary_email"] == (contact.emails[0] if contact.emails else None)
    assert {field["title"]: field["value"] for field in shown["custom_fields"]} == contact.custom
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", shown["updated_at"])
    assert shown["stats"]["total_contributions"] == contact.total_contributions


def test_filters(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    contacts = sandbox.world.contacts
    middle = sorted(contact.updated_at for contact in contacts)[len(contacts) // 2]
    for spelt in (middle.isoformat(), middle.isoformat().replace("+00:00", "Z")):
        page = pull(givebutter, "/contacts", updatedAfter=spelt)
        assert {row["id"] for row in page} == {c.id for c in contacts if c.updated_at >= middle}
    donors = pull(givebutter, "/contacts", totalContributionsMin=50)
    assert {row["id"] for row in donors} == {c.id for c in contacts if c.total_contributions >= 50}
    tagged = pull(givebutter, "/contacts", tags="Donor")
    assert {row["id"] for row in tagged} == {c.id for c in contacts if "Donor" in c.tags}
    companies = pull(givebutter, "/contacts", type="company")
    assert {row["type"] for row in companies} == {"company"}
    someone = next(c for c in contacts if len(c.emails) > 1)
    assert someone.id in {row["id"] for row in pull(givebutter, "/contacts", email=someone.emails[1].upper())}
    assert someone.id not in {row["id"] for row in pull(givebutter, "/contacts", primaryEmail=someone.emails[1])}
    newest = pull(givebutter, "/contacts", sortByDesc="updated_at")
    assert [row["updated_at"] for row in newest] == sorted((row["updated_at"] for row in newest), reverse=True)


@pytest.mark.parametrize("params", [{"updatedAfter": "soon"}, {"sortBy": "shoe"}, {"totalContributionsMin": "much"}])
def test_bad_filters_are_422(givebutter: httpx.Client, params: dict[str, str]) -> None:
    answer = givebutter.get("/contacts", params=params)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == list(params)


def test_there_is_no_filter_for_archived_external_id_or_phone(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    rows = pull(givebutter, "/contacts", external_id="MN0001", phone="+17065550100", archived="1")
    assert len(rows) == len(sandbox.world.contacts)
    assert any(row["archived_at"] for row in rows)


def test_keys(sandbox: SandboxServer) -> None:
    url = f"{sandbox.givebutter_url}/contacts"
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "sandbox-givebutter-key"}):
        answer = httpx.get(url, headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {"message": "Unauthenticated."}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update(givebutter: httpx.Client, sandbox: SandboxServer, clock: Clock, method: str) -> None:
    contact = live(sandbox)
    name = {"first_name": contact.first_name, "last_name": contact.last_name}
    before, custom = contact.updated_at, dict(contact.custom)
    path = f"/contacts/{contact.id}"
    assert givebutter.request(method, path, json=name).status_code == 200
    assert contact.updated_at == before
    clock.forward(minutes=5)
    body = {**name, "external_id": "MN7001", "tags": ["One", "Two"], "custom_fields": [{"field_id": 1, "value": "x"}]}
    answer = givebutter.request(method, path, json=body)
    assert answer.status_code == 200
    assert answer.json()["external_id"] == "MN7001"
    assert contact.tags == ["One", "Two"]
    assert contact.updated_at == clock.now
    assert contact.custom == custom
    assert givebutter.request(method, path, json={**name, "external_id": None}).json()["external_id"] is None


def test_update_needs_both_names(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    answer = givebutter.put(f"/contacts/{live(sandbox).id}", json={"external_id": "MN7001"})
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"first_name", "last_name"}
    assert "and 1 more error" in answer.json()["message"]


def test_an_external_id_has_one_holder(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    holder = next(c for c in sandbox.world.contacts if c.external_id)
    other = live(sandbox)
    body = {"first_name": "Zoe", "last_name": "Ashford", "external_id": holder.external_id}
    before = other.first_name
    answer = givebutter.put(f"/contacts/{other.id}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]["external_id"] == [
        f"A contact with External ID [{holder.external_id}] already exists."
    ]
    assert other.first_name == before
    assert givebutter.post("/contacts", json={**body, "force_create": True}).status_code == 422


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"external_id": "x" * 256}, "external_id"),
        ({"emails": [{"type": "personal", "value": "nobody"}]}, "emails"),
        ({"phones": [{"type": "mobile", "value": "12"}]}, "phones"),
        ({"tags": ["x" * 65]}, "tags"),
        ({"tags": "Mentors"}, "tags"),
        ({"addresses": [{"city": "Athens"}]}, "addresses"),
        ({"gender": 5}, "gender"),
    ],
)
def test_invalid_bodies(givebutter: httpx.Client, sandbox: SandboxServer, extra: dict[str, object], field: str) -> None:
    body = {"first_name": "Zoe", "last_name": "Ashford", **extra}
    answer = givebutter.put(f"/contacts/{live(sandbox).id}", json=body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert givebutter.put(f"/contacts/{live(sandbox).id}", content=b"{").status_code == 422


def test_create_matches_duplicates_first_unless_forced(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    twin = next(c for c in sandbox.world.contacts if c.emails and c.phones and c.archived_at is None)
    body = {
        "first_name": "Zoe",
        "last_name": "Ashford",
        "emails": [{"type": "personal", "value": twin.emails[0].upper()}],
        "tags": ["New"],
    }
    response = givebutter.post("/contacts", json=body).json()
    assert response["id"] == twin.id
    assert "New" in response["tags"]
    made = givebutter.post("/contacts", json={**body, "force_create": True}).json()
    assert made["id"] > max(contact.id for contact in sandbox.world.contacts)
    assert givebutter.get(f"/contacts/{made['id']}").json()["last_name"] == "Ashford"


def test_archive_and_restore(givebutter: httpx.Client, sandbox: SandboxServer, clock: Clock) -> None:
    contact = live(sandbox)
    path = f"/contacts/{contact.id}"
    clock.forward(minutes=1)
    answer = givebutter.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert contact.archived_at == contact.updated_at == clock.now
    body = {"first_name": "Zoe", "last_name": "Ashford"}
    assert givebutter.delete(path).status_code == 403
    assert givebutter.put(path, json=body).status_code == 403
    assert givebutter.get(path).status_code == 403
    assert givebutter.post(f"{path}/tags/add", json={"tags": ["x"]}).status_code == 403
    assert [row["archived_at"] is not None for row in pull(givebutter, "/contacts") if row["id"] == contact.id] == [
        True
    ]
    restored = givebutter.patch(f"{path}/restore")
    assert restored.status_code == 200
    assert restored.json()["archived_at"] is None
    assert givebutter.get(path).status_code == 200


def test_options_of_undocumented_behaviour(serve: Serve) -> None:
    server = serve(archive_status=200, archived_readable=True, wrap_single=True)
    contact = live(server)
    with httpx.Client(base_url=server.givebutter_url, headers=KEY) as client:
        answer = client.delete(f"/contacts/{contact.id}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert client.get(f"/contacts/{contact.id}").json()["data"]["id"] == contact.id


def test_what_does_not_exist_is_404(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    contact = live(sandbox)
    for method, path in (
        ("GET", "/contacts/1"),
        ("DELETE", "/contacts/1"),
        ("PATCH", "/contacts/1/restore"),
        ("POST", f"/contacts/{contact.id}/archive"),
        ("POST", f"/contacts/{contact.id}/tags/twist"),
        ("GET", "/campaigns/SWABUGA2025"),
        ("GET", "/campaigns/1/members"),
    ):
        answer = givebutter.request(method, path)
        assert answer.status_code == 404, path
        assert "message" in answer.json()


def test_tags(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    contact = live(sandbox)
    before = list(contact.tags)
    path = f"/contacts/{contact.id}/tags"
    assert givebutter.post(f"{path}/add", json={"tags": ["Extra", before[0]]}).json()["tags"] == [*before, "Extra"]
    assert givebutter.post(f"{path}/remove", json={"tags": before}).json()["tags"] == ["Extra"]
    assert givebutter.post(f"{path}/sync", json={"tags": ["A", "A"]}).json()["tags"] == ["A"]
    for body in ({"tags": []}, {}, {"tags": ["x" * 65]}):
        assert givebutter.post(f"{path}/add", json=body).status_code == 422


def test_the_campaign_is_not_on_the_first_page(givebutter: httpx.Client, sandbox: SandboxServer) -> None:
    first = givebutter.get("/campaigns", params={"per_page": 100}).json()
    slug = sandbox.world.campaign_slug
    assert first["links"]["next"] is not None
    assert slug not in {campaign["slug"] for campaign in first["data"]}
    campaigns = pull(givebutter, "/campaigns")
    campaign_of_slug = next(campaign for campaign in campaigns if campaign["slug"] == slug)
    assert len(campaign_of_slug["code"]) == 6
    members = pull(givebutter, f"/campaigns/{campaign_of_slug['id']}/members")
    assert round(sum(member["raised"] for member in members), 2) == campaign_of_slug["raised"]
    assert givebutter.get(f"/campaigns/{campaign_of_slug['id']}").json()["slug"] == slug
    assert all("contact" not in key for member in members for key in member)
    truth = {mentor.member_id: mentor.amount_raised for mentor in sandbox.world.truth.mentors if mentor.member_id}
    assert truth.items() <= {member["id"]: member["raised"] for member in members}.items()


def test_the_rate_limit_has_a_retry_after(serve: Serve) -> None:
    server = serve(requests_per_minute=3)
    with httpx.Client(base_url=server.givebutter_url, headers=KEY) as client:
        assert [client.get("/campaigns").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.get("/campaigns")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.json() == {"message": "Too Many Attempts."}
