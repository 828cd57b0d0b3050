"""Match the year's sign-ups with contacts (rulebook sections 2 to 4)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import dagster as dg

from mentorsync_pipeline.assets.year_run import YearRun
from mentorsync_pipeline.contacts import queries as contact_queries
from mentorsync_pipeline.db.row_records import to_row
from mentorsync_pipeline.db.tables import contact_candidates as candidates_table
from mentorsync_pipeline.db.tables import deduplicated_signups as signups_table
from mentorsync_pipeline.db.tables import placeholder_keys
from mentorsync_pipeline.db.tables import winner_contacts as winners_table
from mentorsync_pipeline.domain.conflicts import Decisions
from mentorsync_pipeline.domain.corrected_ids import find_corrected_mn_ids
from mentorsync_pipeline.domain.decision_owners import (
    find_present_mn_ids,
    map_decisions_to_present_ids,
    map_decisions_to_submissions,
)
from mentorsync_pipeline.domain.known_mentors import KnownMentors, Link, find_links, restore_known_name
from mentorsync_pipeline.domain.placeholders import mark_placeholders
from mentorsync_pipeline.domain.records import Contact, Signup
from mentorsync_pipeline.matching import queries as matching_queries
from mentorsync_pipeline.matching.rules.candidates import collect_match_keys, find_candidates
from mentorsync_pipeline.matching.rules.winners import choose_winners
from mentorsync_pipeline.matching.table_rows import to_candidate_row, to_signup_row, to_winner_row
from mentorsync_pipeline.review import queries as review_queries
from mentorsync_pipeline.review.corrected_ids import follow_corrected_ids
from mentorsync_pipeline.signups import queries as signup_queries
from mentorsync_pipeline.signups.rules.deduplication import collect_typed_keys, deduplicate
from mentorsync_pipeline.signups.rules.signup_questions import find_blocked_by_shared_id


def write_signups(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the year's sign-ups, one per person."""
    submissions = signup_queries.read_submissions(run.conn, run.year)
    known = signup_queries.read_known_mentors(run.conn, run.year)
    answers = review_queries.read_decisions_in_force(run.conn, run.year)
    decisions = map_decisions_to_submissions(answers, submissions)
    crowded = contact_queries.read_contacts_of_crowded_keys(
        run.conn, collect_typed_keys(submissions), {m.contact_id for m in known.values() if m.contact_id}
    )
    result = deduplicate(submissions, run.config, decisions=decisions, known=known, contacts=crowded)
    written = signup_queries.read_signups(run.conn, run.year)
    follow_corrected_ids(
        run.conn,
        run.year,
        find_corrected_mn_ids(result.signups, known, written),
        present=find_present_mn_ids(result.signups, known),
    )
    diff = run.write(signups_table, map(to_signup_row, result.signups))
    run.write(placeholder_keys, map(to_row, result.placeholders))
    counts = run.record(conflicts=result.conflicts, decisions=decisions, errors=result.errors, warnings=result.warnings)
    superseded = sum(len(signup.superseded_submission_ids) for signup in result.signups)
    return run.report(rows_in=len(submissions), diff=diff, counts={"superseded": superseded} | counts)


def write_candidates(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the candidates of each mentor."""
    signups, _, linked, _, known_mentors = _read_matching_inputs(run)
    contacts = contact_queries.read_matching_contacts(
        run.conn, collect_match_keys(signups, run.config), {link.contact_id for link in linked.values()}
    )
    result = find_candidates(
        signups,
        contacts,
        contact_queries.read_members(run.conn, run.year),
        run.config,
        as_of=contact_queries.read_contacts_changed_as_of(run.conn),
        earlier=matching_queries.read_earlier_mentors(run.conn, run.year),
        links=linked,
        known_mentors=known_mentors,
        placeholder_keys=signup_queries.read_placeholder_keys(run.conn, run.year),
    )
    diff = run.write(candidates_table, map(to_candidate_row, result.candidates))
    counts = run.record(warnings=result.warnings)
    by_viability = dict(Counter[str](candidate.viability for candidate in result.candidates))
    return run.report(rows_in=len(contacts), diff=diff, counts=by_viability | counts)


def write_winners(run: YearRun) -> dg.MaterializeResult[None]:
    """Write the winner contact of each mentor."""
    signups, decisions, linked, chosen, known_mentors = _read_matching_inputs(run)
    candidates = matching_queries.read_candidates(run.conn, run.year)
    result = choose_winners(
        signups,
        candidates,
        run.config,
        earlier=matching_queries.read_earlier_mentors(run.conn, run.year),
        decisions=decisions,
        already_blocked=find_blocked_by_shared_id(signups),
        known={
            contact.contact_id: contact
            for contact in mark_placeholders(chosen.values(), signup_queries.read_placeholder_keys(run.conn, run.year))
        },
        links=linked,
        known_mentors=known_mentors,
    )
    diff = run.write(winners_table, map(to_winner_row, result.winners))
    counts = run.record(conflicts=result.conflicts, decisions=decisions, warnings=result.warnings)
    decided = dict(Counter(f"decided {winner.decision}" for winner in result.winners))
    return run.report(rows_in=len(candidates), diff=diff, counts=decided | counts)


class _MatchingInputs(NamedTuple):
    """Sign-ups with known names, decisions under present MN ids, linked contacts, chosen contacts, known mentors."""

    signups: Sequence[Signup]
    decisions: Decisions
    links: Mapping[str, Link]
    chosen: Mapping[int, Contact]
    known_mentors: KnownMentors


def _read_matching_inputs(run: YearRun) -> _MatchingInputs:
    known = signup_queries.read_known_mentors(run.conn, run.year)
    signups = [restore_known_name(signup, known) for signup in signup_queries.read_signups(run.conn, run.year)]
    answers = review_queries.read_decisions_in_force(run.conn, run.year)
    decisions = map_decisions_to_present_ids(signups, answers, known)
    contact_ids = {decision.value for decision in decisions.values() if isinstance(decision.value, int)}
    chosen = {contact.contact_id: contact for contact in contact_queries.read_contacts_by_id(run.conn, contact_ids)}
    return _MatchingInputs(signups, decisions, find_links(signups, known, decisions, chosen), chosen, known)
