"""Cards with QR codes: one for each mentor taking part, filtered, and printed on A4 and Letter paper."""

import re

import pytest
import segno
import sqlalchemy as sa

from mentorsync_pipeline.attendance.qr_codes import checkin_text, draw_code
from mentorsync_pipeline.db import tables as t
from tests.console.browser import chromium, logged_in, served
from tests.console.conftest import Console

CARDS_ON_A_SHEET = 15
PAPERS = ("A4", "Letter")


@pytest.fixture(scope="module")
def browser(shown: Console):
    return shown.browser("Vic Viewer", "viewer")


def cards_of(browser, console: Console, query: str = "") -> dict[str, str]:
    """Each card's text by MN id."""
    answer = browser.get(f"/{console.year}/checkin/cards{query}")
    assert answer.status_code == 200
    cards = re.findall(r"<li><svg .*?</svg>(.*?)</li>", answer.text, re.DOTALL)
    return {re.search(r"MN\d{4,}", text)[0]: re.sub(r"<.*?>", " ", text) for text in cards}


def mentors(console: Console) -> dict[str, sa.RowMapping]:
    query = sa.select(t.mentors).where(t.mentors.c.campaign_year == console.year, ~t.mentors.c.dropped)
    with console.services.reading() as conn:
        return {row["mn_id"]: row for row in conn.execute(query).mappings()}


def test_every_mentor_taking_part_has_a_card_with_name_id_and_shift(shown, browser):
    cards, expected = cards_of(browser, shown), mentors(shown)
    assert cards.keys() == expected.keys()
    mn_id, mentor = next((key, row) for key, row in expected.items() if row["last_name"].isalpha())
    assert mentor["last_name"] in cards[mn_id]
    shift = next(row for row in expected.values() if row["shift_preference"] == "8:30-1:30")
    assert "8:30-1:30" in cards[shift["mn_id"]]
    assert f'href="/{shown.year}/checkin/cards"' in browser.get(f"/{shown.year}/checkin").text


def test_cards_are_filtered_by_class_shift_what_is_lacking_and_name(shown, browser):
    everybody = mentors(shown)
    of_shift = cards_of(browser, shown, "?shift_preference=8:30-1:30&uga_class=&missing=&search=")
    assert 0 < len(of_shift) < len(everybody)
    assert all("8:30-1:30" in text for text in of_shift.values())
    absent = {mn_id for mn_id, row in everybody.items() if not row["attended_training"]}
    assert cards_of(browser, shown, "?missing=training").keys() == absent
    someone = next(iter(everybody))
    assert cards_of(browser, shown, f"?search={someone}").keys() == {someone}
    assert cards_of(browser, shown, "?search=nobody-at-all") == {}
    assert browser.get(f"/{shown.year}/checkin/cards?missing=sleep").status_code == 422


def test_a_code_has_the_address_of_the_check_in_if_phones_can_reach_it():
    assert checkin_text(2025, "MN0123", None) == "MN0123"
    address = "https://mentors.example.org/2025/checkin?mentor=MN0123"
    assert checkin_text(2025, "MN0123", "https://mentors.example.org/") == address
    drawn = draw_code(address)
    assert 'style="' not in drawn, "the content security policy allows no styles"
    side = len(segno.make_qr(address, error="m").matrix)
    assert f'viewBox="0 0 {side + 8} {side + 8}"' in drawn
    assert draw_code("MN0124") != draw_code("MN0123")


@pytest.mark.slow
def test_fifteen_cards_fit_on_a_sheet(shown):
    with chromium() as chrome, served(shown) as url:
        page = logged_in(chrome, shown, url, name="Paula Printer")
        page.goto(f"{url}/{shown.year}/checkin/cards")
        assert page.locator("button[data-print]").is_visible()
        count = page.locator(".cards li").count()
        sheets = {paper: len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) for paper in PAPERS}
        page.context.close()
    assert count == len(mentors(shown)) > CARDS_ON_A_SHEET
    assert sheets == dict.fromkeys(PAPERS, -(-count // CARDS_ON_A_SHEET))
