"""How often the system is right, on ten generated years: winners, blocked mentors, rejected rows.

Each is the whole demo: twice around through the sandbox. Bars: every decision taken without a person is right, under
5 % of the mentors wait for a person, no row is rejected.
"""

from benchmarks.common import home, mentorsync, print_table

SEEDS = range(1, 11)


def main() -> None:
    """Measure and print."""
    rows = []
    for seed in SEEDS:
        with home() as environment:
            done = mentorsync(environment, "demo", "--seed", str(seed))
        last, rounds = done["last_sync"], done["rounds"]
        rows.append(
            (
                seed,
                f"{last['right']} of {last['decided']}",
                f"{last['waiting'] / last['mentors']:.2%}",
                sum(one["rejected"] for one in rounds),
                last["changes"],
                done["wall"],
            )
        )
        print_table(
            "976 mentors, 40,000 contacts, the loop twice around",
            ("seed", "winners right", "wait for a person", "rows rejected", "changes of the last sync", "seconds"),
            rows,
        )


if __name__ == "__main__":
    main()
