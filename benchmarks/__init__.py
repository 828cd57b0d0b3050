"""The benchmarks: each measures ours beside what a user would use instead, in the same run, and prints a table."""
