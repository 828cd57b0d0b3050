"""No name, email, phone or key is stored permanently: in events, logs or output."""

import re
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.sandbox.options import GIVEBUTTER_KEY, JOTFORM_KEY
from mentorsync_pipeline.sandbox.population import World
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow

NO_KEY_OF_OURS = {"jotform": {"api_key": None}, "givebutter": {"api_key": None}}


def personal(world: World) -> set[str]:
    """Every full name, email and phone of a world, as they may be written."""
    found = {f"{contact.first_name} {contact.last_name}" for contact in world.contacts if contact.first_name}
    for contact in world.contacts:
        found.update(contact.emails)
        for phone in contact.phones:
            digits = phone.removeprefix("+1")
            found |= {
                phone,
                digits,
                f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
                f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
            }
    for form in world.forms.values():
        for submission in form.submissions.values():
            for answer in submission.answers.values():
                if isinstance(answer, dict) and "last" in answer:
                    found.add(f"{answer.get('first', '')} {answer['last']}")
                elif isinstance(answer, str) and "@" in answer:
                    found.add(answer)
    return {text.strip() for text in found if len(text.strip()) > 5}


def everything_in(instance: dg.DagsterInstance) -> str:
    """All content that Dagster stores: its tables, and the files of its folder, such as the output of steps."""
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(Path(instance.root_directory).rglob("*"))
        if path.is_file()
    ]
    url = sa.make_url(instance.event_log_storage.postgres_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            texts += (row for (row,) in database.execute(f'SELECT t::text FROM "{table}" t'))
    return "\n".join(texts)


def shown(secrets: set[str], text: str) -> list[str]:
    """Return the texts that occur in another text as separate words."""
    words = set(re.findall(r"\w+", text.lower()))
    possible = [secret for secret in secrets if words.issuperset(re.findall(r"\w+", secret.lower()))]
    if not possible:
        return []
    pattern = "|".join(sorted(map(re.escape, possible), key=len, reverse=True))
    return sorted(set(re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE)))


@pytest.fixture
def kept(rounds, start, production_instance, monkeypatch, capfd):
    """What the instance of `dagster.yaml` stores, after syncs that succeeded and syncs that failed."""
    monkeypatch.setenv("JOTFORM_API_KEY", JOTFORM_KEY)
    monkeypatch.setenv("GIVEBUTTER_API_KEY", GIVEBUTTER_KEY)
    env: SandboxEnvironment = start(rounds["configured"], service_options=NO_KEY_OF_OURS, jobs=True)
    env.instance = production_instance
    env.upload()
    env.sync()
    env.later(days=8)
    env.run("export", year=env.year, expect=False)
    env.service_options["jotform"] = {"api_key": "a-wrong-key"}
    env.run("sync", year=env.year, assets=["raw_mn_signups"], expect=False)
    captured = capfd.readouterr()
    log = "\n".join(str(row) for row in env.rows(tables.sync_log))
    return env.server.world, {
        "dagster": everything_in(production_instance),
        "sync_log": log,
        "output": captured.out + captured.err,
    }


def test_nothing_personal_and_no_key_is_kept(kept):
    world, places = kept
    secrets = personal(world)
    assert len(secrets) > 1000
    signup = next(iter(world.forms[world.config.signup_form_id].submissions.values()))
    assert shown(secrets, str(signup.answers)), "the search finds what is there"
    for place, text in places.items():
        assert shown(secrets, text) == [], place
        assert shown({JOTFORM_KEY, GIVEBUTTER_KEY}, text) == [], place
    assert len(places["dagster"]) > 100_000
    assert "DATA_STALE" in places["dagster"]
    assert places["output"] == ""
