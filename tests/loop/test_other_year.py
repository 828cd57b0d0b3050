"""Another campaign year needs only another configuration (rulebook, section 11).

Two years of one environment: other forms, other question names, other tags, goal and campaign. Its mentors' ids restart
every year, so the External IDs carry the year (`external_id_template`, rulebook section 4).
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mentorsync_pipeline.db import tables
from mentorsync_pipeline.sandbox.campaign_settings import campaign_settings
from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.jf_model import Form
from mentorsync_pipeline.sandbox.population import MentorTruth, SandboxForms, World, generate
from tests.support.environment import SandboxEnvironment
from tests.support.snapshots import NewEnvironment
from tests.support.truth import blocked, created_contacts, wrongly_decided

pytestmark = pytest.mark.slow

FIRST, SECOND = 2025, 2026
NOW = datetime(SECOND, 10, 1, 12, tzinfo=UTC)
TEMPLATE = "{year}-{mn_id}"
SETUP = SandboxForms(
    signup_form_id="260111222333444",
    setup_form_id="260111222333445",
    training_form_id="260111222333446",
    previous_signup_form_id="250111222333444",
    previous_setup_form_id="250111222333445",
    previous_training_form_id="250111222333446",
    signup_questions={name: f"q_{question}" for name, question in SandboxForms().signup_questions.items()},
    setup_questions={name: f"setup_{question}" for name, question in SandboxForms().setup_questions.items()},
    training_questions={name: f"come_{question}" for name, question in SandboxForms().training_questions.items()},
    campaign_slug="GiveDay{year}",
    mentor_tag="Guides {year}",
    campaign_tag="SWAB run {year}",
    dropped_tag="Left {yy}",
    fundraising_goal=120.0,
    event_month_day="10-18",
)
EARLIER_GOAL = 40
# Restarted ids cause no conflict if the External ID contains the year.
SETTLED_BY_THE_YEAR = {"id_of_last_year", "id_crossed"}


def world(mentors: int = 145) -> World:
    """A world of two years with other forms, and with the year in the ids of contacts."""
    made = generate(11, mentors, 2 * mentors + 90, year=SECOND, now=NOW, config=SETUP, at_least=1)
    for form_id in (SETUP.previous_signup_form_id, SETUP.previous_setup_form_id, SETUP.previous_training_form_id):
        made.forms[form_id] = _with_other_questions(made.forms[form_id])
    for contact in made.contacts:
        if contact.external_id is not None:
            contact.external_id = f"{_year_of_the_id(made, contact)}-{contact.external_id.strip()}"
    return made


def _year_of_the_id(made: World, contact: Contact) -> int:
    """This year's ids are on this year's mentors' own contacts, and on that of a mother who got one by mistake."""
    own = {
        contact_id
        for mentor in made.truth.mentors
        if contact.external_id.strip().upper() in _ids(mentor)
        for contact_id in mentor.own_contacts
    }
    by_mistake = made.truth.contacts[contact.id].scenario == "mother"
    return SECOND if contact.id in own or by_mistake else FIRST


def _ids(mentor: MentorTruth) -> tuple[str, ...]:
    return (mentor.mn_id, *mentor.superseded_mn_ids)


def _with_other_questions(form: Form) -> Form:
    """The same form as it was a year before: every question had another name."""
    for submission in form.submissions.values():
        submission.answers = {f"old_{name}": answer for name, answer in submission.answers.items()}
    form.questions = tuple(replace(question, name=f"old_{question.name}") for question in form.questions)
    return form


@pytest.fixture(scope="module")
def env(start_shared: NewEnvironment) -> SandboxEnvironment:
    """The first year is run completely, then the second, with their configurations alone."""
    env = start_shared(world())
    first = campaign_settings(SETUP, SECOND, previous=True) | {"fundraising_goal": EARLIER_GOAL, "active": True}
    for key in ("signup_field_map", "setup_field_map", "training_field_map"):
        first[key] = {
            column: question if question.startswith("first:") else f"old_{question}"
            for column, question in first[key].items()
        }
    env.upload()
    for year, values in ((FIRST, first), (SECOND, campaign_settings(SETUP, SECOND))):
        env.load_configuration(year, values | {"external_id_template": TEMPLATE})
        env.sync(year)
    return env


