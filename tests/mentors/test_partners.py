"""Partners from the form to the table of matches and back through Givebutter, in a small year."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.mentors.partners import PartnerFilter, list_partner_matches
from tests.support.environment import SandboxEnvironment

pytestmark = pytest.mark.slow

SHIFT = "8:30-1:30"


@pytest.fixture
def mn_ids(env: SandboxEnvironment) -> list[str]:
    """Four mentors who take part, after the generated entries of the partner form are gone."""
    env.sandbox.forms.forms[env.config.jotform_partner_form_id].submissions.clear()
    with env.engine.begin() as conn:
        conn.execute(sa.delete(t.raw_mn_partner_preference))
    rows = env.rows(t.mentors, t.mentors.c.sync_state == "matched", ~t.mentors.c.dropped, year=env.year)
    return [row["mn_id"] for row in rows if row["phone"]][:4]


def wish(env: SandboxEnvironment, mn_id: str, partner: str | None = None, shift: str = SHIFT, **answers: Any) -> None:
    phone = env.mentor(partner)["phone"] if partner else None
    typed = {
        "mnid": mn_id,
        "partnerPhone": {"full": phone} if phone else None,
        "shiftPreference": shift,
    } | answers
    env.submit(
        env.config.jotform_partner_form_id,
        **{name: answer for name, answer in typed.items() if answer is not None},
    )


def matches(env: SandboxEnvironment) -> dict[str, dict[str, Any]]:
    return env.by_mn_id(t.partner_matches)


def test_wishes_are_matched_listed_checked_and_sent(env: SandboxEnvironment, mn_ids: list[str]) -> None:
    first, second, third, fourth = mn_ids
    wish(env, first, second, f"🩰 | {SHIFT}")
    wish(env, second, first, partnerNotes="We share a car.")
    wish(env, third, first)
    wish(env, fourth, partnerPhone={"full": "(706) 555-0199"})
    env.fetch()
    report = env.run("etl", year=env.year)

    states = {mn_id: matches(env)[mn_id]["state"] for mn_id in mn_ids}
    assert states == {first: "matched", second: "matched", third: "one_sided", fourth: "partner_unknown"}
    assert matches(env)[first]["wished_by"] == sorted([second, third])
    (check,) = (check for check in report.checks if check.check == "wishes")
    assert (check.asset, check.severity) == ("partner_matches", "WARN")
    counts = Counter(row["state"] for row in matches(env).values())
    assert check.metadata["one sided"] == counts["one_sided"]
    assert f"one_sided {counts['one_sided']}, partner_unknown 1" in check.description
    listing = list_partner_matches(PartnerFilter(year=env.year, state="matched"))
    with env.engine.connect() as conn:
        (pair,) = conn.execute(listing.query).mappings()
    assert {pair["mn_id"], pair["partner_mn_id"]} == {first, second}

    mentor, row = env.mentor(second), env.import_row(second)
    assert (mentor["partner_mn_id"], mentor["partner_notes"]) == (first, "We share a car.")
    labels = env.config.custom_field_labels
    assert row["custom_fields"][labels["shift_preference"]] == SHIFT
    assert row["custom_fields"][labels["partner_preference"]] == str(int(first[2:]))

    env.import_file(env.new_file())
    env.upload_and_recalculate()
    assert {mn_id: matches(env)[mn_id]["state"] for mn_id in mn_ids} == states
    env.edit(env.mentor(first)["gb_contact_id"], custom={labels["shift_preference"]: "11:30-4:30"})
    env.upload_and_recalculate()
    assert {matches(env)[mn_id]["state"] for mn_id in (first, second)} == {"different_shifts"}


def test_a_corrected_id_is_followed_and_a_deleted_entry_counts_no_longer(
    env: SandboxEnvironment, mn_ids: list[str]
) -> None:
    first, second, *_ = mn_ids
    wish(env, first, partnerPhone={"full": second})
    wish(env, second, first)
    env.fetch()
    env.etl()
    assert matches(env)[first]["state"] == "matched"
    env.edit_signup(second, mnid="MN7777")
    env.fetch()
    env.etl()
    assert "MN7777" in matches(env)
    assert (matches(env)[first]["state"], matches(env)[first]["partner_mn_id"]) == ("matched", "MN7777")

    entries = env.sandbox.forms.forms[env.config.jotform_partner_form_id].submissions
    next(entry for entry in entries.values() if entry.answers["mnid"] == second).status = "DELETED"
    env.fetch()
    env.etl()
    assert env.mentor("MN7777")["partner_submission_id"] is None
    assert matches(env)[first]["state"] == "one_sided"
    linked = t.mentor_form_entries.c
    assert [row["mn_id"] for row in env.rows(t.mentor_form_entries, linked.form == "partner")] == [first]
