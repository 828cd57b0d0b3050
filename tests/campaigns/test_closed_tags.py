"""Tags without the year belong to the year that is closed, and not to the next one (rulebook section 11)."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime

import dagster as dg
import pytest
import sqlalchemy as sa

from mentorsync_pipeline.campaigns import configuration, service
from mentorsync_pipeline.campaigns.closed_tags import forget_removed_tags
from mentorsync_pipeline.campaigns.unfinished import find_unfinished
from mentorsync_pipeline.contacts.queries import read_contacts_by_id
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.db.audited_change import Actor, ChangeContext
from mentorsync_pipeline.domain.config import CampaignConfig, names_year
from mentorsync_pipeline.matching.rules.scoring import score_contact
from tests.support.mentors_stage import MentorsStage, contact, signup

NOW = datetime(2026, 1, 10, tzinfo=UTC)
YEAR = configuration.parse_yaml(configuration.shipped_campaigns()[2025])
NEXT = YEAR.model_copy(
    update={
        "campaign_year": 2026,
        "givebutter_mentor_tag": "Mentors 2026",
        "givebutter_dropped_tag": "Dropped 26",
        "event_date": date(2026, 11, 8),
    }
)


@pytest.fixture
def context(engine: sa.Engine, instance: dg.DagsterInstance) -> ChangeContext:
    return ChangeContext(
        engine=engine,
        actor=Actor(name="Ann", via="local"),
        now=lambda: NOW,
        instance=lambda: nullcontext(instance),
    )


def save(engine: sa.Engine, *configs: CampaignConfig) -> None:
    with engine.begin() as conn:
        for config in configs:
            configuration.save_config(conn, config)


def tag_contacts(engine: sa.Engine, tags: dict[int, list[str]]) -> None:
    """Store contacts with these tags, in place of earlier ones."""
    with engine.begin() as conn:
        conn.execute(sa.delete(t.raw_gb_full_contacts))
        conn.execute(
            sa.insert(t.raw_gb_full_contacts),
            [
                {
                    "contact_id": contact_id,
                    "contact_type": "individual",
                    "tags": held,
                    "observed_at": NOW,
                    "load_id": 1,
                    "origin": "export",
                }
                for contact_id, held in tags.items()
            ],
        )
        forget_removed_tags(conn)


def counting(engine: sa.Engine, year: int, *contact_ids: int) -> list[tuple[str, ...]]:
    """The tags that count for a year, by contact."""
    with engine.connect() as conn:
        return [row.tags_of(year) for row in read_contacts_by_id(conn, contact_ids)]


def test_tags_of_a_closed_year_do_not_count_for_the_next(engine: sa.Engine, context: ChangeContext) -> None:
    save(engine, YEAR)
    tag_contacts(engine, {1: ["Mentors", "Alumni"], 2: ["mentors", "Dropped", "Mentors 2025"], 3: ["Alumni"]})
    service.close_year(context, 2025, force=True)
    assert counting(engine, 2026, 1, 2, 3) == [("Alumni",), ("Mentors 2025",), ("Alumni",)]
    assert counting(engine, 2025, 1, 2) == [("Mentors", "Alumni"), ("mentors", "Dropped", "Mentors 2025")]


def test_a_tag_that_is_taken_off_and_given_again_counts(engine: sa.Engine, context: ChangeContext) -> None:
    save(engine, YEAR)
    tag_contacts(engine, {1: ["Dropped"], 2: ["Dropped"]})
    service.close_year(context, 2025, force=True)
    tag_contacts(engine, {1: ["Dropped 25"], 2: ["Dropped"]})  # renamed in Givebutter
    tag_contacts(engine, {1: ["Dropped 25", "Dropped"], 2: ["DROPPED"]})
    assert counting(engine, 2026, 1, 2) == [("Dropped 25", "Dropped"), ()]


def test_tags_that_are_given_after_the_closing_count(engine: sa.Engine, context: ChangeContext) -> None:
    save(engine, YEAR)
    tag_contacts(engine, {1: []})
    service.close_year(context, 2025, force=True)
    save(engine, NEXT)
    tag_contacts(engine, {1: ["Mentors"]})
    assert counting(engine, 2026, 1) == [("Mentors",)]


def test_a_reopened_year_keeps_its_tags_and_takes_none_of_the_next(engine: sa.Engine, context: ChangeContext) -> None:
    save(engine, YEAR)
    tag_contacts(engine, {1: ["Mentors"], 2: []})
    service.close_year(context, 2025, force=True)
    save(engine, NEXT)
    tag_contacts(engine, {1: ["Mentors"], 2: ["Mentors"]})
    service.reopen_year(context, 2025)
    assert counting(engine, 2025, 1) == [("Mentors",)]
    assert counting(engine, 2026, 1, 2) == [(), ("Mentors",)]
    service.close_year(context, 2025, force=True)
    assert counting(engine, 2026, 1, 2) == [(), ("Mentors",)]


def test_a_year_that_was_closed_too_early_takes_the_tags_given_since(engine: sa.Engine, context: ChangeContext) -> None:
    save(engine, YEAR)
    tag_contacts(engine, {1: ["Mentors"], 2: []})
    service.close_year(context, 2025, force=True)
    service.reopen_year(context, 2025)
    tag_contacts(engine, {1: ["Mentors"], 2: ["Mentors"]})
    service.close_year(context, 2025, force=True)
    assert counting(engine, 2026, 1, 2) == [(), ()]


def test_while_both_years_are_open_the_tag_counts_for_the_earlier(engine: sa.Engine, context: ChangeContext) -> None:
    save(engine, YEAR, NEXT)
    with engine.connect() as conn:
        assert configuration.read_config(conn, 2025).mentor_tags == ("Mentors 2025", "Mentors")
        assert configuration.read_config(conn, 2026).mentor_tags == ("Mentors 2026",)
        assert configuration.read_config(conn, 2026).dropped_tags == ("Dropped 26",)
        assert configuration.read_stored_config(conn, 2026).mentor_tags == ("Mentors 2026", "Mentors")
    service.close_year(context, 2025, force=True)
    with engine.connect() as conn:
        assert configuration.read_config(conn, 2026).mentor_tags == ("Mentors 2026", "Mentors")


def test_an_inactive_earlier_year_does_not_hold_the_tag(engine: sa.Engine) -> None:
    save(engine, YEAR.model_copy(update={"active": False}), NEXT)
    with engine.connect() as conn:
        assert configuration.read_config(conn, 2026).mentor_tags == ("Mentors 2026", "Mentors")


def test_mentors_without_the_dated_tag_are_unfinished(engine: sa.Engine) -> None:
    save(engine, YEAR)
    held = {1: ["Mentors"], 2: ["Mentors", "Mentors 2025"], 3: ["Mentors 2025", "Dropped"], 4: ["Dropped 25"], 5: []}
    tag_contacts(engine, held)
    with engine.begin() as conn:
        conn.execute(
            sa.insert(t.mentors),
            [
                {
                    "campaign_year": 2025,
                    "mn_id": f"MN000{contact_id}",
                    "submission_id": f"60{contact_id}",
                    "gb_contact_id": contact_id,
                    "status": "needs_setup",
                    "sync_state": "matched",
                }
                for contact_id in held
            ],
        )
        (item,) = [item for item in find_unfinished(conn, 2025) if item.kind == "tags_without_year"]
        assert (item.count, "config set tags_with_year true" in item.what_to_do) == (2, True)
        configuration.save_config(conn, configuration.with_changed_value(conn, 2025, "tags_with_year", "true"))
        (item,) = [item for item in find_unfinished(conn, 2025) if item.kind == "tags_without_year"]
        assert (item.count, "mentorsync sync --year 2025" in item.what_to_do) == (2, True)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Mentors 2025", True),
        ("Dropped 25", True),
        ("'25 mentors", True),
        ("Class of 2025/26", True),
        ("Mentors", False),
        ("Room 1025", False),
        ("Mentors 2026", False),
        ("250 club", False),
    ],
)
def test_a_tag_names_the_year_as_a_number_of_its_own(tag: str, expected: bool) -> None:
    assert names_year(tag, 2025) is expected


# The rules


def score(tags: tuple[str, ...], ended: dict[str, int]) -> set[str]:
    scored = contact(tags=tags, ended_tags=ended)
    parts = score_contact(scored, campaign_member=False, config=YEAR, as_of=NOW)
    return {name for name in ("dropped_tag", "campaign_tag") if parts.get(name)}


def test_an_ended_tag_scores_no_points() -> None:
    assert score(("Mentors", "Dropped"), {}) == {"dropped_tag", "campaign_tag"}
    assert score(("Mentors", "Dropped"), {"mentors": 2024, "dropped": 2024}) == set()
    assert score(("Mentors", "Dropped"), {"mentors": 2025, "dropped": 2025}) == {"dropped_tag", "campaign_tag"}


def stage_with(tags: tuple[str, ...], *, with_year: bool = False, ended: dict[str, int] | None = None) -> MentorsStage:
    stage = MentorsStage.of_one(signup(), contact(tags=tags, ended_tags=ended or {}))
    stage.config = replace_tags(stage.config, with_year=with_year)
    stage.sync()
    return stage


def replace_tags(config: CampaignConfig, *, with_year: bool) -> CampaignConfig:
    return config.model_copy(
        update={
            "givebutter_mentor_tags": ("Mentors",),
            "givebutter_dropped_tags": ("Dropped",),
            "tags_with_year": with_year,
        }
    )


def test_last_years_dropped_tag_drops_nobody_and_the_years_tag_is_added() -> None:
    mentor = stage_with(("Mentors", "Dropped"), ended={"mentors": 2024, "dropped": 2024}).mentor()
    assert not mentor.dropped
    assert mentor.tags == ("Dropped", "Mentors", "Mentors 2025")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("Mentors",), ("Mentors", "Mentors 2025")),
        (("Mentors", "Dropped"), ("Dropped", "Dropped 25", "Mentors", "Mentors 2025")),
        (("mentors 2025", "Dropped 25"), ("Dropped 25", "mentors 2025")),
        ((), ("Mentors 2025",)),
    ],
)
def test_at_the_end_of_the_season_tags_get_their_year(tags: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert stage_with(tags, with_year=True).mentor().tags == expected


def test_a_running_year_leaves_tags_without_the_year_alone() -> None:
    assert stage_with(("Mentors", "Dropped")).mentor().tags == ("Dropped", "Mentors")


def test_the_import_row_sends_the_dated_tags_once() -> None:
    stage = stage_with(("Mentors", "Dropped"), with_year=True)
    stage.import_file()
    stage.sync()
    tags = set(stage.contacts[10].tags)
    assert tags == {"Mentors", "Dropped", "Mentors 2025", "Dropped 25"}
    assert replace(stage.mentor()).tags == tuple(sorted(tags))
