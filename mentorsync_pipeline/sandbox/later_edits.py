"""Apply a world's later edits in both services, between the first import and the second sync."""

from mentorsync_pipeline.sandbox.sandbox import Sandbox


def make_later_edits(sandbox: Sandbox) -> None:
    """Correct answers, move sign-ups to the trash by mistake, and unsubscribe contacts."""
    later, form_id = sandbox.world.later, sandbox.world.config.signup_form_id
    for edit in later.corrected:
        sandbox.forms.edit(form_id, edit.submission_id, edit.answers)
    for submission_id in later.deleted:
        sandbox.forms.delete(form_id, submission_id)
    for contact_id in later.unsubscribed:
        sandbox.dashboard.edit(contact_id, email_subscribed=False)


def restore_signups(sandbox: Sandbox) -> None:
    """Restore the sign-ups from the trash."""
    for submission_id in sandbox.world.later.deleted:
        sandbox.forms.restore(sandbox.world.config.signup_form_id, submission_id)
