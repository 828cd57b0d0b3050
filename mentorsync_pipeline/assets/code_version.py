"""The code version of an asset: a hash of what its rules mean, so that other rules recalculate and other words do not.

**Which code.** The modules that the asset's function uses, and what these import, down to the bottom: of them the pure
ones count, `domain` and `*.rules`. What an asset never reaches does not change its version.

**What of it.** The syntax trees, without comments, docstrings, imports, places and the order of definitions, so that a
module that is moved, renamed or laid out otherwise means the same. Texts for people do not count. A string is one when

- it is passed as `message`, `reason`, `recommendation_reason`, `what_to_do`, `meaning` or `why`, or
- it reads as prose: it has blanks and ends as a sentence does, or it has three words and more of which one after the
  first is in lower case (`Primary Phone Number` and `Mentors 2025` are none); in a list or tuple, a whole sentence.

A string that is compared, is a member of a set, a key, an index, a pattern or an argument of a string method is data
whatever it looks like. Numbers, conditions, sets, names of columns and codes therefore always count.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mentorsync_pipeline.domain.config import CampaignConfig

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT.name
# What carries the rules out, and decides nothing.
_MACHINERY = frozenset({"assets", "db", "resources", "runtime"})
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
_TEXT_ARGUMENTS = frozenset({"message", "reason", "recommendation_reason", "what_to_do", "meaning", "why"})
_TEXT = "a text for people"
_INNER_IMPORT = re.compile(rf"^\s+(?:from|import) {PACKAGE}\b", re.MULTILINE)
_SENTENCE_ENDS = (".", "!", "?", ":")


def code_version(function: Callable[..., Any]) -> str:
    """The code version of the asset that this function makes."""
    modules = _closure(_used_modules(function))
    parts = sorted(part for name in modules if _is_pure(name) for part in _meaning_of(name))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def configuration_version(config: CampaignConfig) -> str:
    """A hash of what a year's configuration makes the rules do."""
    return hashlib.sha256(config.model_dump_json(exclude=_NOT_RULES).encode()).hexdigest()[:16]


def meaning(source: str) -> tuple[str, ...]:
    """What each statement of a module means, sorted; see this module."""
    tree = ast.parse(source)
    return tuple(sorted(_dumped(tree, aliases={})))


# Which modules


