"""What must hold of a mentor's duplicates: whose they are, and that their values arrive first (rulebook 3, 9, 10)."""

from mentorsync_pipeline.archiving.rules.plan_records import PlanRow
from mentorsync_pipeline.domain.normalize import name_key
from mentorsync_pipeline.domain.records import Contact
from mentorsync_pipeline.recalculation.rules.year_result import YearResult
from tests.seasons.invariants.cell_checks import SUBSCRIPTIONS
from tests.seasons.invariants.observations import Observations
from tests.seasons.people import NOBODYS_EMAIL, Person, mailbox, plain_id

_DROPPED = "dropped"


def check_duplicates(watch: Observations, result: YearResult) -> None:
    """Check the contacts that the plan would archive, at once or after an approval."""
    typed_by_others = _find_keys_of_others(watch, result)
    for row in result.plan:
        person, contact = watch.person_of_row(row.mn_id), watch.system.contacts.get(row.contact_id)
        if row.action != "archive" or row.plan_state == "kept" or person is None or contact is None:
            continue
        if _is_certainly_somebody_elses(watch, person, contact, row):
            watch.fail(
                "a doubtful contact is taken for a duplicate",
                f"contact {row.contact_id} of {watch.names_of(watch.town.owners[row.contact_id])}, as a duplicate of "
                f"{person.name}: {row.reason}",
            )
        winner = watch.system.contacts.get(row.winner_contact_id or 0)
        if row.plan_state == "planned" and winner is not None:
            _check_arrived(watch, row, contact, winner, typed_by_others[row.mn_id or ""])
            for name, has_any in SUBSCRIPTIONS.values():
                if has_any(contact) and not getattr(contact, name) and has_any(winner) and getattr(winner, name):
                    watch.fail(
                        "an opt-out is archived before it arrives",
                        f"{name} of contact {contact.contact_id}, which contact {winner.contact_id} still has",
                    )


def _find_keys_of_others(watch: Observations, result: YearResult) -> dict[str, set[str]]:
    """Return the phones and emails that the other mentors typed, by MN id: they are not carried over."""
    typed = {signup.mn_id: watch.town.keys_of(signup.submission_id) for signup in result.signups.signups}
    return {
        mn_id: {key for other, keys in typed.items() if other != mn_id for key in keys} - own
        for mn_id, own in typed.items()
    }


def _is_certainly_somebody_elses(watch: Observations, person: Person, contact: Contact, row: PlanRow) -> bool:
    """Whether a contact has another person's first name and nothing that shows that it is the student's.

    Such signs are the External ID, a UGA email, the year's page and a mentor tag (rulebook section 3).
    """
    owners = watch.town.owners[contact.contact_id]
    if not owners or person.number in owners or row.approved_by is not None:
        return False
    typed = [
        watch.town.signups[key].values.get("first_name") for key in watch.town.submissions_of(person, living=False)
    ]
    initials = {name_key(name)[:1] for name in (*person.spellings, *person.last_names)}
    emails = set(map(mailbox, contact.emails))
    return (
        None not in typed
        and any(contact.first_name == watch.town.people[owner].first for owner in owners)
        and name_key(contact.first_name)[:1] not in initials
        and watch.person_of_row(plain_id(contact.external_id)) is not person
        and person.uga not in emails
        and not any("mentor" in tag.casefold() for tag in contact.tags)
        and person.number not in watch.town.member_owners.values()
    )


def _check_arrived(
    watch: Observations, row: PlanRow, contact: Contact, winner: Contact, typed_by_others: set[str]
) -> None:
    """The emails, phones and tags of a duplicate are on the winner, or a person has taken them off it."""
    removed = watch.hand_edits.removed_values((winner.contact_id,))
    shown = {*winner.phones, *map(mailbox, winner.emails), *watch.keys_shown.get(winner.contact_id, ())}
    held = shown | removed | typed_by_others | {NOBODYS_EMAIL}
    missing: set[str] = {*contact.phones, *map(mailbox, contact.emails)} - held
    missing |= {tag.casefold() for tag in contact.tags} - {tag.casefold() for tag in winner.tags} - removed
    missing = {value for value in missing if not value.startswith(_DROPPED)}
    if missing and row.approved_by is None:
        watch.fail(
            "a duplicate is archived before its values arrive",
            f"contact {row.contact_id} has {sorted(missing)}, which contact {winner.contact_id} lacks",
        )
