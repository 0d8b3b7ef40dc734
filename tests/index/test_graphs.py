"""ONNX graphs of models: made, proven, kept, and passed over where they cannot be trusted."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.types import Span
from index import graphs
from index.embedders import Embedder, PassageInput, make_embedder
from index.graphs import LEAST_COSINE, agreement
from index.model_folders import PACKAGED
from index.networks import TorchNetwork

MINILM = f"sentence-transformers:{PACKAGED}"
TEXT = "berlin has 2 zoos. its lions sleep, 9 hours a day."
SPANS = (Span(0, 18), Span(19, len(TEXT)))


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    """A folder that keeps the graph of the tiny model."""
    make_embedder(f"sentence-transformers:{tiny}", graphs=tmp_path / "models").prepare()
    return tmp_path / "models"


def fresh(tiny: Path, folder: Path, number_type: str = "float32") -> Embedder:
    """An embedder that has loaded nothing yet, as in another process."""
    return make_embedder(f"sentence-transformers:{tiny}", number_type, folder)


def test_a_kept_graph_gives_the_vectors_of_the_reference(tiny: Path, folder: Path) -> None:
    by_graph, reference = fresh(tiny, folder), make_embedder(f"sentence-transformers:{tiny}")
    assert by_graph.query_runtime == "onnx:float32"
    assert reference.query_runtime.startswith("torch:")
    for text in (TEXT, "a", "lions " * 50, ""):
        assert by_graph.embed_query(text) @ reference.embed_query(text) > 0.99


def test_passages_of_a_float32_index_may_be_computed_by_either(tiny: Path, folder: Path) -> None:
    passages = [PassageInput(TEXT, SPANS), PassageInput("lions"), PassageInput(TEXT[:30])]
    reference = make_embedder(f"sentence-transformers:{tiny}", "float32")
    by_graph = fresh(tiny, folder)
    assert by_graph.fingerprint == reference.fingerprint
    for one, other in zip(
        by_graph.embed_passages(passages), reference.embed_passages(passages), strict=True
    ):
        assert one.passage @ other.passage > 0.9999
        assert ((one.sentences * other.sentences).sum(axis=1) > 0.9999).all()


def test_passages_of_a_bfloat16_index_stay_with_the_reference(tiny: Path, folder: Path) -> None:
    passages = [PassageInput(TEXT, SPANS)]
    [expected] = make_embedder(f"sentence-transformers:{tiny}", "bfloat16").embed_passages(passages)
    [given] = fresh(tiny, folder, "bfloat16").embed_passages(passages)
    np.testing.assert_array_equal(given.passage, expected.passage)


def test_a_question_needs_no_torch_where_a_graph_is_kept(tiny: Path, folder: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from index.embedders import make_embedder
made = make_embedder("sentence-transformers:{tiny}", "bfloat16", Path({str(folder)!r}))
made.embed_query("who sleeps?")
sys.exit(any(name in sys.modules for name in ("torch", "transformers", "huggingface_hub")))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_runtime_reports_to_nobody_and_leaves_nothing_behind(
    tiny: Path, folder: Path, tmp_path: Path
) -> None:
    # Where it may report, it keeps what it would send in the user's cache folder.
    code = f"""
from pathlib import Path
from index.embedders import make_embedder
made = make_embedder("sentence-transformers:{tiny}", "float32", Path({str(folder)!r}))
assert made.query_runtime == "onnx:float32"
made.embed_query("who sleeps?")
"""
    user = tmp_path / "user"
    user.mkdir()
    asking = {"HOME": str(user), "XDG_CACHE_HOME": str(user), "ORT_DISABLE_TELEMETRY": "0"}
    subprocess.run([sys.executable, "-c", code], env=os.environ | asking, check=True)
    assert list(user.rglob("*")) == []


def test_a_damaged_graph_is_passed_over_with_one_line_and_made_anew(
    tiny: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [path] = folder.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    damaged = fresh(tiny, folder)
    for _ in range(2):
        damaged.embed_query(TEXT)
    assert damaged.query_runtime == "torch:float32"
    [record] = caplog.records
    assert "attache index" in record.getMessage()
    damaged.prepare()
    assert fresh(tiny, folder).query_runtime == "onnx:float32"
    assert len(list(folder.iterdir())) == 1


def test_a_graph_of_another_form_is_passed_over(tiny: Path, folder: Path) -> None:
    import hashlib

    [path] = folder.iterdir()
    weights, content = path.stem.partition("-")[0], b"no graph"
    path.rename(folder / f"{weights}-{hashlib.sha256(content).hexdigest()}.onnx").write_bytes(
        content
    )
    assert fresh(tiny, folder).query_runtime == "torch:float32"


def test_a_graph_of_other_weights_is_not_taken(tiny: Path, folder: Path) -> None:
    weights = bytearray((tiny / "model.safetensors").read_bytes())
    changed = bytearray(weights)
    changed[-1] ^= 1
    try:
        (tiny / "model.safetensors").write_bytes(changed)
        assert fresh(tiny, folder).query_runtime == "torch:float32"
    finally:
        (tiny / "model.safetensors").write_bytes(weights)


def test_without_the_runtime_the_reference_answers(
    tiny: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    embedder = fresh(tiny, folder)
    assert np.linalg.norm(embedder.embed_query(TEXT)) == pytest.approx(1)
    assert embedder.query_runtime == "torch:float32"
    assert len(caplog.records) == 1


def test_a_graph_that_is_not_equal_is_not_kept(
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(graphs, "LEAST_COSINE", 1.1)
    fresh(tiny, tmp_path / "models").prepare()
    assert not (tmp_path / "models").exists()
    assert "differ" in caplog.text


def test_a_model_that_cannot_be_exported_stays_with_the_reference(
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    embedder = fresh(tiny, tmp_path / "models")
    embedder.prepare()
    assert "No ONNX graph" in caplog.text
    assert embedder.query_runtime == "torch:float32"


def test_preparing_twice_makes_the_graph_once(
    tiny: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = [(path.name, path.stat().st_mtime_ns) for path in folder.iterdir()]
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with caplog.at_level(logging.INFO):
        fresh(tiny, folder).prepare()
    assert [(path.name, path.stat().st_mtime_ns) for path in folder.iterdir()] == before
    assert not caplog.records


def test_the_proof_tells_other_weights_apart(tiny: Path) -> None:
    one, other = (TorchNetwork(tiny, "float32", 0, "tiny") for _ in range(2))
    assert agreement(one, other, 30, 64) > 0.999999
    import torch

    with torch.no_grad():
        for weights in other.modules[0].parameters():
            weights.add_(torch.randn_like(weights) * 0.05)
    assert agreement(one, other, 30, 64) < LEAST_COSINE


def test_minilm_by_its_graph_finds_what_was_indexed_in_bfloat16(tmp_path: Path) -> None:
    embedder = make_embedder(MINILM, "bfloat16", tmp_path)
    embedder.prepare()
    assert embedder.query_runtime == "onnx:float32"
    texts = [f"The bridge of town {n} opened in {1800 + n}." for n in range(0, 100, 7)]
    stored = np.stack([p.passage for p in embedder.embed_passages(list(map(PassageInput, texts)))])
    asked = np.stack([embedder.embed_query(text) for text in texts])
    assert (stored * asked).sum(axis=1).min() > 0.99
    assert ((asked @ stored.T).argmax(axis=1) == np.arange(len(texts))).all()
