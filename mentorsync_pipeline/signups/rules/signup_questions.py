"""Raise conflicts about two sign-ups with a shared phone or MN id (rulebook, sections 2 and 5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from mentorsync_pipeline.domain import error_codes
from mentorsync_pipeline.domain.conflicts import (
    ONE_PERSON,
    RAW_SIGNUPS,
    TWO_PEOPLE,
    Decisions,
    signup_inputs,
    signup_metadata,
)
from mentorsync_pipeline.domain.decisions import DecisionState, find_decision
from mentorsync_pipeline.domain.findings import Conflict, ErrorFinding, Option, fingerprint
from mentorsync_pipeline.domain.records import Signup
from mentorsync_pipeline.domain.sharing import compare_record_names, share_phone
from mentorsync_pipeline.signups.rules.grouping import recency_key

SOURCE_TABLE = "deduplicated_signups"


@dataclass(frozen=True, slots=True)
class MnIds:
    """Sign-ups that keep their MN id, with conflicts and errors."""

    kept: tuple[Signup, ...]
    questions: tuple[Conflict, ...]
    errors: tuple[ErrorFinding, ...]


def ask_about_shared_phone(newer: Signup, older: Signup, decisions: Decisions) -> tuple[Conflict | None, Any]:
    """Raise the conflict whether two sign-ups with one phone are two people or one, or return the decision.

    A: two people, recommended. B: one person, keep the newest. Both sign-ups are kept while the question is open.
    Without a shared phone, a decision is asked about again (`joined_before`).
    """
    facts = {"kept": signup_metadata(newer), "older": signup_metadata(older)}
    question = Conflict(
        mn_id=newer.mn_id,
        conflict_type="shared_phone",
        subject=_pair_key(newer, older),
        severity="medium",
        blocking=False,
        option_a=Option(value=TWO_PEOPLE, source=RAW_SIGNUPS, metadata=facts),
        option_b=Option(value=ONE_PERSON, source=RAW_SIGNUPS, metadata=facts),
        recommended_option="a" if share_phone(newer, older) else None,
        recommendation_reason=_explain_two_people(newer, older),
        source_table=SOURCE_TABLE,
        input_fingerprint=fingerprint("shared_phone", signup_inputs(newer), signup_inputs(older)),
        submission_id=newer.submission_id,
        context={"phone": _common_phone(newer, older), "mn_ids": [older.mn_id, newer.mn_id]},
    )
    answer = _find_answer(question, decisions, (TWO_PEOPLE, ONE_PERSON))
    return answer.conflict_to_raise(question), answer.value


def _explain_two_people(newer: Signup, older: Signup) -> str:
    if not share_phone(newer, older):
        return "A person answered that they are one. They share no phone since a correction, which shows nothing."
    if compare_record_names(newer, older) == "differ":
        return "Their first names differ; relatives share a phone more often than one person signs up under two names."
    return "Only the phone suggests one person, and joining two people would lose one of them."


def _common_phone(newer: Signup, older: Signup) -> str | None:
    return next((phone for phone in newer.phone_keys if phone in older.phone_keys), newer.phone)


def resolve_shared_mn_ids(signups: Sequence[Signup], decisions: Decisions) -> MnIds:
    """Raise an `external_id_collision` for each MN id of two people, or apply the decision (rulebook section 2).

    Until the decision all people with the id are blocked. After it, the other sign-ups are not used until they get an
    id of their own in Jotform (`MN_ID_TAKEN`).
    """
    by_id: dict[str, list[Signup]] = defaultdict(list)
    for signup in sorted(signups, key=recency_key, reverse=True):
        by_id[signup.mn_id].append(signup)
    owners: dict[str, Signup] = {}
    open_conflicts: list[tuple[Signup, Signup, Conflict]] = []
    reopened: list[Conflict] = []
    for people in by_id.values():
        for newer, older in combinations(people, 2):
            conflict, answer = _ask_about_shared_mn_id(newer, older, decisions)
            conflict_to_raise_again = answer.conflict_to_raise(conflict)
            if not answer.in_force:
                open_conflicts.append((newer, older, conflict_to_raise_again or conflict))
                continue
            loser = older if answer.value == newer.submission_id else newer
            owners[loser.submission_id] = loser
            if conflict_to_raise_again is not None:
                reopened.append(conflict_to_raise_again)
    return MnIds(
        kept=tuple(signup for signup in signups if signup.submission_id not in owners),
        questions=(
            *reopened,
            *(
                conflict
                for newer, older, conflict in open_conflicts
                if owners.keys().isdisjoint((newer.submission_id, older.submission_id))
            ),
        ),
        errors=tuple(_id_taken_error(signup) for _, signup in sorted(owners.items())),
    )


def find_blocked_by_shared_id(signups: Iterable[Signup]) -> dict[str, tuple[str, ...]]:
    """Return, by submission id, the conflict types that block a sign-up before its contact is chosen.

    These are the sign-ups of `resolve_shared_mn_ids` that still share an MN id.
    """
    listed = sorted(signups, key=lambda signup: signup.submission_id)
    count = Counter(signup.mn_id for signup in listed)
    return {signup.submission_id: ("external_id_collision",) for signup in listed if count[signup.mn_id] > 1}


def _ask_about_shared_mn_id(newer: Signup, older: Signup, decisions: Decisions) -> tuple[Conflict, DecisionState]:
    question = Conflict(
        mn_id=newer.mn_id,
        conflict_type="external_id_collision",
        subject=f"signups:{_pair_key(newer, older)}",
        severity="high",
        blocking=True,
        option_a=Option(value=newer.submission_id, source=RAW_SIGNUPS, metadata=signup_metadata(newer)),
        option_b=Option(value=older.submission_id, source=RAW_SIGNUPS, metadata=signup_metadata(older)),
        recommended_option=None,
        recommendation_reason="Both sign-ups have the same MN id, and the data does not show to whom it belongs.",
        source_table=SOURCE_TABLE,
        input_fingerprint=fingerprint("signups", signup_inputs(newer), signup_inputs(older)),
        submission_id=newer.submission_id,
        context={"kind": "signups", "external_id": newer.external_id},
    )
    return question, _find_answer(question, decisions, (newer.submission_id, older.submission_id))


def _find_answer(question: Conflict, decisions: Decisions, values: Iterable[str]) -> DecisionState:
    possible = frozenset(values)
    return find_decision(question, decisions, usable=lambda value: value in possible)


def _pair_key(newer: Signup, older: Signup) -> str:
    return f"{older.submission_id}+{newer.submission_id}"


def _id_taken_error(signup: Signup) -> ErrorFinding:
    return error_codes.build_error(
        "MN_ID_TAKEN",
        subject=signup.submission_id,
        message=f"Submission {signup.submission_id} has {signup.mn_id}, which a person assigned to another sign-up.",
        source_table=SOURCE_TABLE,
        mn_id=signup.mn_id,
    )