def test_the_first_year_has_the_mentors_of_its_own_form(env):
    signups = env.server.world.forms[SETUP.previous_signup_form_id].submissions
    known = env.rows(tables.deduplicated_signups, year=FIRST)
    assert {row["submission_id"] for row in env.rows(tables.raw_mn_signups, year=FIRST)} == signups.keys()
    assert {
        submission_id for row in known for submission_id in (row["submission_id"], *row["superseded_submission_ids"])
    } == signups.keys()
    assert all(row["external_id"] == f"{FIRST}-{row['mn_id']}" for row in known)


@pytest.mark.parametrize(("year", "goal", "tag"), [(FIRST, EARLIER_GOAL, "Guides 2025"), (SECOND, 120, "Guides 2026")])
def test_every_year_has_its_goal_and_its_tag(env, year, goal, tag):
    mentors = env.rows(tables.mentors, year=year)
    for mentor in mentors:
        assert (mentor["status"] == "complete") == (mentor["amount_raised"] >= goal)
        # A contact that has the tag without its year keeps it as it is.
        assert mentor["sync_state"] == "blocked" or not {tag, "Guides"}.isdisjoint(mentor["tags"])
    assert any(mentor["status"] == "complete" for mentor in mentors)


def test_dropped_mentors_are_those_with_the_tag_of_the_year(env):
    dropped_ids = {mentor.mn_id for mentor in env.server.world.truth.mentors if mentor.dropped}
    assert {row["mn_id"] for row in env.rows(tables.mentors, year=SECOND) if row["dropped"]} == dropped_ids
    assert not any(row["dropped"] for row in env.rows(tables.mentors, year=FIRST))


def test_winners_are_right_and_ids_that_restarted_are_no_question(env):
    assert wrongly_decided(env) == []
    must = {mentor.submission_id: mentor.scenario for mentor in env.server.world.truth.mentors if mentor.must_block}
    assert set(must.values()) >= SETTLED_BY_THE_YEAR
    assert blocked(env) == {key: scenario for key, scenario in must.items() if scenario not in SETTLED_BY_THE_YEAR}


def test_the_import_rows_carry_the_year_and_the_second_sync_finds_them(env):
    rows = env.rows(tables.mn_gb_import, year=SECOND)
    # Givebutter's spelling of an id is kept.
    assert all(row["Contact External ID"].upper() == f"{SECOND}-{row['mn_id']}" for row in rows)
    env.later()
    imported = env.server.dashboard.import_csv(env.newest_file(SECOND).read_bytes())
    held = env.rows(tables.sync_errors, tables.sync_errors.c.error_code == "EXTERNAL_ID_HELD", year=SECOND)
    assert (imported.rejected, imported.accepted) == (0, len(rows) - len(held))
    env.upload()
    env.sync(SECOND)
    mentors = env.by_mn_id(tables.mentors)
    created = created_contacts(env)
    assert created
    for mn_id in created:
        assert mentors[mn_id.removeprefix(f"{SECOND}-")]["gb_contact_id"] == created[mn_id]
    assert {row["sync_state"] for row in mentors.values()} == {"matched", "blocked"}
    assert wrongly_decided(env) == []
    kept_out = {row["mn_id"] for row in held}
    winners = [row for row in env.rows(tables.winner_contacts, year=SECOND) if row["mn_id"] not in kept_out]
    assert {row["decision"] for row in winners} == {"external_id", "blocked"}
    again = env.server.dashboard.import_csv(env.newest_file(SECOND).read_bytes())
    assert (again.created, again.updated, again.rejected) == ([], [], 0)
