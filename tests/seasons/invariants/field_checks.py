"""What must hold of the fields of a mentor: no edit of either side is lost (rulebook section 7)."""

from mentorsync_pipeline.domain.names.name_parts import remove_titles
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact, Mentor
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.kinds import JUNK_NAMES, TRACKED
from tests.seasons.invariants.observations import SUBJECTS, Edit, Observations, Tracked
from tests.seasons.people import NOBODYS_EMAIL, Person, mailbox
from tests.seasons.simulated_services import KEYS, SHIRT_LABEL


def check_fields(watch: Observations, person: Person, mentor: Mentor, submission_id: str, result: YearResult) -> None:
    """No edit of either side is lost."""
    asked = {conflict.subject for conflict in result.conflicts if conflict.mn_id == mentor.mn_id}
    contact = watch.system.contacts.get(mentor.gb_contact_id or 0)
    for name in TRACKED:
        tracked = (person.number, name)
        ours = watch.town.answers[submission_id].get(name)
        if watch.is_unread(name, mentor.gb_contact_id):
            _check_unread(watch, person, mentor, name, (submission_id, ours))
            continue
        value = getattr(mentor, name)
        if value in JUNK_NAMES and ours not in (None, NOBODYS_EMAIL):
            watch.fail("junk replaces a neat name", f"{person.name}'s {name}: {value} instead of {ours}")
        watch.values.pop(tracked, None)
        if ours in (None, NOBODYS_EMAIL):
            continue
        watch.values[tracked] = mentor.gb_contact_id or 0, submission_id, value
        theirs = _contact_value(contact, name)
        is_asked = any(subject in asked for subject in SUBJECTS.get(name, (name,)))
        moved = _has_moved(watch, tracked, submission_id, ours) or tracked in watch.moved_unread
        watch.moved_unread.discard(tracked)
        agreed_before = watch.ours_agreed.get(tracked, {})
        edit = _edit(watch, tracked, contact, theirs)
        if edit is not None and not is_asked:
            both = not _same_key(ours, edit.ours)  # another spelling of a mailbox is no edit
            if both and not _same(name, ours, edit.value):
                watch.fail(
                    "edits of both sides, and nobody is asked",
                    f"{person.name}'s {name}: Jotform {ours}, Givebutter {edit.value}, MentorSync {value}",
                )
            if not both and not _same(name, value, edit.value):
                watch.fail(
                    "an edit in Givebutter is lost",
                    f"{person.name}'s {name} was changed to {edit.value} in Givebutter, MentorSync has {value}",
                )
        elif (
            moved
            and not is_asked
            and not _is_decided(watch, mentor, name)
            and not _same(name, value, ours)
            and ours not in (agreed_before.get(mentor.gb_contact_id or 0), watch.ours_at_edit.get(tracked))
        ):
            watch.fail(
                "an edit in Jotform is lost",
                f"{person.name}'s {name} was changed to {ours} in Jotform, MentorSync has {value}",
            )
        _check_seen(watch, person, mentor, name, moved=moved, theirs=theirs)
        _remember(watch, tracked, (submission_id, ours), edit, is_asked=is_asked, moved=moved)
        if not is_asked:
            _remember_agreed(watch, tracked, ours, value, contact, theirs)
        if contact is not None and theirs is not None and _equal(name, value, theirs) and not is_asked:
            watch.agreed[tracked] = (contact.contact_id, theirs, ours)
        else:
            watch.agreed.pop(tracked, None)


def remember_stored(
    watch: Observations, person: Person, mentor: Mentor, submission_id: str, result: YearResult
) -> None:
    """Remember a mentor's values, and the answers that the contact has, without a check.

    An edit of the latter is Givebutter's.
    """
    asked = {conflict.subject for conflict in result.conflicts if conflict.mn_id == mentor.mn_id}
    contact = watch.system.contacts.get(mentor.gb_contact_id or 0)
    for name in TRACKED:
        tracked, value = (person.number, name), getattr(mentor, name)
        watch.values[tracked] = mentor.gb_contact_id or 0, submission_id, value
        ours = watch.town.answers[submission_id].get(name)
        if ours is not None and asked.isdisjoint(SUBJECTS.get(name, (name,))):
            _remember_agreed(watch, tracked, ours, value, contact, _contact_value(contact, name))


def _remember_agreed(
    watch: Observations, tracked: Tracked, ours: str, value: str | None, contact: Contact | None, theirs: str | None
) -> None:
    if contact is not None and any(_same_key(value, held) for held in (theirs, *contact.phones, *contact.emails)):
        watch.ours_agreed[tracked] = {**watch.ours_agreed.get(tracked, {}), contact.contact_id: ours}


def _has_moved(watch: Observations, tracked: Tracked, submission_id: str, ours: str) -> bool:
    """Whether the person says something new; an older sign-up that counts again does not."""
    before_id, before = watch.ours.get(tracked, (submission_id, ours))
    now, then = watch.town.signups[submission_id], watch.town.signups[before_id]
    return ours != before and now.answered_at(tracked[1]) >= then.answered_at(tracked[1])


def _edit(watch: Observations, tracked: Tracked, contact: Contact | None, theirs: str | None) -> Edit | None:
    """The edit in Givebutter that this sync is the first to see."""
    edit = watch.unseen.get(tracked)
    if edit is None or contact is None or contact.contact_id != edit.contact_id:
        return None
    if watch.system.contacts is edit.contacts:
        return None  # no export was loaded since
    if theirs != edit.value:
        del watch.unseen[tracked]
        return None
    return edit


