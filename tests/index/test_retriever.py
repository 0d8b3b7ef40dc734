"""Searching: fused scores, filters that never lose hits, and moving from one generation on."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import IndexMissing
from corpus.types import Kind
from index.retriever import PassageRetriever, fuse
from index.snapshots import best
from index.terms import content_words, match_expression, words
from index.types import Filters, Query

KINDS = (Kind.NEWS, Kind.OPINION, Kind.LEGISLATION, Kind.ACADEMIC)
PLACES = ("Texas", "Ohio", "Sweden")
TOTAL = 240


@pytest.fixture(scope="module")
def shelf(make_collection):
    """240 sources of one passage each, with a retriever; read only."""
    collection = make_collection()
    for i in range(TOTAL):
        collection.write(
            f"s{i}",
            f"The bridge of town{i:03} opened in {1800 + i}. Every ferry number{i % 7} stops.",
            kind=str(KINDS[i % 4]) if i else "city-record",
            publisher=f"Press {i % 20}",
            jurisdictions=[PLACES[i % 3], PLACES[(i + 1) % 3]] if i % 5 else [],
            **({"published": str(1800 + i)} if i % 6 else {}),
        )
    collection.build()
    retriever = collection.retriever()
    yield retriever
    retriever.close()


def test_there_is_nothing_to_search_before_the_first_build(collection):
    with pytest.raises(IndexMissing, match="attache index"):
        collection.retriever()


def test_gives_every_score_of_a_hit(shelf):
    found = shelf.search(Query("Which bridge of town017 opened?"))
    first = found.hits[0]
    assert first.source.id == "s17"
    assert -1 <= first.dense <= 1
    assert first.keyword > 0
    assert len(first.sentences) == len(first.passage.sentences) == 2
    assert first.sentences[0] > first.sentences[1]
    assert [hit.score for hit in found.hits] == sorted((h.score for h in found.hits), reverse=True)
    assert (found.sources, found.passages, len(found.hits)) == (TOTAL, TOTAL, 12)


def test_a_word_that_most_passages_have_changes_no_score(shelf):
    alone = shelf.search(Query("Which town017?")).hits
    among = shelf.search(Query("Which bridge opened, every ferry of town017?")).hits
    assert {h.source.id: h.keyword for h in among if h.keyword} == pytest.approx(
        {h.source.id: h.keyword for h in alone if h.keyword}, abs=1e-4
    )
    assert among[0].source.id == "s17"


def test_words_that_most_passages_have_are_searched_where_there_are_no_others(shelf):
    assert all(hit.keyword > 0 for hit in shelf.search(Query("bridge opened")).hits)


def test_scores_are_the_cosine_and_the_fused_sum(shelf):
    found = shelf.search(Query("ferry number3 of town010", limit=TOTAL))
    dense = np.array([hit.dense for hit in found.hits], np.float32)
    keyword = np.array([hit.keyword for hit in found.hits], np.float32)
    score = np.array([hit.score for hit in found.hits])
    assert len(found.hits) == TOTAL
    assert score == pytest.approx(fuse(dense, keyword, 0.7), abs=1e-4)
    assert (np.diff(score) <= 0).all()


def test_whoever_ranks_sees_every_candidate_and_decides_the_order(shelf):
    query = Query("ferry number3 of town010", limit=5)
    candidates = shelf.candidates(query)
    seen = []

    def turned(found):
        seen.append(found)
        return np.arange(len(found.hits), dtype=np.float64)

    found = shelf.search(query, turned)
    assert seen == [candidates]
    ids = [hit.passage.id for hit in candidates.hits]
    assert [hit.passage.id for hit in found.hits] == ids[::-1][:5]
    assert [hit.score for hit in found.hits] == [float(len(ids) - 1 - i) for i in range(5)]


def test_short_passages_come_until_there_are_enough_characters(shelf):
    few = shelf.search(Query("ferry at the bridge of town009", limit=2)).hits
    wanted = sum(len(hit.passage.text) for hit in few) + 1
    more = shelf.search(Query("ferry at the bridge of town009", limit=2, characters=wanted)).hits
    assert few == more[:2]
    assert len(more) == 3


def test_counts_each_content_word_by_its_forms(shelf):
    found = shelf.search(Query("Which bridges did towns and zeppelins opening in Town005?"))
    counts = dict(found.frequency)
    assert list(counts) == ["bridges", "towns", "zeppelins", "opening", "town005"]
    assert counts["bridges"] == counts["opening"] == TOTAL
    assert (counts["zeppelins"], counts["town005"]) == (0, 1)


@settings(max_examples=40)
@given(
    kinds=st.sets(st.sampled_from(KINDS), max_size=2),
    places=st.sets(st.sampled_from([*PLACES, "texas", "Nowhere"]), max_size=2),
    publishers=st.sets(st.sampled_from([f"Press {i}" for i in range(22)]), max_size=3),
    years=st.tuples(*[st.none() | st.integers(1790, 2050)] * 2),
    limit=st.integers(1, 100),
)
def test_filters_let_through_exactly_what_matches_and_never_too_few(
    shelf, kinds, places, publishers, years, limit
):
    filters = Filters(tuple(kinds), tuple(publishers), tuple(places), *years)
    allowed = {s.id for s in shelf.sources() if _passes(s, filters)}
    found = shelf.search(Query("ferry at the bridge of town009", filters, limit))
    assert {hit.source.id for hit in found.hits} <= allowed
    assert len(found.hits) == min(limit, len(allowed))
    assert (found.sources, found.passages) == (len(allowed), len(allowed))


def _passes(source, filters):
    places = [place.lower() for place in filters.jurisdictions]
    year = int(source.published[:4]) if source.published else None
    low, high = filters.year_from, filters.year_to
    return (
        (not filters.kinds or source.kind in filters.kinds)
        and (not filters.publishers or source.publisher in filters.publishers)
        and (not places or any(j.lower() in places for j in source.jurisdictions))
        and (low is None or (year is not None and year >= low))
        and (high is None or (year is not None and year <= high))
    )


@pytest.mark.parametrize("kinds", [KINDS[:1], KINDS[:2], KINDS[:3]])
def test_filtered_search_finds_the_nearest_of_what_matches(shelf, kinds):
    everything = shelf.search(Query("ferry number3 town021", limit=TOTAL))
    filtered = shelf.search(Query("ferry number3 town021", Filters(kinds=kinds), limit=10))
    matching = [h.dense for h in everything.hits if h.source.kind in kinds]
    got = sorted((h.dense for h in filtered.hits), reverse=True)
    assert got[0] == pytest.approx(max(matching), abs=1e-5)


def test_facets_name_what_occurs(shelf):
    facets = shelf.facets()
    assert set(facets.kinds) == {*KINDS, Kind.CITY_RECORD}
    assert facets.jurisdictions == ("Ohio", "Sweden", "Texas")
    assert len(facets.publishers) == 20
    assert (facets.year_min, facets.year_max) == (1801, 1800 + TOTAL - 1)


def test_the_text_of_a_hit_lies_where_its_offsets_say(shelf):
    for hit in shelf.search(Query("bridge ferry", limit=50)).hits:
        passage = hit.passage
        text = shelf.source_text(passage.source_id, passage.version)
        assert text[passage.start : passage.end] == passage.text
        assert passage.version == hit.source.version
        for i, span in enumerate(passage.sentences):
            assert text[span.start : span.end] == passage.sentence(i)


def test_a_version_that_never_was_is_a_key_error(shelf):
    with pytest.raises(KeyError):
        shelf.source_text("s1", "no such version")


def test_when_a_version_was_first_indexed_stays_when_it_comes_back(collection):
    collection.write("page", "The bridge opened.", published="2000")
    collection.build()
    retriever = collection.retriever()
    first = [(s.id, s.version) for s in retriever.sources()]
    before = retriever.seen(first)
    collection.write("page", "The tunnel opened.", published="2000")
    collection.build()
    second = [(s.id, s.version) for s in retriever.sources()]
    collection.write("page", "The bridge opened.", published="2001")
    collection.build()
    assert [(s.id, s.version) for s in retriever.sources()] == first
    assert retriever.seen(first) == before
    assert retriever.seen(second)[second[0]] > before[first[0]]
    assert retriever.source_text(*second[0]) == "The tunnel opened.\n"
    assert retriever.seen([]) == {}
    retriever.close()


def test_the_digest_of_the_collection_changes_with_text_and_metadata_and_only_with_them(
    collection,
):
    def digest() -> str:
        collection.build()
        retriever = collection.retriever()
        found = retriever.search(Query("bridge"))
        assert found.collection == retriever.search(Query("ferry")).collection
        retriever.close()
        return found.collection

    collection.write("a", "The bridge opened.", published="2000")
    collection.write("b", "The ferry stopped.", published="2000")
    first = digest()
    assert len(bytes.fromhex(first)) == 32
    collection.write("b", "The ferry sank.", published="2000")
    changed = digest()
    collection.write("b", "The ferry stopped.", published="2001")
    dated = digest()
    (collection.root / "a.md").unlink()
    fewer = digest()
    assert len({first, changed, dated, fewer}) == 4
    collection.write("a", "The bridge opened.", published="2000")
    collection.write("b", "The ferry stopped.", published="2000")
    assert digest() == first


def test_tells_what_shapes_an_index_it_can_search(shelf):
    assert shelf.fingerprints.embedder.startswith("hashing")


@settings(max_examples=150)
@given(st.text(max_size=80) | st.text("\"'*()-+:^{}[]ANDORNEAR \\\0", max_size=30))
def test_no_question_is_an_operator(shelf, text):
    found = shelf.search(Query(text, limit=3))
    assert len(found.hits) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "🙂🙂",
        "x " * 5000,
        "\x00\x07bridge",
        "ما هي المدينة؟",
        "桥在哪里",
        '"bridge',
        "a AND",
    ],
)
def test_odd_questions_find_something_without_an_error(shelf, text):
    assert len(shelf.search(Query(text)).hits) == 12


def test_stop_words_are_left_out_when_other_words_remain():
    assert content_words("What is the law of the U.S. on Ohio's 3.5 percent?") == (
        "law", "u.s.", "ohio", "3.5", "percent",
    )  # fmt: skip
    assert content_words("Who was it?") == ()
    assert words("Who was it?") == ("who", "was", "it")
    assert match_expression(("u.s.", "law")) == '"u.s." OR "law"'


def test_the_country_is_not_the_pronoun(collection):
    collection.write("country", "The U.S. signed the treaty.", published="2000")
    collection.write("other", "They told us nothing.", published="2000")
    collection.build()
    retriever = collection.retriever()
    assert dict(retriever.search(Query("Did the US sign?")).frequency) == {"u.s.": 1, "sign": 1}
    retriever.close()


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50),
    st.floats(0, 1),
)
def test_fusing_standardises_and_bears_scores_without_spread(values, weight):
    dense = np.array(values, np.float32)
    fused = fuse(dense, np.zeros(len(values), np.float32), weight)
    assert np.isfinite(fused).all()
    if weight > 0.1 and dense.std() > 1e-3:
        assert fused[dense.argmax()] == fused.max()


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(0, 50))
def test_the_best_are_the_highest_and_of_equals_the_first(values, wanted):
    scores = np.array(values, np.float32)
    expected = sorted(range(len(values)), key=lambda i: (-values[i], i))[:wanted]
    assert best(scores, wanted).tolist() == expected


def test_langchain_gets_documents_with_their_sources_and_scores(shelf):
    adapter = PassageRetriever(retriever=shelf, filters=Filters(kinds=(Kind.OPINION,)), limit=4)
    documents = adapter.invoke("bridge of town017")
    assert len(documents) == 4
    assert documents[0].metadata["source_id"] == "s17"
    text = shelf.source_text("s17", documents[0].metadata["version"])
    start, end = documents[0].metadata["start"], documents[0].metadata["end"]
    assert text[start:end] == documents[0].page_content


def test_ten_threads_get_the_answers_one_thread_gets(shelf):
    questions = [Query(f"bridge of town{i:03}", limit=3) for i in range(60)]
    expected = [shelf.search(q) for q in questions]
    given_: list[object] = [None] * len(questions)
    failures = []

    def ask(offset: int) -> None:
        try:
            for i in range(offset, len(questions), 10):
                given_[i] = shelf.search(questions[i])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert given_ == expected


def test_a_search_under_way_finishes_on_its_own_generation(collection):
    """The embedder is asked while the search holds its generation, so a build fits in between."""
    collection.fill(3, "bridge")
    collection.build()
    retriever = collection.retriever()
    with retriever._reading() as held:
        collection.fill(3, "tunnel")
        collection.build()
        assert retriever.search(Query("tunnel")).generation == 2
        texts = [p.text for p, _, _ in held.passages(np.arange(len(held)))]
        assert len(texts) == 3
        assert all("bridge" in text for text in texts)
        assert held.frequency(["tunnel", "bridge"]) == (("tunnel", 0), ("bridge", 3))
        assert collection.graphs == ["gen-1", "gen-2"]
    retriever.close()
    assert collection.graphs == ["gen-2"]


def test_searching_while_the_collection_is_replaced_never_mixes_generations(collection):
    """Every build replaces one word throughout: a Found that knows two words is a mixture."""
    names = ["bridge", "tunnel", "harbour", "airport"]
    collection.fill(40, names[0])
    collection.build()
    retriever = collection.retriever()
    done = threading.Event()
    problems: list[str] = []
    generations_seen: set[int] = set()

    def ask() -> None:
        question = Query(" ".join(names), limit=40)
        while not done.is_set() and not problems:
            try:
                found = retriever.search(question)
            except Exception as error:
                problems.append(repr(error))
                return
            generations_seen.add(found.generation)
            word = names[found.generation - 1]
            counts = dict(found.frequency)
            wrong = [h.passage.text for h in found.hits if word not in h.passage.text]
            if wrong or len(found.hits) != 40 or counts.pop(word) != 40 or any(counts.values()):
                problems.append(f"generation {found.generation}: {wrong[:1]} {found.frequency}")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for name in names[1:]:
            collection.fill(40, name)
            collection.build()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert retriever.search(Query("airport")).generation == len(names)
    assert 1 in generations_seen
    retriever.close()
    assert collection.graphs == [f"gen-{len(names)}"]


def test_two_readers_in_one_process_share_a_generation(collection):
    collection.fill(3)
    collection.build()
    first, second = collection.retriever(), collection.retriever()
    first.close()
    assert len(second.search(Query("bridge")).hits) == 3
    second.close()
    second.close()
    with pytest.raises(RuntimeError, match="closed"):
        second.search(Query("bridge"))


def test_the_passages_right_beside_a_hit_come_along_and_only_those_of_its_source(collection):
    parts = [f"Part {i} of the ferry rules. " + f"Filler{i} " * 90 for i in range(5)]
    parts[2] = "The lighthouse keeper must report. " + "Keeper " * 90
    collection.write("rules", "\n\n".join(parts))
    collection.write("other", "Another paper about bread.")
    collection.build()
    retriever = collection.retriever()
    found = retriever.search(Query("lighthouse keeper", limit=1))
    retriever.close()
    assert "lighthouse" in found.hits[0].passage.text
    assert [h.passage.text[:6] for h in found.beside] == ["Part 1", "Part 3"]
    assert {h.source.id for h in found.beside} == {found.hits[0].source.id}
