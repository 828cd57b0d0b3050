"""Rulebook section 2: lists are read to their end, and pages without an end are an error."""

import pytest

from mentorsync_pipeline.resources.jotform import JotformResource
from tests.resources.served_answers import code_of, contacts, givebutter_at, serving


def page_of(path):
    return int(path.partition("&page=")[2].partition("&")[0] or path.partition("?page=")[2].partition("&")[0])


def records(number, count=100):
    return [{"id": (number - 1) * 100 + place + 1} for place in range(count)]


ENDLESS = {
    "a thousand million pages": lambda n: {"data": records(n), "meta": {"last_page": 10**9}},
    "the same page under each number": lambda n: {"data": records(1), "links": {"next": f"/x?page={n + 1}"}},
    "a next that is itself": lambda n: {"data": records(n), "links": {"next": f"/x?page={n}"}},
    "a next that leads back": lambda n: {"data": records(n), "links": {"next": "/x?page=1"}},
    "an empty page with a next": lambda n: {
        "data": records(n) if n == 1 else [],
        "links": {"next": f"/x?page={n + 1}"},
    },
    "a next of a million": lambda n: {"data": records(n), "links": {"next": "/x?page=1000000"}},
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS.keys())
def test_endless_pages_are_an_error(answer):
    calls = []

    def counted(path):
        calls.append(path)
        return answer(page_of(path))

    with serving(counted) as url:
        assert code_of(lambda: contacts(givebutter_at(url))) == "SERVICE_LIST_ENDLESS"
    assert len(calls) < 20


def test_reading_stops_at_the_first_empty_page():
    def answer(path):
        return {
            "data": records(page_of(path), 100 if page_of(path) < 4 else 0),
            "meta": {"last_page": 900, "total": 300},
        }

    with serving(answer) as url:
        assert len(contacts(givebutter_at(url))) == 300


def test_a_list_without_a_description_is_read_until_an_empty_page():
    with serving(lambda path: {"data": records(page_of(path), 100 if page_of(path) < 4 else 0)}) as url:
        assert len(contacts(givebutter_at(url))) == 300


def test_a_form_whose_pages_are_smaller_than_requested_is_read_to_the_end():
    def answer(path):
        offset = int(path.partition("offset=")[2])
        return {"responseCode": 200, "content": [{"id": str(n)} for n in range(250)][offset : offset + 100]}

    with serving(answer) as url:
        assert len(JotformResource(api_url=url, api_key="k").submissions("1")) == 250


@pytest.mark.parametrize("is_of_all", [False, True], ids=["count of the page", "count of all"])
@pytest.mark.parametrize("lost", [0, 1, 60])
def test_a_page_with_fewer_submissions_than_its_count_is_an_error(is_of_all, lost):
    def answer(path):
        offset = int(path.partition("offset=")[2])
        page = [{"id": str(n)} for n in range(1050)][offset : offset + 1000]
        found = {"limit": 1000, "count": 1050 if is_of_all else len(page)}
        return {"responseCode": 200, "content": page[: len(page) - lost] if offset else page, "resultSet": found}

    with serving(answer) as url:
        jotform = JotformResource(api_url=url, api_key="k", attempts=2, first_wait=0.01)
        if lost:
            assert code_of(lambda: jotform.submissions("1")) == "SERVICE_BAD_ANSWER"
        else:
            assert len(jotform.submissions("1")) == 1050


def test_a_form_whose_pages_all_have_the_count_of_a_full_one_is_read_to_the_end():
    def answer(path):
        offset = int(path.partition("offset=")[2])
        page = [{"id": str(n)} for n in range(1950)][offset : offset + 960]
        return {"responseCode": 200, "content": page, "resultSet": {"limit": 1000, "count": 1000}}

    with serving(answer) as url:
        assert len(JotformResource(api_url=url, api_key="k").submissions("1")) == 1950


@pytest.mark.parametrize("count", [0, 1, 10, 100])
def test_a_form_that_ignores_the_offset_is_an_error_or_one_overlap(count):
    rows = [{"id": str(number)} for number in range(count)]
    with serving(lambda _: {"responseCode": 200, "content": rows}) as url:
        jotform = JotformResource(api_url=url, api_key="k", attempts=2, first_wait=0.01)
        if count > 10:
            assert code_of(lambda: jotform.submissions("1")) == "SERVICE_LIST_ENDLESS"
        else:
            assert len(jotform.submissions("1")) == count


def test_overlapping_pages_yield_each_record_once():
    def answer(path):
        number = page_of(path)
        shifted = [{"id": record["id"] - 30 * (number - 1)} for record in records(number)]
        return {"data": shifted, "links": {"next": f"/x?page={number + 1}" if number < 4 else None}}

    with serving(answer) as url:
        ids = [contact["id"] for contact in contacts(givebutter_at(url))]
    assert ids == list(range(1, 311))


def test_a_form_whose_pages_repeat_is_an_error():
    rows = [{"id": str(number)} for number in range(1000)]
    with serving(lambda _: {"responseCode": 200, "content": rows, "resultSet": {"limit": 0}}) as url:
        jotform = JotformResource(api_url=url, api_key="k", attempts=2, first_wait=0.01)
        assert code_of(lambda: jotform.submissions("1")) == "SERVICE_LIST_ENDLESS"


def test_an_endless_form_is_an_error(monkeypatch):
    monkeypatch.setattr("mentorsync_pipeline.resources.jotform.MOST_SUBMISSIONS", 5000)

    def answer(path):
        offset = int(path.partition("offset=")[2])
        return {"responseCode": 200, "content": [{"id": str(offset + n)} for n in range(1000)]}

    with serving(answer) as url:
        jotform = JotformResource(api_url=url, api_key="k")
        assert code_of(lambda: jotform.submissions("1")) == "SERVICE_LIST_ENDLESS"
