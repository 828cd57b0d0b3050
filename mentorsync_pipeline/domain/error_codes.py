"""Registry of the stable error codes in `sync_errors`, with meaning and next step (rulebook section 12).

A code is never renamed or given another meaning: people's notes and other programs refer to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mentorsync_pipeline.domain.findings import ErrorFinding
from mentorsync_pipeline.domain.list_guard import CELLS_UNUSABLE, LIST_SHRUNK
from mentorsync_pipeline.domain.vocabulary import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCode:
    """One stable code of `sync_errors`.

    `can_retry`: a later run may succeed without a change of the record.
    """

    code: str
    meaning: str
    what_to_do: str
    severity: Severity = "medium"
    can_retry: bool = False


_ALL = (
    # Sign-ups (rulebook section 2)
    ErrorCode(
        code="INVALID_MN_ID",
        meaning="A sign-up has no MN id, or one that is not MN and four or more digits, so it cannot be used.",
        what_to_do="Correct the Unique ID of this submission in Jotform; the next sync picks it up.",
        severity="high",
    ),
    ErrorCode(
        code="MN_ID_TAKEN",
        meaning="Two people's sign-ups have the same MN id, and a reviewer assigned it to the other sign-up.",
        what_to_do="Give this submission a new Unique ID in Jotform; the next sync picks it up.",
        severity="high",
    ),
    # Records and lists of a service that cannot be used (rulebook section 2)
    ErrorCode(
        code="JOTFORM_SUBMISSION_INVALID",
        meaning="A submission cannot be read. Its previous values are kept; all other records are processed.",
        what_to_do="Correct the field that is named in Jotform, or delete the submission if it is broken; the next "
        "sync picks it up and closes this error.",
        severity="high",
    ),
    ErrorCode(
        code="MEMBER_INVALID",
        meaning="A campaign member cannot be read. Its previous values are kept; all other records are processed.",
        what_to_do="Correct the field that is named in Givebutter; the next sync picks it up and closes this error.",
        severity="high",
    ),
    ErrorCode(
        code="CONTACT_INVALID",
        meaning="A contact cannot be read. Its previous values are kept; all other records are processed.",
        what_to_do="Correct the field that is named on the contact in Givebutter; the next refresh or export picks it "
        "up and closes this error.",
        severity="high",
    ),
    ErrorCode(
        code=LIST_SHRUNK,
        meaning="A list that should be whole lacks more than 20 % (and more than 10) of the records that were there "
        "before, or shows as many contacts as archived. The list was not loaded: the table keeps its previous rows, "
        "and all other steps use them.",
        what_to_do="Check the form, campaign or filter, and whose key is used; a later sync closes this error when the "
        "list is whole again. If the records are really gone, accept the list: mentorsync errors accept ID.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code=CELLS_UNUSABLE,
        meaning="The share of ids, phones, emails, postal codes, dates, names or subscriptions that cannot be used "
        "rose by more than 10 points since the last load, more than 10 % of the contacts lost names, donations or the "
        "time of their last change, more than 10 % of the campaign members lost their amounts, or more than 30 % of "
        "the contacts lost their tags or have other names, emails or phones. In a load of changed contacts, these "
        "shares are those of the changed contacts. The data was not loaded: the records keep their previous values.",
        what_to_do="Check the cells: a spreadsheet may have rewritten them or sorted some of the columns only, or a "
        "form may no longer send them. "
        "Load a fresh export or refresh again. If they are correct, accept the list: mentorsync errors accept ID.",
        severity="high",
        can_retry=True,
    ),
    # Rows that the linter keeps out of the import file (rulebook section 9)
    ErrorCode(
        code="EXTERNAL_ID_MISSING",
        meaning="The row has no Contact External ID, so Givebutter could not identify the mentor.",
        what_to_do="Fill in the mentor's External ID; for a file from MentorSync, create it again.",
        severity="high",
    ),
    ErrorCode(
        code="EXTERNAL_ID_REPEATED",
        meaning="Several rows of the file have the same External ID; Givebutter would reject all but the first.",
        what_to_do="Give each person a different MN id in Jotform, or delete the wrong sign-up; then sync.",
        severity="high",
    ),
    ErrorCode(
        code="EXTERNAL_ID_HELD",
        meaning="Another contact holds this External ID in Givebutter, so the row would be rejected.",
        what_to_do="Clear or change the External ID of that contact in Givebutter (archiving a duplicate here does it "
        "for you). An archived contact: restore it, clear the id, refresh the contacts while it is restored, and "
        "archive it again. If it no longer exists in Givebutter (deleted or merged into another contact), "
        "send the row anyway: mentorsync errors retry ID. Then sync again.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code="CONTACT_UNREAD",
        meaning="A contact that cannot be read has the External ID, an email or the phone of this row. It may be the "
        "mentor's contact, and the row might create a duplicate.",
        what_to_do="Correct the field that is named on that contact in Givebutter, refresh the contacts, and sync "
        "again. If the contact is another person's or cannot be corrected, ignore its error CONTACT_INVALID: "
        "mentorsync errors ignore ID; then sync again.",
        severity="high",
    ),
    ErrorCode(
        code="CONTACT_ID_INVALID",
        meaning="The Givebutter Contact ID is not a whole number.",
        what_to_do="Correct the id, or leave it blank to create a contact.",
        severity="high",
    ),
    ErrorCode(
        code="CONTACT_ID_REPEATED",
        meaning="Several rows of the file update the same contact; the last one would overwrite the others.",
        what_to_do="Keep one row per contact: resolve the External ID conflict of these mentors, then sync again.",
        severity="high",
    ),
    ErrorCode(
        code="CONTACT_UNKNOWN",
        meaning="The row updates a contact that is not in the current contact data.",
        what_to_do="Refresh the contacts (mentorsync upload FILE, or mentorsync refresh-contacts) and sync again.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code="CONTACT_ARCHIVED",
        meaning="The row updates an archived contact, which Givebutter rejects.",
        what_to_do="Restore the contact in Givebutter, or sync again so that another contact is chosen.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code="LAST_NAME_MISSING",
        meaning="The row has no last name, which Givebutter requires.",
        what_to_do="Add the last name to the sign-up in Jotform (or to the contact in Givebutter), then sync again.",
    ),
    ErrorCode(
        code="EMAIL_SUBSCRIPTION_MISSING",
        meaning="The row has an email and no Email Subscription Status, which Givebutter requires.",
        what_to_do="Set the status to Yes or No; for a file from MentorSync, create it again.",
    ),
    ErrorCode(
        code="SUBSCRIPTION_INVALID",
        meaning="A subscription status is neither Yes nor No.",
        what_to_do="Set the status to Yes or No; for a file from MentorSync, create it again.",
    ),
    ErrorCode(
        code="TEXT_TOO_LONG",
        meaning="A text is longer than Givebutter accepts (255 characters; a tag 64; a prefix 10; a custom "
        "field as many as custom_text_limit).",
        what_to_do="Shorten the answer in Jotform, the value in Givebutter or the message's template, then sync again.",
    ),
    ErrorCode(
        code="TEXT_UNSENDABLE",
        meaning="A text contains a control character, which Givebutter's import rejects.",
        what_to_do="Type the text again in Jotform or on the contact in Givebutter, then sync again.",
    ),
    ErrorCode(
        code="STALE_FILE",
        meaning="A person has unsubscribed since the file was created, and the file would subscribe the person again.",
        what_to_do="Do not import this file. Create a new file: mentorsync sync --year YEAR.",
        severity="high",
    ),
    ErrorCode(
        code="PHONE_INVALID",
        meaning="A phone number is invalid or of another country, which Givebutter's import rejects.",
        what_to_do="Put a US number on the contact in Givebutter (the foreign number may stay as an additional one), "
        "then refresh the contacts and sync again.",
    ),
    ErrorCode(
        code="EMAIL_INVALID",
        meaning="An email address is invalid.",
        what_to_do="Correct the address in Jotform or on the contact in Givebutter, then sync again.",
    ),
    ErrorCode(
        code="DATE_INVALID",
        meaning="A date is neither MM/DD/YYYY nor YYYY-MM-DD, or no such day exists.",
        what_to_do="Correct the date on the contact in Givebutter, then refresh the contacts and sync again.",
    ),
    ErrorCode(
        code="CHECKBOX_INVALID",
        meaning="A checkbox custom field is neither Yes nor No.",
        what_to_do="Set the cell to Yes or No; for a file from MentorSync, create it again.",
    ),
    ErrorCode(
        code="OPTION_UNKNOWN",
        meaning="A select custom field has a value that is none of its options.",
        what_to_do="Correct the answer, or add the option to the field in Givebutter and to custom_field_options of "
        "the year's configuration; then sync again.",
    ),
    ErrorCode(
        code="NUMBER_INVALID",
        meaning="A number field has a value that is not a number.",
        what_to_do="Correct the answer, or change the field's type in custom_field_types of the year's configuration; "
        "then sync again.",
    ),
    ErrorCode(
        code="ADDRESS_INCOMPLETE",
        meaning="The row has a part of an address; Givebutter drops an incomplete one.",
        what_to_do="Send the street, city, state and zip code together, or none of them.",
    ),
    ErrorCode(
        code="FORMULA_TEXT",
        meaning="A free text starts with =, +, - or @, which a spreadsheet would run as a formula.",
        what_to_do="Put an apostrophe in front of the text; for a file from MentorSync, create it again.",
        severity="high",
    ),
    # Rows that Givebutter rejected (its *-failed.csv, rulebook section 9)
    ErrorCode(
        code="GB_EXTERNAL_ID_EXISTS",
        meaning="Givebutter rejected the row: another contact already holds the External ID. The row stays out of the "
        "next files until the cause is fixed.",
        what_to_do="Upload a fresh export: it shows which contact holds the id, and a question about it replaces this "
        "error. If the error stays open, the holder is archived or was merged: restore that contact in Givebutter, "
        "clear its External ID and archive it again; without a holder, give the mentor another Unique ID in Jotform. "
        "Then: mentorsync errors retry ID.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code="GB_EMAIL_TAKEN",
        meaning="Givebutter rejected the row: an email belongs to another contact. The row stays out of the next files "
        "until the cause is fixed.",
        what_to_do="Search for the email in Givebutter, archived contacts included. Remove it from the other contact, "
        "or merge the two there. Then refresh the contacts and sync. If no contact has it: "
        "mentorsync errors retry ID.",
        severity="high",
    ),
    ErrorCode(
        code="GB_PHONE_TAKEN",
        meaning="Givebutter rejected the row: a phone belongs to another contact. The row stays out of the next files "
        "until the cause is fixed.",
        what_to_do="Search for the phone in Givebutter, archived contacts included. Remove it from the other contact, "
        "or merge the two there. Then refresh the contacts and sync. If no contact has it: "
        "mentorsync errors retry ID.",
        severity="high",
    ),
    ErrorCode(
        code="GB_NAME_REQUIRED",
        meaning="Givebutter rejected the row: a required name is missing.",
        what_to_do="Add the name to the sign-up in Jotform, then sync and import the new file. The row stays out until "
        "then.",
    ),
    ErrorCode(
        code="GB_SUBSCRIPTION_REQUIRED",
        meaning="Givebutter rejected the row: a subscription status is missing or unknown.",
        what_to_do="Sync and import the new file; if it happens again, compare the file with Givebutter's template.",
    ),
    ErrorCode(
        code="GB_TEXT_TOO_LONG",
        meaning="Givebutter rejected the row: a text is too long.",
        what_to_do="Shorten the text that Givebutter names, or lower custom_text_limit of the year, then sync and "
        "import the new file. The row stays out until then.",
    ),
    ErrorCode(
        code="GB_OPTION_UNKNOWN",
        meaning="Givebutter rejected the row: a select field has no such option.",
        what_to_do="Make the field's options in Givebutter and custom_field_options of the year agree, and choose "
        "another option on a contact that has a retired one. Then sync. If only the options in Givebutter were "
        "changed: mentorsync errors retry ID. Until then the option is left out of other mentors' rows.",
    ),
    ErrorCode(
        code="GB_PHONE_INVALID",
        meaning="Givebutter rejected the row: it does not accept a phone number.",
        what_to_do="Correct the number in Jotform or Givebutter, then sync and import the new file. The row stays out "
        "until then, or until: mentorsync errors retry ID.",
    ),
    ErrorCode(
        code="GB_EMAIL_INVALID",
        meaning="Givebutter rejected the row: it does not accept an email address.",
        what_to_do="Correct the address in Jotform or Givebutter, then sync and import the new file. The row stays out "
        "until then, or until: mentorsync errors retry ID.",
    ),
    ErrorCode(
        code="GB_DATE_INVALID",
        meaning="Givebutter rejected the row: it does not accept a date.",
        what_to_do="Correct the date in Givebutter, then refresh the contacts, sync and import the new file. The row "
        "stays out until then, or until: mentorsync errors retry ID.",
    ),
    ErrorCode(
        code="GB_CONTACT_NOT_FOUND",
        meaning="Givebutter rejected the row: the contact does not exist or is archived. The row stays out "
        "until newer contact data is loaded.",
        what_to_do="Refresh the contacts, sync and import the new file.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code="GB_ROW_REJECTED",
        meaning="Givebutter rejected the row for an unknown reason.",
        what_to_do="Read Givebutter's text in the message, correct the record, then sync and import the new file. "
        "The row stays out until one of its values changes, or until: mentorsync errors retry ID.",
        severity="high",
    ),
    # Files in the drop folder that were put into its subfolder `quarantine`
    ErrorCode(
        code="DROP_FILE_UNKNOWN",
        meaning="A file in the drop folder is neither a contacts export nor Givebutter's list of rejected rows.",
        what_to_do="Take it out of the folder quarantine; if it should be an export, download it from Givebutter again "
        "and drop that file. Then close this error: mentorsync errors ignore.",
    ),
    ErrorCode(
        code="YEAR_CLOSED",
        meaning="A file of rejected rows in the drop folder belongs to a campaign year that is closed.",
        what_to_do="If its mentors must be corrected, reopen the year (mentorsync year reopen YEAR) and load the file "
        "from the folder quarantine: mentorsync upload FILE. Then close this error: mentorsync errors ignore.",
    ),
    ErrorCode(
        code="DROP_FILE_FAILED",
        meaning="A file in the drop folder was tried several times and could not be loaded.",
        what_to_do="Look at its runs in Dagster's UI. Drop a fresh export; if the file is right, load it "
        "from the folder quarantine: mentorsync upload FILE --force. Then close this error: mentorsync errors ignore.",
        severity="high",
    ),
    ErrorCode(
        code="DROP_FILE_UNFINISHED",
        meaning="Checking a file in the drop folder took too long, failed, or ended the checking process.",
        what_to_do="Take it out of the folder quarantine and check its content; if it should be an export, download it "
        "from Givebutter again and drop that file. Then close this error: mentorsync errors ignore.",
        severity="high",
    ),
    ErrorCode(
        code="DROP_FILE_NOT_MOVED",
        meaning="A processed file cannot be moved out of the drop folder; other files are still processed.",
        what_to_do="Let the user that runs MentorSync write to MENTORSYNC_DROP_DIR and its subfolders processed and "
        "quarantine, and make sure that the disk has space; the file is then moved automatically.",
        severity="high",
    ),
    # Contacts that could not be archived, released or restored (rulebook section 10)
    ErrorCode(
        code="ARCHIVE_UNANSWERED",
        meaning="Givebutter did not answer after several tries; it is not known whether the contact is archived.",
        what_to_do="Apply the plan again: mentorsync archive apply. It checks each contact first.",
        can_retry=True,
    ),
    ErrorCode(
        code="ARCHIVE_REFUSED",
        meaning="Givebutter does not change or archive the contact.",
        what_to_do="Remove its External ID, or archive it, by hand in Givebutter's dashboard, or keep it. Then upload "
        "a fresh export: mentorsync upload FILE.",
    ),
    ErrorCode(
        code="ARCHIVE_CONTACT_CHANGED",
        meaning="The contact has changed in Givebutter since the contact data was taken, so it was not archived.",
        what_to_do="Refresh the contacts and sync; the next plan decides again.",
        can_retry=True,
    ),
    ErrorCode(
        code="ARCHIVE_WINNER_CHANGED",
        meaning="The contact that is kept is archived, or no longer holds the values copied from its duplicate.",
        what_to_do="Refresh the contacts and sync; the next plan decides again.",
        severity="high",
        can_retry=True,
    ),
    ErrorCode(
        code="ARCHIVE_INTERRUPTED",
        meaning="A run was stopped at this contact, and the current plan no longer includes it.",
        what_to_do="Look at the contact in Givebutter: its External ID may be cleared. Restore it with: "
        "mentorsync archive restore. If the plan keeps it as restored and it is to be archived: "
        "mentorsync archive approve.",
    ),
    ErrorCode(
        code="EXTERNAL_ID_ON_ARCHIVED",
        meaning="The contact that holds the mentor's External ID is archived, so the id cannot be cleared over the "
        "API.",
        what_to_do="Restore the contact in Givebutter, refresh the contacts and sync.",
        severity="high",
    ),
    ErrorCode(
        code="RESTORE_FAILED",
        meaning="A contact could not be restored, or its External ID could not be set again.",
        what_to_do="Read the reason; the original contact is in archived_duplicates.before_image.",
        severity="high",
    ),
    # Messages that could not be created (rulebook section 13)
    ErrorCode(
        code="MESSAGE_VARIABLE_MISSING",
        meaning="A campaign's text uses a variable without a value for this mentor, so no message is sent.",
        what_to_do="Add a default (`{{ preferred_name | default(first_name) }}`), leave these mentors out of "
        "the audience (`is_set`), or fill the value in; then apply the campaign again.",
    ),
    ErrorCode(
        code="MESSAGE_TOO_LONG",
        meaning="A message would be longer than the year's `custom_text_limit`, so the mentor gets no message of the "
        "campaign.",
        what_to_do="Shorten the text, or a long value in it (`{{ first_name | shorten(20) }}`); then apply it again.",
    ),
    ErrorCode(
        code="MESSAGE_GREETING",
        meaning="A message would greet the mentor with an email address or a placeholder, or print one as the name.",
        what_to_do="Correct the mentor's name on the sign-up form, or write another greeting in the campaign's file; "
        "then sync, or apply the campaign again.",
    ),
    ErrorCode(
        code="MESSAGE_UNUSABLE",
        meaning="A message is empty, starts like a formula (=, +, - or @) or has a character that cannot be sent.",
        what_to_do="Begin the text with a fixed word, such as a greeting; then apply the campaign again.",
    ),
    ErrorCode(
        code="MESSAGE_FAILED",
        meaning="A campaign's template fails for this mentor, such as when it adds a text to a number.",
        what_to_do="Correct the expressions between {{ }} and {% %} in the campaign's file; then apply it again.",
    ),
    ErrorCode(
        code="MESSAGE_COLLISION",
        meaning="Two campaigns would write the same column of this mentor, so the mentor gets neither message.",
        what_to_do="Clear one of the two (mentorsync messages clear), or narrow an audience and apply that one again.",
        severity="high",
    ),
    ErrorCode(
        code="MESSAGE_CAMPAIGN_BROKEN",
        meaning="A campaign that is in force can no longer be read by this version; its messages are withdrawn.",
        what_to_do="Correct its file and apply it again, or clear it: mentorsync messages clear.",
        severity="high",
    ),
)

REGISTRY: Mapping[str, ErrorCode] = {entry.code: entry for entry in _ALL}


def build_error(
    code: str,
    *,
    subject: str,
    message: str,
    source_table: str,
    mn_id: str | None = None,
    fingerprint: str | None = None,
) -> ErrorFinding:
    """Build an error with a registered code. What to do, severity and retry come from the registry.

    Args:
        message: what is wrong with this record.
        fingerprint: content that a person may accept; None if the error must be corrected.

    Raises:
        KeyError: the code is not registered.

    """
    entry = REGISTRY[code]
    return ErrorFinding(
        error_code=entry.code,
        subject=subject,
        message=message,
        what_to_do=entry.what_to_do,
        source_table=source_table,
        mn_id=mn_id,
        severity=entry.severity,
        can_retry=entry.can_retry,
        fingerprint=fingerprint,
    )
