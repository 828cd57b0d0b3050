"""The season's loop: every row of the table of next steps, and that following the button ends in a settled year."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mentorsync_pipeline.loop.rules.next_step import STEPS, FileFacts, LoopFacts, RunsInProgress, find_next_step

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
TAKEN = NOW - timedelta(hours=2)
FILE = FileFacts(
    file_id=3,
    created_at=NOW - timedelta(hours=1),
    contacts_as_of=TAKEN,
    fetched_at=None,
    is_imported=False,
    is_outdated=False,
)
SETTLED = LoopFacts(
    now=NOW,
    contacts_as_of=TAKEN,
    stale_after=timedelta(days=7),
    has_signups=True,
    is_recalculated=True,
    has_present_rules=True,
    exported_at=None,
    runs=RunsInProgress(),
    open_questions=0,
    unapplied_answers=0,
    changed_rows=0,
    new_rows=0,
    rejected_rows=0,
    held_back=0,
    file=FILE,
    plan_is_current=True,
    to_approve=0,
    approved=0,
    to_archive=0,
    to_release=0,
    released=0,
)
RECALCULATING, LOADING = RunsInProgress(recalculating="a run"), RunsInProgress(loading="a run")
CHANGED = replace(SETTLED, changed_rows=61, new_rows=5)
OLD = NOW - timedelta(days=8)
FETCHED = replace(FILE, fetched_at=NOW)
IMPORTED = replace(FETCHED, is_imported=True)
OLD_FETCHED = replace(FETCHED, contacts_as_of=OLD)


@pytest.mark.parametrize(
    ("facts", "action", "now"),
    [
        (replace(SETTLED, contacts_as_of=None, file=None), "upload", "contacts"),
        (replace(SETTLED, contacts_as_of=None, file=None, runs=LOADING), "load", "contacts"),
        (replace(CHANGED, file=FETCHED, runs=LOADING), "load", "contacts"),
        (replace(CHANGED, file=FETCHED), "import", "import"),
        (replace(CHANGED, file=FETCHED, open_questions=4), "import", "import"),
        (replace(CHANGED, contacts_as_of=OLD, file=OLD_FETCHED), "import", "import"),
        (replace(CHANGED, file=IMPORTED, rejected_rows=1), "upload_imported", "export"),
        (replace(CHANGED, file=replace(IMPORTED, contacts_as_of=OLD), rejected_rows=1), "create_file", "file"),
        (replace(SETTLED, file=IMPORTED, rejected_rows=1), "correct", "import"),
        (replace(CHANGED, contacts_as_of=OLD), "upload", "contacts"),
        (replace(SETTLED, has_signups=False, file=None), "fetch", "questions"),
        (replace(SETTLED, is_recalculated=False), "recalculate", "questions"),
        (replace(SETTLED, has_present_rules=False), "recalculate", "questions"),
        (replace(CHANGED, is_recalculated=False, open_questions=4, to_approve=3), "recalculate", "questions"),
        (replace(CHANGED, runs=RECALCULATING), "recalculate", "questions"),
        (replace(CHANGED, runs=RECALCULATING, open_questions=4), "answer", "questions"),
        (replace(CHANGED, open_questions=4), "answer", "questions"),
        (replace(CHANGED, unapplied_answers=4), "apply", "questions"),
        (replace(CHANGED, unapplied_answers=4, runs=RECALCULATING), "recalculate", "questions"),
        (replace(CHANGED, file=None), "create_file", "file"),
        (replace(CHANGED, file=replace(FETCHED, contacts_as_of=OLD)), "create_file", "file"),
        (replace(CHANGED, file=replace(FETCHED, contacts_as_of=NOW)), "create_file", "file"),
        (replace(CHANGED, file=replace(FILE, is_outdated=True)), "replace_file", "file"),
        (CHANGED, "download", "import"),
        (replace(CHANGED, rejected_rows=1), "download", "import"),
        (replace(SETTLED, rejected_rows=1, to_approve=3), "correct", "import"),
        (replace(SETTLED, plan_is_current=False, to_approve=3), "plan", "archive"),
        (replace(SETTLED, to_approve=3, to_archive=50), "approve", "archive"),
        (replace(SETTLED, approved=3, to_archive=50), "plan", "archive"),
        (replace(SETTLED, to_archive=50, released=1), "archive", "archive"),
        (replace(SETTLED, to_release=1), "archive", "archive"),
        (replace(CHANGED, released=1), "download", "import"),
        (replace(SETTLED, released=1), "upload_changes", "export"),
        (replace(SETTLED, held_back=1, to_archive=50), "archive", "archive"),
        (replace(SETTLED, held_back=1), "correct", "import"),
        (SETTLED, "none", None),
    ],
)
def test_the_next_step_is_the_first_that_applies(facts, action, now):
    loop = find_next_step(facts)
    assert loop.action == action
    assert [name for name, state in loop.states.items() if state == "now"] == ([now] if now else [])
    assert tuple(loop.states) == STEPS


def test_a_settled_year_is_done_everywhere():
    assert set(find_next_step(SETTLED).states.values()) == {"done"}


def test_only_contacts_are_done_before_the_signups_are_fetched():
    states = find_next_step(replace(SETTLED, has_signups=False, file=None)).states
    assert [name for name, state in states.items() if state == "done"] == ["contacts"]


@pytest.mark.parametrize("change", [{"is_recalculated": False}, {"runs": RECALCULATING}])
def test_only_contacts_are_done_while_the_year_lacks_the_newest_contacts(change):
    states = find_next_step(replace(SETTLED, **change)).states
    assert [name for name, state in states.items() if state == "done"] == ["contacts"]


def test_the_matching_after_an_export_follows_without_a_person():
    loaded = replace(SETTLED, is_recalculated=False, exported_at=NOW - timedelta(seconds=80))
    assert loaded.is_matching
    assert not replace(loaded, now=NOW + timedelta(seconds=20)).is_matching, "the run did not start"
    assert not replace(loaded, exported_at=None).is_matching, "contacts of the API"
    assert not replace(loaded, is_recalculated=True).is_matching


def test_an_import_with_rejected_rows_is_wrong_and_not_done():
    loop = find_next_step(replace(SETTLED, rejected_rows=1))
    assert loop.is_wrong == "import"
    assert loop.states["export"] == "later"
    assert find_next_step(replace(CHANGED, rejected_rows=1)).states["import"] == "now"


def test_an_import_is_done_when_its_rejected_rows_are_recorded():
    rejected = find_next_step(replace(CHANGED, file=IMPORTED, rejected_rows=1))
    assert (rejected.is_wrong, rejected.states["import"]) == ("import", "later")
    dismissed = find_next_step(replace(CHANGED, file=IMPORTED))
    assert (dismissed.is_wrong, dismissed.states["import"]) == (None, "done")


def test_a_file_that_is_ready_is_not_wrong():
    ready, imported = find_next_step(CHANGED), find_next_step(replace(CHANGED, file=FETCHED))
    assert ready.is_wrong is imported.is_wrong is None
    assert ready.states["contacts"] == imported.states["contacts"] == "done"
    assert ready.states["file"] == "done"


def test_only_old_contacts_are_wrong():
    assert find_next_step(replace(SETTLED, contacts_as_of=OLD)).is_wrong == "contacts"
    assert find_next_step(replace(SETTLED, contacts_as_of=None, file=None)).is_wrong is None


def test_the_age_counts_from_the_limit():
    at_limit = replace(SETTLED, contacts_as_of=NOW - timedelta(days=7))
    assert find_next_step(at_limit).action == "none"


def test_following_the_next_step_settles_a_season():
    """Each step does what its button does; no step comes twice, and the last one leaves nothing to do."""
    facts = replace(
        SETTLED,
        contacts_as_of=None,
        has_signups=False,
        is_recalculated=False,
        file=None,
        to_archive=7,
        to_approve=2,
        to_release=1,
    )
    effects = {
        "upload": lambda f: replace(f, contacts_as_of=TAKEN),
        "fetch": lambda f: replace(f, has_signups=True),
        "recalculate": lambda f: replace(
            f, is_recalculated=True, open_questions=2, changed_rows=9, new_rows=1, file=FILE
        ),
        "answer": lambda f: replace(f, open_questions=0, unapplied_answers=2),
        "apply": lambda f: replace(f, unapplied_answers=0, file=replace(FILE, is_outdated=True)),
        "replace_file": lambda f: replace(f, file=replace(FILE, file_id=4)),
        "download": lambda f: replace(f, file=replace(f.file, fetched_at=NOW)),
        "import": lambda f: replace(f, contacts_as_of=NOW, changed_rows=0, new_rows=0, file=FILE),
        "approve": lambda f: replace(f, to_approve=0, approved=2),
        "plan": lambda f: replace(f, approved=0, to_archive=9),
        "archive": lambda f: replace(f, to_archive=0, to_release=0, released=1),
        "upload_changes": lambda f: replace(f, released=0),
    }
    taken = []
    while (action := find_next_step(facts).action) != "none":
        assert action not in taken
        taken.append(action)
        facts = effects[action](facts)
    assert taken == list(effects)
