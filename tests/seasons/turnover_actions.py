"""What changes hands or names during a season: contacts, phones, emails, External IDs, pages, tags, last names."""

from typing import Any

from mentorsync_pipeline.domain.clean_text import is_same_id
from mentorsync_pipeline.domain.names.compare_names import compare_first_names, compare_names
from mentorsync_pipeline.domain.names.written_names import PersonName
from mentorsync_pipeline.sandbox import gb_model
from tests.seasons.people import Person, is_first_name_known, mailbox, plain_id
from tests.seasons.season import Season, action, owner_of, pick
from tests.seasons.simulated_services import Q

# One for each person, so that nobody gets the name of somebody else.
_LAST_NAMES = (
    *("Marlowe", "Hartwell", "Svensson-Quist", "Abernathy", "Delacroix", "Moreau", "Pemberton", "Winslow", "Yarrow"),
    *("Zeller", "Ostrander", "Kowalczyk", "Ingersoll", "Fairchild", "Bellamy", "Castellan"),
)


@action("restore a contact under a new id", 1)
def _restore_anew(season: Season, a: int, b: int, c: int) -> str | None:
    gone = pick([contact for contact in season.town.archived_contacts() if not contact.external_id], a)
    if gone is None:
        return None
    values: dict[str, Any] = {
        name: getattr(gone, name)
        for name in ("first_name", "last_name", "suffix", "note", "total_contributions", "email_subscribed")
    }
    lists = {name: list(getattr(gone, name)) for name in ("emails", "phones", "tags", "addresses")}
    contact = season.town.contacts.create(**values, **lists, custom=dict(gone.custom))
    season.town.owners[contact.id] = season.town.owners[gone.id]
    season.watch.merged_away.add(gone.id)
    season.watch.restored(contact.id)
    return f"contact {gone.id} ({owner_of(season, gone.id)}) is restored under the new id {contact.id}"


@action("undo a merge in Givebutter", 1)
def _undo_merge(season: Season, a: int, b: int, c: int) -> str | None:
    archived = season.town.archived_contacts()
    gone = pick([contact for contact in archived if contact.id in season.watch.merged_away], a)
    if gone is None:
        return None
    season.town.contacts.change(gone, archived_at=None)
    season.watch.merged_away.discard(gone.id)
    season.watch.restored(gone.id)
    return f"the merge of contact {gone.id} ({owner_of(season, gone.id)}) is undone in Givebutter"


@action("move an email or a phone to another contact", 2)
def _move_key(season: Season, a: int, b: int, c: int) -> str | None:
    contacts = season.town.living_contacts()
    pairs = [
        (contact, other)
        for contact in contacts
        for other in contacts
        if contact is not other and season.town.owners[contact.id] == season.town.owners[other.id]
    ]
    pair = pick(pairs, a)
    name = ("emails", "phones")[b % 2]
    key = pick(getattr(pair[0], name), c) if pair else None
    if pair is None or key is None:
        return None
    held, other = pair
    if held.emails == [key] and _would_be_a_relatives(season, held):
        return None  # by rulebook sections 1 and 3 Maria's contact with the home phone alone is Marie's
    if _would_be_a_new_owners(season, key, held, other):
        return None  # by rulebook section 3 a contact with a reused phone and a junk name is the phone's new owner's
    _take_off(season, held, name, key)
    season.town.contacts.change(other, **{name: list(dict.fromkeys([key, *getattr(other, name)]))})
    return f"{key} is moved from contact {held.id} to {other.id} ({owner_of(season, other.id)}) in Givebutter"


@action("take a parent's email or phone off a contact", 2)
def _take_off_parents(season: Season, a: int, b: int, c: int) -> str | None:
    """A key of somebody else, which the student had typed, stands on the student's contact."""
    found = [
        (contact, name, key)
        for contact in season.town.living_contacts()
        for name in ("emails", "phones")
        for key in getattr(contact, name)
        for person in season.town.people
        if key in person.own_keys and person.number not in season.town.owners[contact.id]
    ]
    choice = pick(found, a)
    if choice is None:
        return None
    contact, name, key = choice
    _take_off(season, contact, name, key)
    return f"{key}, which is somebody else's, is taken off contact {contact.id} ({owner_of(season, contact.id)})"


