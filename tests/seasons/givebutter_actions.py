"""What people do in Givebutter during a season: edit, tag, archive, restore and merge contacts, and raise money."""

from typing import Any

from mentorsync_pipeline.sandbox import gb_model
from tests.seasons.people import NOBODYS_EMAIL, mailbox
from tests.seasons.season import Season, action, owner_of, pick
from tests.seasons.simulated_services import AMOUNT_LABEL, ATTENDED_LABEL, SHIRT_LABEL, SHIRTS


def _editable(season: Season, a: int) -> gb_model.Contact | None:
    return pick(season.town.living_contacts(), a)


@action("edit first name in Givebutter", 3)
def _gb_first_name(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    value = pick(season.town.people[owner].spellings, b)
    return _gb_edit(season, contact, "first_name", value, first_name=value)


@action("edit shirt size in Givebutter", 3)
def _gb_shirt(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    value = SHIRTS[b % len(SHIRTS)]
    if contact is None or value not in season.town.contacts.custom_fields[SHIRT_LABEL].options:
        return None
    return _gb_edit(season, contact, "shirt_size", value, custom={**contact.custom, SHIRT_LABEL: value})


@action("replace phone in Givebutter", 3)
def _gb_phone(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    value = season.watch.new_key(season.town.people[owner], "phone")
    return _gb_edit(season, contact, "phone", value, phones=[value, *contact.phones[1:]])


@action("replace email in Givebutter", 2)
def _gb_email(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1 or not contact.emails:
        return None
    (owner,) = season.town.owners[contact.id]
    value = season.watch.new_key(season.town.people[owner], "personal_email")
    return _gb_edit(season, contact, "personal_email", value, emails=[value, *contact.emails[1:]])


@action("add phone or email in Givebutter", 2)
def _gb_add(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or len(season.town.owners[contact.id]) != 1:
        return None
    (owner,) = season.town.owners[contact.id]
    person = season.town.people[owner]
    if b % 2:
        season.town.contacts.change(contact, phones=[*contact.phones, season.watch.new_key(person, "phone")])
    else:
        season.town.contacts.change(contact, emails=[*contact.emails, season.watch.new_key(person, "personal_email")])
    return f"a {'phone' if b % 2 else 'email'} is added to contact {contact.id} in Givebutter"


def _gb_edit(season: Season, contact: gb_model.Contact, name: str, value: str | None, **changes: Any) -> str | None:
    if value is None or not season.town.contacts.change(contact, **changes):
        return None
    season.watch.givebutter_edit(contact.id, name, value)
    return f"the {name} of contact {contact.id} ({owner_of(season, contact.id)}) is changed to {value} in Givebutter"


@action("tag contact", 2)
def _tag(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    tag = ("Dropped 25", "Phone bank", "mentors 2025")[b % 3]
    if contact is None or tag in contact.tags:
        return None
    if "mentors" in tag and not all(season.town.people[number].is_student for number in season.town.owners[contact.id]):
        return None  # by rulebook section 3 the tag would be a sign that the contact is the student's
    season.town.contacts.change(contact, tags=[*contact.tags, tag])
    return f"contact {contact.id} ({owner_of(season, contact.id)}) is tagged {tag}"


@action("untag contact", 1)
def _untag(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick([contact for contact in season.town.living_contacts() if contact.tags], a)
    if contact is None:
        return None
    tag = contact.tags[b % len(contact.tags)]
    season.town.contacts.change(contact, tags=[held for held in contact.tags if held != tag])
    return f"the tag {tag} is taken off contact {contact.id} ({owner_of(season, contact.id)})"


@action("edit notes in Givebutter", 1)
def _gb_notes(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    note = ("Call after six", "=1+1", "Two\nlines")[b % 3]
    if contact is None or not season.town.contacts.change(contact, note=note):
        return None
    return f"the note of contact {contact.id} ({owner_of(season, contact.id)}) is changed to {note!r}"


@action("type cash into the amount in Givebutter", 1)
def _gb_amount(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None:
        return None
    amount = f"{100 + b % 90}.00"
    season.town.contacts.change(contact, custom={**contact.custom, AMOUNT_LABEL: amount})
    return f"the amount of contact {contact.id} ({owner_of(season, contact.id)}) is typed as {amount} in Givebutter"


@action("tick attendance in Givebutter", 1)
def _tick(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None or contact.custom.get(ATTENDED_LABEL) == "Yes":
        return None
    season.town.contacts.change(contact, custom={**contact.custom, ATTENDED_LABEL: "Yes"})
    season.watch.ticked(contact.id)
    return f"attendance is ticked on contact {contact.id} ({owner_of(season, contact.id)})"


@action("unsubscribe contact", 1)
def _unsubscribe(season: Season, a: int, b: int, c: int) -> str | None:
    contact = pick([contact for contact in season.town.living_contacts() if contact.email_subscribed], a)
    if contact is None:
        return None
    season.town.contacts.change(contact, email_subscribed=False, phone_subscribed=False)
    return f"contact {contact.id} ({owner_of(season, contact.id)}) unsubscribes"


@action("donate", 1)
def _donate(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None:
        return None
    season.town.contacts.change(contact, total_contributions=contact.total_contributions + 25)
    return f"contact {contact.id} ({owner_of(season, contact.id)}) donates"


@action("create a contact by a donation", 2)
def _donate_anew(season: Season, a: int, b: int, c: int) -> str | None:
    person = pick(season.town.people, a)
    if person is None:
        return None
    emails = [person.emails[-1]] if b % 2 else [person.emails[-2]]
    first = pick(person.spellings, b // 2) or person.first
    contact = season.town.contacts.create(
        first_name=first, last_name=person.last, emails=emails, phones=[], total_contributions=25.0
    )
    season.town.owners[contact.id] = frozenset((person.number,))
    return f"{person.name} donates as a new contact {contact.id}: {first} {person.last}, {emails[0]}"


@action("archive contact in Givebutter", 2)
def _gb_archive(season: Season, a: int, b: int, c: int) -> str | None:
    contact = _editable(season, a)
    if contact is None:
        return None
    season.town.contacts.change(contact, archived_at=season.town.now)
    return f"contact {contact.id} ({owner_of(season, contact.id)}) is archived in Givebutter"


@action("restore contact in Givebutter", 2)
def _gb_restore(season: Season, a: int, b: int, c: int) -> str | None:
    merged = season.watch.merged_away
    contact = pick([contact for contact in season.town.archived_contacts() if contact.id not in merged], a)
    if contact is None:
        return None
    season.town.contacts.change(contact, archived_at=None)
    season.watch.restored(contact.id)
    return f"contact {contact.id} ({owner_of(season, contact.id)}) is restored in Givebutter"


@action("merge contacts in Givebutter", 2)
def _gb_merge(season: Season, a: int, b: int, c: int) -> str | None:
    contacts = season.town.living_contacts()
    pairs = [
        (contact, other)
        for contact in contacts
        for other in contacts
        if contact is not other and season.town.owners[contact.id] == season.town.owners[other.id]
    ]
    pair = pick(pairs, a)
    if pair is None:
        return None
    kept, gone = pair
    external_id = kept.external_id or gone.external_id
    season.town.contacts.change(gone, archived_at=season.town.now, external_id=None)
    season.town.contacts.change(
        kept,
        external_id=external_id,
        suffix=kept.suffix or gone.suffix,
        emails=list(dict.fromkeys([*kept.emails, *gone.emails])),
        phones=list(dict.fromkeys([*kept.phones, *gone.phones])),
        tags=list(dict.fromkeys([*kept.tags, *gone.tags])),
        total_contributions=kept.total_contributions + gone.total_contributions,
    )
    season.watch.merged(kept.id, gone.id)
    return f"contact {gone.id} is merged into {kept.id} ({owner_of(season, kept.id)}) in Givebutter"


# Pages


@action("set up a page", 3)
def _page(season: Season, a: int, b: int, c: int) -> str | None:
    paged = set(season.town.member_owners.values())
    person = pick([person for person in season.signed_up() if person.number not in paged], a)
    if person is None:
        return None
    values = season.town.signups[season.newest(person)].values
    email, phone = (values.get("personal_email"), None) if b % 2 else (None, values.get("phone"))
    if phone and phone not in person.own_keys:
        email = person.uga  # with the home phone alone nobody could tell brother and sister apart
    if email in (None, NOBODYS_EMAIL) and phone is None:
        email = person.uga
    if any({mailbox(email or ""), phone} & other.own_keys for other in season.town.people if other is not person):
        # By rulebook section 3 a page with a parent's email would be a sign that the parent's contact is the student's.
        email, phone = person.uga, None
    member_id = 900 + len(season.town.members)
    season.town.members.append(
        gb_model.Member(
            id=member_id,
            first_name=person.first,
            last_name=person.last,
            email=email,
            phone=phone,
            raised=20.0,
            created_at=season.town.now,
            updated_at=season.town.now,
            url=f"https://givebutter.example/{member_id}",
        )
    )
    season.town.member_owners[member_id] = person.number
    return f"{person.name} sets up page {member_id} with {email or phone}"


@action("raise money", 2)
def _raise(season: Season, a: int, b: int, c: int) -> str | None:
    member = pick(season.town.members, a)
    if member is None:
        return None
    member.raised, member.updated_at = member.raised + 30, season.town.now
    return f"page {member.id} raises 30 dollars"


@action("edit page", 2)
def _edit_page(season: Season, a: int, b: int, c: int) -> str | None:
    member = pick(season.town.members, a)
    if member is None:
        return None
    person = season.town.people[season.town.member_owners[member.id]]
    member.email, member.updated_at = season.watch.new_key(person, "personal_email"), season.town.now
    member.phone = None
    return f"the email of page {member.id} ({person.name}) is changed"


# Runs and files