@dataclass(frozen=True, slots=True)
class _Module:
    """A module of ours: its text and tree, and by name what it imports from us.

    `imports` has for each name the module that it is of; `modules` those names that are modules themselves.
    """

    source: str
    tree: ast.Module
    imports: Mapping[str, str]
    modules: frozenset[str]

    @property
    def surface(self) -> str:
        """The names that it defines, to know a module by whatever it is called."""
        defined = (node.name for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        return ",".join(sorted(defined))


def _used_modules(function: Callable[..., Any]) -> set[str]:
    """The modules of ours that a function uses, itself or through functions of its own module."""
    module = _module(function.__module__)
    own = {node.name: node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    found: set[str] = set()
    seen: set[str] = set()
    names = [function.__name__]
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in module.imports:
            found.add(module.imports[name])
        elif name in own:
            names += [node.id for node in ast.walk(own[name]) if isinstance(node, ast.Name)]
    return found


def _closure(modules: set[str]) -> set[str]:
    """These modules and all that they import; machinery is left out."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and name.split(".")[1] not in _MACHINERY:
            found.add(name)
            waiting += _module(name).imports.values()
    return found


def _is_pure(module: str) -> bool:
    parts = module.split(".")
    return parts[1] == "domain" or "rules" in parts


@cache
def _module(name: str) -> _Module:
    path = _path(name)
    source = path.read_text(encoding="utf-8") if path else ""
    tree = ast.parse(source)
    # Imports within functions are rare, and looking through every tree for them takes long.
    nodes = ast.walk(tree) if _INNER_IMPORT.search(source) else tree.body
    imports: dict[str, str] = {}
    modules: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                known_as = alias.asname or alias.name
                if _path(submodule):
                    modules.add(known_as)
                imports[known_as] = submodule if known_as in modules else node.module
    return _Module(source, tree, imports, frozenset(modules))


@cache
def _path(module: str) -> Path | None:
    below = ROOT.joinpath(*module.split(".")[1:])
    return next((path for path in (below.with_suffix(".py"), below / "__init__.py") if path.is_file()), None)


# What they mean


@cache
def _meaning_of(name: str) -> tuple[str, ...]:
    module = _module(name)
    aliases = {alias: _module(module.imports[alias]).surface for alias in module.modules}
    return tuple(_dumped(ast.parse(module.source), aliases))


def _dumped(tree: ast.Module, aliases: Mapping[str, str]) -> Iterator[str]:
    cleaned = _Meaning(aliases).visit(tree)
    for node in cleaned.body:
        yield ast.dump(node)


class _Meaning(ast.NodeTransformer):
    """Takes out of a tree what does not change results."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = aliases

    def visit_Import(self, _: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, _: ast.ImportFrom) -> None:
        return None

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._without_docstring(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._aliases.get(node.id, node.id)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(_TEXT) if isinstance(node.value, str) and _is_prose(node.value) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        if _is_prose(_shape(node)):
            return ast.Constant(_TEXT)
        # The pieces of a text that is no prose are data.
        node.values = [value if isinstance(value, ast.Constant) else self.visit(value) for value in node.values]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        texts = [isinstance(side, ast.Constant) and side.value == _TEXT for side in (node.left, node.right)]
        return ast.Constant(_TEXT) if isinstance(node.op, ast.Add) and all(texts) else node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.value = self._text(node.value) if node.arg in _TEXT_ARGUMENTS else self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        methods = isinstance(node.func, ast.Attribute) and hasattr(str, node.func.attr)
        patterns = isinstance(owner, ast.Name) and owner.id == "re"
        node.func = self.visit(node.func)
        node.args = [self._data(arg) if methods or patterns else self.visit(arg) for arg in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        node.left = self._data(node.left)
        node.comparators = [self._data(side) for side in node.comparators]
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        node.keys = [self._data(key) if key is not None else None for key in node.keys]
        node.values = [self.visit(value) for value in node.values]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value, node.slice = self.visit(node.value), self._data(node.slice)
        return node

    def visit_Set(self, node: ast.Set) -> ast.AST:
        node.elts = [self._data(item) for item in node.elts]
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._listed(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return self._listed(node)

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        return node

    def _data(self, node: ast.expr) -> Any:
        """Keep the strings that this is, or that it lists."""
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            return node
        if isinstance(node, (ast.Set, ast.List, ast.Tuple)):
            node.elts = [self._data(item) for item in node.elts]
            return node
        return self.visit(node)

    def _listed(self, node: ast.List | ast.Tuple) -> ast.AST:
        """Keep what is listed, but whole sentences: a choice is often returned together with its reason."""
        node.elts = [
            item if isinstance(item, ast.Constant | ast.JoinedStr) and not _is_sentence(item) else self.visit(item)
            for item in node.elts
        ]
        return node

    def _text(self, node: ast.expr) -> Any:
        """Drop the strings that this is, or that one of which it is; conditions stay."""
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return ast.Constant(_TEXT)
        if isinstance(node, ast.IfExp):
            return ast.IfExp(test=self.visit(node.test), body=self._text(node.body), orelse=self._text(node.orelse))
        return self.visit(node)

    def _without_docstring(self, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> ast.AST:
        node.body = [one for one in node.body if not _is_bare_string(one)] or [ast.Pass()]
        self.generic_visit(node)
        return node


def _is_bare_string(node: ast.stmt) -> bool:
    """A docstring, or a string that stands below a constant to explain it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _shape(node: ast.JoinedStr) -> str:
    """An f-string with `X` in place of each value."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)


def _is_sentence(node: ast.Constant | ast.JoinedStr) -> bool:
    text = _shape(node) if isinstance(node, ast.JoinedStr) else node.value
    return isinstance(text, str) and len(text.split()) > 2 and text.rstrip().endswith(_SENTENCE_ENDS)


def _is_prose(text: str) -> bool:
    words = re.findall(r"\S+", text)
    if len(words) < 2:
        return False
    if text.rstrip().endswith(_SENTENCE_ENDS):
        return True
    return len(words) > 2 and any(word.isalpha() and word.islower() for word in words[1:])
