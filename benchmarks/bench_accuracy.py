"""Accuracy on ten generated years: winners, blocked mentors, rejected rows, archived contacts.

Each year is the whole demo: two rounds through the sandbox, with corrections in between. Limits: every automatic
decision is correct, less than 5 % of the mentors need a decision, no row is rejected, the third sync changes nothing,
every link survives the corrections, no edit of either side is lost, no contact of another person and no donor is
planned without approval, no opt-out is lost.
`python -m benchmarks.bench_accuracy 3 4` runs only these seeds.
"""

import sys

from benchmarks.common import home, mentorsync, print_table

SEEDS = range(1, 11)
COLUMNS = (
    *(
        "seed",
        "winners right",
        "need a decision",
        "rows rejected",
        "changes of the last sync",
        "links kept",
        "edits lost",
    ),
    *("false archives", "false proposals", "opt-outs lost", "seconds"),
)


def main() -> int:
    """Measure and print; return 1 if a seed misses a limit."""
    rows, missed = [], False
    for seed in map(int, sys.argv[1:] or SEEDS):
        with home() as environment:
            done = mentorsync(environment, "demo", "--seed", str(seed))
        last, rounds = done["last_sync"], done["rounds"]
        rejected, blocked_share = sum(round_["rejected"] for round_ in rounds), last["waiting"] / last["mentors"]
        missed |= (
            last["right"] < last["decided"]
            or blocked_share >= 0.05
            or last["links_kept"] < last["links_edited"]
            or any((rejected, last["changes"], last["edits_lost"], last["false_archives"], last["opt_outs_lost"]))
        )
        rows.append(
            (
                seed,
                f"{last['right']} of {last['decided']}",
                f"{blocked_share:.2%}",
                rejected,
                last["changes"],
                f"{last['links_kept']} of {last['links_edited']}",
                last["edits_lost"],
                last["false_archives"],
                last["false_proposals"],
                last["opt_outs_lost"],
                done["wall"],
            )
        )
        print_table("976 mentors, 40,000 contacts, the loop twice around", COLUMNS, rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
