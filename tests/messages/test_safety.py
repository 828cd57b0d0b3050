"""A campaign changes nothing else, even if interrupted, and events have no personal data."""

import contextlib

import dagster as dg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.messages import queries
from mentorsync_pipeline.messages.apply import apply_file, refresh_messages
from mentorsync_pipeline.messages.message_folder import MessageFile, read_message_file
from mentorsync_pipeline.messages.queries import ChangedBy
from mentorsync_pipeline.messages.rules.campaign_file import MessageInvalidError
from tests.messages.conftest import WriteFile
from tests.messages.reading import errors, everything_else, messages_by_mn_id, texts
from tests.support.environment import ZONE, SandboxEnvironment
from tests.support.examples import examples

pytestmark = pytest.mark.slow


def test_an_invalid_run_configuration_changes_nothing(env: SandboxEnvironment, write_file: WriteFile) -> None:
    before = env.results()
    file, other_year, broken = write_file(), write_file("next", year=2026), write_file("bad", text="{{ x }}")
    for order, code in (
        ({"apply_file": "missing.md"}, "MESSAGE_ORDER"),
        ({"apply_file": f"../messages/{file}"}, "MESSAGE_ORDER"),
        ({"apply_file": file, "sha256": "0" * 64}, "MESSAGE_ORDER"),
        ({"apply_file": other_year}, "MESSAGE_ORDER"),
        ({"apply_file": file, "clear_campaign": "hello"}, "MESSAGE_ORDER"),
        ({"apply_file": broken}, "MESSAGE_INVALID: bad.md, line 9"),
    ):
        with pytest.raises(MentorSyncError, match=code):
            env.messages(**order)
    with pytest.raises(MentorSyncError, match=r"and a person\. Set `apply_file`"):
        env.messages(apply_file=file, by=None)
    assert env.results() == before


def test_an_applied_campaign_that_has_become_invalid_is_removed_and_reported(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    env.messages(apply_file=write_file())
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.message_campaigns).values(source="from another time"))
    env.etl()
    assert texts(env) == {}
    assert errors(env) == [(None, "MESSAGE_CAMPAIGN_BROKEN")]


def test_an_interrupted_apply_leaves_everything_as_it_was(
    env: SandboxEnvironment, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_file()
    before = env.results()

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(queries, "fill_import_rows", interrupted)
        with pytest.raises((KeyboardInterrupt, dg.DagsterExecutionInterruptedError)):
            env.messages(apply_file=file)
    assert env.results() == before
    env.messages(apply_file=file)
    assert texts(env).keys() == messages_by_mn_id(env).keys()


def test_events_have_counts_and_no_personal_data(env: SandboxEnvironment, write_file: WriteFile) -> None:
    result = env.messages(apply_file=write_file(text="Hi {{ first_name }} {{ phone }} {{ training_at }}"))
    events = str(result.assets)
    names = {row["last_name"] for row in env.rows(t.mentors)} | {row["phone"] for row in env.rows(t.mentors)}
    assert "messages of hello" in events
    assert not [name for name in names if name and name in events]
    kept = str([row["message"] for row in env.rows(t.sync_errors)])
    assert not [name for name in names if name and name in kept]


TEMPLATES = st.sampled_from(
    [
        *(
            "Hi {{ first_name }}",
            "{{ training_at }}",
            "x" * 1001,
            "={{ mn_id }}",
            "{{ first_name | money }}",
            "{{ nope }}",
        ),
        *(
            "{{ '\\x00' }}",
            "{% for x in y %}",
            'It\'s "quoted", 100%; DROP TABLE mentors; -- {{ last_name }}',
            "%(a)s :b",
        ),
        *(
            "👋 {{ preferred_name | default('you') }}",
            "{{ notes }}",
            "{{",
            "a\nb\n\nc",
            "'; UPDATE mentors SET dropped = true",
        ),
    ]
) | st.text(max_size=40)
AUDIENCES = st.sampled_from(
    [
        "everyone",
        "{column: status, is: needs_setup}",
        '{column: tags, contains: "\'"}',
        "{not: {column: mn_id, is: '%'}}",
    ]
)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEMPLATES, email=TEMPLATES, audience=AUDIENCES)
def test_a_campaign_changes_only_the_message_columns(
    env: SandboxEnvironment, write_file: WriteFile, text: str, email: str, audience: str
) -> None:
    file = read_message_file(env.folder / "messages" / write_file(text=text, email=email, audience=audience))
    before = everything_else(env)
    apply(env, file)
    once = messages_by_mn_id(env)
    apply(env, file)
    assert messages_by_mn_id(env) == once
    assert everything_else(env) == before
    for cells in once.values():
        assert all(cell is None or 1 <= len(cell) <= env.config.custom_text_limit for cell in cells)


def apply(env: SandboxEnvironment, file: MessageFile) -> None:
    """The function of the asset, without Dagster."""
    with env.engine.begin() as conn:
        with contextlib.suppress(MessageInvalidError):
            apply_file(conn, file, env.config, ChangedBy(by="Robin", now=env.now, log_id=0), zone=ZONE)
        refresh_messages(conn, env.config, zone=ZONE, now=env.now, log_id=0)
