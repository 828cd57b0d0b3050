"""Writing habits, relatives and corrections: a generated year is correct through the whole loop."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from mentorsync_pipeline.sandbox.later_edits import find_lost_edits, read_changes
from mentorsync_pipeline.sandbox.population.habits import HABITS
from mentorsync_pipeline.sandbox.population.world import FormEdit
from tests.support.generated_services import GeneratedServices
from tests.support.worlds import year_of

# Other tests cover the same lines, and tracing doubles the time.
pytestmark = pytest.mark.no_cover
NOW = datetime(2025, 10, 20, 12, tzinfo=UTC)


@pytest.mark.slow
def test_every_habit_occurs_in_a_small_year_and_at_most_one_a_mentor() -> None:
    mentors = year_of(1, now=NOW, mentors=400, contacts=900).world.truth.mentors
    assert {mentor.habit for mentor in mentors if mentor.habit} == {habit.name for habit in HABITS}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_links_opt_outs_and_other_peoples_contacts_survive_habits_and_corrections(seed: int) -> None:
    year = year_of(seed, now=NOW, mentors=110, contacts=240, at_least=1)
    services = GeneratedServices(year)
    form = year.world.forms[year.world.config.signup_form_id]
    services.sync()
    correct(services, year.world.later.corrected_early)
    assert services.import_file().rejected == 0
    correct(services, year.world.later.corrected)
    for edit in year.world.later.edited:
        contact = services.store.get(edit.contact_id)
        assert contact is not None
        services.store.change(contact, **read_changes(edit, contact))
    for contact_id in year.world.later.unsubscribed:
        contact = services.store.get(contact_id)
        assert contact is not None
        services.store.change(contact, email_subscribed=False)
    for status in ("DELETED", "ACTIVE"):
        for submission_id in year.world.later.deleted:
            form.submissions[submission_id].status = status
        services.sync()
    assert services.import_file().rejected == 0
    assert services.sync().changes == ()
    assert wrong_mentors(services) == {}
    assert false_archives(services) == set()
    assert resubscribed(services) == set()
    asked = {stored.conflict.mn_id for stored in services.system.open_conflicts()}
    assert find_lost_edits(year.world, services.store.all(), asked) == []
    assert {edit.mn_id for edit in year.world.later.corrected if edit.mn_id} <= services.system.mentors.keys()


def correct(services: GeneratedServices, edits: Iterable[FormEdit]) -> None:
    form = services.world.forms[services.world.config.signup_form_id]
    for edit in edits:
        submission = form.submissions[edit.submission_id]
        submission.answers = {**submission.answers, **edit.answers}
        submission.updated_at = services.now


def wrong_mentors(services: GeneratedServices) -> dict[str, str]:
    """The scenario and habit of each mentor who was decided wrongly, or asked about without need, or not asked."""
    truth = services.world.truth
    created = {
        contact.external_id: contact.id
        for contact in services.store.all()
        if contact.external_id and contact.id not in truth.contacts
    }
    linked = {mentor.submission_id: mentor for mentor in services.system.mentors.values()}
    wrong = {}
    for true_mentor in truth.mentors:
        mentor = linked.get(true_mentor.submission_id)
        is_blocked = mentor is None or mentor.sync_state == "blocked"
        if is_blocked != true_mentor.must_block:
            wrong[true_mentor.submission_id] = f"{true_mentor.scenario} {true_mentor.habit}: blocked {is_blocked}"
        elif mentor is not None and not is_blocked:
            expected = true_mentor.contact_id or created.get(mentor.mn_id) or created.get(true_mentor.mn_id)
            if mentor.gb_contact_id != expected:
                wrong[true_mentor.submission_id] = f"{true_mentor.scenario} {true_mentor.habit}: another contact"
    return wrong


def false_archives(services: GeneratedServices) -> set[int]:
    """The contacts that would be archived without a question and are no duplicate of the mentor."""
    truth = {mentor.submission_id: mentor for mentor in services.world.truth.mentors}
    planned = {
        row.contact_id: row.mn_id
        for row in services.system.result.plan
        if row.plan_state == "planned" and row.action == "archive"
    }
    assert planned
    return {
        contact_id
        for contact_id, mn_id in planned.items()
        if contact_id not in truth[services.system.mentors[mn_id].submission_id].own_contacts
        or contact_id == services.system.mentors[mn_id].gb_contact_id
    }


def resubscribed(services: GeneratedServices) -> set[int]:
    """The contacts that get emails although they, or a duplicate whose data they took over, had unsubscribed."""
    world = services.world
    merged = {mentor.contact_id for mentor in world.truth.mentors if mentor.habit == "opted_out"}
    silent = {*world.truth.unsubscribed, *world.later.unsubscribed, *merged}
    return {contact.id for contact in services.store.all() if contact.id in silent and contact.email_subscribed}
