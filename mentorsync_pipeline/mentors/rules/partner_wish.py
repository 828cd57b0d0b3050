"""Read a mentor's wish for a partner and a shift (rulebook section 7).

People type the partner's MN id or phone by hand, in either box. A partner is known by MN id, else by phone:

| typed                                        | partner                                     |
|----------------------------------------------|---------------------------------------------|
| a present, superseded or corrected MN id     | the mentor who has it now                   |
| an MN id of nobody, or the mentor's own      | by the phone; else nobody                   |
| a phone of one other mentor                  | that mentor; sign-ups before contacts       |
| a phone of several other mentors, or nobody  | nobody; a mentor without a present sign-up  |
|                                              | counts too, who may return                  |
| `none`, `n/a`, `nobody` and the like         | no wish                                     |
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mentorsync_pipeline.domain import normalize
from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.findings import WarningFinding
from mentorsync_pipeline.domain.label_matching import match_option
from mentorsync_pipeline.domain.names.compare_names import compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.domain.records import FormEntry, Mentor, Signup
from mentorsync_pipeline.mentors.rules.fields import PARTNER
from mentorsync_pipeline.mentors.rules.mentor_keys import Person
from mentorsync_pipeline.mentors.rules.mn_numbers import parse_mn_number

_CACHE_SIZE = 1 << 14
# Keys (`normalize.name_key`) of texts that mean a blank box.
_NO_ANSWER = frozenset(
    {"", "any", "anyone", "anybody", "dontknow", "idk", "na", "no", "nobody", "none", "noone", "nope", "nopreference"}
    | {"noneyet", "notsure", "notyet", "null", "tbd", "undecided", "unknown", "unsure"}
)
_WRITTEN_ID = re.compile(r"\bMN", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TypedPartner:
    """The partner in a text: the number of an MN id, and phones in E.164; None and () if there are none."""

    number: int | None = None
    phones: tuple[str, ...] = ()

    @property
    def mn_id(self) -> str | None:
        """Return the typed MN id in its usual form."""
        return None if self.number is None else f"MN{self.number:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerWish:
    """The wish of one mentor's latest entry of the partner form.

    Attributes:
        partner: present MN id of the partner; None if no other mentor of the year is meant.
        typed: the text of the boxes for the partner.
        shift: the option of the shift.
        unusable: answer columns whose text is neither an MN id nor a phone.

    """

    entry: FormEntry
    partner: str | None = None
    typed: TypedPartner = TypedPartner()
    shift: str | None = None
    unusable: tuple[str, ...] = ()

    @property
    def phone(self) -> str | None:
        """Return the partner's phone as typed, in E.164."""
        return next(iter(self.typed.phones), None)

    @property
    def is_unresolved(self) -> bool:
        """Return whether the entry names a partner who is not another mentor of the year."""
        return self.partner is None and (self.typed != TypedPartner() or bool(self.unusable))

    @property
    def answers(self) -> dict[str, Any]:
        """Return the answers that have priority over the sign-up's, by field of `mentors`."""
        answers = {"shift_preference": self.shift, "partner_preference": self.partner}
        return {name: answer for name, answer in answers.items() if answer is not None}


class PartnerDirectory:
    """Finds the mentors of a year by MN id or phone. `people` are present and absent mentors."""

    def __init__(self, signups: Iterable[Signup], people: Iterable[Person]) -> None:
        self._absent: dict[str, list[PersonName]] = defaultdict(list)
        self._names: dict[str, PersonName] = {}
        self._present: dict[int, set[str]] = defaultdict(set)
        self._former: dict[int, set[str]] = defaultdict(set)
        self._signup_phones: dict[str, set[str]] = defaultdict(set)
        self._all_phones: dict[str, set[str]] = defaultdict(set)
        for signup in signups:
            for phone in signup.phone_keys:
                self._signup_phones[phone].add(signup.mn_id)
        for person in people:
            if person.is_absent:
                for phone in person.phones:
                    self._absent[phone].append(person.name)
                continue
            self._names[person.mn_id] = person.name
            present = parse_mn_number(person.mn_id)
            for number in person.id_numbers:
                (self._present if number == present else self._former)[number].add(person.mn_id)
            for phone in person.phones:
                self._all_phones[phone].add(person.mn_id)

    def find_partner(self, typed: TypedPartner, *, own_mn_id: str) -> str | None:
        """Return the present MN id of the only other mentor that matches, or None."""
        by_id: set[str] = set()
        if typed.number is not None:
            by_id = self._present.get(typed.number) or self._former.get(typed.number, set())
        by_signup_phone, by_phone = (
            set().union(*(phones_of_mentors.get(phone, set()) for phone in typed.phones))
            for phones_of_mentors in (self._signup_phones, self._all_phones)
        )
        for is_phone, mn_ids in ((False, by_id), (True, by_signup_phone), (True, by_phone)):
            other_ids = mn_ids - {own_mn_id}
            if len(other_ids) == 1:
                (partner,) = other_ids
                return None if is_phone and self._may_be_absent(typed, partner, own_mn_id) else partner
            if other_ids:
                return None
        return None

    def _may_be_absent(self, typed: TypedPartner, *mn_ids: str) -> bool:
        """Return whether a phone is also that of a mentor without a present sign-up who is none of these mentors."""
        return any(
            all(
                compare_names(name, self._names[mn_id]) != "agree"
                for mn_id in self._all_phones[phone].intersection(mn_ids)
            )
            for phone in typed.phones
            for name in self._absent.get(phone, ())
        )


