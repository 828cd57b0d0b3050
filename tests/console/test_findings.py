"""Errors and warnings on their pages: grouped, with the person, the wrong value and where to correct it."""

import re

import sqlalchemy as sa

from mentorsync_pipeline.console.finding_text import ERROR_TITLES, WARNING_TEXTS
from mentorsync_pipeline.db import tables as t
from mentorsync_pipeline.domain.error_codes import REGISTRY, build_error
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.review.finding_store import record_errors, record_warnings
from mentorsync_pipeline.review.pending_counts import read_pending_counts
from mentorsync_pipeline.review.rules.corrections import CORRECTIONS
from mentorsync_pipeline.review.rules.warning_kinds import BY_NAME
from tests.console.conftest import Console


def signup_of(console: Console) -> sa.RowMapping:
    raw = t.raw_mn_signups
    query = sa.select(raw).where(raw.c.campaign_year == console.year, raw.c.removed_at.is_(None)).limit(1)
    with console.services.reading() as conn:
        return conn.execute(query).mappings().one()


def visible(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())


def test_an_error_names_the_person_the_value_the_question_and_links_the_sign_up(console: Console):
    signup = signup_of(console)
    raw = t.raw_mn_signups.c
    error = build_error(
        "INVALID_MN_ID", subject=signup["submission_id"], message="Wrong.", source_table="deduplicated_signups"
    )
    rejected = build_error("GB_ROW_REJECTED", subject="1", message="not taken", source_table="deduplicated_signups")
    with console.services.engine.begin() as conn:
        one = sa.and_(raw.campaign_year == console.year, raw.submission_id == signup["submission_id"])
        conn.execute(sa.update(t.raw_mn_signups).where(one).values(mn_id="<MM 12>", first_name="Zoë"))
        now = console.services.now()
        record_errors(conn, console.year, [error, rejected], source_table="deduplicated_signups", log_id=1, now=now)
    browser = console.browser()
    assert "Not taken" in visible(browser.get(f"/{console.year}/errors").text)
    page = browser.get(f"/{console.year}/errors?error_code=INVALID_MN_ID").text
    assert f"Zoë {signup['last_name']}" in visible(page)
    assert "Unique ID: &lt;MM 12&gt;" in visible(page)
    assert f'/{signup["submission_id"]}" rel="noreferrer noopener" target="_blank">Correct in Jotform' in page
    assert visible(page).count("so it cannot be used.") == 1


def test_warnings_that_need_nobody_are_no_work(console: Console):
    mn_id = signup_of(console)["mn_id"]
    noted, wrong = (
        WarningFinding(
            warning_type="unusual_value",
            subject=f"999999999999999:{part}",
            message=part,
            source_table="deduplicated_signups",
            mn_id=mn_id,
        )
        for part in ("name", "phone")
    )
    with console.services.engine.begin() as conn:
        conn.execute(sa.delete(t.sync_warnings))
        now = console.services.now()
        source = "deduplicated_signups"
        record_warnings(conn, console.year, [noted, wrong], source_table=source, log_id=1, now=now)
        assert read_pending_counts(conn, console.year).warnings == 1
    browser = console.browser()
    page = browser.get(f"/{console.year}/warnings").text
    assert page.count('class="finding"') == 1
    assert "Phones that are not valid 1" in visible(page)
    assert "1 note for information" in page
    assert "Names that were tidied up 1" in visible(browser.get(f"/{console.year}/warnings?audience=nobody").text)
    assert browser.get(f"/{console.year}/warnings?audience=all").text.count('class="finding"') == 2
    listed = console.client(console.token()).get(f"/api/{console.year}/warnings?needs_person=false").json()["items"]
    assert [(entry["kind"], entry["needs_person"]) for entry in listed] == [("name_format", False)]


def test_a_record_without_a_mentor_is_named_and_linked(console: Console):
    """An entry of another form and a fundraising page, and an entry that cannot be read and is not stored."""
    year = console.year
    entry_id, member_id = "612345678901234567", 5299999
    with console.services.engine.begin() as conn:
        conn.execute(sa.delete(t.sync_warnings))
        entry = conn.execute(sa.select(t.raw_mn_funds_setup).limit(1)).mappings().one()
        stored = {**entry, "submission_id": entry_id, "first_name": "Noor", "last_name": "Quill"}
        conn.execute(sa.insert(t.raw_mn_funds_setup).values(stored))
        member = conn.execute(sa.select(t.raw_gb_campaign_members).limit(1)).mappings().one()
        page = {"member_id": member_id, "first_name": "Ada", "last_name": "Osei", "url": "https://page.example/ada"}
        conn.execute(sa.insert(t.raw_gb_campaign_members).values({**member, **page}))
        now = console.services.now()
        found = [
            WarningFinding(warning_type="low_confidence", subject=subject, message="Fits two.", source_table="mentors")
            for subject in (f"set-up entry:{entry_id}", f"campaign member:{member_id}")
        ]
        record_warnings(conn, year, found, source_table="mentors", log_id=1, now=now)
        table = "raw_mn_training_signup"
        error = build_error("JOTFORM_SUBMISSION_INVALID", subject=entry_id[::-1], message="Bad.", source_table=table)
        record_errors(conn, year, [error], source_table=table, log_id=1, now=now)
    browser = console.browser()
    shown = browser.get(f"/{year}/warnings").text
    assert {"Noor Quill", "Ada Osei"} <= set(re.findall(r"Noor Quill|Ada Osei", visible(shown)))
    assert f'/{entry_id}" rel="noreferrer noopener" target="_blank">Correct in Jotform' in shown
    assert 'href="https://page.example/ada"' in shown
    assert "All mentors" not in visible(shown)
    errors = browser.get(f"/{year}/errors?error_code=JOTFORM_SUBMISSION_INVALID").text
    assert f'/{entry_id[::-1]}" rel="noreferrer noopener" target="_blank">Correct in Jotform' in errors


def test_every_finding_of_the_year_has_a_title_and_its_person(shown: Console):
    browser = shown.browser("Vic Viewer", "viewer")
    page = browser.get(f"/{shown.year}/warnings?audience=all&limit=200").text
    with shown.services.reading() as conn:
        open_warnings = conn.execute(sa.select(sa.func.count()).where(t.sync_warnings.c.cleared_at.is_(None))).scalar()
    assert page.count('class="finding"') == open_warnings > 0
    assert 'class="who-cell"><strong></strong>' not in page


def test_each_kind_and_code_has_its_texts():
    assert set(WARNING_TEXTS) == set(BY_NAME)
    assert set(ERROR_TITLES) == set(REGISTRY)
    assert set(CORRECTIONS) <= set(REGISTRY)
