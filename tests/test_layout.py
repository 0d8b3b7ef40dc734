"""The rooms and which way they may look, read from the source text."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "corpus": set(),
    "index": {"corpus"},
    "assistant": {"corpus", "index"},
    "evals": {"corpus", "index", "assistant"},
    "ui": {"corpus", "index", "assistant", "evals"},
}
_MODELS = ("index/networks.py", "index/graphs.py", "index/rerankers.py", "assistant/verifiers.py")
_BASELINE = "evals/"
# Slow to import: where each may appear, as the beginning of a module's path.
HEAVY = {
    "chromadb": ("index/stores.py",),
    "sentence_transformers": _MODELS,
    "torch": _MODELS,
    "transformers": _MODELS,
    "onnxruntime": _MODELS,
    "langchain_chroma": (_BASELINE,),
    "langchain_huggingface": (_BASELINE,),
    "langchain": ("evals/judging.py",),
    "scipy": ("evals/",),
    "sklearn": ("evals/",),
    "ir_measures": ("evals/",),
    "matplotlib": ("evals/",),
    "gradio": ("ui/",),
    "pypdfium2": ("corpus/formats/",),
    "lxml": ("corpus/formats/",),
    "trafilatura": ("corpus/formats/",),
    "docx": ("corpus/formats/",),
    "py3langid": ("corpus/formats/",),
    "httpx": ("corpus/addresses.py", "corpus/connecting.py", "corpus/fetching.py"),
    "httpcore": ("corpus/connecting.py", "corpus/fetching.py"),
}
MODULES = sorted(
    path.relative_to(ROOT) for room in MAY_IMPORT for path in ROOT.glob(f"{room}/**/*.py")
)


def imports(node: ast.AST, late: bool = False) -> Iterator[tuple[str, bool]]:
    """The full names that are imported below a node, and whether only when a function runs.

    What stands under `if TYPE_CHECKING` is never imported and counts as late.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            yield base, late
            yield from ((f"{base}.{alias.name}", late) for alias in child.names)
        inner = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from imports(child, late or inner or typing)


def imported(module: Path) -> list[tuple[str, bool]]:
    return list(imports(ast.parse((ROOT / module).read_text("utf-8"))))


def test_finds_the_modules_of_every_room() -> None:
    assert {module.parts[0] for module in MODULES} == set(MAY_IMPORT)


def test_tells_an_import_at_the_top_from_a_late_one() -> None:
    tree = ast.parse("import a\ndef f():\n    from b import c\nif TYPE_CHECKING:\n    import d\n")
    assert dict(imports(tree)) == {"a": False, "b": True, "b.c": True, "d": True}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_room_looks_only_towards_the_corpus(module: Path) -> None:
    room = module.parts[0]
    others = {name.split(".")[0] for name, _ in imported(module)} & MAY_IMPORT.keys() - {room}
    assert others <= MAY_IMPORT[room]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_slow_libraries_are_imported_late_and_only_in_their_places(module: Path) -> None:
    for name, late in imported(module):
        library = name.split(".")[0]
        if library in HEAVY:
            assert module.as_posix().startswith(HEAVY[library]), f"{library} does not belong here"
            assert late, f"{library} is imported when the module is"


@pytest.mark.parametrize(
    "module", [module for module in MODULES if module.name == "types.py"], ids=str
)
def test_types_import_no_module_of_their_own_room(module: Path) -> None:
    room = module.parts[0]
    assert [name for name, _ in imported(module) if name.split(".")[0] == room] == []


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    assert len((ROOT / module).read_text("utf-8").splitlines()) < 400


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_five_rooms_are_what_is_packaged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for room in MAY_IMPORT
        for path in ROOT.glob(f"{room}/**/__init__.py")
    }
    assert set(project["tool"]["setuptools"]["packages"]) == packages
    assert {name.split(".")[0] for name in packages} == set(MAY_IMPORT)
    assert set(project["tool"]["mypy"]["packages"]) == set(MAY_IMPORT)


def test_starting_the_command_line_loads_no_slow_library() -> None:
    code = "import sys, ui.cli; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ui.cli" in shown.stdout.split()
    assert HEAVY.keys().isdisjoint(shown.stdout.split())
