"""A small collection on disk that tests write, change, index and search."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corpus.catalogue import Listing, list_files
from index.building import BuildReport, build, state
from index.embedders import Embedder, make_embedder
from index.retriever import Retriever


@dataclass
class Collection:
    root: Path
    home: Path
    embedder: Embedder = field(default_factory=lambda: make_embedder("hashing:384"))

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, body: str, **head: Any) -> Path:
        """A source file; without keywords it has no head."""
        fields = {
            "id": name,
            "title": f"Title of {name}",
            "publisher": "City Press",
            "kind": "news",
            "text_kind": "full",
        }
        lines = [f"{key}: {json.dumps(value)}" for key, value in {**fields, **head}.items()]
        path = self.root / f"{name}.md"
        fence = "---\n" + "\n".join(lines) + "\n---\n" if head else ""
        path.write_text(f"{fence}{body}\n", encoding="utf-8")
        return path

    def fill(self, count: int, word: str = "bridge") -> None:
        for i in range(count):
            body = f"The {word} of town{i} opened in {1900 + i}. It cost {i} million dollars."
            self.write(f"s{i}", body, published=str(1900 + i))

    def listing(self) -> Listing:
        return list_files([self.root])

    def build(self, progress: Callable[[str, int, int], None] = lambda *_: None) -> BuildReport:
        return build(self.home, self.listing(), self.embedder, progress)

    def state(self) -> str:
        return state(self.home, self.listing(), self.embedder)

    def retriever(self, **options: Any) -> Retriever:
        return Retriever(self.home, self.embedder, **options)

    @property
    def graphs(self) -> list[str]:
        return sorted(p.name for p in (self.home / "chroma").iterdir() if p.is_dir())


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path / "sources", tmp_path / "home")


@pytest.fixture(scope="module")
def make_collection(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Collection]:
    """For collections that all tests of a module share and none changes."""

    def make() -> Collection:
        folder = tmp_path_factory.mktemp("collection")
        return Collection(folder / "sources", folder / "home")

    return make


def _aged(home: Path) -> None:
    """Turns the library in a home into one of schema 1 that holds the same."""
    path = home / "library.sqlite3"
    newer = path.rename(home / "newer")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(Path(__file__).with_name("schema_1.sql").read_text("utf-8"))
        connection.execute("ATTACH DATABASE ? AS newer", (str(newer),))
        for table in ("generations", "pointer", "sources", "refused", "vectors", "passages"):
            connection.execute(f"INSERT INTO {table} SELECT * FROM newer.{table}")
        connection.execute("INSERT INTO texts SELECT source_id, version, text FROM newer.texts")
        connection.execute("DETACH DATABASE newer")
    newer.unlink()


@pytest.fixture(scope="session")
def age_library() -> Callable[[Path], None]:
    """`age_library(home)` turns the library there into one of schema 1 that holds the same."""
    return _aged


@pytest.fixture(scope="session", params=["mean", "cls"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with random weights that knows letters and digits, in the format of its makers."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    signs = "abcdefghijklmnopqrstuvwxyz0123456789.,"
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {sign: i for i, sign in enumerate([*marks, *signs, *(f"##{s}" for s in signs)])}
    torch.manual_seed(0)
    BertTokenizerFast(vocab=vocabulary).save_pretrained(folder / "raw")
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
        )
    ).save_pretrained(folder / "raw")
    modules = [
        Transformer(str(folder / "raw"), max_seq_length=64),
        Pooling(32, pooling_mode=request.param),
    ]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"))
    return folder / "model"
