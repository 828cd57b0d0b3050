"""Checks of the tables from deduplicated sign-ups to the import file, and the list of all checks."""

import sqlalchemy as sa

from mentorsync_pipeline.checks.archive_schemas import ARCHIVE
from mentorsync_pipeline.checks.message_schemas import MESSAGES
from mentorsync_pipeline.checks.model import RowWarning, TableChecks
from mentorsync_pipeline.checks.partner_wishes import WISHES_CHECK
from mentorsync_pipeline.checks.raw_schemas import RAW
from mentorsync_pipeline.checks.rules import (
    DIGITS,
    E164,
    EMAIL,
    MN_ID,
    NOT_NEGATIVE,
    ONCE,
    POSITIVE_ID,
    WEB,
    Rule,
    is_true,
    one_of,
    optional,
    required,
)
from mentorsync_pipeline.db.tables import (
    contact_candidates,
    deduplicated_signups,
    duplicate_contacts,
    gb_import_files,
    known_mentors,
    mentor_gaps,
    mentors,
    mn_gb_import,
    partner_matches,
    raw_gb_full_contacts,
    winner_contacts,
)
from mentorsync_pipeline.domain.vocabulary import MENTOR_STATUSES, PARTNER_STATES

UGA = Rule("str_endswith", "@uga.edu", "a UGA email does not end in @uga.edu")
_MANY_CANDIDATES = 8
_LARGE_SUM = 10_000
_other_match = partner_matches.alias("other_match")

SIGNUP_CHECKS = TableChecks(
    deduplicated_signups,
    structure={
        "mn_id": required(MN_ID),
        "submission_id": required(DIGITS),
        "external_id": required(),
        "phone": optional(E164),
        "personal_email": optional(EMAIL),
        "uga_email": optional(EMAIL),
        "does_not_supersede_itself": required(is_true("a sign-up does not supersede itself")),
    },
    unusual=(RowWarning("uga_email", UGA),),
    computed={
        "does_not_supersede_itself": deduplicated_signups.c.submission_id
        != sa.func.all(deduplicated_signups.c.superseded_submission_ids),
    },
)

CANDIDATES = TableChecks(
    contact_candidates,
    structure={
        "mn_id": required(MN_ID),
        "contact_id": required(POSITIVE_ID),
        "score": required(NOT_NEGATIVE),
        "rank": optional(Rule("ge", 1, "the best rank is 1")),
        "ranked": required(is_true("viable candidates have a rank, and others have none")),
        "matched": required(is_true("a candidate matches by at least one key or is linked to a mentor")),
        "known_signup": required(is_true("the sign-up is in deduplicated_signups")),
        "known_contact": required(is_true("the contact exists and is not archived")),
    },
    unusual=(
        RowWarning("rivals", Rule("le", _MANY_CANDIDATES, "a mentor has unusually many candidates"), "low_confidence"),
    ),
    key="contact_id",
    computed={
        "ranked": contact_candidates.c.rank.is_not(None) == (contact_candidates.c.viability == "viable"),
        "matched": sa.or_(
            sa.func.cardinality(contact_candidates.c.matched_on) > 0,
            sa.exists()
            .where(
                known_mentors.c.campaign_year == contact_candidates.c.campaign_year,
                known_mentors.c.contact_id == contact_candidates.c.contact_id,
            )
            .correlate(contact_candidates),
        ),
        "rivals": sa.func.count().over(partition_by=contact_candidates.c.submission_id),
        "known_signup": sa.exists()
        .where(
            deduplicated_signups.c.campaign_year == contact_candidates.c.campaign_year,
            deduplicated_signups.c.submission_id == contact_candidates.c.submission_id,
        )
        .correlate(contact_candidates),
        "known_contact": sa.exists()
        .where(
            raw_gb_full_contacts.c.contact_id == contact_candidates.c.contact_id,
            raw_gb_full_contacts.c.archived_at.is_(None),
        )
        .correlate(contact_candidates),
    },
)

WINNERS = TableChecks(
    winner_contacts,
    structure={
        "mn_id": required(MN_ID),
        "contact_id": optional(POSITIVE_ID, ONCE),
        "consistent": required(is_true("new and blocked mentors have no winner, and others have one")),
        "candidate": required(is_true("a winner is one of the mentor's viable candidates, unless a person chose it")),
        "reason": required(),
    },
    unusual=(
        RowWarning(
            "names_agree", is_true("the winner's names could not be compared with the mentor's"), "low_confidence"
        ),
    ),
    computed={
        "consistent": sa.or_(
            winner_contacts.c.decision == "human",
            winner_contacts.c.contact_id.is_(None) == winner_contacts.c.decision.in_(["new_contact", "blocked"]),
        ),
        "candidate": sa.or_(
            winner_contacts.c.contact_id.is_(None),
            winner_contacts.c.decision == "human",
            sa.exists()
            .where(
                contact_candidates.c.campaign_year == winner_contacts.c.campaign_year,
                contact_candidates.c.submission_id == winner_contacts.c.submission_id,
                contact_candidates.c.contact_id == winner_contacts.c.contact_id,
                contact_candidates.c.viability == "viable",
            )
            .correlate(winner_contacts),
        ),
        "names_agree": ~sa.exists()
        .where(
            contact_candidates.c.campaign_year == winner_contacts.c.campaign_year,
            contact_candidates.c.submission_id == winner_contacts.c.submission_id,
            contact_candidates.c.contact_id == winner_contacts.c.contact_id,
            contact_candidates.c.name_agreement == "unclear",
            winner_contacts.c.decision != "human",
        )
        .correlate(winner_contacts),
    },
)

