"""Text to vectors: the Embedder plug point and its implementations.

All vectors are float32 and of unit length, so that a dot product is a cosine.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SettingsError
from corpus.types import Span
from index.graphs import is_kept, keep_graph, open_graph
from index.model_folders import (
    PACKAGED,
    PACKAGED_SHA256,
    SETTING,
    check_packaged,
    computes_in_bfloat16,
    hash_model,
    locate,
    read_facts,
)
from index.networks import Network, OnnxNetwork, TorchNetwork, batches_by_length

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vector = NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PassageInput:
    """A passage to embed; `sentences` are offsets into `text`, in order."""

    text: str
    sentences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The vector of a passage, shape (dim,), and those of its sentences, shape (n, dim)."""

    passage: Vector
    sentences: Vector


class Embedder(Protocol):
    """What turns text into vectors. Safe to use from several threads at once."""

    @property
    def fingerprint(self) -> str:
        """Names all that shapes the vectors; equal fingerprints mean comparable vectors."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    @property
    def max_tokens(self) -> int:
        """How many tokens, as `count_tokens` counts, a text may have."""

    def count_tokens(self, text: str) -> int:
        """How many of its tokens the model needs for the text, without start and end marks."""

    @property
    def query_runtime(self) -> str:
        """What computes the vectors of questions, and in which numbers; loads it."""

    def prepare(self) -> None:
        """Make what lets a fresh process embed a question soon, where that is not there yet."""

    def embed_query(self, text: str) -> Vector:
        """The vector of a question, shape (dim,). What exceeds `max_tokens` is not read."""

    def embed_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """The vectors of passages and their sentences, in the order given.

        Raises:
            ValueError: a text exceeds `max_tokens`.
        """


def make_embedder(setting: str, number_type: str = "auto", graphs: Path | None = None) -> Embedder:
    """The embedder that a setting `kind:argument` names.

    `number_type` is `float32`, `bfloat16`, or `auto`: bfloat16 where the processor computes in it.
    `graphs` is the folder in which ONNX graphs of models are kept; without it none is used.

    Raises:
        SettingsError: the kind is unknown, or its argument or the number type is malformed.
        ModelError: the model named cannot be found or is not a sentence-transformers model.
    """
    if number_type not in ("auto", "float32", "bfloat16"):
        raise SettingsError(
            f"The number type {number_type!r} is unknown.",
            "Set `number_type` to auto, float32 or bfloat16.",
        )
    kind, _, argument = setting.partition(":")
    if kind not in BUILDERS:
        raise SettingsError(
            f"The embedder {setting!r} is unknown.",
            f"{SETTING} one of: {', '.join(f'{name}:…' for name in BUILDERS)}.",
        )
    return BUILDERS[kind](argument, number_type, graphs)


def _unit(rows: Vector) -> Vector:
    """Rows scaled to length 1; every row must have a length."""
    scaled: Vector = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


class SentenceTransformerEmbedder:
    """A model in the sentence-transformers format: the packaged one, a folder or a hub name.

    Tokens are counted with the model's own tokenizer file; what computes is loaded when something
    is first embedded. Sentence vectors are the mean over the sentence's tokens in the passage's
    own forward pass, where the model pools by the mean; else each sentence is embedded alone.

    Passages are computed in `number_type`, which the fingerprint names. Questions are computed in
    float32 where an ONNX graph of the weights is kept: a vector in more digits is no nearer to
    one passage than to another for it, so that both kinds of index can be searched with it.
    """

    def __init__(self, name: str, number_type: str, graphs: Path | None) -> None:
        self._name = name
        self._folder = locate(name)
        self._facts = read_facts(self._folder, name)
        self._number_type = _settle(number_type)
        self._graphs = graphs
        self._graph = _Once(self._open_graph)
        self._reference = _Once(lambda: self._load(self._number_type))

    @cached_property
    def fingerprint(self) -> str:
        pooling = "pooled" if self._facts.pools_by_mean else "alone"
        kept = f"{self._weights[:16]}:{self._number_type}"
        return f"sentence-transformers:{kept}:sentences-{pooling}"

    @cached_property
    def _weights(self) -> str:
        return PACKAGED_SHA256 if self._name == PACKAGED else hash_model(self._folder)

    @property
    def query_runtime(self) -> str:
        return self._questions().fingerprint

    def prepare(self) -> None:
        if self._graphs and not is_kept(self._graphs, self._weights):
            keep_graph(
                self._graphs,
                self._weights,
                self._load("float32"),
                self._facts.padding,
                self._tokenizer.get_vocab_size(with_added_tokens=False),
                self._facts.window,
            )

    @property
    def dimension(self) -> int:
        return self._facts.dimension

    @property
    def max_tokens(self) -> int:
        return self._facts.window - len(self._head) - len(self._tail)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed_query(self, text: str) -> Vector:
        prompted = self._facts.query_prompt + text
        ids = self._tokenizer.encode(prompted, add_special_tokens=False).ids[: self.max_tokens]
        vector: Vector = _unit(self._questions().texts([self._head + ids + self._tail]))[0]
        return vector

    def embed_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        if not self._facts.pools_by_mean:
            return self._embed_apart(passages)
        return self._embed(passages)

    def _embed(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Passages with their sentences' vectors pooled from the same forward pass."""
        prompt = self._tokenizer.encode(self._facts.passage_prompt, add_special_tokens=False).ids
        texts = self._tokenizer.encode_batch([p.text for p in passages], add_special_tokens=False)
        if any(len(text.ids) > self.max_tokens for text in texts):
            raise ValueError(f"a passage has more than {self.max_tokens} tokens")
        rows, fronts = [], []
        for text in texts:
            front = self._head + prompt[: self.max_tokens - len(text.ids)]
            fronts.append(len(front))
            rows.append(front + text.ids + self._tail)
        done: dict[int, PassageVectors] = {}
        network = self._passages()
        for batch in batches_by_length(rows):
            vectors, tokens = network.tokens([rows[i] for i in batch])
            for i, vector, row in zip(batch, _unit(vectors), tokens, strict=True):
                starts = [start for start, _ in texts[i].offsets]
                words = row[fronts[i] : fronts[i] + len(starts)]
                pooled = _pool_sentences(words, starts, passages[i].sentences, vector)
                done[i] = PassageVectors(vector, pooled)
        return [done[i] for i in range(len(passages))]

    def _embed_apart(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Passages and their sentences, each in a forward pass of its own."""
        wholes = self._embed([PassageInput(p.text) for p in passages])
        spans = [(p.text, span) for p in passages for span in p.sentences]
        singles = iter(self._embed([PassageInput(t[s.start : s.end]) for t, s in spans]))
        empty = np.empty((0, self.dimension), np.float32)
        return [
            PassageVectors(
                whole.passage,
                np.stack([next(singles).passage for _ in p.sentences]) if p.sentences else empty,
            )
            for whole, p in zip(wholes, passages, strict=True)
        ]

    def _questions(self) -> Network:
        """What questions are computed with: the kept graph, else as passages are."""
        return self._graph() or self._passages()

    def _passages(self) -> Network:
        """What passages are computed with, in the index's number type."""
        graph = self._graph() if self._number_type == "float32" else None
        return graph or self._reference()

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer: Tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # A source that contains "[SEP]" means those five characters.
        tokenizer.encode_special_tokens = True
        return tokenizer

    @cached_property
    def _marks(self) -> tuple[list[int], list[int]]:
        """The marks that the model expects before and after a text."""
        probe = self._tokenizer.encode("a")
        inside = [i for i, special in enumerate(probe.special_tokens_mask) if not special]
        return probe.ids[: inside[0]], probe.ids[inside[-1] + 1 :]

    @property
    def _head(self) -> list[int]:
        return self._marks[0]

    @property
    def _tail(self) -> list[int]:
        return self._marks[1]

    def _open_graph(self) -> OnnxNetwork | None:
        if self._graphs is None:
            return None
        return open_graph(self._graphs, self._weights, self._facts.padding)

    def _load(self, number_type: str) -> TorchNetwork:
        if self._name == PACKAGED:
            check_packaged(self._folder / "model.safetensors")
        return TorchNetwork(self._folder, number_type, self._facts.padding, self._name)


class _Once(Generic[T]):
    """Makes a value when it is first asked for, once, whichever threads ask."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
        return self._made[0]


def _settle(number_type: str) -> str:
    if number_type != "auto":
        return number_type
    return "bfloat16" if computes_in_bfloat16() else "float32"


def _pool_sentences(
    tokens: Vector, starts: list[int], sentences: Sequence[Span], whole: Vector
) -> Vector:
    """Unit means (n, dim) over the tokens that begin in each sentence; `whole` where none does.

    `tokens` has shape (t, dim), `starts` gives the offset at which each of them begins.
    """
    if not sentences:
        return np.empty((0, len(whole)), np.float32)
    bounds = np.searchsorted(starts, [(s.start, s.end) for s in sentences])
    return _unit(np.stack([tokens[a:b].sum(0) if a < b else whole for a, b in bounds]))


class HashingEmbedder:
    """Signed feature hashing over words and their character trigrams; knows words, not meaning.

    For tests, and for machines without a model. Each feature adds its weight to one of `dim`
    places, with a sign, both taken from its CRC-32 (Weinberger et al., "Feature hashing for
    large scale multitask learning", ICML 2009). Longer words weigh more, as they are rarer.
    """

    max_tokens = 254
    query_runtime = "hashing"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.fingerprint = f"hashing:{dimension}:1"

    def count_tokens(self, text: str) -> int:
        return len(_words(text))

    def prepare(self) -> None:
        """Nothing needs to be made."""

    def embed_query(self, text: str) -> Vector:
        return self._embed(_words(text)[: self.max_tokens])

    def embed_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        return [self._embed_passage(passage) for passage in passages]

    def _embed_passage(self, passage: PassageInput) -> PassageVectors:
        words = _words(passage.text)
        if len(words) > self.max_tokens:
            raise ValueError(f"a passage has more than {self.max_tokens} tokens")
        whole = self._embed(words)
        sentences = np.empty((len(passage.sentences), self.dimension), np.float32)
        for row, span in enumerate(passage.sentences):
            sentences[row] = self._embed(_words(passage.text[span.start : span.end]))
        return PassageVectors(whole, sentences)

    def _embed(self, words: list[str]) -> Vector:
        vector = np.zeros(self.dimension, np.float32)
        for word in words:
            weight = min(len(word), 8) / 8
            self._add(vector, word, weight)
            padded = f"<{word}>"
            trigrams = [padded[i : i + 3] for i in range(len(padded) - 2)]
            for trigram in trigrams:
                self._add(vector, trigram, weight / (2 * len(trigrams)))
        if not vector.any():
            vector[0] = 1.0
        return _unit(vector)

    def _add(self, vector: Vector, feature: str, weight: float) -> None:
        code = zlib.crc32(feature.encode())
        vector[(code >> 1) % self.dimension] += weight if code & 1 else -weight


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _build_hashing(
    argument: str,
    number_type: str,  # noqa: ARG001 - always float32
    graphs: Path | None,  # noqa: ARG001 - there is no model
) -> Embedder:
    if not (argument.isascii() and argument.isdigit() and 16 <= int(argument) <= 4096):
        raise SettingsError(
            f"hashing:{argument} is not a size.", f"{SETTING} hashing: and 16 to 4096 places."
        )
    return HashingEmbedder(int(argument))


BUILDERS: dict[str, Callable[[str, str, Path | None], Embedder]] = {
    "sentence-transformers": SentenceTransformerEmbedder,
    "hashing": _build_hashing,
}
