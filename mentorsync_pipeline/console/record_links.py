"""Addresses of records in Givebutter and Jotform, for people who are logged in there."""

from dataclasses import dataclass

from mentorsync_pipeline.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class RecordLinks:
    """Links to the records of a year, in the forms of the settings."""

    settings: Settings
    signup_form_id: str | None

    def contact(self, contact_id: str | int) -> str:
        """Return the address of a contact in Givebutter."""
        return self.settings.givebutter_contact_link.replace("{contact_id}", str(contact_id))

    def signup(self, submission_id: str) -> str:
        """Return the address of a sign-up in Jotform."""
        return self.entry(submission_id, self.signup_form_id)

    def entry(self, submission_id: str, form_id: str | None) -> str:
        """Return the address of a form's entry in Jotform."""
        link = self.settings.jotform_submission_link.replace("{form_id}", str(form_id))
        return link.replace("{submission_id}", submission_id)
