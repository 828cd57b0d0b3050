"""Messages in an environment: they are imported into Givebutter, stay with their mentors, and are cleared."""

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.errors import MentorSyncError
from mentorsync_pipeline.domain.import_columns import EMAIL_MESSAGE, TEXT_MESSAGE
from tests.messages.conftest import WriteFile
from tests.messages.reading import errors, everything_else, messages_by_mn_id, texts
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow


def test_an_applied_message_is_in_the_next_file_and_the_next_sync_changes_nothing(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    env.messages(apply_file=write_file(email="Dear {{ last_name }}"))
    mentors = {row["mn_id"]: row for row in env.rows(t.mentors)}
    expected = {
        mn_id: (f"Hi {row['first_name']}!", f"Dear {row['last_name']}")
        for mn_id, row in mentors.items()
        if row["sync_state"] != "blocked"
    }
    assert messages_by_mn_id(env) == expected
    before = env.results()
    env.upload_and_recalculate()
    assert env.results() == before
    assert env.import_file(env.new_file()).rejected == 0
    for mn_id, (text, email) in expected.items():
        custom = env.contact_of(mn_id).custom
        assert (custom[TEXT_MESSAGE], custom[EMAIL_MESSAGE]) == (text, email)
    settled = (t.mentors, t.mn_gb_import, t.campaign_messages, t.mn_changes, t.sync_errors, t.sync_warnings)
    before = env.results(*settled)
    env.upload_and_recalculate()
    assert env.results(*settled) == before


@pytest.mark.parametrize("marker", ["(none)", ""])
def test_a_mentor_who_leaves_the_audience_loses_the_message(
    env: SandboxEnvironment, write_file: WriteFile, marker: str
) -> None:
    with env.engine.begin() as conn:
        conn.execute(
            sa.update(t.sync_configs)
            .where(t.sync_configs.c.config_key == "message_cleared_text")
            .values(config_value=marker)
        )
    env.messages(apply_file=write_file(audience="{column: training_signup, is: no}"))
    leaver, *_ = sorted(texts(env))
    env.import_file(env.new_file())
    assert env.contact_of(leaver).custom[TEXT_MESSAGE].startswith("Hi ")
    env.submit(env.config.jotform_training_form_id, emailAddress=env.mentor(leaver)["personal_email"])
    env.upload_and_recalculate()
    assert leaver not in texts(env)
    (row,) = env.rows(t.campaign_messages, t.campaign_messages.c.mn_id == leaver)
    assert (row["content"], row["emptied_at"] is not None) == (None, True)

    env.import_file(env.new_file())
    env.upload_and_recalculate()
    left_over = env.rows(t.sync_warnings, t.sync_warnings.c.source_table == "campaign_messages")
    if marker:
        assert env.contact_of(leaver).custom[TEXT_MESSAGE] == marker
        assert left_over == []
    else:  # This Givebutter keeps a field when the cell is blank, and we see that it did.
        assert env.contact_of(leaver).custom[TEXT_MESSAGE].startswith("Hi ")
        assert [(warning["mn_id"], warning["warning_type"]) for warning in left_over] == [(leaver, "stale_data")]
    before = env.results()
    env.upload_and_recalculate()
    assert env.results() == before


def test_a_message_edited_by_hand_is_kept_until_a_campaign_changes_it(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    first, second, *_ = sorted(messages_by_mn_id(env))
    for mn_id in (first, second):
        contact = env.contact_of(mn_id)
        env.edit(contact.id, custom={**contact.custom, TEXT_MESSAGE: "=by hand"})
    env.upload_and_recalculate()
    env.messages(apply_file=write_file(audience=f"{{column: mn_id, is: {first}}}"))
    env.import_file(env.new_file())
    assert env.contact_of(first).custom[TEXT_MESSAGE].startswith("Hi ")
    assert env.contact_of(second).custom[TEXT_MESSAGE] == "'=by hand"


def test_clearing_empties_the_columns_and_applying_again_fills_them(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    before = everything_else(env)
    file = write_file(email="Dear {{ first_name }}")
    env.messages(apply_file=file)
    full = messages_by_mn_id(env)
    env.messages(clear_campaign="hello")
    assert set(messages_by_mn_id(env).values()) == {(None, None)}
    env.messages(clear_campaign="hello")
    with pytest.raises(MentorSyncError, match="MESSAGE_NOT_FOUND"):
        env.messages(clear_campaign="other")
    env.messages(apply_file=file)
    assert messages_by_mn_id(env) == full
    assert [row["cleared_at"] is None for row in env.rows(t.message_campaigns)] == [False, True]
    assert everything_else(env) == before


def test_applying_a_campaign_twice_changes_nothing_and_a_new_text_replaces_the_old(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    file = write_file()
    env.messages(apply_file=file)
    once = env.results(t.message_campaigns, t.campaign_messages, t.mn_gb_import)
    env.messages(apply_file=file)
    assert env.results(t.message_campaigns, t.campaign_messages, t.mn_gb_import) == once
    env.messages(apply_file=write_file(text=None, email="New for {{ first_name }}"))
    assert {text for text, _ in messages_by_mn_id(env).values()} == {None}
    assert all(email and email.startswith("New for") for _, email in messages_by_mn_id(env).values())
    names = [(row["name"], row["cleared_by"]) for row in env.rows(t.message_campaigns)]
    assert names == [("hello", "Robin"), ("hello", None)]


def test_a_text_that_fails_for_a_mentor_is_an_error_and_no_message_is_written(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    left, *others = sorted(messages_by_mn_id(env))
    env.messages(apply_file=write_file())
    text = f"{{% if mn_id == '{left}' %}}{{{{ training_at }}}}{{% else %}}Hi{{% endif %}}"
    env.messages(apply_file=write_file(text="Hi", email=text))
    assert messages_by_mn_id(env)[left] == (None, None)
    assert {messages_by_mn_id(env)[mn_id] for mn_id in others} == {("Hi", "Hi")}
    assert errors(env) == [(left, "MESSAGE_VARIABLE_MISSING")]
    (error,) = env.rows(t.sync_errors, t.sync_errors.c.error_code == "MESSAGE_VARIABLE_MISSING")
    assert "`training_at`" in error["message"]
    env.messages(apply_file=write_file(text="x" * 1001, email="Hi"))
    assert set(messages_by_mn_id(env).values()) == {(None, None)}
    assert {code for _, code in errors(env)} == {"MESSAGE_TOO_LONG"}
    env.messages(clear_campaign="hello")
    assert errors(env) == []


def test_blocked_and_dropped_mentors_get_messages_only_if_the_campaign_includes_them(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    blocked, dropped, plain, *_ = sorted(messages_by_mn_id(env))
    with env.engine.begin() as conn:
        for mn_id, values in ((blocked, {"sync_state": "blocked"}), (dropped, {"dropped": True})):
            conn.execute(sa.update(t.mentors).where(t.mentors.c.mn_id == mn_id).values(values))

    def reached(include: str) -> set[str]:
        env.messages(apply_file=write_file(include=include))
        rows = env.rows(t.campaign_messages, t.campaign_messages.c.content.is_not(None))
        return {row["mn_id"] for row in rows} & {blocked, dropped, plain}

    assert reached("[dropped, blocked]") == {blocked, dropped, plain}
    assert reached("[dropped]") == {dropped, plain}
    assert reached("[blocked]") == {blocked, plain}


def test_two_campaigns_cannot_write_the_same_column_of_the_same_mentor(
    env: SandboxEnvironment, write_file: WriteFile
) -> None:
    first, second, *_ = sorted(messages_by_mn_id(env))
    of_first = f"{{column: mn_id, is: {first}}}"
    env.messages(apply_file=write_file("one", audience=of_first))
    before = env.results()
    with pytest.raises(MentorSyncError, match=rf"CAMPAIGNS_COLLIDE: two would .*: one for {first}\."):
        env.messages(apply_file=write_file("two"))
    assert env.results() == before
    env.messages(apply_file=write_file("two", text=None, email="Dear"))  # another column
    env.messages(apply_file=write_file("three", text="Yo", audience=f"{{not: {of_first}}}"))  # other mentors
    assert messages_by_mn_id(env)[first][0] != "Yo"
    assert messages_by_mn_id(env)[second] == ("Yo", "Dear")


def test_a_mentor_of_two_overlapping_campaigns_gets_no_message(env: SandboxEnvironment, write_file: WriteFile) -> None:
    mover, *_ = sorted(messages_by_mn_id(env))
    signed_up = "{column: training_signup, is: %s}"
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.mentors).values(training_signup=False, uga_class="Junior"))
        conn.execute(sa.update(t.mentors).where(t.mentors.c.mn_id == mover).values(uga_class="Senior"))
    env.messages(apply_file=write_file("one", text="One", audience=signed_up % "yes"))
    env.messages(apply_file=write_file("two", text="Two", audience="{column: uga_class, is: Senior}"))
    assert texts(env) == {mover: "Two"}
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.mentors).where(t.mentors.c.mn_id == mover).values(training_signup=True))
    env.messages(clear_campaign="one")
    assert texts(env) == {mover: "Two"}
    with env.engine.begin() as conn:
        conn.execute(sa.update(t.message_campaigns).values(cleared_at=None))
    env.run("messages", year=env.year)
    assert texts(env) == {}
    assert errors(env) == [(mover, "MESSAGE_COLLISION")] * 2
