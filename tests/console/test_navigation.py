"""The navigation: six places, the page that is shown, counts that agree with the lists, the years."""

import pytest

from mentorsync_pipeline.console.navigation import PLACES, find_page
from mentorsync_pipeline.console.pages import PAGES
from tests.console.conftest import Console


def test_there_are_six_places_and_every_page_of_them_exists():
    assert len(PLACES) == 6
    routes = {route.path for router in PAGES for route in router.routes if "GET" in route.methods}
    assert {"/{year}" + page.path for place in PLACES for page in place.pages} <= routes


@pytest.mark.parametrize(
    ("path", "place", "page"),
    [
        ("", "Overview", ""),
        ("/conflicts", "To do", "/conflicts"),
        ("/conflicts/12", "To do", "/conflicts"),
        ("/mentors/MN0001", "Mentors", "/mentors"),
        ("/archive", "Archive", "/archive"),
        ("/archive/ledger", "Archive", "/archive/ledger"),
        ("/runs/abc", "Season", "/runs"),
    ],
)
def test_a_page_is_found_by_its_longest_path(path, place, page):
    found_place, found_page = find_page(path)
    assert (found_place.label, found_page.path) == (place, page)


@pytest.mark.parametrize("path", [None, "/conflictsome", "/nothing"])
def test_other_paths_have_no_place(path):
    assert find_page(path) == (None, None)


def test_the_counts_are_a_live_part_of_every_page(shown: Console):
    browser, year = shown.browser(role="viewer"), shown.year
    page = browser.get(f"/{year}/errors").text
    assert f'hx-get="/{year}/places?path=/errors"' in page
    refreshed = browser.get(f"/{year}/places?path=/errors").text
    places, _, subpages = refreshed.partition("</ul>")
    assert places.strip() in page
    assert subpages.replace(' hx-swap-oob="true"', "").strip() in page
    assert 'hx-swap-oob="true"' in subpages
    assert 'id="subpages"' not in browser.get(f"/{year}/places?path=").text
    assert browser.get("/2031/places").status_code == 404


def test_an_unknown_year_shows_the_next_step_and_the_navigation(shown: Console):
    page = shown.browser(role="viewer").get("/2031/mentors")
    assert page.status_code == 404
    assert "mentorsync config load" in page.text
    assert f'href="/{shown.year}/conflicts"' in page.text
    assert 'aria-current="page"' not in page.text
