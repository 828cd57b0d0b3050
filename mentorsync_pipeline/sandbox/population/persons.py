"""Invented persons: names, phone numbers and emails that are unique and cannot be real."""

import random
from dataclasses import dataclass, field
from datetime import datetime

from mentorsync_pipeline.sandbox.population.names import (
    ELDERS,
    STUDENTS,
    FirstName,
    ascii_key,
    draw_last_name,
)

_AREA_CODES = (
    "706 404 678 770 912 229 478 762 470 205 251 256 334 305 321 352 386 407 561 727 772 813 850 863 904 941 954 "
    "212 315 347 516 518 585 607 631 646 716 718 845 914 213 310 323 408 415 510 530 559 562 619 626 650 661 707 "
    "714 760 805 818 831 858 909 916 925 949 951 214 210 254 281 325 361 409 432 512 682 713 806 817 830 832 903 "
    "915 936 940 956 972 979 252 336 704 828 910 919 980 803 843 864 423 615 731 865 901 931 276 434 540 571 703 "
    "757 804 216 234 330 419 440 513 567 614 740 937 217 224 309 312 618 630 708 773 815 847 872"
)
AREA_CODES = tuple(int(code) for code in _AREA_CODES.split())
_DOMAINS = (
    "mailbox postbird inboxly fernmail quickpost hillmail cloudletter brightmail northpost lakeline peachmail "
    "dogwood redclay bulldogmail oconeepost classicmail letterhouse webnook palmail greypost"
)
DOMAINS = tuple(f"{name}.example" for name in _DOMAINS.split())
_LINES_PER_AREA = 10_000
_STEP = 7_919  # coprime to 10,000: walks through all line numbers of an area code without repeating one


@dataclass(eq=False, slots=True)
class Person:
    """One invented person; mentors also carry what they sign up with.

    ``phone`` is E.164. ``phone_text``, ``email_text``, ``typed_first`` and ``typed_last`` are what was typed on the
    form where it is not simply the phone, the personal email or the name. ``partner`` is the other mentor of a pair
    scenario, ``habit`` the way of writing that the person has (see ``habits``).
    """

    person_id: str
    first: FirstName
    last: str
    phone: str | None
    personal_email: str | None
    uga_email: str | None
    scenario: str = ""
    phone_text: str | None = None
    email_text: str | None = None
    typed_first: str | None = None
    typed_last: str | None = None
    habit: str = ""
    partner: "Person | None" = None
    mn_id: str = ""
    superseded_mn_ids: list[str] = field(default_factory=list)
    signup_at: datetime | None = None
    earlier_signup_at: datetime | None = None
    shares_phone: bool = False

    @property
    def call_name(self) -> str:
        """The nickname, or the first name of those who have none."""
        return self.first.nickname or self.first.formal


class PeopleFactory:
    """Creates persons with unique phone numbers and emails."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._people = 0
        self._phones = 0
        self._emails = 0
        self._offset = rng.randrange(_LINES_PER_AREA)

    def phone(self) -> str:
        """A new valid US number of the invented 555 exchange, E.164."""
        area = AREA_CODES[self._phones % len(AREA_CODES)]
        line = (self._phones // len(AREA_CODES) * _STEP + self._offset + area) % _LINES_PER_AREA
        self._phones += 1
        if self._phones > len(AREA_CODES) * _LINES_PER_AREA:
            raise ValueError("population: out of invented phone numbers; ask for fewer contacts")
        return f"+1{area}555{line:04d}"

    def email(self, first: str, last: str) -> str:
        """A new address under a reserved domain."""
        self._emails += 1
        return f"{ascii_key(first)}.{ascii_key(last)}{self._emails}@{self._rng.choice(DOMAINS)}"

    def uga_email(self) -> str:
        """Return a new uga.edu address with a local part that the university never assigns."""
        self._emails += 1
        return f"zz-{self._rng.choice('abcdefghkm')}{self._rng.choice('bcdfgh')}{self._emails:05d}@uga.edu"

    def person_id(self) -> str:
        """The next person's id."""
        self._people += 1
        return f"P{self._people:06d}"

    def student(self, first: FirstName | None = None, last: str | None = None) -> Person:
        """A student with a phone, a personal and a UGA email."""
        first = first or self._rng.choice(STUDENTS)
        last = last or draw_last_name(self._rng)
        return Person(self.person_id(), first, last, self.phone(), self.email(first.formal, last), self.uga_email())

    def elder(self, last: str | None = None) -> Person:
        """A parent, donor or stranger: no UGA email, and a first name that no student has."""
        first = FirstName(self._rng.choice(ELDERS))
        last = last or draw_last_name(self._rng)
        return Person(self.person_id(), first, last, self.phone(), self.email(first.formal, last), None)
