"""Compute the code version of an asset: a hash of its rules that ignores wording and layout.

**Modules.** The modules that the asset's function uses and their imports, transitively. Only the pure modules (`domain`
and `*.rules`) are hashed.

**Contents.** The syntax trees, without comments, docstrings, imports, annotations and the order of definitions, so that
a moved, renamed or reformatted module has the same hash. Texts for people are ignored. A string is such a text if

- it is passed as `message`, `reason`, `recommendation_reason`, `what_to_do`, `meaning` or `why`, or
- it is prose: it has at least two words and ends with sentence punctuation, or it has at least three words of which one
  after the first is in lower case (`Primary Phone Number` and `Mentors 2025` are not prose). In a list or a tuple, only
  a whole sentence is prose.

A string that is compared, a member of a set, a key, an index, a pattern or an argument of a string method is always
data. Numbers, conditions, sets, column names and codes therefore always change the hash.
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mentorsync_pipeline.domain.config import CampaignConfig
from mentorsync_pipeline.domain.forms import FORMS
from mentorsync_pipeline.runtime.version_cache import cached_version

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT.name
# The modules of the assets' steps, which the functions of the assets call.
_STEPS = f"{PACKAGE}.assets.steps."
# Packages that run the rules and contain none.
_MACHINERY = frozenset({"assets", "db", "resources", "runtime"})
# Settings that choose which data is fetched and when; they do not change results of the same data.
_NOT_RULES = {
    "active",
    "archive_nightly",
    *(key for form in FORMS for key in (form.form_id_key, form.field_map_key)),
    "givebutter_campaign_code",
}
_TEXT_ARGUMENTS = frozenset({"message", "reason", "recommendation_reason", "what_to_do", "meaning", "why"})
_TEXT = "a text for people"
_INNER_IMPORT = re.compile(rf"^\s+(?:from|import) {PACKAGE}\b", re.MULTILINE)
_SENTENCE_ENDS = (".", "!", "?", ":")


def code_version(module: str, function: str) -> str:
    """Return the code version of the asset that a function of a module computes; the module is not imported."""
    return cached_version(f"{module}.{function}", lambda: _compute_version(module, function))


def _compute_version(module: str, function: str) -> str:
    modules = _transitive_imports(_used_modules(module, function))
    parts = sorted(part for name in modules if _is_pure(name) for part in _module_statements(name))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def configuration_version(config: CampaignConfig) -> str:
    """Return a hash of the settings of a year that change results of the rules."""
    return hashlib.sha256(config.model_dump_json(exclude=_NOT_RULES).encode()).hexdigest()[:16]


def normalized_statements(source: str) -> tuple[str, ...]:
    """Return the normalised statements of a module, sorted."""
    tree = ast.parse(source)
    return tuple(sorted(_dump_statements(tree, aliases={})))


# Modules


@dataclass(frozen=True, slots=True)
class _Module:
    """A module of this package.

    Attributes:
        imports: module of each name that it imports from this package.
        modules: those imported names that are modules.

    """

    source: str
    tree: ast.Module
    imports: Mapping[str, str]
    modules: frozenset[str]

    @property
    def defined_names(self) -> str:
        """Names of its functions and classes; they identify a module independently of its own name."""
        defined = (node.name for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        return ",".join(sorted(defined))


def _used_modules(module: str, function: str) -> set[str]:
    """Modules of this package that a function uses, directly or through functions of its own module and of `_STEPS`."""
    used: set[str] = set()
    seen: set[tuple[str, str]] = set()
    queue = [(module, function)]
    while queue:
        place = queue.pop()
        if place in seen:
            continue
        seen.add(place)
        module_name, name = place
        imported_from = _module(module_name).imports.get(name)
        if imported_from is None:
            definition = _definitions(module_name).get(name)
            nodes = ast.walk(definition) if definition else ()
            queue += [(module_name, node.id) for node in nodes if isinstance(node, ast.Name)]
        elif imported_from.startswith(_STEPS):
            queue.append((imported_from, name))
        else:
            used.add(imported_from)
    return used


def _transitive_imports(modules: set[str]) -> set[str]:
    """The modules and their transitive imports, without `_MACHINERY`."""
    closure: set[str] = set()
    queue = list(modules)
    while queue:
        name = queue.pop()
        if name not in closure and name.split(".")[1] not in _MACHINERY:
            closure.add(name)
            queue += _module(name).imports.values()
    return closure


def _is_pure(module: str) -> bool:
    parts = module.split(".")
    return parts[1] == "domain" or "rules" in parts


@cache
def _module(name: str) -> _Module:
    path = _path(name)
    source = path.read_text(encoding="utf-8") if path else ""
    tree = ast.parse(source)
    # Walking every tree for imports within functions is slow, and they are rare.
    nodes = ast.walk(tree) if _INNER_IMPORT.search(source) else tree.body
    imports: dict[str, str] = {}
    modules: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                local_name = alias.asname or alias.name
                if _path(submodule):
                    modules.add(local_name)
                imports[local_name] = submodule if local_name in modules else node.module
    return _Module(source, tree, imports, frozenset(modules))


@cache
def _definitions(module: str) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """The functions and classes of a module, also inner ones, by name."""
    nodes = ast.walk(_module(module).tree)
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def _path(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split(".")[1:])
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


# Contents


@cache
def _module_statements(name: str) -> tuple[str, ...]:
    module = _module(name)
    aliases = {alias: _module(module.imports[alias]).defined_names for alias in module.modules}
    return tuple(_dump_statements(ast.parse(module.source), aliases))


def _dump_statements(tree: ast.Module, aliases: Mapping[str, str]) -> Iterator[str]:
    cleaned = _Normalizer(aliases).visit(tree)
    for node in cleaned.body:
        yield ast.dump(node)


class _Normalizer(ast.NodeTransformer):
    """Remove the parts of a syntax tree that do not change results."""

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
        if _is_prose(_template(node)):
            return ast.Constant(_TEXT)
        # The pieces of a text that is not prose are data.
        node.values = [value if isinstance(value, ast.Constant) else self.visit(value) for value in node.values]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        texts = [isinstance(side, ast.Constant) and side.value == _TEXT for side in (node.left, node.right)]
        return ast.Constant(_TEXT) if isinstance(node.op, ast.Add) and all(texts) else node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.value = self._remove_text(node.value) if node.arg in _TEXT_ARGUMENTS else self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        methods = isinstance(node.func, ast.Attribute) and hasattr(str, node.func.attr)
        patterns = isinstance(owner, ast.Name) and owner.id == "re"
        node.func = self.visit(node.func)
        node.args = [self._keep_strings(arg) if methods or patterns else self.visit(arg) for arg in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        node.left = self._keep_strings(node.left)
        node.comparators = [self._keep_strings(side) for side in node.comparators]
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        node.keys = [self._keep_strings(key) if key is not None else None for key in node.keys]
        node.values = [self.visit(value) for value in node.values]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value, node.slice = self.visit(node.value), self._keep_strings(node.slice)
        return node

    def visit_Set(self, node: ast.Set) -> ast.AST:
        node.elts = [self._keep_strings(item) for item in node.elts]
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._visit_elements(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return self._visit_elements(node)

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        return node

    def _keep_strings(self, node: ast.expr) -> Any:
        """Keep strings unchanged: the node itself, or the elements of a collection."""
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            return node
        if isinstance(node, (ast.Set, ast.List, ast.Tuple)):
            node.elts = [self._keep_strings(item) for item in node.elts]
            return node
        return self.visit(node)

    def _visit_elements(self, node: ast.List | ast.Tuple) -> ast.AST:
        """Keep elements except whole sentences: a result is often returned together with its reason."""
        node.elts = [
            item if isinstance(item, ast.Constant | ast.JoinedStr) and not _is_sentence(item) else self.visit(item)
            for item in node.elts
        ]
        return node

    def _remove_text(self, node: ast.expr) -> Any:
        """Remove strings, also in both branches of a conditional expression; its condition is kept."""
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return ast.Constant(_TEXT)
        if isinstance(node, ast.IfExp):
            return ast.IfExp(
                test=self.visit(node.test), body=self._remove_text(node.body), orelse=self._remove_text(node.orelse)
            )
        return self.visit(node)

    def _without_docstring(self, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> ast.AST:
        node.body = [statement for statement in node.body if not _is_bare_string(statement)] or [ast.Pass()]
        self.generic_visit(node)
        return node


def _is_bare_string(node: ast.stmt) -> bool:
    """A docstring, or a string below a constant that documents it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _template(node: ast.JoinedStr) -> str:
    """An f-string with `X` in place of each value."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)


def _is_sentence(node: ast.Constant | ast.JoinedStr) -> bool:
    text = _template(node) if isinstance(node, ast.JoinedStr) else node.value
    return isinstance(text, str) and len(text.split()) > 2 and text.rstrip().endswith(_SENTENCE_ENDS)


def _is_prose(text: str) -> bool:
    words = re.findall(r"\S+", text)
    if len(words) < 2:
        return False
    if text.rstrip().endswith(_SENTENCE_ENDS):
        return True
    return len(words) > 2 and any(word.isalpha() and word.islower() for word in words[1:])
