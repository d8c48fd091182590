"""Reads what every module imports and uses, and holds it against the drawing of the layers.

The rules are data at the top. Imports count wherever they stand: under `TYPE_CHECKING`, inside
functions, and as literal names given to `import_module`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PACKAGE = "codex_tui"

# Rows from the bottom; a part may import parts of lower rows only, and what is in its own folder.
ROWS = {
    "protocol": 0,
    **dict.fromkeys(
        (
            *("providers", "tools", "edits", "approvals", "sandbox", "checkpoints", "sessions"),
            *("mcp", "hooks", "guides", "config", "bus", "streams"),
        ),
        1,
    ),
    "agent": 2,
    **dict.fromkeys(("ui", "headless", "listing", "acp"), 3),
    "composition": 4,
    "commands": 5,
    "cli": 6,
    "__main__": 7,
}
FRONT_ENDS = frozenset(part for part, row in ROWS.items() if row == 3)

# What front ends leave to the agent.
CLOSED_TO_FRONT_ENDS = frozenset({"tools", "sessions", "checkpoints"})
BUS_IN_UI = f"{PACKAGE}.ui.bridge"

# Third-party packages and the modules (by prefix of their names) that may import them.
OWNERS = {
    "textual": (f"{PACKAGE}.ui",),
    "rich": (f"{PACKAGE}.ui",),
    "openai": (f"{PACKAGE}.providers.openai_",),
    "anthropic": (f"{PACKAGE}.providers.anthropic_",),
    "mcp": (f"{PACKAGE}.mcp",),
    "acp": (f"{PACKAGE}.acp",),
    "pydantic_settings": (f"{PACKAGE}.config",),
    "platformdirs": (f"{PACKAGE}.config",),
    "keyring": (f"{PACKAGE}.config",),
    "genai_prices": (f"{PACKAGE}.providers.prices",),
}

ENVIRONMENT_OWNERS = (f"{PACKAGE}.config",)
ENVIRONMENT = frozenset(
    f"os.{name}" for name in ("environ", "environb", "getenv", "getenvb", "putenv", "unsetenv")
)

PROCESS_OWNERS = (f"{PACKAGE}.sandbox", f"{PACKAGE}.mcp")
PROCESS_MODULES = frozenset({"subprocess", "multiprocessing", "pty"})
PROCESS_CALLS = frozenset(
    {
        *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"),
        *("asyncio.subprocess", "os.system", "os.popen", "os.fork", "os.forkpty"),
        *("os.posix_spawn", "os.posix_spawnp"),
        *(f"os.{verb}{how}" for verb in ("spawn", "exec") for how in ("l", "le", "lp", "lpe")),
        *(f"os.{verb}{how}" for verb in ("spawn", "exec") for how in ("v", "ve", "vp", "vpe")),
    }
)
PROCESS_METHODS = frozenset({"subprocess_exec", "subprocess_shell"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule and where."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A dotted name that a module imports (`imported`) or merely refers to."""

    name: str
    line: int
    imported: bool


def violations(root: Path) -> list[Violation]:
    """Every broken rule below `root`, the folder that holds the package."""
    modules = dict(_modules(root))
    found: list[Violation] = []
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for module, path in modules.items():
        file = path.relative_to(root).as_posix()
        if module != PACKAGE and _part(module) not in ROWS:
            found.append(Violation(file=file, line=1, rule=_undrawn(module)))
        for use in _uses(module, path):
            found += [
                Violation(file=file, line=use.line, rule=rule) for rule in _broken(module, use)
            ]
            target = _module_of(use.name, modules) if use.imported else None
            if target is not None and target != module:
                graph[module].add(target)
    found += [
        Violation(file=modules[cycle[0]].relative_to(root).as_posix(), line=1, rule=_drawn(cycle))
        for cycle in _cycles(graph)
    ]
    return list(dict.fromkeys(found))


