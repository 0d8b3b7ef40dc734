"""Putting the settings of a backup in place without overruling those that are here."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

from assistant.bundles import FOLDERS, SETTINGS, TOML
from assistant.settings import Settings
from index import copying


def put_settings(
    settings: Settings, folder: Path, stamp: str
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Put the unpacked `folders.txt` into the home and `attache.toml` into the working folder.

    An `attache.toml` that differs from the one here, or that names another home, is put beside
    as `attache.toml.from-backup`. Gives what is kept of a replaced list, and notes for the
    operator.

    Raises:
        OSError: a file cannot be written.
    """
    kept = _put_folders(folder / FOLDERS, settings.home / FOLDERS, stamp)
    embedder = json.loads((folder / SETTINGS).read_text("utf-8"))["embedder"]
    notes = [
        f"The index was made with the embedder {embedder}, while the settings here name "
        f"{settings.embedder}: `attache index` makes it anew with that one."
    ] * (embedder != settings.embedder)
    notes += [
        f"The folder {line} was indexed into the backup but is not here; "
        "`attache index --forget` leaves it out from now on."
        for line in (settings.home / FOLDERS).read_text("utf-8").splitlines()
        if not Path(line).is_dir()
    ]
    return kept, (*notes, *_put_toml(folder / TOML, Path(TOML), settings.home))


def _put_folders(source: Path, target: Path, stamp: str) -> tuple[Path, ...]:
    text = source.read_bytes()
    before = target.read_bytes() if target.exists() else b""
    if before == text:
        target.touch()
        return ()
    kept = target.with_name(f"{FOLDERS}.before-restore-{stamp}")
    if before:
        _write(kept, before)
    _write(target, text)
    return (kept,) if before else ()


def _put_toml(source: Path, target: Path, home: Path) -> tuple[str, ...]:
    if not source.exists():
        return ()
    text = source.read_bytes()
    if target.exists() and target.read_bytes() == text:
        return ()
    other = _names_another_home(text, home)
    if not target.exists() and not other:
        _write(target, text)
        return (f"{TOML} was put into the working folder.",)
    beside = target.with_name(f"{TOML}.from-backup")
    _write(beside, text)
    why = "names another home" if other else "differs from the one here"
    return (f"The backup's {TOML} {why}; it was written as {beside.name} and is not in use.",)


def _names_another_home(text: bytes, home: Path) -> bool:
    try:
        named = tomllib.loads(text.decode()).get("home")
    except ValueError:
        return True
    return named is not None and Path(str(named)).absolute() != home.absolute()


def _write(target: Path, text: bytes) -> None:
    """All of a small file, or what was there before."""
    making = target.with_name(f"{target.name}.new")
    with making.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    making.replace(target)
    copying.sync(target.parent)