@lru_cache(_CACHE_SIZE)
def read_typed_partner(text: str | None) -> TypedPartner:
    """Read an MN id or phones from a text about one partner, such as a custom field's."""
    return TypedPartner(parse_mn_number(text) or None, normalize.phone_keys(text))


def read_partner_wish(
    entry: FormEntry, directory: PartnerDirectory, config: CampaignConfig, *, own_mn_id: str
) -> PartnerWish:
    """Read the wish of an entry of the partner form."""
    answers = {name: _read_answer(entry.answers, name) for name in ("partner_mn_id", "partner_phone")}
    in_id_box, in_phone_box = (read_typed_partner(answers[name]) for name in ("partner_mn_id", "partner_phone"))
    if in_phone_box.number is not None and not _WRITTEN_ID.search(answers["partner_phone"] or ""):
        # Digits alone in the box for the phone are part of a phone.
        in_phone_box = TypedPartner(None, normalize.phone_keys(answers["partner_phone"]))
    typed = TypedPartner(
        in_id_box.number or in_phone_box.number, tuple(dict.fromkeys((*in_phone_box.phones, *in_id_box.phones)))
    )
    boxes = {"partner_mn_id": in_id_box, "partner_phone": in_phone_box}
    return PartnerWish(
        entry=entry,
        partner=directory.find_partner(typed, own_mn_id=own_mn_id),
        typed=typed,
        shift=match_option(config, "shift_preference", _read_answer(entry.answers, "shift_preference")),
        unusable=tuple(name for name, box in boxes.items() if answers[name] and box == TypedPartner()),
    )


def keep_partner(
    wish: PartnerWish, previous: Mentor | None, directory: PartnerDirectory, *, own_mn_id: str
) -> PartnerWish:
    """Return the wish with the partner of the last run, if the same entry named that mentor by a phone.

    The partner may have corrected the phone since, and the phone may now match another mentor as well.
    """
    origin = previous.provenance.get("partner_mn_id") if previous is not None else None
    if (
        previous is None
        or origin is None
        or (origin.source_table, origin.source_id)
        != (
            PARTNER,
            wish.entry.submission_id,
        )
    ):
        return wish
    if wish.partner is not None or wish.phone is None or wish.phone != previous.partner_phone:
        return wish
    previous_partner = TypedPartner(parse_mn_number(previous.partner_mn_id))
    return replace(wish, partner=directory.find_partner(previous_partner, own_mn_id=own_mn_id))


def format_typed_partner(answers: Mapping[str, str | None]) -> str | None:
    """Return the texts for the partner of a partner form as one text; None for no wish."""
    texts = (_read_answer(answers, name) for name in ("partner_mn_id", "partner_phone"))
    return " · ".join(text for text in texts if text) or None


def apply_wish(signup: Signup, wish: PartnerWish | None) -> Signup:
    """Return the sign-up with the answers of the partner form, which have priority."""
    if wish is None:
        return signup
    return replace(signup, **wish.answers)


def warn_unusable_answers(wish: PartnerWish | None, mn_id: str, *, source_table: str) -> tuple[WarningFinding, ...]:
    """Return a warning for each box of the partner form with an unusable text."""
    messages = {
        "partner_mn_id": "The partner's MN id on the partner form is neither an MN id nor a phone and was not used.",
        "partner_phone": "The partner's phone on the partner form is not a valid number and was not used.",
    }
    return tuple(
        WarningFinding(
            warning_type="unusual_value",
            subject=f"{mn_id}:{name}",
            message=messages[name],
            source_table=source_table,
            mn_id=mn_id,
        )
        for name in (wish.unusable if wish else ())
    )


def _read_answer(answers: Mapping[str, str | None], name: str) -> str | None:
    """Return an answer; None for a blank one and for `none`, `n/a` and the like."""
    text = answers.get(name)
    return None if normalize.name_key(text) in _NO_ANSWER else text