def _modules(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _uses(module: str, path: Path) -> Iterator[Use]:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                bound[alias.asname or first] = alias.name if alias.asname else first
                yield Use(name=alias.name, line=node.lineno, imported=True)
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, package)
            for alias in node.names:
                name = f"{source}.{alias.name}"
                bound[alias.asname or alias.name] = name
                yield Use(name=name, line=node.lineno, imported=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield Use(name=_dotted(node, bound), line=node.lineno, imported=False)
        elif isinstance(node, ast.Call):
            name = _literal_import(node, bound)
            if name is not None:
                yield Use(name=name, line=node.lineno, imported=True)


def _source(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def _dotted(node: ast.expr, bound: Mapping[str, str]) -> str:
    """The name a chain of attributes stands for, with imported names resolved."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, bound)}.{node.attr}"
    return bound.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


def _literal_import(node: ast.Call, bound: Mapping[str, str]) -> str | None:
    if _dotted(node.func, bound) not in {"importlib.import_module", "__import__"}:
        return None
    first = node.args[0] if node.args else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return first.value if is_text else None


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def _owned(module: str, owners: tuple[str, ...]) -> bool:
    """A prefix that ends with `_` stands for a family of modules."""
    return any(
        module.startswith(owner) if owner.endswith("_") else _within(module, owner)
        for owner in owners
    )


def _broken(module: str, use: Use) -> Iterator[str]:
    if use.imported and _within(use.name, PACKAGE):
        yield from _broken_layers(module, use.name)
    if use.imported:
        top = use.name.partition(".")[0]
        if top in OWNERS and not _owned(module, OWNERS[top]):
            yield f"{top} is imported only in {_names(OWNERS[top])}"
        if top in PROCESS_MODULES and not _owned(module, PROCESS_OWNERS):
            yield f"processes ({top}) are started only in {_names(PROCESS_OWNERS)}"
    if use.name in ENVIRONMENT and not _owned(module, ENVIRONMENT_OWNERS):
        yield f"the environment ({use.name}) is read only in {_names(ENVIRONMENT_OWNERS)}"
    starts = use.name in PROCESS_CALLS or use.name.rpartition(".")[2] in PROCESS_METHODS
    if starts and not _owned(module, PROCESS_OWNERS):
        yield f"processes ({use.name}) are started only in {_names(PROCESS_OWNERS)}"


def _names(owners: tuple[str, ...]) -> str:
    return " and ".join(f"{owner}*" if owner.endswith("_") else owner for owner in owners)


def _part(name: str) -> str:
    """The part of the drawing a module belongs to; "" for the package itself."""
    return [*name.split("."), ""][1]


def _broken_layers(module: str, imported: str) -> Iterator[str]:
    ours, theirs = _part(module), _part(imported)
    if ours == theirs or ours not in ROWS:
        return
    if theirs not in ROWS:  # a plain name of the package itself, such as its version
        if not theirs.startswith("__"):
            yield _undrawn(imported)
    elif ROWS[ours] < ROWS[theirs]:
        yield f"{ours} imports {theirs}, which is above it"
    elif ROWS[ours] == ROWS[theirs]:
        yield f"{ours} imports {theirs}, which is beside it: strangers to each other"
    elif ours in FRONT_ENDS and theirs in CLOSED_TO_FRONT_ENDS:
        yield f"{ours} is a front end and imports {theirs}; that goes through the agent"
    elif ours == "ui" and theirs == "bus" and module != BUS_IN_UI:
        yield f"{module} imports the bus; in ui only {BUS_IN_UI} does"


def _undrawn(name: str) -> str:
    return f"{name} is not in the drawing of the layers"


def _module_of(name: str, modules: Mapping[str, Path]) -> str | None:
    """The module an imported name is or lies in."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def _cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """One cycle for each group of modules that import each other."""
    reach = {module: _reachable(graph, module) for module in graph}
    found: list[list[str]] = []
    seen: set[str] = set()
    for module in graph:
        if module in reach[module] and module not in seen:
            seen |= {other for other in reach[module] if module in reach[other]}
            found.append(_way_back(graph, module))
    return found


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        for target in graph[todo.pop()] - found:
            found.add(target)
            todo.append(target)
    return found


def _way_back(graph: Mapping[str, set[str]], start: str) -> list[str]:
    """A shortest way from a module to itself."""
    ways = [[start]]
    seen = {start}
    for way in ways:  # grows while it is walked: breadth first
        for target in sorted(graph[way[-1]]):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return [start]


def _drawn(cycle: list[str]) -> str:
    return f"import cycle: {' → '.join(cycle)}"