def _check_unread(watch: Observations, person: Person, mentor: Mentor, name: str, ours: tuple[str, str | None]) -> None:
    """An export that does not show a field takes no edit away."""
    submission_id, answer = ours
    used_before, _ = watch.ours.get((person.number, name), (None, None))
    if (
        answer is None
        or submission_id != used_before
        or _has_moved(watch, (person.number, name), submission_id, answer)
    ):
        watch.moved_unread.add((person.number, name))
    elif (person.number, name) not in watch.moved_unread:
        known = watch.values.get((person.number, name))
        is_same_link = known is not None and known[:2] == (mentor.gb_contact_id, submission_id)
        if known is not None and is_same_link and not _same(name, getattr(mentor, name), known[2]):
            watch.fail(
                "a field that an export hides changes",
                f"{person.name}'s {name}: {known[2]} becomes {getattr(mentor, name)}",
            )
        edit = watch.seen.get((person.number, name))
        if edit is not None and edit.contact_id == mentor.gb_contact_id:
            _require_edit(watch, person, mentor, name, edit)


def _require_edit(watch: Observations, person: Person, mentor: Mentor, name: str, edit: Edit) -> None:
    if not _same(name, getattr(mentor, name), edit.value):
        watch.fail(
            "an edit seen in Givebutter is forgotten",
            f"{person.name}'s {name} was changed to {edit.value} in Givebutter and taken over; "
            f"MentorSync now has {getattr(mentor, name)}",
        )


def _check_seen(
    watch: Observations, person: Person, mentor: Mentor, name: str, *, moved: bool, theirs: str | None
) -> None:
    edit = watch.seen.get((person.number, name))
    if edit is None:
        return
    linked = mentor.gb_contact_id == edit.contact_id
    if moved or (linked and theirs != edit.value):
        del watch.seen[person.number, name]
    elif linked:
        _require_edit(watch, person, mentor, name, edit)


def _remember(
    watch: Observations, tracked: Tracked, ours: str, edit: Edit | None, *, is_asked: bool, moved: bool
) -> None:
    watch.ours[tracked] = ours
    if edit is not None:
        del watch.unseen[tracked]
        if not is_asked and not moved:
            watch.seen[tracked] = edit


def _is_decided(watch: Observations, mentor: Mentor, name: str) -> bool:
    """Whether an answer about this field stands, which an edit may bring into force again."""
    person, subjects = watch.person_of_row(mentor.mn_id), SUBJECTS.get(name, (name,))
    return any(key[2] in subjects and watch.person_of_row(key[0]) is person for key in watch.system.decisions)


def check_history(watch: Observations, result: YearResult) -> None:
    """What our own import did is no edit of a person, and one edit of a person is logged once for each row and link.

    A row that takes over the sign-up of another row, which ends, takes over its edits. While a phone or email of a
    duplicate, which is still to be copied, stands for a removed one, the removal may be logged once more.
    """
    linked = {mentor.mn_id: watch.system.contacts.get(mentor.gb_contact_id or 0) for mentor in result.mentors.mentors}
    mentors = {*linked}
    mentors -= {change.mn_id for change in result.changes if change.field == "gb_contact_id"}
    ended = {change.mn_id for change in result.changes if change.change_type == "dropped" and change.field is None}
    mentors -= {signup.mn_id for signup in result.signups.signups if not ended.isdisjoint(signup.superseded_mn_ids)}
    logged = []
    for change in result.changes:
        if change.source != "givebutter_edit" or change.field is None or change.mn_id not in mentors:
            continue
        person = watch.person_of_row(change.mn_id)
        own = {contact_id for contact_id, owners in watch.town.owners.items() if person and person.number in owners}
        if not watch.hand_edits.is_edited(own, change.field):
            watch.fail(
                "our own import is taken for an edit",
                f"{change.field} of {change.mn_id}: {change.old_value} becomes {change.new_value}",
            )
        if _is_shown(linked[change.mn_id], change.field, change.new_value):
            logged.append((own, change.field))
    for contact_ids, name in logged:
        watch.hand_edits.logged(contact_ids, name, watch.system.contacts)


def _is_shown(contact: Contact | None, name: str, value: str | None) -> bool:
    if contact is None or value is None or name not in KEYS:
        return True
    return mailbox(value) in {*contact.phones, *map(mailbox, contact.emails)}


def _contact_value(contact: Contact | None, name: str) -> str | None:
    if contact is None:
        return None
    if name == "shirt_size":
        return contact.custom_fields.get(SHIRT_LABEL)
    if name == "phone":
        return contact.phones[0] if contact.phones else None
    if name == "personal_email":
        return contact.emails[0] if contact.emails else None
    text: str | None = getattr(contact, name)
    return text


def _same(name: str, left: str | None, right: str | None) -> bool:
    if name not in ("first_name", "last_name") or left is None or right is None:
        return _same_key(left, right)
    return name_key(remove_titles(left)) == name_key(remove_titles(right))  # a title is no part of a name


def _equal(name: str, value: str | None, other: str) -> bool:
    """Whether two values are the same, but for how a name is written."""
    return _same_key(value, other) or (name in ("first_name", "last_name") and name_key(value or "") == name_key(other))


def _same_key(left: str | None, right: str | None) -> bool:
    return mailbox(left or "") == mailbox(right or "")
