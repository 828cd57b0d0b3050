"""Failed checks of a run on its page: what is open now, as many as the lists show."""

import re

from mentorsync_pipeline.console.check_text import find_other_checks, list_open_work
from mentorsync_pipeline.runtime.run_report import CheckOutcome
from tests.console.conftest import Console


def outcome(check: str) -> CheckOutcome:
    return CheckOutcome("mentors", check, "ERROR" if check == "structure" else "WARN", f"a {check}", {"rows found": 99})


def test_a_page_counts_what_the_linked_list_shows(shown: Console):
    kinds = ("structure", "conflicts", "warnings", "wishes")
    browser = shown.browser("Vic Viewer", "viewer")
    with shown.services.reading() as conn:
        cache = shown.services.cache.of_year(conn, shown.year)
        work = list_open_work(cache, [outcome(kind) for kind in (*kinds, "warnings")])
        assert list_open_work(cache, []) == []
    assert {one.path.partition("?")[0] for one in work} == {"/conflicts", "/warnings", "/partners"}
    for one in work:
        page = browser.get(f"/{shown.year}{one.path}").text
        shown_count = re.search(r"<p[^>]*>(?:\d+ to \d+ of )?([\d,]+)(?: (?:questions?|results?))?</p>", page)[1]
        assert one.text.partition(" ")[0] == shown_count, one
    assert find_other_checks(map(outcome, kinds)) == [outcome("structure")]
