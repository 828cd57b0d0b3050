"""Options of all tests: examples of properties, slow tests and their order. Fixtures are in `support.fixtures`."""

import gc
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.support.examples import DEFAULT_EXAMPLES, ignore_imported_constants

# The same examples on every machine; no time limit, because a busy machine must not fail a test.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=DEFAULT_EXAMPLES)
# The profile of `make test-fast`.
settings.register_profile("fast", settings.get_profile("repeatable"), max_examples=DEFAULT_EXAMPLES // 5)
settings.load_profile("repeatable")
ignore_imported_constants()


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and restore the default handling of SIGINT and SIGHUP.

    Background jobs and `nohup` ignore these signals. Processes started by tests inherit that; Dagster's services would
    then also ignore SIGTERM. Garbage collection is off until all tests are collected, because imports create many
    objects and hardly any garbage.
    """
    gc.disable()
    if runs_tests(config):
        config.pluginmanager.import_plugin("tests.support.fixtures")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def runs_tests(config: pytest.Config) -> bool:
    """Whether this process collects tests; one that only starts workers does not need seconds for imports."""
    is_worker = hasattr(config, "workerinput")
    return is_worker or config.option.collectonly or config.getoption("dist", "no") == "no"


SLOW_MODULE = re.compile(r"^pytestmark = .*pytest\.mark\.slow", re.MULTILINE)
# Fixtures of tests that are slow: a database, a served sandbox or console, a Dagster instance.
SLOW_FIXTURES = frozenset({"browser", "console", "new_database", "postgres_instance", "serve", "server"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave slow modules out of `make test-fast` without importing them."""
    if config.option.markexpr != "not slow" or not collection_path.match("test_*.py"):
        return None
    return bool(SLOW_MODULE.search(collection_path.read_text())) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests and tests without coverage, and order the modules by their number of slow tests.

    Property tests take twice as long with coverage and cover no additional lines. Modules with few slow tests run
    first, because single tests that boot services are the longest; those without slow tests run last, so that no worker
    runs a long module alone at the end.
    """
    slow: Counter[Path] = Counter()
    for item in items:
        if not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")
        slow[item.path] += item.get_closest_marker("slow") is not None
    items.sort(key=lambda item: (slow[item.path] == 0, slow[item.path]))


def pytest_collection_finish() -> None:
    """Exclude the modules, definitions and tests, which stay until the end, from garbage collection.

    Collect less often than Python's default, as the product's processes do; that is a tenth of the CPU time of a run.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
