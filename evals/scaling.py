"""Answering and starting up in a collection of many passages.

Real text in such amounts does not ship with the project, nor would embedding it be quick. So
sentences of real passages are put together anew: each passage is made of halves of several, and
its vector of theirs. Questions are embedded by the real model.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.assembly import Desk, embedder_of, open_bench, open_desk
from assistant.conversations import new_id
from assistant.settings import load_settings
from assistant.types import Ask
from corpus.catalogue import list_files
from corpus.errors import ServingError
from corpus.splitting import split
from corpus.types import Document, Kind, Span
from evals.neighbours import neighbour_recall
from evals.stages import stage_times
from index.building import build
from index.embedders import Embedder, PassageInput, PassageVectors
from index.types import Filters, Query

Vector = NDArray[np.float32]

# Two passages of more than half the longest never share one, so that one block is one passage.
_BLOCK_CHARS = (420, 780)
_BLOCKS_PER_FILE = 20
_MODEL_PASSAGES = 800
_QUESTIONS = 200
_PUBLISHERS = 100
_FILTER_PERCENT = (1, 5, 50, 100)
_PROGRAM = [sys.executable, "-c", "import sys; from ui.cli import main; sys.exit(main())"]


@dataclass(frozen=True, slots=True)
class ScaleReport:
    """Times in a collection of `passages`.

    `p50_ms` and `p95_ms` are of whole answers to distinct questions in a warm process.
    `reindex_s` is `attache index` on the unchanged collection beyond `attache --version`,
    `ready_s` from starting `attache serve` until it can answer, `cold_ask_s` all of one
    `attache ask`; medians of fresh processes. `filter_ms` are median times of one search in the
    warm process, without a filter ("none") and with one that so many percent of passages match.
    `stage_ms` are mean times of each stage of an answer (`evals.stages`), `neighbour_recall` the
    share of the ten nearest passages that the search graph finds. `build_s` is how long the
    collection took to index, without embedding it.
    `recording_ms` are median times of the same answers, asked in turn without ("plain") and with
    a record of each ("recorded").
    """

    passages: int
    questions: int
    answered_share: float
    p50_ms: float
    p95_ms: float
    reindex_s: float
    ready_s: float
    cold_ask_s: float
    filter_ms: dict[str, float]
    recording_ms: dict[str, float]
    stage_ms: dict[str, float]
    neighbour_recall: float
    build_s: float


class RecombiningEmbedder:
    """Vectors of known sentences from memory, and of passages as their mean; the rest as `model`.

    Shares the model's fingerprint, so that an index made with it is searched with the model.
    """

    def __init__(self, model: Embedder, known: dict[str, Vector]) -> None:
        self._model = model
        self._known = known
        self._typical = _unit(np.sum(list(known.values()), axis=0))
        self.fingerprint = model.fingerprint
        self.dimension = model.dimension
        self.max_tokens = model.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)

    @property
    def query_runtime(self) -> str:
        return self._model.query_runtime

    def prepare(self) -> None:
        self._model.prepare()

    def embed_query(self, text: str) -> Vector:
        return self._model.embed_query(text)

    def embed_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        return [self._embed(passage) for passage in passages]

    def _embed(self, passage: PassageInput) -> PassageVectors:
        # Where two halves meet, sentences may be divided otherwise than in their own passages.
        rows = np.stack(
            [self._known.get(passage.text[a:b], self._typical) for a, b in passage.sentences]
        )
        return PassageVectors(_unit(rows.sum(axis=0)), rows)


def scale(
    documents: Sequence[Document],
    embedder: Embedder,
    questions: Sequence[str],
    passages: int,
    work: Path,
    progress: Callable[[str], None],
) -> ScaleReport:
    """Build a collection of `passages` out of the documents in `work`, and time its use."""
    progress(f"Building a collection of {passages} passages")
    chance = random.Random(0)
    halves, known = _halves(documents, embedder, chance)
    folder, home = work / "sources", work / "home"
    _write(folder, _blocks(halves, chance), passages)
    built = build(home, list_files([folder]), RecombiningEmbedder(embedder, known))

    asked = _distinct(questions, [sentence for half in halves for sentence in half])
    progress(f"Answering {len(asked)} questions")
    settings = load_settings(home=home, starter=False, sources=(folder,))
    searching = embedder_of(settings)
    searching.prepare()
    desk = open_desk(settings)
    try:
        milliseconds, answered = [], 0
        for question in asked[:5]:
            desk.assistant.invoke(Ask(f"Tell me: {question}", date.today()))
        for question in asked:
            began = time.perf_counter()
            answer = desk.assistant.invoke(Ask(question, date.today()))
            milliseconds.append(1000 * (time.perf_counter() - began))
            answered += answer.status != "not_in_sources"
        filter_ms = _filtered(desk, asked)
        recording_ms = _recorded(desk, asked)
    finally:
        desk.close()
    progress("Timing each stage")
    bench = open_bench(settings)
    try:
        stage_times(bench, asked[:5])
        stage_ms = stage_times(bench, asked)
    finally:
        bench.close()
    recall = neighbour_recall(home, settings.store, searching, asked)

    progress("Starting processes")
    own = {name: value for name, value in os.environ.items() if not name.startswith("ATTACHE_")}
    environment = {
        **own,
        "ATTACHE_HOME": str(home),
        "ATTACHE_STARTER": "false",
        "ATTACHE_SOURCES": json.dumps([str(folder)]),
    }
    start_up = _median(3, lambda: _run(["--version"], environment, work))
    return ScaleReport(
        passages=built.passages,
        questions=len(asked),
        answered_share=answered / len(asked),
        p50_ms=statistics.median(milliseconds),
        p95_ms=statistics.quantiles(milliseconds, n=20)[-1],
        reindex_s=_median(3, lambda: _run(["index"], environment, work)) - start_up,
        ready_s=_median(3, lambda: _serve_until_ready(environment, work)),
        cold_ask_s=_median(3, lambda: _run(["ask", asked[0]], environment, work)),
        filter_ms=filter_ms,
        recording_ms=recording_ms,
        stage_ms=stage_ms,
        neighbour_recall=recall,
        build_s=built.seconds,
    )


def _recorded(desk: Desk, questions: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of an answer without and with its record; each question both ways."""
    conversation = new_id()
    ways: dict[str, Callable[[Ask], object]] = {
        "plain": desk.assistant.invoke,
        "recorded": lambda ask: desk.recording.invoke(ask, conversation),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number, question in enumerate(questions):
        ask = Ask(question, date.today())
        # The second to be asked the same finds it warm: the two take turns in being second.
        for name in sorted(ways, reverse=bool(number % 2)):
            began = time.perf_counter()
            ways[name](ask)
            times[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(taken) for name, taken in times.items()}


def _filtered(desk: Desk, questions: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of a search for each share of matching passages, taken in turn."""
    publishers = desk.retriever.facets().publishers
    shares = {"none": Filters()} | {
        str(percent): Filters(publishers=publishers[: max(1, len(publishers) * percent // 100)])
        for percent in _FILTER_PERCENT
    }
    times: dict[str, list[float]] = {name: [] for name in shares}
    for question in questions:
        for name, filters in shares.items():
            began = time.perf_counter()
            desk.retriever.search(Query(question, filters))
            times[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(taken) for name, taken in times.items()}


def _halves(
    documents: Sequence[Document], embedder: Embedder, chance: random.Random
) -> tuple[list[list[str]], dict[str, Vector]]:
    """Halves of real passages, as whole sentences, and the vectors of those sentences."""
    real = [p for d in documents for p in split(d, embedder.count_tokens, embedder.max_tokens)]
    chosen = chance.sample(real, min(len(real), _MODEL_PASSAGES))
    inputs = [
        PassageInput(p.text, tuple(Span(a - p.start, b - p.start) for a, b in p.sentences))
        for p in chosen
    ]
    halves: list[list[str]] = []
    known: dict[str, Vector] = {}
    for item, vectors in zip(inputs, embedder.embed_passages(inputs), strict=True):
        words = [item.text[a:b] for a, b in item.sentences]
        # Only what ends as a sentence does is divided again at the same places.
        whole = [i for i, word in enumerate(words) if word[-1] in ".!?" and "\n" not in word]
        known.update({words[i]: vectors.sentences[i] for i in whole})
        middle = len(whole) // 2
        halves += [[words[i] for i in part] for part in (whole[:middle], whole[middle:]) if part]
    return halves, known


def _blocks(halves: Sequence[list[str]], chance: random.Random) -> Iterator[str]:
    """Endlessly: a passage's text, put together from halves."""
    shortest, longest = _BLOCK_CHARS
    while True:
        block = ""
        while len(block) < shortest:
            block = f"{block} {' '.join(chance.choice(halves))}".strip()
        if len(block) <= longest:
            yield block


def _write(folder: Path, blocks: Iterator[str], passages: int) -> None:
    """Source files that hold so many passages, of all kinds and of a hundred publishers."""
    folder.mkdir(parents=True)
    kinds = list(Kind)
    for number in range(-(-passages // _BLOCKS_PER_FILE)):
        count = min(_BLOCKS_PER_FILE, passages - number * _BLOCKS_PER_FILE)
        head = {
            "id": f"recombined-{number}",
            "title": f"Collected papers, part {number}",
            "publisher": f"Publisher {number % _PUBLISHERS}",
            "kind": str(kinds[number % len(kinds)]),
            "text_kind": "full",
            "published": str(1990 + number % 35),
        }
        fields = "\n".join(f"{key}: {json.dumps(value)}" for key, value in head.items())
        body = "\n\n".join(next(blocks) for _ in range(count))
        (folder / f"{number}.md").write_text(f"---\n{fields}\n---\n\n{body}\n", encoding="utf-8")


def _distinct(questions: Sequence[str], sentences: Sequence[str]) -> list[str]:
    """The questions, and more made of sentences until there are enough; each once."""
    made = (f"What is known of {' '.join(s.split()[:9]).rstrip('.,;:!?')}?" for s in sentences)
    asked = dict.fromkeys(questions)
    for question in made:
        if len(asked) >= _QUESTIONS:
            break
        asked[question] = None
    return list(asked)


def _run(arguments: list[str], environment: dict[str, str], work: Path) -> float:
    """Seconds that a command takes in a fresh process; "not in the sources" is no failure."""
    began = time.perf_counter()
    done = subprocess.run(
        [*_PROGRAM, *arguments], env=environment, cwd=work, capture_output=True, text=True
    )
    took = time.perf_counter() - began
    if done.returncode not in (0, 3):
        raise ServingError(
            f"attache {arguments[0]} failed: {done.stderr.strip()[-500:]}", "Mend that first."
        )
    return took


def _serve_until_ready(environment: dict[str, str], work: Path) -> float:
    """Seconds until a fresh `attache serve` says that it can answer; it is then stopped."""
    began = time.perf_counter()
    with (
        (work / "serve.log").open("w") as log,
        subprocess.Popen(
            [*_PROGRAM, "serve", "--port", "0"],
            env=environment, cwd=work, stdout=subprocess.PIPE, stderr=log, text=True,
        ) as server,
    ):  # fmt: skip
        try:
            for line in server.stdout or ():
                if line.startswith("Ready"):
                    return time.perf_counter() - began
        finally:
            server.terminate()
    said = (work / "serve.log").read_text()[-500:].strip()
    raise ServingError(f"attache serve ended before it was ready: {said}", "Mend that first.")


def _median(times: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(times))


def _unit(vector: Vector) -> Vector:
    scaled: Vector = vector / np.linalg.norm(vector)
    return scaled
