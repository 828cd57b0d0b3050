"""Compare labels and options by their text, and find custom fields whose label was edited (rulebook, section 11).

The text of a label is its letters and digits: emoji, case, punctuation and spaces do not count. So `🎓 UGA Class?` and
`UGA class` are one label, `Custom Text Message 1️⃣` and `Custom Text Message 2️⃣` are two.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.normalize import name_key

_TIME = r"(\d{1,2})(?::?(\d{2}))? ?(?:[ap]\.?m\b\.?)?"
_TWO_TIMES = re.compile(
    rf"\W*(?:from )?{_TIME}\s*(?:\W|to|until|till|thru|through)\s*{_TIME}\W*", re.IGNORECASE | re.ASCII
)
# A longer text is no pair of times; the pattern would take quadratic time for it.
_LONGEST = 60
_HOURS = 12


def label_key(label: str | None) -> str:
    """Return the letters and digits of a label or an option, without case and diacritics; "" if there are none."""
    return name_key(label)


@dataclass(frozen=True, slots=True)
class PresentLabels:
    """A year's configuration with the labels of the contact data.

    Attributes:
        edited: new label by configured label.
        ambiguous: configured labels for which several new labels have the same text, so that none is used.

    """

    config: CampaignConfig
    edited: Mapping[str, str] = field(default_factory=dict)
    ambiguous: tuple[str, ...] = ()


def find_present_labels(config: CampaignConfig, present: Collection[str]) -> PresentLabels:
    """Replace the configured labels that are not among `present` by the present ones with the same text.

    A label is unchanged if no present label has its text. Nothing is replaced while `present` is empty.
    """
    configured = [*config.custom_field_labels.values(), *config.message_columns.values()]
    unclaimed = [label for label in dict.fromkeys(present) if label not in configured]
    by_key = Counter(map(label_key, unclaimed))
    missing_keys = Counter(label_key(label) for label in configured if label not in present)
    edited: dict[str, str] = {}
    ambiguous = []
    for label in configured:
        key = label_key(label)
        if label in present or not key or not by_key[key]:
            continue
        if by_key[key] > 1 or missing_keys[key] > 1:
            ambiguous.append(label)
        else:
            edited[label] = next(present_label for present_label in unclaimed if label_key(present_label) == key)
    if not edited:
        return PresentLabels(config, {}, tuple(ambiguous))
    renamed = {
        name: {key: edited.get(label, label) for key, label in getattr(config, name).items()}
        for name in ("custom_field_labels", "message_columns")
    }
    return PresentLabels(config.model_copy(update=renamed), edited, tuple(ambiguous))


def match_option(config: CampaignConfig, name: str, text: str | None) -> str | None:
    """Return the option of a field that matches a text; the text itself if none matches.

    The text is compared with the options and with the field's `custom_field_option_map`; then the part after its last
    bar is compared, because forms put emoji in front (`🩰 | 11:30-4:30`). Two times, such as a shift's, may be written
    otherwise: `11:30am to 4:30pm`.
    """
    options = config.custom_field_options.get(name, ())
    spellings = config.custom_field_option_map.get(name, {})
    if text is None or not (options or spellings):
        return text
    if text in options:
        return text
    options_by_key = {label_key(option): option for option in options}
    options_by_key |= {label_key(spelling): option for spelling, option in spellings.items()}
    parts = (text, text.rpartition("|")[2])
    option = next((options_by_key[key] for key in map(label_key, parts) if key and key in options_by_key), None)
    return option or _match_times(parts[1], options) or text


def _match_times(text: str, options: Collection[str]) -> str | None:
    """Return the only option with the two times of a text; None if there is none, or if there are several."""
    times = _read_times(text)
    matching = [option for option in options if times is not None and _read_times(option) == times]
    return matching[0] if len(matching) == 1 else None


def _read_times(text: str) -> tuple[int, ...] | None:
    """Return hours and minutes of two times, on a clock of twelve hours; None for any other text."""
    times = _TWO_TIMES.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if times is None:
        return None
    from_hour, from_minute, to_hour, to_minute = (int(number or 0) for number in times.groups())
    return from_hour % _HOURS, from_minute, to_hour % _HOURS, to_minute
