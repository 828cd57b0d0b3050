"""Pages have words for every value that they show."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from mentorsync_pipeline.console import labels
from mentorsync_pipeline.domain.config import Weights
from mentorsync_pipeline.mentors.rules.fields import FIELDS

BY_VALUE: dict[str, Any] = {
    name: get_args(hint)[0]
    for name, hint in get_type_hints(labels).items()
    if name.isupper() and get_origin(get_args(hint)[0]) is Literal
}


@pytest.mark.parametrize("name", BY_VALUE)
def test_each_value_has_its_words(name: str) -> None:
    """Reasons of archive plans, keys of a match, statuses, states of runs: each label maps all values of its type."""
    words = getattr(labels, name)
    assert set(words) == set(get_args(BY_VALUE[name]))
    texts = [text[0] if isinstance(text, tuple) else text for text in words.values()]
    assert all(text and "_" not in text for text in texts)
    assert len(set(texts)) == len(texts)


def test_the_fields_of_a_mentor_have_words() -> None:
    assert set(FIELDS) <= set(labels.FIELD)


def test_the_parts_of_a_score_have_words() -> None:
    assert {"ARCHIVE_REASON", "MATCHED_ON", "RUN_STATE"} <= set(BY_VALUE)
    assert set(labels.SCORE_PART) == set(Weights.model_fields)
