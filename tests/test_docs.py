"""The documents name what exists, and all of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from assistant.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + [
    ROOT / "tests" / "README.md",
    ROOT / "corpus" / "README.md",
]
TARGETS = set(
    re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1].split()  # type: ignore[index]
)


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the README's first table under a heading, by their first cell."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert section
    rows = [line.strip("| ").split(" | ") for line in section[1].splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in rows[2:]}


def subcommands(*before: str) -> set[str]:
    """What `attache --help` offers: argparse prints four spaces, the name, then its help."""
    shown = subprocess.run(
        [sys.executable, "-m", "ui.cli", *before, "--help"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return set(re.findall(r"^    ([\w-]+)(?:  |$)", shown, re.MULTILINE))


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    rows = table("Settings")
    assert set(rows) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        shown = rows[name][0].strip("`")
        by_default = "none" if field.default in ((), "") else str(field.default)
        by_default = by_default.lower() if isinstance(field.default, bool) else by_default
        assert shown == by_default


def test_every_command_of_the_command_line_is_in_the_readme_and_no_other() -> None:
    named = {tuple(words) for words in re.findall(r"`attache (\w+)(?: ([\w-]+))?", README)}
    offered = subcommands()
    assert offered >= {"serve", "index", "ask", "eval", "doctor"}
    assert {first for first, _ in named} == offered
    for group in ("eval", "record", "corrections", "sources"):
        seconds = {second for first, second in named if first == group and second}
        assert seconds == subcommands(group)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_make_targets_that_are_named_exist(document: Path) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text("utf-8"), re.MULTILINE))
    assert named <= TARGETS


def test_every_make_target_is_told_of() -> None:
    told = "".join(path.read_text("utf-8") for path in DOCUMENTS)
    assert {t for t in TARGETS if f"make {t}" not in told} == {"browser"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", document.read_text("utf-8"))
    assert [t for t in targets if not (document.parent / t).exists()] == []


def test_the_glossary_names_types_and_rooms_that_exist() -> None:
    code = "".join(path.read_text("utf-8") for path in ROOT.glob("*/types.py"))
    concepts = {"Note", "Generation", "Collection", "Shelf", "Register of ties"}
    concepts |= {"type", "room", "---"}
    for cell in re.findall(r"^\| (.+?) \|", README.split("## Glossary")[1], re.MULTILINE):
        for name in cell.replace("`", "").split(", "):
            known = name in concepts or f"class {name}" in code or (ROOT / name).is_dir()
            assert known, f"{name} is in the glossary only"


def test_every_dependency_has_its_reason_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    reasons = (ROOT / "CHANGELOG.md").read_text("utf-8")
    told = set(re.split(r"[,|\s]+", reasons))
    assert {re.match(r"[\w.-]+", line)[0] for line in wanted} <= told  # type: ignore[index]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_exact_public_versions_and_nothing_for_cuda(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pins = [line for line in lines if line and line[0] != "#" and line != "-r requirements.lock"]
    assert pins
    assert [p for p in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", p)] == []
    assert [p for p in pins if re.match(r"nvidia|cuda|triton", p)] == []


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]

    def key(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    def locked(name: str) -> set[str]:
        lines = (ROOT / name).read_text("utf-8").splitlines()
        return {key(line.split("==")[0]) for line in lines if "==" in line}

    def wanted(lines: list[str]) -> set[str]:
        return {key(re.match(r"[\w.-]+", line)[0]) for line in lines}  # type: ignore[index]

    assert wanted(project["dependencies"]) | wanted(extras["evals"]) <= locked("requirements.lock")
    assert wanted(extras["dev"]) <= locked("requirements-dev.lock")
