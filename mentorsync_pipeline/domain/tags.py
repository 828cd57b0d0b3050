"""Compare and join the tags of contacts: cleaned and without case (rulebook, section 1).

What Givebutter holds in another spelling is kept as it is there: `mentors 2025` is the tag `Mentors 2025`.
"""

from collections.abc import Iterable

from mentorsync_pipeline.domain.clean_text import tag_key


def has_tag(tags: Iterable[str], tag: str) -> bool:
    """Whether a tag is among these, in whatever spelling."""
    return tag_key(tag) in tag_keys(tags)


def tag_keys(tags: Iterable[str]) -> frozenset[str]:
    """The forms in which these tags are compared."""
    return frozenset(map(tag_key, tags))


def with_tags(held: Iterable[str], added: Iterable[str]) -> tuple[str, ...]:
    """The tags that are held, as they are spelled, and of the added ones those that are not held in any spelling."""
    result = list(held)
    known = {tag_key(tag) for tag in result}
    for tag in added:
        if tag_key(tag) not in known:
            known.add(tag_key(tag))
            result.append(tag)
    return tuple(result)


def without_tags(tags: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """The tags but those that are among the removed ones in any spelling."""
    gone = tag_keys(removed)
    return tuple(tag for tag in tags if tag_key(tag) not in gone)
