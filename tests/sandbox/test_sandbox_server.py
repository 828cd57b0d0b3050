"""The server itself, edits by hand, the truth and the fingerprint over HTTP, and the campaign file."""

import socket
import threading

import httpx
import pytest
import yaml

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.population import SandboxForms, World
from mentorsync_pipeline.sandbox.sandbox_server import SandboxServer
from tests.sandbox.conftest import NOW, Clock


def test_it_stops_cleanly_and_frees_the_port(world: World) -> None:
    before = set(threading.enumerate())  # other tests of this process may have a sandbox of their own
    with SandboxServer(world, clock=lambda: NOW) as server:
        assert httpx.get(f"{server.control_url}/state").status_code == 200
        port = int(server.url.rsplit(":", 1)[1])
    assert [thread for thread in threading.enumerate() if thread not in before and thread.name == "sandbox"] == []
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_port_in_use_is_an_error(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), SandboxServer(world, port=port):
            pass


def test_the_fingerprint_changes_only_with_data(
    sandbox: SandboxServer, control: httpx.Client, givebutter: httpx.Client, clock: Clock
) -> None:
    contact = next(c for c in sandbox.world.contacts if c.archived_at is None and c.first_name and c.last_name)
    before = control.get("/state").json()
    assert before["contacts"] == len(sandbox.world.contacts)
    clock.forward(days=1)
    same = {"first_name": contact.first_name, "last_name": contact.last_name, "tags": contact.tags}
    assert givebutter.put(f"/contacts/{contact.id}", json=same).status_code == 200
    assert control.post(f"/contacts/{contact.id}", json={"last_name": contact.last_name}).status_code == 200
    assert control.get("/state").json() == before
    control.post(f"/contacts/{contact.id}", json={"last_name": "Changed"})
    after = control.get("/state").json()
    assert after["fingerprint"] != before["fingerprint"]
    assert after["last_modified"] == "2025-10-02 12:00:00"


def test_edits_by_hand(sandbox: SandboxServer, control: httpx.Client) -> None:
    contact = next(c for c in sandbox.world.contacts if c.custom)
    label, value = next(iter(contact.custom.items()))
    body = {"phones": ["+17065550100"], "custom": {label: "", "🤝 Partner Preference": "=1+1"}}
    answer = control.post(f"/contacts/{contact.id}", json=body).json()
    assert answer["primary_phone"] == "+17065550100"
    assert value != "=1+1"
    assert label not in contact.custom
    assert contact.custom["🤝 Partner Preference"] == "=1+1"
    assert control.post("/contacts/1", json={}).status_code == 404
    assert control.post(f"/contacts/{contact.id}", json={"id": 5}).status_code == 422
    holder = next(c for c in sandbox.world.contacts if c.external_id and c is not contact)
    taken = control.post(f"/contacts/{contact.id}", json={"external_id": holder.external_id})
    assert taken.status_code == 422


def test_a_member_raises_more(sandbox: SandboxServer, control: httpx.Client) -> None:
    member_id = next(mentor.member_id for mentor in sandbox.world.truth.mentors if mentor.member_id)
    assert control.post(f"/members/{member_id}", json={"raised": 99.5}).json()["raised"] == 99.5
    assert control.post("/members/1", json={"raised": 1}).status_code == 404
    assert control.post(f"/members/{member_id}", json={"id": 1}).status_code == 422


def test_archive_and_restore_by_hand(sandbox: SandboxServer, givebutter: httpx.Client) -> None:
    contact = next(c for c in sandbox.world.contacts if c.archived_at is None)
    sandbox.dashboard.archive(contact.id)
    assert givebutter.get(f"/contacts/{contact.id}").status_code == 403
    sandbox.dashboard.restore(contact.id)
    assert givebutter.get(f"/contacts/{contact.id}").status_code == 200


def test_the_truth_over_http(sandbox: SandboxServer, control: httpx.Client) -> None:
    truth = control.get("/truth").json()
    assert truth["year"] == sandbox.world.year
    assert len(truth["mentors"]) == 145
    assert len(truth["contacts"]) == len(sandbox.world.contacts)
    shown = {mentor["person_id"]: mentor["contact_id"] for mentor in truth["mentors"]}
    assert shown == {mentor.person_id: mentor.contact_id for mentor in sandbox.world.truth.mentors}


@pytest.mark.parametrize("previous", [False, True])
def test_the_campaign_file_fits_the_pipeline(previous: bool) -> None:
    config = SandboxForms(signup_questions={**SandboxForms().signup_questions, "name": "whoAreYou"})
    settings = yaml.safe_load(yaml.safe_dump(campaign_settings(config, 2026, previous=previous)))
    loaded = CampaignConfig.model_validate(settings)
    assert loaded.campaign_year == 2026 - previous
    assert loaded.signup_field_map["last_name"] == "whoAreYou.last"
    assert loaded.givebutter_mentor_tag == f"Mentors {2026 - previous}"
