"""Settings -> objects: the only place that knows every implementation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal

from assistant.answering import Answering, Steps
from assistant.archive import FILE, Archive
from assistant.composers import make_composer
from assistant.conversations import Conversations
from assistant.corrections import Corrections
from assistant.evidence import FITTED, fitted
from assistant.recording import Recording
from assistant.records import Records
from assistant.retention import Retention, Schedule
from assistant.settings import Settings
from assistant.types import Circumstances
from assistant.verifiers import make_verifier
from corpus.catalogue import list_files
from corpus.errors import IndexMissing, RecordMissing
from corpus.types import Source
from index import building
from index.embedders import Embedder, make_embedder
from index.library import Library
from index.retriever import Retriever
from index.types import Found, Query

State = Literal["missing", "stale", "current"]

# The settings that bear on what is answered.
SHAPING = ("embedder", "number_type", "composer", "verifier", "old_after_years")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a front end works with. Close it when done.

    `assistant` answers and keeps nothing; `recording` answers and keeps a record.
    `circumstances` tells what shapes an answer from what was found.
    """

    settings: Settings
    retriever: Retriever
    assistant: Answering
    recording: Recording
    kept: KeptFiles
    circumstances: Callable[[Found], Circumstances]

    def close(self) -> None:
        self.retriever.close()
        self.kept.close()


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """The records, and what is done with them. Close it when done."""

    archive: Archive
    records: Records
    conversations: Conversations
    corrections: Corrections
    retention: Retention

    def close(self) -> None:
        self.archive.close()


def open_records(settings: Settings) -> KeptFiles:
    """The records of the home folder; the file is made where there is none.

    Raises:
        RecordsBusy, RecordsUnusable: the file cannot be used.
    """
    archive = Archive(settings.home / FILE)
    records = Records(archive)
    return KeptFiles(
        archive, records, Conversations(records), Corrections(records), Retention(records)
    )


def existing_records(settings: Settings) -> KeptFiles:
    """As `open_records`, for reading what was asked: an empty file made in passing would say that
    nothing was.

    Raises:
        RecordMissing: nothing was ever asked with this home folder.
        RecordsBusy, RecordsUnusable: the file cannot be used.
    """
    if not (settings.home / FILE).exists():
        raise RecordMissing(
            f"There are no records in {settings.home} yet.",
            "Ask something first, or set the `home` that they are in.",
        )
    return open_records(settings)


def schedule(settings: Settings) -> Schedule:
    """After how many days what is disposed of."""
    return Schedule(
        settings.keep_answers_days, settings.keep_feedback_days, settings.keep_corrections_days
    )


def open_desk(settings: Settings) -> Desk:
    """A desk over the finished index.

    Raises:
        SettingsError: a plug point's kind is not known.
        IndexMissing, IndexStale, IndexUnusable: the index cannot be used; says what to run.
        RecordsBusy, RecordsUnusable: the records cannot be used.
    """
    weights = fitted()
    composer = make_composer(settings.composer, weights.sentence)
    verifier = make_verifier(settings.verifier)
    embedder = _embedder(settings)
    retriever = Retriever(settings.home, embedder, store=settings.store)
    steps = Steps(
        retriever, composer, verifier, weights, settings.old_after_years, _common_in(retriever)
    )
    assistant = Answering(steps)
    try:
        kept = open_records(settings)
    except BaseException:
        retriever.close()
        raise
    shaped = circumstances(settings, embedder)
    recording = Recording(assistant, kept.records, shaped, retriever.source_text)
    return Desk(settings, retriever, assistant, recording, kept, shaped)


def circumstances(settings: Settings, embedder: Embedder) -> Callable[[Found], Circumstances]:
    """What tells, for what was found, everything that shaped the answer beside the texts."""
    program = version("attache")
    shaping = {name: str(getattr(settings, name)) for name in SHAPING}
    models = {
        "embedder": embedder.fingerprint,
        "evidence": hashlib.sha256(FITTED.read_bytes()).hexdigest()[:16],
    }

    def tell(found: Found) -> Circumstances:
        return Circumstances(program, shaping, models, {}, found.generation, found.collection)

    return tell


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


def todays_sources(settings: Settings) -> tuple[Source, ...]:
    """The sources of the finished index, by title; loads no model and opens no search graph.

    Raises:
        IndexMissing, IndexBusy, IndexUnusable: the library cannot be read.
    """
    library = Library(settings.home)
    try:
        generation = library.current()
        if generation is None:
            raise IndexMissing(f"There is no index in {settings.home} yet.", "Run `attache index`.")
        sources = library.sources(generation.number).values()
    finally:
        library.database.close()
    return tuple(sorted(sources, key=lambda source: (source.title, source.id)))


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
