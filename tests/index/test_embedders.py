"""The embedders beyond their common contract: model files, number types, what is imported when."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelError, SettingsError
from corpus.types import Span
from index import model_folders
from index.embedders import PassageInput, make_embedder
from index.model_folders import PACKAGED, check_packaged, computes_in_bfloat16, locate

MINILM = f"sentence-transformers:{PACKAGED}"
SENTENCES = ("Berlin has a zoo.", "Its lions sleep.")
TEXT = " ".join(SENTENCES)
SPANS = (Span(0, 17), Span(18, 34))


def test_a_folder_gives_the_vectors_that_sentence_transformers_gives(tiny: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = make_embedder(f"sentence-transformers:{tiny}", "float32")
    expected = SentenceTransformer(str(tiny), device="cpu").encode(
        [TEXT, *SENTENCES], normalize_embeddings=True
    )
    [result] = embedder.embed_passages([PassageInput(TEXT, SPANS)])
    assert (embedder.dimension, embedder.max_tokens) == (32, 62)
    assert embedder.embed_query(TEXT) @ expected[0] > 0.99999
    assert result.passage @ expected[0] > 0.99999
    if "alone" in embedder.fingerprint:
        assert (result.sentences * expected[1:]).sum(axis=1).min() > 0.99999


def test_a_model_that_pools_otherwise_embeds_its_sentences_alone(tiny: Path) -> None:
    embedder = make_embedder(f"sentence-transformers:{tiny}", "float32")
    pooling = json.loads((tiny / "1_Pooling" / "config.json").read_text())["pooling_mode"]
    assert embedder.fingerprint.endswith("pooled" if pooling == "mean" else "alone")


def test_the_fingerprint_follows_the_weights(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    before = make_embedder(f"sentence-transformers:{tiny}").fingerprint
    assert make_embedder(f"sentence-transformers:{copy}").fingerprint == before
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert make_embedder(f"sentence-transformers:{copy}").fingerprint != before


def test_a_folder_without_readable_weights_is_a_clear_error(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    (copy / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="ATTACHE_EMBEDDER"):
        make_embedder(f"sentence-transformers:{copy}").embed_query("lions")


def test_a_folder_that_is_no_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        make_embedder(f"sentence-transformers:{tmp_path}")
    shutil.copy(locate(PACKAGED) / "tokenizer.json", tmp_path)
    with pytest.raises(ModelError, match=r"modules\.json"):
        make_embedder(f"sentence-transformers:{tmp_path}")


@pytest.mark.parametrize("name", ["no-such-model", "/no/such/folder", ""])
def test_a_name_that_is_neither_folder_nor_hub_name_is_a_clear_error(name: str) -> None:
    with pytest.raises(ModelError, match="ATTACHE_EMBEDDER"):
        make_embedder(f"sentence-transformers:{name}")


def test_a_hub_name_without_a_network_is_a_clear_error() -> None:
    with pytest.raises(ModelError, match="packaged"):
        make_embedder("sentence-transformers:nobody/nothing-of-that-name")


def test_the_packaged_weights_are_the_published_ones() -> None:
    check_packaged(locate(PACKAGED) / "model.safetensors")


def test_altered_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_folders, "PACKAGED_SHA256", "0" * 64)
    check_packaged.cache_clear()
    with pytest.raises(ModelError, match="--force-reinstall"):
        make_embedder(MINILM).embed_query("lions")
    check_packaged.cache_clear()


def test_minilm_in_float32_gives_the_vectors_of_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(locate(PACKAGED)), device="cpu", local_files_only=True)
    embedder = make_embedder(MINILM, "float32")
    for text in (TEXT, "Ünïcödé 中文 and 🙂", "word " * 400, ""):
        assert embedder.embed_query(text) @ reference.encode(text) > 0.99999


def test_bfloat16_stays_close_to_float32() -> None:
    passages = [PassageInput(TEXT, SPANS), PassageInput("Rain. " * 100)]
    exact = make_embedder(MINILM, "float32").embed_passages(passages)
    rough = make_embedder(MINILM, "bfloat16").embed_passages(passages)
    for a, b in zip(exact, rough, strict=True):
        assert a.passage @ b.passage > 0.995
        assert all((a.sentences * b.sentences).sum(axis=1) > 0.995)


def test_the_number_type_is_part_of_the_fingerprint() -> None:
    kinds = {kind: make_embedder(MINILM, kind).fingerprint for kind in ("float32", "bfloat16")}
    assert kinds["float32"] != kinds["bfloat16"]
    wanted = "bfloat16" if computes_in_bfloat16() else "float32"
    assert make_embedder(MINILM).fingerprint == kinds[wanted]


def test_sentence_vectors_are_means_over_the_tokens_of_the_sentence_alone() -> None:
    from sentence_transformers import SentenceTransformer

    text = "Zürich 🙂 rain. Snow fell in Oslo."
    spans = (Span(0, 14), Span(15, len(text)))
    reference = SentenceTransformer(str(locate(PACKAGED)), device="cpu", local_files_only=True)
    tokens = reference.encode(
        text, output_value="token_embeddings", normalize_embeddings=False
    ).numpy()
    embedder = make_embedder(MINILM, "float32")
    first = embedder.count_tokens(text[:14])
    # One mark stands before all and one behind.
    expected = [tokens[1 : 1 + first], tokens[1 + first : -1]]
    [result] = embedder.embed_passages([PassageInput(text, spans)])
    for vector, rows in zip(result.sentences, expected, strict=True):
        mean = rows.mean(axis=0)
        assert vector @ mean / np.linalg.norm(mean) > 0.99999


def test_marks_written_in_a_text_are_read_as_text() -> None:
    assert make_embedder(MINILM).count_tokens("[SEP] [CLS]") > 2


def test_ten_threads_may_be_the_first_to_load_the_model() -> None:
    embedder = make_embedder(MINILM, "float32")
    with ThreadPoolExecutor(10) as pool:
        vectors = list(pool.map(embedder.embed_query, ["Who rules Bonn?"] * 10))
    np.testing.assert_allclose(vectors, vectors[:1] * 10, atol=1e-4)


def test_counting_and_fingerprints_need_no_torch() -> None:
    code = (
        "import sys; from index.embedders import make_embedder;"
        f"e = make_embedder({MINILM!r});"
        "e.count_tokens('a b'), e.max_tokens, e.dimension, e.fingerprint;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'huggingface_hub')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("setting", "number_type", "names"),
    [
        ("word2vec:x", "auto", ["sentence-transformers:", "hashing:"]),
        ("hashing:8", "auto", ["16 to 4096"]),
        ("hashing:many", "auto", ["16 to 4096"]),
        (MINILM, "int4", ["float32", "bfloat16"]),
    ],
)
def test_a_wrong_setting_names_the_right_ones(
    setting: str, number_type: str, names: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        make_embedder(setting, number_type)
    assert all(name in str(caught.value) for name in names)


def test_hashing_gives_the_same_vectors_in_every_process() -> None:
    vector = make_embedder("hashing:64").embed_query("Hamburg harbour")
    code = (
        "from index.embedders import make_embedder;"
        "print(make_embedder('hashing:64').embed_query('Hamburg harbour').tobytes().hex())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == vector.tobytes().hex()
