"""Apply a world's later edits in both services, between the first file and the second sync, and find those lost."""

from collections.abc import Collection, Iterable, Mapping

from mentorsync_pipeline.sandbox.gb_model import Contact
from mentorsync_pipeline.sandbox.population.world import ContactEdit, FormEdit, SandboxForms, World
from mentorsync_pipeline.sandbox.sandbox import Sandbox


def make_early_edits(sandbox: Sandbox) -> None:
    """Correct answers between the first file and its import."""
    _correct(sandbox, sandbox.world.later.corrected_early)


def make_later_edits(sandbox: Sandbox) -> None:
    """Correct answers, move sign-ups to the trash by mistake, edit contacts, and unsubscribe some."""
    later, form_id = sandbox.world.later, sandbox.world.config.signup_form_id
    _correct(sandbox, later.corrected)
    for submission_id in later.deleted:
        sandbox.forms.delete(form_id, submission_id)
    for edit in later.edited:
        sandbox.dashboard.edit(edit.contact_id, **read_changes(edit, sandbox.contacts.get(edit.contact_id)))
    for contact_id in later.unsubscribed:
        sandbox.dashboard.edit(contact_id, email_subscribed=False)


def restore_signups(sandbox: Sandbox) -> None:
    """Restore the sign-ups from the trash."""
    for submission_id in sandbox.world.later.deleted:
        sandbox.forms.restore(sandbox.world.config.signup_form_id, submission_id)


def find_lost_edits(world: World, contacts: Iterable[Contact], asked: Collection[str]) -> list[str]:
    """Return the kind and contact or sign-up of edits that Givebutter's contacts do not show after the last import.

    Args:
        world: the world with its edits.
        contacts: all contacts.
        asked: MN ids of mentors with an open question about a field, which keeps the contact's value.

    """
    by_id = {contact.id: contact for contact in contacts}
    created = {
        contact.external_id: contact
        for contact in by_id.values()
        if contact.external_id is not None and contact.id not in world.truth.contacts
    }
    mentors = {mentor.submission_id: mentor for mentor in world.truth.mentors}
    lost = [
        f"contact {edit.contact_id}" for edit in world.later.edited if not _is_edit_kept(edit, by_id[edit.contact_id])
    ]
    for edit in (*world.later.corrected_early, *world.later.corrected):
        mentor = mentors[edit.submission_id]
        mn_id = edit.mn_id or mentor.mn_id
        contact = by_id[mentor.contact_id] if mentor.contact_id else created.get(mn_id)
        if mn_id not in asked and not (contact and _is_correction_kept(edit, contact, world.config)):
            lost.append(f"{edit.kind} of sign-up {edit.submission_id}")
    return lost


def _correct(sandbox: Sandbox, edits: Iterable[FormEdit]) -> None:
    for edit in edits:
        sandbox.forms.edit(sandbox.world.config.signup_form_id, edit.submission_id, edit.answers)


def read_changes(edit: ContactEdit, contact: Contact | None) -> Mapping[str, object]:
    """Return the changed values of a contact by attribute."""
    if edit.phone is not None:
        return {"phones": [edit.phone, *(contact.phones[1:] if contact else ())]}
    return {"custom": {**(contact.custom if contact else {}), edit.label: edit.value}}


def _is_edit_kept(edit: ContactEdit, contact: Contact) -> bool:
    return edit.phone == contact.phones[0] if edit.phone is not None else contact.custom.get(edit.label) == edit.value


def _is_correction_kept(edit: FormEdit, contact: Contact, config: SandboxForms) -> bool:
    """Return whether a contact has the corrected phone, email, names or id."""
    questions = config.signup_questions
    phone, email = edit.answers.get(questions["phone"]), edit.answers.get(questions["personal_email"])
    names = edit.answers.get(questions["name"])
    return (
        (not isinstance(phone, dict) or phone["full"] in contact.phones)
        and (not isinstance(email, str) or email.casefold() in map(str.casefold, contact.emails))
        and (not isinstance(names, dict) or (contact.first_name, contact.last_name) == (names["first"], names["last"]))
        and (edit.mn_id is None or contact.external_id == edit.mn_id)
    )
