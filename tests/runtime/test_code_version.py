"""The code version of an asset changes with numbers, conditions and sets, but not with wording or layout."""

import re

import pytest

from mentorsync_pipeline.assets.archive import archive_plan
from mentorsync_pipeline.assets.gb_import import mn_gb_import
from mentorsync_pipeline.assets.matching import contact_candidates, deduplicated_signups, winner_contacts
from mentorsync_pipeline.assets.mentors import duplicate_contacts, mentors
from mentorsync_pipeline.assets.messages import campaign_messages
from mentorsync_pipeline.runtime import code_version, version_cache
from mentorsync_pipeline.runtime.code_version import normalized_statements

RULES = """
LIMIT = 100
STATES = {"not a mentor", "left the campaign"}
COLUMNS = ("First Name", "Primary Phone Number")
LABELS = {"first name of a person": "First Name"}
PATTERN = re.compile(r"goes by or called")

def choose(a, b, reason="It is the newer one."):
    if a.score > b.score + LIMIT and a.state not in STATES:
        return a, "The first one has far more points."
    if a.state == "not a mentor":
        raise RuleError("Nobody can say who that is.", f"Look at {a.name} and correct it.")
    return Choice(b, why="newer", recommendation_reason=f"{b.name} is newer", code="stale_rival")
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def choose(a, b", "def choose(a: Contact, b: Contact"),
        ("LIMIT = 100", "LIMIT = 100  # points"),
        ("def choose(", "def choose(\n    # the contacts\n    "),
        ("    if a.state ==", '    """In section 4."""\n    if a.state =='),
        ("LIMIT = 100", '"""The rules."""\nfrom mentorsync_pipeline.domain import names\nLIMIT = 100'),
        ("It is the newer one.", "This contact changed last."),
        ("The first one has far more points.", "It has many more points."),
        ("Nobody can say who that is.", "It is not known who that is."),
        ("Look at {a.name} and correct it.", "Correct {a.name} in Givebutter."),
        ('why="newer"', 'why="it is newer"'),
        ('f"{b.name} is newer"', 'f"{b.name} ({b.id})"'),
    ],
)
def test_wording_and_layout_do_not_change_it(before: str, after: str) -> None:
    assert before in RULES
    assert normalized_statements(RULES.replace(before, after)) == normalized_statements(RULES)


def test_the_order_of_definitions_does_not_change_it() -> None:
    assert normalized_statements(RULES.replace("LIMIT = 100\n", "") + "\nLIMIT = 100\n") == normalized_statements(RULES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LIMIT = 100", "LIMIT = 90"),
        ("a.score > b", "a.score >= b"),
        ("not in STATES", "in STATES"),
        ("left the campaign", "left the environment"),
        ('a.state == "not a mentor"', 'a.state == "not our mentor"'),
        ('"First Name", ', ""),
        ("Primary Phone Number", "Main Phone Number"),
        ("first name of a person", "first name of the person"),
        ("goes by or called", "goes by"),
        ("stale_rival", "clear_winner"),
        ("return a,", "return b,"),
    ],
)
def test_numbers_conditions_sets_and_names_change_it(before: str, after: str) -> None:
    assert before in RULES
    assert normalized_statements(RULES.replace(before, after, 1)) != normalized_statements(RULES)


def test_a_moved_module_does_not_change_it() -> None:
    assert normalized_statements("from mentorsync_pipeline.a.rules.b import c\nX = c(1)\n") == normalized_statements(
        "from mentorsync_pipeline.d.rules.e import c\n\n\nX = c(1)\n"
    )


def modules_of(asset) -> set[str]:
    """The modules whose rules are part of the asset's version."""
    function = asset.op.compute_fn.decorated_fn
    used = code_version._used_modules(function.__module__, function.__name__)
    modules = code_version._transitive_imports(used)
    assert version_cache._UNUSED.isdisjoint(name.split(".")[1] for name in modules), "the cache hashes every module"
    return {name for name in modules if code_version._is_pure(name)}


@pytest.mark.parametrize(
    ("asset", "used_module", "unused_module"),
    [
        (deduplicated_signups, "signups.rules.grouping", "matching.rules.winners"),
        (contact_candidates, "matching.rules.scoring", "matching.rules.winners"),
        (winner_contacts, "matching.rules.selection", "mentors.rules.merging"),
        (duplicate_contacts, "mentors.rules.losers", "mentors.rules.merging"),
        (mentors, "mentors.rules.merging", "import_file.rules.import_rows"),
        (campaign_messages, "messages.rules.template", "mentors.rules.merging"),
        (mn_gb_import, "import_file.rules.import_rows", "archiving.rules.duplicates_plan"),
        (archive_plan, "archiving.rules.duplicates_plan", "mentors.rules.merging"),
    ],
)
def test_the_version_includes_the_rules_that_the_asset_uses(asset, used_module, unused_module) -> None:
    modules = modules_of(asset)
    assert f"mentorsync_pipeline.{used_module}" in modules
    assert f"mentorsync_pipeline.{unused_module}" not in modules
    assert "mentorsync_pipeline.domain.config" in modules


def test_every_asset_of_a_year_has_its_own_version() -> None:
    assets = (deduplicated_signups, contact_candidates, winner_contacts, duplicate_contacts, mentors, mn_gb_import)
    versions = [asset.code_versions_by_key[asset.key] for asset in assets]
    assert all(versions)
    assert len(set(versions)) == len(assets)


@pytest.mark.parametrize("asset", [deduplicated_signups, winner_contacts, mentors, archive_plan], ids=str)
def test_no_sentence_of_the_rules_is_data(asset) -> None:
    parts = [part for name in modules_of(asset) for part in code_version._module_statements(name)]
    texts = re.findall(r"""value='([^']{30,})'""", " ".join(parts))
    assert [text for text in texts if len(text.split()) > 5 and text.endswith(".")] == []
