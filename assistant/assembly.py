"""Settings -> objects: the only place that knows every implementation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from assistant.answering import Answering, Steps
from assistant.composers import make_composer
from assistant.evidence import fitted
from assistant.settings import Settings
from assistant.verifiers import make_verifier
from corpus.catalogue import list_files
from index import building
from index.embedders import Embedder, make_embedder
from index.retriever import Retriever
from index.types import Query

State = Literal["missing", "stale", "current"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a front end works with. Close it when done."""

    settings: Settings
    retriever: Retriever
    assistant: Answering

    def close(self) -> None:
        self.retriever.close()


def open_desk(settings: Settings) -> Desk:
    """A desk over the finished index.

    Raises:
        SettingsError: a plug point's kind is not known.
        IndexMissing, IndexStale, IndexUnusable: the index cannot be used; says what to run.
    """
    weights = fitted()
    composer = make_composer(settings.composer, weights.sentence)
    verifier = make_verifier(settings.verifier)
    retriever = Retriever(settings.home, _embedder(settings), store=settings.store)
    steps = Steps(
        retriever, composer, verifier, weights, settings.old_after_years, _common_in(retriever)
    )
    return Desk(settings, retriever, Answering(steps))


def build_index(
    settings: Settings,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    extra: Sequence[Path] = (),
    forget: Sequence[Path] = (),
) -> building.BuildReport:
    """Brings the index up to date with the source folders.

    `extra` folders are remembered, `forget` ones no longer, and what was in them goes.

    `progress` gets a stage, how much is done and how much there is.

    Raises:
        CorpusError: a folder is missing, or nothing in it can be read.
        IndexProblem: another build runs, or the index cannot be written.
    """
    gone = {path.absolute() for path in forget}
    listing = list_files([f for f in source_folders(settings, extra) if f not in gone])
    report = building.build(
        settings.home, listing, _embedder(settings), progress, store=settings.store
    )
    _remember(settings, extra, gone)
    return report


def index_state(settings: Settings) -> State:
    """Whether there is an index that matches the source files and the settings."""
    return building.state(settings.home, list_files(source_folders(settings)), _embedder(settings))


def source_folders(settings: Settings, extra: Sequence[Path] = ()) -> list[Path]:
    """The starter collection, the folders of the settings, those given before, and `extra`."""
    starter = [Path(str(files("corpus").joinpath("sources")))] if settings.starter else []
    folders = [*starter, *settings.sources, *_remembered(settings), *extra]
    return list(dict.fromkeys(folder.absolute() for folder in folders))


def _common_in(retriever: Retriever) -> Callable[[str], bool]:
    """Whether a name stands in at least a fifth of all passages."""

    def is_common(name: str) -> bool:
        found = retriever.search(Query(name, limit=1))
        return any(count * 5 >= found.passages for _, count in found.frequency)

    return is_common


def _embedder(settings: Settings) -> Embedder:
    return make_embedder(settings.embedder, settings.number_type)


def _folders_file(settings: Settings) -> Path:
    return settings.home / "folders.txt"


def _remembered(settings: Settings) -> list[Path]:
    file = _folders_file(settings)
    return [Path(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def _remember(settings: Settings, extra: Sequence[Path], gone: Collection[Path]) -> None:
    folders = dict.fromkeys([*_remembered(settings), *(path.absolute() for path in extra)])
    if extra or gone:
        text = "".join(f"{folder}\n" for folder in folders if folder not in gone)
        _folders_file(settings).write_text(text, encoding="utf-8")
