"""What people are asked on ten generated years, and whether what is recommended to them is the truth.

Each year goes once around (sync, import, sync), so that what is asked is what the team would find: questions by type,
mentors settled without a person, recommendations that agree with the truth, which the sandbox alone knows.
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
    asked: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = {}
    years = []
    with bench() as here:
        for seed in SEEDS:
            started = time.perf_counter()
            with here.campaign(world(seed)) as campaign:
                campaign.settle()
                found, total, waiting = _state(campaign)
                truth = campaign.server.world.truth
            for one in found:
                kind = one["conflict_type"]
                asked[kind] += 1
                verdicts.setdefault(kind, Counter())[_verdict(one, truth)] += 1
            about = {one["mn_id"] for one in found}
            share = (f"{waiting / total:.2%}", f"{1 - len(about) / total:.2%}")
            years.append((seed, total, len(found), *share, time.perf_counter() - started))
    print_table(
        "976 mentors, 40,000 contacts, once around",
        ("seed", "mentors", "questions", "blocked", "settled without a person", "seconds"),
        years,
    )
    print_table(
        f"Questions of all {len(years)} years, and whether the recommendation is the truth",
        ("type", "asked", "right", "wrong", "no recommendation", "cannot be told"),
        [
            (kind, count, *(verdicts[kind][verdict] for verdict in ("right", "wrong", "none", "unknown")))
            for kind, count in asked.most_common()
        ],
    )


def _state(campaign: Campaign) -> tuple[list[dict[str, Any]], int, int]:
    """The open questions, how many mentors there are and how many of them are blocked."""
    engine = sa.create_engine(campaign.url, poolclass=sa.NullPool)
    with engine.connect() as conn:
        now = conn.execute(sa.select(sa.func.now())).scalar_one()
        found = list_conflicts(conn, ConflictFilter(year=YEAR), now=now)
        states = Counter(conn.execute(sa.select(mentors.c.sync_state).where(mentors.c.campaign_year == YEAR)).scalars())
    return found, states.total(), states["blocked"]


def _verdict(one: dict[str, Any], truth: Truth) -> str:
    """Whether the recommended option is what an informed person would choose."""
    letter = one["recommended_option"]
    if letter is None:
        return "none"
    value = one[f"option_{letter}"]["value"]
    people = truth.by_mn_id.get(one["mn_id"], ())
    right = None if len(people) != 1 else _is_right(one, value, people[0], truth)
    return "unknown" if right is None else "right" if right else "wrong"


def _is_right(one: dict[str, Any], value: Any, person: MentorTruth, truth: Truth) -> bool | None:
    match one["conflict_type"]:
        case "contact_selection":
            return value == (person.contact_id or NEW_CONTACT)
        case "external_id_collision":
            return _is_right_contact(value, int(one["subject"].partition(":")[2]), person)
        case "shared_phone":
            owners = {other.person_id for mn_id in one["context"]["mn_ids"] for other in truth.by_mn_id.get(mn_id, ())}
            return (value == TWO_PEOPLE) == (len(owners) == 2)
        case "fundraising_mismatch" if one["subject"] == "campaign_member":
            return value == person.member_id
        case "phone_mismatch" | "email_mismatch":
            # The sign-ups of the sandbox say what is true; an edit in Givebutter may be as true, and is not told.
            return bool(value == one["option_a"]["value"])
    return None


def _is_right_contact(value: Any, contact_id: int, person: MentorTruth) -> bool:
    """The question is about this contact: the mentor's own (whose id may be the wrong one), or somebody else's."""
    own = contact_id == person.contact_id
    if value in (NEW_CONTACT, RELEASE):
        return not own
    return own if value == LEAVE_UNLINKED else value == person.contact_id


if __name__ == "__main__":
    main()
