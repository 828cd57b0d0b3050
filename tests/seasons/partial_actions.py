"""Loads of one service alone, runs that end early, form entries that come short or are corrected, subscriptions."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace

from tests.seasons.form_actions import identify, type_key
from tests.seasons.invariants.kinds import JUNK_NAMES
from tests.seasons.season import Season, action, owner_of, pick, typed_text
from tests.seasons.simulated_services import ENTRY_FORMS
from tests.support.pure_year import KILLED_AFTER, MENTORS, KilledError

_SUBSCRIPTIONS = ("email_subscribed", "phone_subscribed", "address_subscribed")


@action("sync of the forms alone", 3)
def _forms_alone(season: Season, a: int, b: int, c: int) -> str | None:
    """The contacts stay as they were loaded last."""
    if season.system.as_of is None:
        return None
    season.system.take_forms(season.town.feed())
    season.watch.after_sync(season.system.calculate())
    return "a sync of the forms alone"


@action("upload an export alone", 2)
def _export_alone(season: Season, a: int, b: int, c: int) -> str | None:
    """The forms stay as they were loaded last."""
    if season.system.as_of is None:
        return None
    season.watch.damage = None
    season.system.load_contacts(season.town.peek())
    season.watch.after_sync(season.system.calculate())
    return "an export is uploaded, and the forms stay as they were"


@action("form entries come short", 2)
def _entries_short(season: Season, a: int, b: int, c: int) -> str | None:
    counts = Counter(entry.form for entry in season.town.living_entries())
    form = pick([form.name for form in ENTRY_FORMS if counts[form.name] > 1], a)  # an empty list is refused
    if form is None:
        return None
    feed = season.town.feed()
    kept = [entry for place, entry in enumerate(feed.entries[form]) if (place + b) % 2]
    season.sync(replace(feed, entries={**feed.entries, form: kept}))
    return f"a sync in which the list of the {form} form comes short ({len(kept)} of {len(feed.entries[form])})"


@action("correct a form entry", 2)
def _correct_entry(season: Season, a: int, b: int, c: int) -> str | None:
    entry = pick(season.town.living_entries(), a)
    if entry is None:
        return None
    person = season.town.people[entry.person]
    form = next(form for form in ENTRY_FORMS if form.form_id == entry.form_id)
    if not season.town.submissions_of(person):
        return None
    meant = dict(identify(season, person, form.questions, b, c))
    if not meant or meant == entry.meant:
        return None
    keys = [name for name in ("mn_id", "email", "phone") if name in form.questions]
    typed = {form.questions[name]: type_key(name, meant[name], c) if name in meant else None for name in keys}
    season.town.forms.edit(form.form_id, entry.submission_id, typed)
    season.town.entries[entry.submission_id] = replace(entry, meant=meant)
    text = typed_text({name: value for name, value in typed.items() if value is not None})
    return f"the {entry.form} entry of {person.name} is corrected: {text}"


@action("change one subscription", 2)
def _subscription(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick(season.town.living_contacts(), a)
    name = _SUBSCRIPTIONS[b % len(_SUBSCRIPTIONS)]
    if contact is None:
        return None
    present = getattr(contact, name)
    season.town.contacts.change(contact, **{name: not present})
    verb = "ends" if present else "begins"
    return f"contact {contact.id} ({owner_of(season, contact.id)}) {verb} the subscription {name}"


@action("type junk over a name in Givebutter", 1)
def _junk_in_givebutter(season: Season, a: int, b: int, c: int) -> str | None:
    """A neat name is not replaced by it (rulebook section 7)."""
    linked = {mentor.gb_contact_id for mentor in season.system.mentors.values()}
    contact = pick([contact for contact in season.town.living_contacts() if contact.id in linked], a)
    name = ("first_name", "last_name")[b % 2]
    if contact is None or not season.town.contacts.change(contact, **{name: JUNK_NAMES[c % len(JUNK_NAMES)]}):
        return None
    return f"the {name} of contact {contact.id} ({owner_of(season, contact.id)}) becomes {getattr(contact, name)!r}"


@action("killed calculation", 3)
def _killed_calculation(season: Season, a: int, b: int, c: int) -> str | None:
    """The next run ends as if no run had been killed."""
    feed, system, step = season.town.feed(), season.system, KILLED_AFTER[a % len(KILLED_AFTER)]
    season.watch.damage = None
    system.take_forms(feed)
    system.load_contacts(feed)
    unbroken = system.copied()
    calculated = unbroken.calculate()
    with suppress(KilledError):
        system.calculate_until(step)
    if b % 2:
        season.watch.after_killed(calculated, has_mentors=step == MENTORS)
        return f"a calculation is killed after {step}"
    result = system.calculate()
    season.watch.same_as_unbroken(unbroken)
    season.watch.after_sync(result)
    return f"a calculation is killed after {step} and repeated"