def _would_be_a_relatives(season: Season, contact: gb_model.Contact) -> bool:
    """Whether a contact without an email may be that of a student who types its phone and has a name only like it.

    It stays its owner's while the owner has signed up, and does not win over a contact with the student's own name.
    """
    town = season.town
    if any(town.submissions_of(town.people[number]) for number in town.owners[contact.id]):
        return False
    name = PersonName(first=contact.first_name, last=contact.last_name)
    return any(
        not {*student.phones}.isdisjoint(contact.phones)
        and compare_first_names(PersonName(first=student.first), name) == "alike"
        for student in season.students()
    )


def _would_be_a_new_owners(season: Season, key: str, held: gb_model.Contact, other: gb_model.Contact) -> bool:
    """Whether a contact that gets a key may be another student's who types it, because the names do not differ."""
    name = PersonName(first=other.first_name, last=other.last_name)
    return any(
        mailbox(key) in _find_typed_keys(season, student, held)
        and compare_names(PersonName(first=student.first, last=student.last), name) != "differ"
        for student in season.students()
    )


def _take_off(season: Season, contact: gb_model.Contact, name: str, key: str) -> None:
    season.town.contacts.change(contact, **{name: [held for held in getattr(contact, name) if held != key]})


@action("reuse a phone", 2)
def _reuse_phone(season: Season, a: int, b: int, c: int) -> str | None:
    """A student has a new number, and the old one is given to another student."""
    town = season.town
    first = pick(season.signed_up(), a)
    others = [person for person in season.signed_up() if first is not None and person.household != first.household]
    second = pick(others, b)
    if first is None or second is None:
        return None
    submission_id = season.newest(first)
    old = town.signups[submission_id].values.get("phone")
    if old is None or old not in first.own_keys or len(town.submissions_of(first)) > 1:
        return None
    unseen = [entry for entry in town.living_entries() if entry.submission_id not in season.watch.entries]
    if {entry.person for entry in unseen} & {first.number, second.number}:
        return None  # whose phone is meant in a form that no sync has seen, that of then or that of now?
    new = season.watch.new_key(first, "phone")
    first.own_keys -= {old}
    first.phones = [new if phone == old else phone for phone in first.phones]
    second.own_keys |= {old}
    second.phones.insert(0, old)
    town.edit_signup(submission_id, {"phone": new}, {Q["phone"]: {"full": new}})
    town.edit_signup(season.newest(second), {"phone": old}, {Q["phone"]: {"full": old}})
    return f"{first.name} has the new number {new}, and {second.name} gets the old one {old}"


