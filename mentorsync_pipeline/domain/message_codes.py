"""The stable codes of messages that could not be made (rulebook section 13), a part of `domain.error_codes`."""

from mentorsync_pipeline.domain.error_code import ErrorCode

MESSAGES = (
    ErrorCode(
        code="MESSAGE_VARIABLE_MISSING",
        meaning="A campaign's text says something that is not known of this mentor, who gets no message of it.",
        what_to_do="Say what else to write (`{{ preferred_name | default(first_name) }}`), leave these mentors out of "
        "the audience (`is_set`), or fill the value in; then apply the campaign again.",
    ),
    ErrorCode(
        code="MESSAGE_TOO_LONG",
        meaning="A message would have more than 255 characters, so the mentor gets no message of the campaign.",
        what_to_do="Shorten the text, or a long value in it (`{{ first_name | shorten(20) }}`); then apply it again.",
    ),
    ErrorCode(
        code="MESSAGE_UNUSABLE",
        meaning="A message is empty, starts like a formula (=, +, - or @) or holds a character that cannot be sent.",
        what_to_do="Begin the text with a word of its own, such as a greeting; then apply the campaign again.",
    ),
    ErrorCode(
        code="MESSAGE_FAILED",
        meaning="A campaign's template fails for this mentor, such as when it adds a text to a number.",
        what_to_do="Correct what stands between {{ }} and {% %} in the campaign's file; then apply it again.",
    ),
    ErrorCode(
        code="MESSAGE_COLLISION",
        meaning="Two campaigns would write the same column of this mentor, so the mentor gets neither message.",
        what_to_do="Clear one of the two (mentorsync messages clear), or narrow an audience and apply that one again.",
        severity="high",
    ),
    ErrorCode(
        code="MESSAGE_CAMPAIGN_BROKEN",
        meaning="A campaign that is in force cannot be read by this version any more; its messages are taken back.",
        what_to_do="Correct its file and apply it again, or clear it: mentorsync messages clear.",
        severity="high",
    ),
)
