"""Generate the other contacts: donors, parents, stubs, companies and last year's mentors."""

import random
from collections.abc import Callable
from itertools import accumulate

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.population.contacts import ContactMaker
from mentorsync_pipeline.sandbox.population.history import LastYear
from mentorsync_pipeline.sandbox.population.names import junk_name
from mentorsync_pipeline.sandbox.population.persons import PeopleFactory

_DAYS = (1.0, 1500.0)
_COMPANIES = ("Bakery", "Hardware", "Insurance", "Printing", "Realty", "Coffee", "Law Group")


class Crowd:
    """Draws bystanders one by one."""

    def __init__(self, maker: ContactMaker, people: PeopleFactory, last_year: LastYear) -> None:
        self._maker = maker
        self._people = people
        self._last_year = last_year
        self._rng: random.Random = maker.rng
        kinds: dict[Callable[[], None], int] = {
            self.donor: 470,
            self.parent: 120,
            self.stub: 290,
            self.reachable_by_phone: 60,
            self.nameless: 12,
            self.company: 20,
            self.archived: 28,
        }
        self._kinds = tuple(kinds)
        self._weights = tuple(accumulate(kinds.values()))

    def fill(self, count: int) -> None:
        """Add ``count`` bystanders in the usual mix."""
        for kind in self._rng.choices(self._kinds, cum_weights=self._weights, k=max(count, 0)):
            kind()

    def former_mentor(self) -> None:
        """A mentor of last year: still tagged and holding last year's id."""
        person = self._people.student()
        old_id = self._last_year.sign_up(person, phone=person.phone)
        self._maker.add(
            person,
            "former_mentor",
            mentor=False,
            first=person.first.formal,
            last=person.last,
            emails=(person.personal_email, person.uga_email if self._rng.random() < 0.4 else None),
            phones=(person.phone,),
            tags=(self._maker.last_year_tag,),
            external_id=old_id,
            days=(120, 430),
        )

    def donor(self) -> None:
        """Add a donor."""
        rng, person = self._rng, self._people.elder()
        phones = (person.phone,) if rng.random() < 0.5 else ()
        contact = self._maker.add(
            person,
            "donor",
            mentor=False,
            first=person.first.formal,
            last=person.last,
            emails=(person.personal_email,),
            phones=phones,
            tags=("Donor",),
            address=rng.random() < 0.4,
            gifts=rng.choice((10.0, 25.0, 50.0, 100.0, 250.0)),
            days=_DAYS,
        )
        if rng.random() < 0.15:
            self._maker.fill_unused_fields(contact)
        if rng.random() < 0.03:
            contact.household_id = 80_000 + len(self._maker.made)
            contact.household_name = contact.household_envelope_name = f"{person.last} Family"
            contact.household_primary = rng.random() < 0.5
        if rng.random() < 0.04:
            contact.recurring_contributions = 10.0
        if rng.random() < 0.03:
            contact.emails.append(self._people.email(person.first.formal, person.last))
        if rng.random() < 0.02:
            contact.phones.append(f"+4420794{rng.randrange(60_000, 61_000):05d}")

    def parent(self) -> None:
        """A mentor's parent of some other year."""
        self._plain("parent", ("Parent", "Newsletter"))

    def reachable_by_phone(self) -> None:
        """A contact with nothing but a name and a phone."""
        person = self._people.elder()
        self._maker.add(
            person,
            "phone_only",
            mentor=False,
            first=person.first.formal,
            last=person.last,
            phones=(person.phone,),
            days=_DAYS,
        )

    def stub(self) -> None:
        """Add a mass-mail stub of a student who is not a mentor."""
        named = self._rng.random() < 0.4
        person = self._people.student()
        self._maker.add(
            person,
            "mass_mail_stub",
            mentor=False,
            first=person.first.formal if named else None,
            last=person.last if named else None,
            emails=(person.uga_email,),
            tags=("Mass Email",),
            days=_DAYS,
        )

    def nameless(self) -> None:
        """A contact whose name is junk."""
        person = self._people.elder()
        first, last = junk_name(self._rng, person.personal_email or "")
        self._maker.add(
            person, "junk", mentor=False, first=first, last=last, emails=(person.personal_email,), days=_DAYS
        )

    def company(self) -> None:
        """A company; exports leave it out."""
        person = self._people.elder()
        contact = self._plain("company", ("Sponsor",))
        contact.type = "company"
        contact.company = f"{person.last} {self._rng.choice(_COMPANIES)}"

    def archived(self) -> None:
        """A contact that was archived long ago."""
        contact = self._plain("archived", ())
        contact.archived_at = contact.updated_at

    def _plain(self, part: str, tags: tuple[str, ...]) -> Contact:
        person = self._people.elder()
        return self._maker.add(
            person,
            part,
            mentor=False,
            first=person.first.formal,
            last=person.last,
            emails=(person.personal_email,),
            phones=(person.phone,) if self._rng.random() < 0.6 else (),
            tags=tags,
            days=_DAYS,
        )
