"""Titles and explanations of the kinds of errors and warnings."""

from collections.abc import Mapping

from mentorsync_pipeline.console.translation import N_

ERROR_TITLES: Mapping[str, str] = {
    "INVALID_MN_ID": N_("Sign-ups without a usable MN id"),
    "MN_ID_TAKEN": N_("Sign-ups with another mentor's MN id"),
    "JOTFORM_SUBMISSION_INVALID": N_("Form entries that cannot be read"),
    "MEMBER_INVALID": N_("Fundraising pages that cannot be read"),
    "CONTACT_INVALID": N_("Contacts that cannot be read"),
    "LIST_SHRUNK": N_("Lists from which many records are missing"),
    "CELLS_UNUSABLE": N_("Data in which many values cannot be used"),
    "EXTERNAL_ID_MISSING": N_("Mentors without an External ID"),
    "EXTERNAL_ID_REPEATED": N_("Several mentors with one External ID"),
    "EXTERNAL_ID_HELD": N_("Another contact holds the mentor's External ID"),
    "CONTACT_ID_INVALID": N_("Contact ids that are not numbers"),
    "CONTACT_ID_REPEATED": N_("Several mentors with one contact"),
    "CONTACT_UNKNOWN": N_("Contacts that are not in the contact data"),
    "CONTACT_ARCHIVED": N_("Mentors whose contact is archived"),
    "CONTACT_UNREAD": N_("Rows of mentors whose contact may be one that cannot be read"),
    "LAST_NAME_MISSING": N_("Mentors without a last name"),
    "EMAIL_SUBSCRIPTION_MISSING": N_("Rows without an email subscription status"),
    "SUBSCRIPTION_INVALID": N_("Rows with an unknown subscription status"),
    "TEXT_TOO_LONG": N_("Texts that are too long for Givebutter"),
    "TEXT_UNSENDABLE": N_("Texts with characters that Givebutter rejects"),
    "STALE_FILE": N_("An import file from before a person unsubscribed"),
    "PHONE_INVALID": N_("Phones that Givebutter's import rejects"),
    "EMAIL_INVALID": N_("Invalid email addresses"),
    "DATE_INVALID": N_("Invalid dates"),
    "CHECKBOX_INVALID": N_("Checkboxes that are neither Yes nor No"),
    "OPTION_UNKNOWN": N_("Answers that Givebutter does not offer"),
    "NUMBER_INVALID": N_("Numbers that are not numbers"),
    "ADDRESS_INCOMPLETE": N_("Incomplete addresses"),
    "FORMULA_TEXT": N_("Texts that look like a formula"),
    "GB_EXTERNAL_ID_EXISTS": N_("Rejected: the External ID is another contact's"),
    "GB_EMAIL_TAKEN": N_("Rejected: the email is another contact's"),
    "GB_PHONE_TAKEN": N_("Rejected: the phone is another contact's"),
    "GB_NAME_REQUIRED": N_("Rejected: a name is missing"),
    "GB_SUBSCRIPTION_REQUIRED": N_("Rejected: a subscription status is missing"),
    "GB_TEXT_TOO_LONG": N_("Rejected: a text is too long"),
    "GB_OPTION_UNKNOWN": N_("Rejected: Givebutter has no such option"),
    "GB_PHONE_INVALID": N_("Rejected: the phone is not accepted"),
    "GB_EMAIL_INVALID": N_("Rejected: the email is not accepted"),
    "GB_DATE_INVALID": N_("Rejected: a date is not accepted"),
    "GB_CONTACT_NOT_FOUND": N_("Rejected: the contact does not exist"),
    "GB_ROW_REJECTED": N_("Rejected for another reason"),
    "DROP_FILE_UNKNOWN": N_("Files of an unknown kind"),
    "YEAR_CLOSED": N_("Files for a closed year"),
    "DROP_FILE_FAILED": N_("Files that could not be loaded"),
    "DROP_FILE_UNFINISHED": N_("Files that could not be checked"),
    "DROP_FILE_NOT_MOVED": N_("Files that could not be moved"),
    "ARCHIVE_UNANSWERED": N_("Contacts that may or may not be archived"),
    "ARCHIVE_REFUSED": N_("Contacts that Givebutter does not change or archive"),
    "ARCHIVE_CONTACT_CHANGED": N_("Not archived: the contact has changed"),
    "ARCHIVE_WINNER_CHANGED": N_("Not archived: the kept contact has changed"),
    "ARCHIVE_INTERRUPTED": N_("Contacts at which archiving was stopped"),
    "EXTERNAL_ID_ON_ARCHIVED": N_("An archived contact holds the External ID"),
    "RESTORE_FAILED": N_("Contacts that could not be restored"),
    "MESSAGE_VARIABLE_MISSING": N_("Messages with a missing value"),
    "MESSAGE_TOO_LONG": N_("Messages that are too long"),
    "MESSAGE_GREETING": N_("Messages without a usable name"),
    "MESSAGE_UNUSABLE": N_("Messages that cannot be sent"),
    "MESSAGE_FAILED": N_("Messages with a mistake in their text"),
    "MESSAGE_COLLISION": N_("Mentors with two messages at once"),
    "MESSAGE_CAMPAIGN_BROKEN": N_("Message campaigns that cannot be read"),
}

