"""Benchmarks: each module measures one promise beside what one would use instead, and prints a table.

`make bench` runs all of them, `make bench ARGS="matching sync"` some. A timing is never a test.
"""
