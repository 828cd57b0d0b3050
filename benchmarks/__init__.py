"""Benchmarks: each module measures one requirement, compares it with an alternative, and prints a table.

`make bench` runs all of them, `make bench ARGS="matching sync"` some. Timings are never tests.

To compare two versions of the code, run both with `BENCH_WORLDS=FOLDER`, one after the other: the first run keeps the
generated people of each seed and size in the folder, and later runs use these. `bench_accuracy` always generates them.
"""
