"""Which rules a campaign year was worked out by: one fingerprint of the rules and of the year's configuration.

What follows from another fingerprint does not belong here; see `sensors.years`.
"""

import ast
import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from mentorsync_pipeline.rules.config import CampaignConfig

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
    folder = resources.files("mentorsync_pipeline") / "rules"
    modules = sorted((one for one in folder.iterdir() if one.name.endswith(".py")), key=lambda one: one.name)
    parts = (f"{module.name}:{meaning(_text(module))}" for module in modules)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def year_rules(config: CampaignConfig) -> str:
    """The fingerprint of a year: of the rules, and of what its configuration makes them do."""
    values = config.model_dump_json(exclude=_NOT_RULES)
    return hashlib.sha256(f"{rules_version()}\n{values}".encode()).hexdigest()[:16]


def meaning(source: str) -> str:
    """What a module says to Python, as text: its syntax tree without docstrings and places."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            del node.body[0]
    return ast.dump(tree)


def _text(module: Traversable) -> str:
    return module.read_text(encoding="utf-8")
