"""Settings -> objects: the only place that knows every implementation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal

from assistant.answering import Answering, Steps
from assistant.archive import FILE, Archive
from assistant.attribution import spoken_date
from assistant.auditing import METHOD, Auditor
from assistant.composers import Composer, make_composer
from assistant.conversations import Conversations
from assistant.corrections import Corrections
from assistant.learned import Model
from assistant.recording import Recording
from assistant.records import Records
from assistant.register import Register
from assistant.retention import Retention, Schedule
from assistant.settings import Settings
from assistant.types import Circumstances
from assistant.verifiers import make_verifier
from assistant.weights import FITTED, weights
from corpus import ties
from corpus.catalogue import FileEntry, Listing, list_files, read_document
from corpus.errors import CorpusError, IndexMissing, RecordMissing
from corpus.fetching import Policy
from corpus.formats import FOREIGN
from corpus.publications import Publications
from corpus.shelf import FOLDER, Shelf, has_shelf
from corpus.ties import Tie, read_ties
from corpus.types import Document, Source, TextKind
from index import building
from index.embedders import Embedder, make_embedder
from index.library import Library
from index.retriever import Retriever
from index.types import Found, Query

State = Literal["missing", "stale", "current"]

STARTER = "starter"
"""The name of the starter collection."""

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
class Bench:
    """What evaluation asks: the same chain, without anything that keeps records. Close it."""

    retriever: Retriever
    embedder: Embedder
    assistant: Answering
    circumstances: Callable[[Found], Circumstances]
    compose: Callable[[Model], Composer]

    def without(self, group: str) -> Answering:
        """The same chain with weights that were learned from nothing of a group of questions."""
        fitted = weights().without(group)
        composer = self.compose(fitted.sentence)
        return Answering(replace(self.assistant.steps, fitted=fitted, composer=composer))

    def close(self) -> None:
        self.retriever.close()


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
    bench = open_bench(settings)
    try:
        kept = open_records(settings)
    except BaseException:
        bench.close()
        raise
    recording = Recording(
        bench.assistant, kept.records, bench.circumstances, bench.retriever.source_text
    )
    return Desk(settings, bench.retriever, bench.assistant, recording, kept, bench.circumstances)


def open_bench(settings: Settings) -> Bench:
    """The chain over the finished index, and nothing that keeps records.

    Raises:
        SettingsError: a plug point's kind is not known.
        IndexMissing, IndexStale, IndexUnusable: the index cannot be used; says what to run.
    """
    fitted = weights().fitted
    compose = partial(make_composer, settings.composer)
    embedder = embedder_of(settings)
    verifier = make_verifier(settings.verifier, embedder)
    retriever = Retriever(settings.home, embedder, store=settings.store)
    steps = Steps(
        retriever,
        compose(fitted.sentence),
        verifier,
        fitted,
        settings.old_after_years,
        _common_in(retriever),
        Register(starter_ties(settings), retriever),
        _name_in(retriever),
    )
    told = circumstances(settings, embedder)
    return Bench(retriever, embedder, Answering(steps), told, compose)


def circumstances(settings: Settings, embedder: Embedder) -> Callable[[Found], Circumstances]:
    """What tells, for what was found, everything that shaped the answer beside the texts."""
    program = version("attache")
    shaping = {name: str(getattr(settings, name)) for name in SHAPING}
    models = {
        "embedder": embedder.fingerprint,
        "evidence": hashlib.sha256(FITTED.read_bytes()).hexdigest()[:16],
    }
    if settings.starter:
        models["register of ties"] = hashlib.sha256(ties.STARTER.read_bytes()).hexdigest()[:16]

    def tell(found: Found) -> Circumstances:
        # Known once a question was embedded; to tell it before would load the model for nothing.
        shaped = models | {"question vectors": embedder.query_runtime}
        return Circumstances(program, shaping, shaped, {}, found.generation, found.collection)

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
    listing = list_sources(settings, extra, gone)
    embedder = embedder_of(settings)
    embedder.prepare()
    report = building.build(settings.home, listing, embedder, progress, store=settings.store)
    _remember(settings, extra, gone)
    return report


def index_state(settings: Settings) -> State:
    """Whether there is an index that matches the source files and the settings."""
    return building.state(settings.home, list_sources(settings), embedder_of(settings))


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


def list_sources(
    settings: Settings, extra: Sequence[Path] = (), gone: Collection[Path] = ()
) -> Listing:
    """The files of the source folders and of the shelf, without those that a curator withdrew.

    Raises:
        CorpusError: a folder is missing.
        ShelfProblem: the shelf cannot be read.
    """
    folders = [folder for folder in source_folders(settings, extra) if folder not in gone]
    names = {folder: STARTER for folder in folders if folder == _starter_folder()}
    if not has_shelf(settings.home):
        return list_files(folders, names)
    with Shelf(settings.home) as shelf:
        filed, withdrawals = shelf.roots(), shelf.withdrawals()
    places = {withdrawal.place for withdrawal in withdrawals}
    ids = {withdrawal.id for withdrawal in withdrawals}

    def is_used(entry: FileEntry) -> bool:
        # A note of the starter collection is named after its id, wherever the program lies.
        note = entry.collection == STARTER and Path(entry.relative).stem in ids
        return not note and (str(entry.root), entry.relative) not in places

    listing = list_files([*folders, *filed], names | filed)
    return replace(listing, entries=tuple(filter(is_used, listing.entries)))


def current_notes(settings: Settings) -> tuple[Document, ...]:
    """The notes among today's source files, by id; files that cannot be read are passed over.

    Raises:
        CorpusError: a folder is missing.
        ShelfProblem: the shelf cannot be read.
    """
    found = {}
    for entry in list_sources(settings).entries:
        if Path(entry.relative).suffix.lower() not in FOREIGN:
            with suppress(CorpusError):
                document = read_document(entry)
                found[document.source.id] = document
    return tuple(
        document
        for _, document in sorted(found.items())
        if document.source.text_kind is TextKind.NOTE and document.source.status == "current"
    )


def fetching_policy(settings: Settings) -> Policy:
    """What fetching from the web may do."""
    return Policy(enabled=settings.fetching)


def shelf_folder(settings: Settings) -> Path:
    """Where filed sources, fetched publications and audits are."""
    return settings.home / FOLDER


def make_auditor(settings: Settings) -> Auditor:
    """What compares notes with the publications that were fetched.

    Raises:
        SettingsError, ModelError: the verifier or the embedder cannot be used.
    """
    embedder = embedder_of(settings)
    verifier = make_verifier(settings.verifier, embedder)
    checker = f"{METHOD}; verifier {settings.verifier}; embedder {embedder.fingerprint}"
    return Auditor(embedder, verifier, Publications(shelf_folder(settings)), checker)


def source_folders(settings: Settings, extra: Sequence[Path] = ()) -> list[Path]:
    """The starter collection, the folders of the settings, those given before, and `extra`."""
    starter = [_starter_folder()] if settings.starter else []
    folders = [*starter, *settings.sources, *_remembered(settings), *extra]
    return list(dict.fromkeys(folder.absolute() for folder in folders))


def _name_in(retriever: Retriever) -> Callable[[str], str]:
    """A source's title and date; its id where today's index has none of that id."""

    def name_of(source_id: str) -> str:
        named = (s for s in retriever.sources() if s.id == source_id)
        return next((f"“{s.title}” ({spoken_date(s.published)})" for s in named), source_id)

    return name_of


def _starter_folder() -> Path:
    return Path(str(files("corpus").joinpath("sources")))


def starter_ties(settings: Settings) -> tuple[Tie, ...]:
    """The register of ties of the starter collection, where that is used.

    Raises:
        CorpusError: a row of it is not as it should be.
    """
    return read_ties(ties.STARTER) if settings.starter else ()


def _common_in(retriever: Retriever) -> Callable[[str], bool]:
    """Whether a name stands in at least a fifth of all passages."""

    def is_common(name: str) -> bool:
        found = retriever.search(Query(name, limit=1))
        return any(count * 5 >= found.passages for _, count in found.frequency)

    return is_common


def embedder_of(settings: Settings) -> Embedder:
    """The embedder of the settings; ONNX graphs of its model are kept in the home folder.

    Raises:
        SettingsError, ModelError: it cannot be used.
    """
    return make_embedder(settings.embedder, settings.number_type, settings.home / "models")


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