@action("clear an answer in Jotform", 2)
def _clear_answer(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    values = season.town.signups[submission_id].values
    name = pick([name for name in ("phone", "personal_email", "shirt_size", "uga_email") if name in values], b)
    if name is None:
        return None
    emails = {"personal_email", "uga_email"} & values.keys() - {name}
    if "email" in name and not emails and not _lives_alone(season, person):
        return None  # by rulebook section 1 Marie without an email and Maria with the same phone are one person
    season.town.remove_answer(submission_id, name, {Q[name]: None})
    return f"{person.name} clears the {name} in Jotform"


def _lives_alone(season: Season, person: Person) -> bool:
    return all(other is person or other.household != person.household for other in season.town.people)


@action("empty the trash in Jotform", 1)
def _empty_trash(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    deleted = [key for key, submission in town.form.submissions.items() if submission.status == "DELETED"]
    submission_id = pick(deleted, a)
    if submission_id is None:
        return None
    town.forms.remove(town.form.id, submission_id)
    return f"the deleted sign-up of {town.people[town.owner_of_mentor(submission_id)].name} is removed for good"


@action("edit External ID onto another contact", 1)
def _move_external_id(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    holder = pick([contact for contact in town.living_contacts() if contact.external_id], a)
    other = pick([contact for contact in town.living_contacts() if contact is not holder], b)
    if holder is None or other is None:
        return None
    external_id = holder.external_id
    person = season.watch.person_of(plain_id(external_id))
    may_have_id = (
        [person] if person else [student for student in season.students() if student not in season.signed_up()]
    )
    if any(_find_typed_keys(season, each, other) or _is_of_namesake(season, each, other) for each in may_have_id):
        return None  # by rulebook section 4 an External ID and an email, or the names, make it the mentor's
    town.contacts.change(holder, external_id=None)
    if c % 3 == 0:
        return f"the External ID {external_id} of contact {holder.id} is removed in Givebutter"
    town.contacts.change(other, external_id=external_id)
    return (
        f"the External ID {external_id} is moved from contact {holder.id} ({owner_of(season, holder.id)}) to "
        f"{other.id} ({owner_of(season, other.id)}) in Givebutter"
    )


@action("type an External ID with a space onto a duplicate", 1)
def _respell_external_id(season: Season, a: int, b: int, c: int) -> str | None:
    """Its contact is archived, and Givebutter refuses the id itself on another one."""
    town = season.town
    listed = [contact for contact in town.living_contacts() if contact.external_id]
    holder = pick([contact for contact in listed if contact.external_id == plain_id(contact.external_id)], a)
    others = [
        contact
        for contact in town.living_contacts()
        if holder and contact is not holder and town.owners[contact.id] == town.owners[holder.id]
    ]
    other = pick(others, b)
    if holder is None or other is None:
        return None
    external_id = f"{holder.external_id} " if c % 3 else str(holder.external_id).lower()
    if town.contacts.holder(external_id) is not None:
        return None
    town.contacts.change(holder, archived_at=town.now)
    town.contacts.change(other, external_id=external_id)
    return (
        f"contact {holder.id} ({owner_of(season, holder.id)}) with the External ID {holder.external_id} is archived in "
        f"Givebutter, and {other.id} gets {external_id!r}"
    )


def _find_typed_keys(season: Season, person: Person, contact: gb_model.Contact) -> set[str]:
    """The phones and emails of somebody else's contact that the person has typed or may type."""
    held = {*contact.phones, *map(mailbox, contact.emails)}
    submissions = season.town.submissions_of(person, living=False)
    values = (value for key in submissions for value in season.town.signups[key].values.values())
    typed = set(map(mailbox, (*values, *person.phones, *person.emails)))
    return held & typed if season.town.owners[contact.id] != frozenset((person.number,)) else set()


def _is_of_namesake(season: Season, person: Person, contact: gb_model.Contact) -> bool:
    """Whether a contact is of somebody else with the same names."""
    owners = [season.town.people[number] for number in season.town.owners[contact.id]]
    return any(owner is not person and owner.name == person.name for owner in owners)


@action("rename a tag in Givebutter", 1)
def _rename_tag(season: Season, a: int, b: int, c: int) -> str | None:
    tags = sorted({tag for contact in season.town.living_contacts() for tag in contact.tags})
    tag = pick(tags, a)
    if tag is None:
        return None
    new = (tag.upper(), " ".join(tag.replace("20", "").split()), f"{tag} (old)")[b % 3]
    for contact in season.town.contacts.all():
        if tag in contact.tags:
            season.town.contacts.change(
                contact, tags=list(dict.fromkeys(new if held == tag else held for held in contact.tags))
            )
    return f"the tag {tag} is renamed to {new} in Givebutter"


@action("a page is given to a brother or sister", 1)
def _give_page(season: Season, a: int, b: int, c: int) -> str | None:
    """The rulebook (section 7) keeps a known page with its mentor; one that no sync has seen is the new owner's."""
    town = season.town
    member = pick(town.members, a)
    if member is None:
        return None
    owner = town.people[town.member_owners[member.id]]
    paged = set(town.member_owners.values())
    others = [
        person
        for person in season.signed_up()
        if person.household == owner.household and person.number not in paged and person.uga
    ]
    other = pick(others, b)
    if other is None or any(member.id in known.member_ids for known in season.system.known.values()):
        return None
    member.first_name, member.last_name, member.updated_at = other.first, other.last, town.now
    member.email, member.phone = other.uga, None
    town.member_owners[member.id] = other.number
    return f"page {member.id} of {owner.name} is given to {other.name}"


@action("split a couple's contact", 1)
def _split_couple(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    contact = pick([contact for contact in town.living_contacts() if len(town.owners[contact.id]) > 1], a)
    if contact is None:
        return None
    people = [town.people[number] for number in sorted(town.owners[contact.id])]
    if b % 2:
        people.reverse()
    kept, gone = people[0], people[1]
    town.contacts.change(contact, first_name=kept.first, last_name=kept.last)
    town.owners[contact.id] = frozenset((kept.number,))
    anew = town.contacts.create(first_name=gone.first, last_name=gone.last, emails=[gone.emails[-1]])
    town.owners[anew.id] = frozenset((gone.number,))
    return f"the contact {contact.id} of {kept.name} and {gone.name} becomes {kept.name}'s; {gone.name} gets {anew.id}"


@action("last year's file is imported", 1)
def _last_years_file(season: Season, a: int, b: int, c: int) -> str | None:
    """Two years overlap: last year's file gives a contact last year's External ID and tag again."""
    town = season.town
    earlier = pick(town.earlier, a)
    contact = town.contacts.get(earlier.contact_id or 0) if earlier else None
    if earlier is None or contact is None or contact.archived_at is not None:
        return None
    external_id = earlier.external_ids[0]
    if town.contacts.holder(external_id) is not None:
        return None
    tags = list(dict.fromkeys([*contact.tags, f"Mentors {earlier.campaign_year}"]))
    town.contacts.change(contact, external_id=external_id, tags=tags)
    return f"last year's file gives contact {contact.id} ({owner_of(season, contact.id)}) {external_id} again"


@action("two students' MN ids are exchanged", 1)
def _exchange_ids(season: Season, a: int, b: int, c: int) -> str | None:
    town = season.town
    first = pick(season.signed_up(), a)
    second = pick([person for person in season.signed_up() if person is not first], b)
    if first is None or second is None:
        return None
    if any("mn_id" in entry.meant and entry.person in (first.number, second.number) for entry in town.living_entries()):
        return None  # whose id is meant in a form, that of then or that of now?
    one, other = town.signups[season.newest(first)], town.signups[season.newest(second)]
    if town.mn_owners[one.mn_id] != first.number or town.mn_owners[other.mn_id] != second.number:
        return None  # one of them typed another student's id
    for person, external_id in ((first, other.mn_id), (second, one.mn_id)):
        holder = next(
            (contact for contact in town.living_contacts() if is_same_id(contact.external_id, external_id)), None
        )
        if holder is not None and any("@" in key for key in _find_typed_keys(season, person, holder)):
            return None  # by rulebook section 4 an External ID and an email make it the mentor's
    one.mn_id, other.mn_id = other.mn_id, one.mn_id
    for person, truth in ((first, one), (second, other)):
        town.forms.edit(town.form.id, season.newest(person), {Q["mn_id"]: truth.mn_id})
        town.mn_owners[truth.mn_id] = person.number
    season.watch.exchanged(first, second)
    return f"the MN ids of {first.name} and {second.name} are exchanged: {one.mn_id} and {other.mn_id}"


@action("change the last name", 2)
def _change_last_name(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.signed_up(), a)
    if person is None:
        return None
    submission_id = season.newest(person)
    first = season.town.signups[submission_id].values.get("first_name")
    new = _LAST_NAMES[person.number % len(_LAST_NAMES)]
    if first is None or new in person.last_names:
        return None
    person.marry(new)
    season.town.edit_signup(submission_id, {"last_name": new}, {Q["name"]: {"first": first, "last": new}})
    return f"{person.name} has another last name now: {first} {new}"


@action("change the last name in Givebutter", 1)
def _change_last_name_in_givebutter(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick(season.town.living_contacts(), a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    person = season.town.people[owner]
    new = _LAST_NAMES[person.number % len(_LAST_NAMES)]
    if not contact.first_name or not contact.last_name or contact.last_name not in person.last_names:
        return None
    is_swapped = not season.watch.swapped.isdisjoint(season.town.submissions_of(person))
    if is_swapped and not is_first_name_known(person.first, person.last_names[0]):
        return None  # nothing shows any more which of the names is the first one
    if new in person.last_names:
        new = person.last_names[b % len(person.last_names)]
    if not season.town.contacts.change(contact, last_name=new):
        return None
    if new not in person.last_names:
        person.former_last_names = (*person.former_last_names, new)
    season.watch.givebutter_edit(contact.id, "last_name", new)
    return f"the last name of contact {contact.id} ({person.name}) is changed to {new} in Givebutter"
