"""Read a preferred name: none for an answer that is no name (`same`, `she/her`, `Mr.`), which two relatives may give.

On the form the box is optional, and people answer its label instead: `no`, `same as above`, `I go by my first name`.
"""

import re
from functools import lru_cache

from mentorsync_pipeline.domain.clean_text import clean_line, narrow
from mentorsync_pipeline.domain.names.name_boxes import MAX_BOX_LETTERS, PRONOUNS, is_junk_name
from mentorsync_pipeline.domain.names.name_parts import is_title
from mentorsync_pipeline.domain.names.other_texts import remove_other_texts
from mentorsync_pipeline.domain.names.plain_names import ASIDES, NO_PREFERRED_NAMES, plain_key
from mentorsync_pipeline.domain.normalize import name_key

_CACHE_SIZE = 1 << 13
# Words of an answer that is no name, beside at least one of `_ANSWERS`.
_FILLERS = frozenset(
    {"a", "all", "and", "be", "before", "but", "by", "do", "don", "dont", "else", "fine", "for", "form", "i", "id"}
    | {
        "im",
        "in",
        "is",
        "it",
        "its",
        "just",
        "like",
        "m",
        "me",
        "my",
        "of",
        "on",
        "or",
        "other",
        "please",
        "prefer",
        "s",
    }
    | {"see", "t", "than", "thank", "thanks", "that", "the", "this", "to", "too", "use", "with", "work", "works", "you"}
)
_ANSWERS = NO_PREFERRED_NAMES | {
    *(
        "as",
        "birth",
        "call",
        "called",
        "different",
        "first",
        "go",
        "goes",
        "have",
        "last",
        "listed",
        "name",
        "names",
        "not",
    ),
    *("one", "stated", "written"),
}
_PRONOUNS = ASIDES | {"any", "it", "its", "xe", "xem", "ze", "zir", "hir"}
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(_CACHE_SIZE)
def read_preferred_name(text: str | None, last_name: str | None) -> str | None:
    """Return a preferred name without the person's last name behind it; None if it is blank or no name."""
    if plain_key(text) is not None:
        return text
    line = narrow(clean_line(text or ""))
    if len(line) > MAX_BOX_LETTERS:
        return text
    bare = PRONOUNS.sub("", remove_other_texts(line))
    if is_junk_name(bare) or is_title(bare) or _is_answer(bare):
        return None
    last_words, words = (last_name or "").split(), bare.split()
    given = words[: -len(last_words)] if last_words else words
    if given and last_words and [*map(name_key, words[len(given) :])] == [*map(name_key, last_words)]:
        return " ".join(given)
    return text if bare == line else bare


def _is_answer(text: str) -> bool:
    """Return whether a text is pronouns or an answer such as `same as above`."""
    words = [name_key(word) for word in _WORD.findall(text.replace("'", "").replace("\u2019", ""))]
    if len(words) == 1:
        return words[0] in NO_PREFERRED_NAMES or words[0] in ASIDES
    return all(word in _PRONOUNS for word in words) or (
        not _ANSWERS.isdisjoint(words) and all(word in _ANSWERS or word in _FILLERS for word in words)
    )
