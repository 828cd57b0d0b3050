"""Compare and join tags: cleaned and without case (rulebook, section 1).

Givebutter's spelling of a tag is kept: `mentors 2025` is the tag `Mentors 2025`.
"""

from collections.abc import Iterable

from mentorsync_pipeline.domain.clean_text import tag_key


def has_tag(tags: Iterable[str], *names: str) -> bool:
    """Return whether a tag with one of these names is among the tags, in any spelling."""
    return not tag_keys(tags).isdisjoint(map(tag_key, names))


def tag_keys(tags: Iterable[str]) -> frozenset[str]:
    """Return the keys of these tags."""
    return frozenset(map(tag_key, tags))


def add_tags(present: Iterable[str], added: Iterable[str]) -> tuple[str, ...]:
    """Return the held tags in their spelling, and the added tags that are not among them in any spelling."""
    result = list(present)
    keys = {tag_key(tag) for tag in result}
    for tag in added:
        if tag_key(tag) not in keys:
            keys.add(tag_key(tag))
            result.append(tag)
    return tuple(result)


def remove_tags(tags: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """Return the tags without the removed ones in any spelling."""
    removed_keys = tag_keys(removed)
    return tuple(tag for tag in tags if tag_key(tag) not in removed_keys)
