"""Conflicts on ten generated years, and the correctness of their recommendations.

Each year has one round (sync, import, sync), as in practice. Shows conflicts by type, automatically matched mentors,
and recommendations that agree with the truth, which only the sandbox knows.
"""

import os
import time
from collections import Counter
from typing import Any

import sqlalchemy as sa

from benchmarks.campaign import Campaign, bench
from benchmarks.common import YEAR, print_table, world
from mentorsync_pipeline.db.tables import mentors
from mentorsync_pipeline.domain.conflicts import LEAVE_UNLINKED, NEW_CONTACT, RELEASE, TWO_PEOPLE
from mentorsync_pipeline.review.conflict_queue import ConflictFilter, list_conflicts
from mentorsync_pipeline.sandbox.population import MentorTruth, Truth

SEEDS = range(1, int(os.environ.get("BENCH_SEEDS", "10")) + 1)


def main() -> None:
    """Measure and print."""
    opened: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = {}
    years = []
    with bench() as server:
        for seed in SEEDS:
            started = time.perf_counter()
            with server.campaign(world(seed)) as campaign:
                campaign.settle()
                conflicts, total, blocked = _state(campaign)
                truth = campaign.server.world.truth
            for conflict in conflicts:
                kind = conflict["conflict_type"]
                opened[kind] += 1
                verdicts.setdefault(kind, Counter())[_verdict(conflict, truth)] += 1
            mn_ids = {conflict["mn_id"] for conflict in conflicts}
            share = (f"{blocked / total:.2%}", f"{1 - len(mn_ids) / total:.2%}")
            years.append((seed, total, len(conflicts), *share, time.perf_counter() - started))
    print_table(
        "976 mentors, 40,000 contacts, one sync",
        ("seed", "mentors", "conflicts", "blocked", "without a conflict", "seconds"),
        years,
    )
    print_table(
        f"Conflicts of all {len(years)} years, and whether the recommendation is right",
        ("type", "conflicts", "right", "wrong", "no recommendation", "unknown"),
        [
            (kind, count, *(verdicts[kind][verdict] for verdict in ("right", "wrong", "none", "unknown")))
            for kind, count in opened.most_common()
        ],
    )


def _state(campaign: Campaign) -> tuple[list[dict[str, Any]], int, int]:
    """Return the open conflicts, the number of mentors, and the number of blocked mentors."""
    engine = sa.create_engine(campaign.url, poolclass=sa.NullPool)
    with engine.connect() as conn:
        conflicts = list_conflicts(conn, ConflictFilter(year=YEAR))
        states = Counter(conn.execute(sa.select(mentors.c.sync_state).where(mentors.c.campaign_year == YEAR)).scalars())
    return conflicts, states.total(), states["blocked"]


def _verdict(conflict: dict[str, Any], truth: Truth) -> str:
    """Return whether the recommended option is the choice of an informed person."""
    letter = conflict["recommended_option"]
    if letter is None:
        return "none"
    value = conflict[f"option_{letter}"]["value"]
    people = truth.by_mn_id.get(conflict["mn_id"], ())
    right = None if len(people) != 1 else _is_right(conflict, value, people[0], truth)
    return "unknown" if right is None else "right" if right else "wrong"


def _is_right(conflict: dict[str, Any], value: Any, person: MentorTruth, truth: Truth) -> bool | None:
    match conflict["conflict_type"]:
        case "contact_selection":
            return bool(value == (person.contact_id or NEW_CONTACT))
        case "external_id_collision":
            return _is_right_contact(value, int(conflict["subject"].partition(":")[2]), person)
        case "shared_phone":
            owners = {
                other.person_id for mn_id in conflict["context"]["mn_ids"] for other in truth.by_mn_id.get(mn_id, ())
            }
            return bool(value == TWO_PEOPLE) == (len(owners) == 2)
        case "fundraising_mismatch" if conflict["subject"] == "campaign_member":
            return bool(value == person.member_id)
        case "phone_mismatch" | "email_mismatch":
            # The sandbox knows true values of sign-ups only; an edit in Givebutter may be true as well.
            return bool(value == conflict["option_a"]["value"])
    return None


def _is_right_contact(value: Any, contact_id: int, person: MentorTruth) -> bool:
    """Return whether the value names the mentor's own contact (with a possibly wrong id), or another person's."""
    is_own = contact_id == person.contact_id
    if value in (NEW_CONTACT, RELEASE):
        return not is_own
    return is_own if value == LEAVE_UNLINKED else value == person.contact_id


if __name__ == "__main__":
    main()
