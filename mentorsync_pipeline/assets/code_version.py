"""Which rules a campaign year was worked out by: one fingerprint of the rules and of the year's configuration."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from mentorsync_pipeline.domain.config import CampaignConfig

# What is fetched and when does not change what comes of the data that is there.
_NOT_RULES = {
    "active",
    "archive_nightly",
    "jotform_signup_form_id",
    "jotform_setup_form_id",
    "jotform_training_form_id",
    "signup_field_map",
    "setup_field_map",
    "training_field_map",
    "givebutter_campaign_code",
}


@cache
def rules_version() -> str:
    """A hash of all rules; comments, docstrings and the shape of the text do not count."""
    package = Path(__file__).parents[1]
    modules = [*package.glob("domain/*.py"), *package.glob("*/rules/*.py")]
    parts = sorted(meaning(module.read_text(encoding="utf-8")) for module in modules)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def year_rules(config: CampaignConfig) -> str:
    """The fingerprint of a year: of the rules, and of what its configuration makes them do."""
    values = config.model_dump_json(exclude=_NOT_RULES)
    return hashlib.sha256(f"{rules_version()}\n{values}".encode()).hexdigest()[:16]


def meaning(source: str) -> str:
    """The syntax tree of a module without docstrings, imports and places, so that a moved module means the same."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            del node.body[0]
    return ast.dump(tree)
