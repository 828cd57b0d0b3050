"""Benchmarks: each module measures one requirement, compares it with an alternative, and prints a table.

`make bench` runs all of them, `make bench ARGS="matching sync"` some. Timings are never tests.
"""