WARNING_TEXTS: Mapping[str, tuple[str, str]] = {
    "phone": (
        N_("Phones that are not valid"),
        N_("Nobody can be called or matched by them. Correct the phone in the sign-up."),
    ),
    "email": (
        N_("Emails that are mistyped or not valid"),
        N_("They are sent to Givebutter as typed, if at all. Correct the email in the sign-up."),
    ),
    "uga_email": (
        N_("UGA emails that are mistyped or not valid"),
        N_("They are sent to Givebutter as typed, if at all. Correct the UGA email in the sign-up."),
    ),
    "unreachable": (
        N_("Sign-ups without a usable phone or email"),
        N_("Only the MN id can find their contact. Ask the mentor and complete the sign-up."),
    ),
    "partner_id": (
        N_("Partners that are not recognised"),
        N_("The entry is neither an MN id nor a phone, so it was not used. Correct it in the partner form."),
    ),
    "partner_phone": (
        N_("Partners' phones that are not valid"),
        N_("The number was not used. Correct it in the partner form."),
    ),
    "same_email": (
        N_("Two mentors with one email"),
        N_("Their names differ, so both are kept. If it is one person, delete the wrong sign-up in Jotform."),
    ),
    "same_person": (
        N_("Sign-ups that may be the same person's"),
        N_("Joining them would join people whose names differ. If it is one person, delete the wrong one in Jotform."),
    ),
    "training_date": (
        N_("Training dates that cannot be read"),
        N_("Write the date in Givebutter as month/day/year, such as 10/14/2025."),
    ),
    "dropped_duplicate": (
        N_("Duplicates that are tagged as dropped out"),
        N_("The contact that is kept has no such tag. Tag it in Givebutter if the mentor has dropped out."),
    ),
    "foreign_phone": (
        N_("Foreign phones of duplicates"),
        N_("Givebutter's import rejects them. Copy them by hand to the kept contact before the duplicate is archived."),
    ),
    "unlinked_record": (
        N_("Pages and form entries without a mentor"),
        N_("They fit several mentors or none, and are not used. Correct the MN id or the name in the entry."),
    ),
    "phone_not_sent": (
        N_("Foreign phones of mentors"),
        N_("Givebutter's import rejects them, so they are not in the file. Enter them on the contact by hand."),
    ),
    "label": (
        N_("Custom fields that were renamed in Givebutter"),
        N_("They are still found by their text. Ask the administrator to correct the label in the year's settings."),
    ),
    "cell_left_out": (
        N_("Values that Givebutter would reject"),
        N_("They are left out of the import file, so that the rest of the row arrives. Correct the value."),
    ),
    "dropped_raised": (
        N_("Mentors who dropped out and have raised money"),
        N_("Check whether the tag in Givebutter is right."),
    ),
    "names_unknown": (
        N_("Contacts whose name could not be compared"),
        N_("The contact was chosen by phone, email or id. Check that it is the mentor's."),
    ),
    "name_format": (
        N_("Names that were tidied up"),
        N_("They were in one box or in capitals. They are split and written normally; Givebutter's name is kept."),
    ),
    "no_answer": (
        N_("Answers that say nothing"),
        N_("Such as n/a or a dot. They are not used; Givebutter's value is kept."),
    ),
    "placeholder": (
        N_("Phones and emails that identify nobody"),
        N_("Placeholders, or shared by many people. They are not used for matching."),
    ),
    "doubtful_contact": (
        N_("Contacts that may be the mentor's"),
        N_("Too little shows that they are, so they are left as they are and never archived."),
    ),
    "other_person": (
        N_("Contacts of other people with the same phone"),
        N_("A relative, or the number has a new owner. They are left as they are and never archived."),
    ),
    "formula": (
        N_("Texts that looked like a formula"),
        N_("An apostrophe was put in front, so that a spreadsheet shows them as text."),
    ),
    "old_message": (
        N_("Old messages that Givebutter still shows"),
        N_("The next import replaces them."),
    ),
    "characters": (
        N_("Unusable characters that were dropped"),
        N_("The rest of the text is used."),
    ),
    "future_change": (
        N_("Contacts with a date in the future"),
        N_("They count as changed when the contact data was taken."),
    ),
    "other": (
        N_("Unusual records"),
        N_("Each says what is unusual. Nothing is blocked."),
    ),
}