MENTORS = TableChecks(
    mentors,
    structure={
        "mn_id": required(MN_ID),
        "phone": optional(E164),
        "personal_email": optional(EMAIL),
        "uga_email": optional(EMAIL),
        "amount_raised": required(NOT_NEGATIVE),
        "gb_contact_id": optional(POSITIVE_ID, ONCE),
        "status": required(one_of(MENTOR_STATUSES)),
        "linked": required(is_true("a matched mentor has a contact, and a new mentor has none")),
    },
    unusual=(
        RowWarning("fundraising_page_url", WEB),
        RowWarning("amount_raised", Rule("lt", _LARGE_SUM, "the amount raised is unusually large")),
        RowWarning("dropped_before_raising", is_true("a mentor who dropped out has raised money")),
        RowWarning(
            "has_last_name", is_true("the last name is empty, and Givebutter's import requires it"), "missing_field"
        ),
    ),
    computed={
        "linked": sa.or_(
            mentors.c.sync_state == "blocked",
            mentors.c.gb_contact_id.is_not(None) == (mentors.c.sync_state == "matched"),
        ),
        "dropped_before_raising": ~sa.and_(mentors.c.dropped, mentors.c.amount_raised > 0),
        # Not of the sign-up: a name in one box is split, and Givebutter may have the last name. A blocked mentor has no
        # row in the file.
        "has_last_name": sa.or_(mentors.c.sync_state == "blocked", mentors.c.last_name.is_not(None)),
    },
)

PARTNERS = TableChecks(
    partner_matches,
    structure={
        "mn_id": required(MN_ID),
        "state": required(one_of(PARTNER_STATES)),
        "reason": required(),
        "mutual": required(is_true("the partner of a pair is in a pair with the mentor")),
    },
    computed={
        "mutual": sa.or_(
            partner_matches.c.state.not_in(["matched", "different_shifts"]),
            sa.exists()
            .where(
                _other_match.c.campaign_year == partner_matches.c.campaign_year,
                _other_match.c.mn_id == partner_matches.c.partner_mn_id,
                _other_match.c.partner_mn_id == partner_matches.c.mn_id,
                _other_match.c.state == partner_matches.c.state,
            )
            .correlate(partner_matches),
        )
    },
    further=WISHES_CHECK,
)

GAPS = TableChecks(
    mentor_gaps,
    structure={
        "mn_id": required(MN_ID),
        "partner_state": required(one_of(PARTNER_STATES)),
        "page_after_setup": required(is_true("a mentor without a set-up has no page")),
    },
    computed={"page_after_setup": sa.or_(~mentor_gaps.c.lacks_setup, mentor_gaps.c.lacks_page)},
)

DUPLICATES = TableChecks(
    duplicate_contacts,
    structure={
        "mn_id": required(MN_ID),
        "contact_id": required(POSITIVE_ID),
        "reason": required(),
        "not_the_winner": required(is_true("values of a winner contact of the year are not copied to another contact")),
        "approved": required(is_true("values of a contact that needs approval are not copied before it is approved")),
    },
    key="contact_id",
    computed={
        "not_the_winner": ~sa.and_(
            duplicate_contacts.c.hands_on,
            sa.exists()
            .where(
                winner_contacts.c.campaign_year == duplicate_contacts.c.campaign_year,
                winner_contacts.c.contact_id == duplicate_contacts.c.contact_id,
            )
            .correlate(duplicate_contacts),
        ),
        "approved": sa.or_(
            ~duplicate_contacts.c.hands_on,
            duplicate_contacts.c.state != "needs_approval",
            duplicate_contacts.c.approved_by.is_not(None),
        ),
    },
)

IMPORT_ROWS = TableChecks(
    mn_gb_import,
    structure={
        "mn_id": required(MN_ID),
        "Contact External ID": required(ONCE),
        "Givebutter Contact ID": optional(ONCE),
        "Primary Email": optional(EMAIL),
        "Primary Phone Number": optional(E164),
        "not_blocked": required(is_true("a blocked mentor has no import row")),
    },
    unusual=(
        RowWarning(
            "reachable",
            is_true("the mentor has neither email nor phone, so Givebutter cannot send messages"),
            "missing_field",
        ),
    ),
    computed={
        "reachable": sa.func.coalesce(
            mn_gb_import.c["Primary Email"],
            mn_gb_import.c["Primary Phone Number"],
            mn_gb_import.c["Email Addresses"],
            mn_gb_import.c["Phone Numbers"],
        ).is_not(None),
        "not_blocked": sa.exists()
        .where(
            mentors.c.campaign_year == mn_gb_import.c.campaign_year,
            mentors.c.mn_id == mn_gb_import.c.mn_id,
            mentors.c.sync_state != "blocked",
        )
        .correlate(mn_gb_import),
    },
)

FILES = TableChecks(
    gb_import_files,
    structure={
        "id": required(),
        "sha256": required(Rule("str_matches", r"^[0-9a-f]{64}$", "the checksum is a SHA-256")),
        "row_count": required(NOT_NEGATIVE),
        "held_back": required(NOT_NEGATIVE),
    },
    key="id",
    mn_id=None,
    asset="gb_import_file",
)

ALL = (
    *RAW,
    SIGNUP_CHECKS,
    CANDIDATES,
    WINNERS,
    DUPLICATES,
    MENTORS,
    PARTNERS,
    GAPS,
    MESSAGES,
    IMPORT_ROWS,
    FILES,
    *ARCHIVE,
)

BY_ASSET = {checks.asset or checks.table.name: checks for checks in ALL}
